//! A JSON request body, read field by field, so that each error names the field it is about.

use mpac_pgw_protocol::{PaymentToken, PaymentTokenError};
use serde_json::{Map, Number, Value};

/// The members of a request body that is a JSON object. Members that nobody asks for are ignored.
pub(crate) struct Fields(Map<String, Value>);

/// One field is wrong; or, without `param`, the whole body.
///
/// The message never repeats a value: it might be a secret in the wrong place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FieldError {
    pub(crate) param: Option<String>,
    pub(crate) message: String,
}

impl FieldError {
    pub(crate) fn new(param: &str, message: impl Into<String>) -> Self {
        Self {
            param: Some(param.to_owned()),
            message: message.into(),
        }
    }

    pub(crate) fn missing(param: &str) -> Self {
        Self::new(param, format!("{param} is required"))
    }

    pub(crate) fn wrong_type(param: &str, expected: &str, found: &Value) -> Self {
        let found = type_name(found);
        Self::new(param, format!("{param} must be {expected}, not {found}"))
    }

    fn body(message: impl Into<String>) -> Self {
        Self {
            param: None,
            message: message.into(),
        }
    }
}

impl Fields {
    /// Parses a body.
    pub(crate) fn parse(body: &[u8]) -> Result<Self, FieldError> {
        if body.is_empty() {
            let why = "the request body is empty: send a JSON object";
            return Err(FieldError::body(why));
        }
        match serde_json::from_slice(body) {
            Ok(Value::Object(fields)) => Ok(Self(fields)),
            Ok(other) => {
                let found = type_name(&other);
                Err(FieldError::body(format!(
                    "the request body must be a JSON object, not {found}"
                )))
            }
            Err(error) => {
                let (line, column) = (error.line(), error.column());
                let why = format!("the request body is not JSON (line {line}, column {column})");
                Err(FieldError::body(why))
            }
        }
    }

    /// A body that may be left out.
    pub(crate) fn parse_optional(body: &[u8]) -> Result<Self, FieldError> {
        if body.is_empty() {
            Ok(Self(Map::new()))
        } else {
            Self::parse(body)
        }
    }

    /// A member that is there and not null.
    pub(crate) fn get(&self, param: &str) -> Option<&Value> {
        self.0.get(param).filter(|value| !value.is_null())
    }

    /// A text of 1 to `max` characters, if there is one.
    pub(crate) fn text(&self, param: &str, max: usize) -> Result<Option<String>, FieldError> {
        let Some(value) = self.get(param) else {
            return Ok(None);
        };
        let Some(text) = value.as_str() else {
            return Err(FieldError::wrong_type(param, "a string", value));
        };
        let problem = if text.is_empty() {
            format!("{param} must not be empty")
        } else if text.chars().count() > max {
            format!("{param} must have at most {max} characters")
        } else if text.chars().any(char::is_control) {
            format!("{param} must not contain a control character")
        } else {
            return Ok(Some(text.to_owned()));
        };
        Err(FieldError::new(param, problem))
    }

    pub(crate) fn required_text(&self, param: &str, max: usize) -> Result<String, FieldError> {
        self.text(param, max)?
            .ok_or_else(|| FieldError::missing(param))
    }

    /// `true` or `false`, if there is one.
    pub(crate) fn boolean(&self, param: &str) -> Result<Option<bool>, FieldError> {
        let Some(value) = self.get(param) else {
            return Ok(None);
        };
        let wrong = || FieldError::wrong_type(param, "true or false", value);
        value.as_bool().ok_or_else(wrong).map(Some)
    }

    /// A whole number, if there is one.
    pub(crate) fn integer(&self, param: &str) -> Result<Option<i64>, FieldError> {
        let Some(value) = self.get(param) else {
            return Ok(None);
        };
        let Some(number) = value.as_number() else {
            return Err(FieldError::wrong_type(param, "an integer", value));
        };
        let wrong = || FieldError::new(param, format!("{param} must be a whole number in range"));
        whole(number).ok_or_else(wrong).map(Some)
    }

    /// The payment token, if there is one. Whether it is the right one is another question.
    pub(crate) fn payment_token(&self) -> Result<Option<PaymentToken>, FieldError> {
        const PARAM: &str = "payment_token";
        let Some(value) = self.get(PARAM) else {
            return Ok(None);
        };
        let Some(text) = value.as_str() else {
            return Err(FieldError::wrong_type(PARAM, "a string", value));
        };
        text.parse()
            .map(Some)
            .map_err(|error: PaymentTokenError| FieldError::new(PARAM, error.to_string()))
    }
}

/// A number that is whole, however JSON writes it: 1500, 1500.0 and 1.5e3 are the same.
pub(crate) fn whole(number: &Number) -> Option<i64> {
    /// Up to here, a float is as exact as an integer.
    const EXACT: f64 = 9_007_199_254_740_991.0;
    number.as_i64().or_else(|| {
        let float = number.as_f64()?;
        let exact = float.fract() == 0.0 && float.abs() <= EXACT;
        #[allow(clippy::cast_possible_truncation, reason = "it is whole and in range")]
        exact.then_some(float as i64)
    })
}

fn type_name(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bodies_that_are_no_json_object_are_told_apart() {
        let deep = "[".repeat(100_000);
        let table: [(&[u8], &str); 8] = [
            (b"", "is empty"),
            (b"{", "not JSON (line 1"),
            (b"{\"amount\":1,}", "not JSON"),
            (b"\xff\xfe", "not JSON"),
            (b"[]", "not an array"),
            (b"null", "not null"),
            (b"amount=1", "not JSON"),
            (deep.as_bytes(), "not JSON"),
        ];
        for (body, expected) in table {
            let error = Fields::parse(body).err().unwrap();
            assert_eq!(error.param, None);
            assert!(error.message.contains(expected), "{}", error.message);
        }
    }
}
