use std::fmt;

/// The code that a customer showed. Whoever knows it can charge the customer.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct CustomerCode(String);

impl CustomerCode {
    pub(crate) fn new(code: String) -> Self {
        Self(code)
    }

    pub(crate) fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for CustomerCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CustomerCode(…)")
    }
}
