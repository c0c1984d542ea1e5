use super::MoneyAmount;

/// Whether a request keeps to PayPay's limits. The client asks before it sends; a server may ask
/// before it answers.
pub trait Check {
    /// Finds the first field that PayPay would refuse for its form alone.
    ///
    /// # Errors
    /// [`FieldError`] names it.
    fn check(&self) -> Result<(), FieldError>;
}

/// A field that PayPay would refuse for its form alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {reason}")]
pub struct FieldError {
    /// The field, as it is called on the wire.
    pub field: &'static str,
    /// What it must be like.
    pub reason: &'static str,
}

pub(crate) const MAX_TEXT_CHARS: usize = 255;

/// Checks a text of at most 255 characters.
pub(crate) fn text(field: &'static str, value: Option<&str>) -> Result<(), FieldError> {
    let too_long = value.is_some_and(|value| value.chars().count() > MAX_TEXT_CHARS);
    refuse_if(too_long, field, "must have at most 255 characters")
}

/// Checks a text of 1 to 255 characters.
pub(crate) fn required_text(field: &'static str, value: &str) -> Result<(), FieldError> {
    refuse_if(value.is_empty(), field, "must not be empty")?;
    text(field, Some(value))
}

/// Checks an amount to be charged or given back.
pub(crate) fn amount(field: &'static str, value: &MoneyAmount) -> Result<(), FieldError> {
    let in_range = (1..=MoneyAmount::MAX).contains(&value.amount);
    refuse_if(!in_range, field, "must be 1 to 99999999999 yen")?;
    let is_yen = value.currency == super::Currency::Jpy;
    refuse_if(
        !is_yen,
        field,
        "must be in JPY: PayPay knows no other currency",
    )
}

pub(crate) fn refuse_if(
    wrong: bool,
    field: &'static str,
    reason: &'static str,
) -> Result<(), FieldError> {
    if wrong {
        Err(FieldError { field, reason })
    } else {
        Ok(())
    }
}
