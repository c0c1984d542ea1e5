//! A JSON request body, read field by field, so that each error names the field it is about.

use std::fmt;

use mpac_pgw_protocol::{PaymentToken, PaymentTokenError};
use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
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
            Ok(Body::Object(fields)) => Ok(Self(fields)),
            Ok(Body::Repeated(member)) => {
                let why = "the request body has this member twice: send it once";
                Err(FieldError::new(&member, why))
            }
            Ok(Body::Other(found)) => Err(FieldError::body(format!(
                "the request body must be a JSON object, not {found}"
            ))),
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

/// A body, as far as it is told apart. Of a member that is there twice, parsers disagree which one
/// counts, so an amount could be one thing to a proxy and another to us.
enum Body {
    Object(Map<String, Value>),
    Repeated(String),
    /// The name of its type.
    Other(&'static str),
}

impl<'de> Deserialize<'de> for Body {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(BodyVisitor)
    }
}

struct BodyVisitor;

impl<'de> Visitor<'de> for BodyVisitor {
    type Value = Body;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Body, A::Error> {
        let (mut fields, mut repeated) = (Map::new(), None);
        while let Some((member, value)) = map.next_entry::<String, Value>()? {
            if fields.contains_key(&member) {
                repeated.get_or_insert(member);
            } else {
                fields.insert(member, value);
            }
        }
        Ok(repeated.map_or(Body::Object(fields), Body::Repeated))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Body, A::Error> {
        // To its end: what follows may not be JSON.
        while items.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Body::Other("an array"))
    }

    fn visit_bool<E>(self, _: bool) -> Result<Body, E> {
        Ok(Body::Other("a boolean"))
    }

    fn visit_i64<E>(self, _: i64) -> Result<Body, E> {
        Ok(Body::Other("a number"))
    }

    fn visit_u64<E>(self, _: u64) -> Result<Body, E> {
        Ok(Body::Other("a number"))
    }

    fn visit_f64<E>(self, _: f64) -> Result<Body, E> {
        Ok(Body::Other("a number"))
    }

    fn visit_str<E>(self, _: &str) -> Result<Body, E> {
        Ok(Body::Other("a string"))
    }

    fn visit_unit<E>(self) -> Result<Body, E> {
        Ok(Body::Other("null"))
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
    fn a_member_that_is_there_twice_is_refused() {
        for body in [
            r#"{"amount": 1, "amount": 2}"#,
            r#"{"amount": 1, "x": {}, "amount": 1}"#,
            r#"{"amount": 1, "\u0061mount": 2}"#,
        ] {
            let error = Fields::parse(body.as_bytes()).err().unwrap();
            assert_eq!(error.param.as_deref(), Some("amount"), "{body}");
            assert!(error.message.contains("twice"), "{}", error.message);
        }
        assert!(Fields::parse(br#"{"amount": 1, "x": {"amount": 2}}"#).is_ok());
        let cut = Fields::parse(br#"{"amount": 1, "amount": 2"#)
            .err()
            .unwrap();
        assert!(cut.message.contains("not JSON"), "{}", cut.message);
    }

    #[test]
    fn bodies_that_are_no_json_object_are_told_apart() {
        let deep = "[".repeat(100_000);
        let table: [(&[u8], &str); 13] = [
            (b"", "is empty"),
            (b"{", "not JSON (line 1"),
            (b"{\"amount\":1,}", "not JSON"),
            (b"\xff\xfe", "not JSON"),
            (b"[]", "not an array"),
            (b"null", "not null"),
            (b"true", "not a boolean"),
            (b"-1.5", "not a number"),
            (b"\"{}\"", "not a string"),
            (b"[1, {}", "not JSON"),
            (b"{} {}", "not JSON"),
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
