//! The same JSON, written as other libraries write it.

use serde_json::Value;

/// How the numbers or the times of a JSON text are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Spelling {
    /// `2500.0`
    Fraction,
    /// `2.5e3`
    Exponent,
    /// `2025-12-08T10:30Z`
    WithoutSeconds,
    /// `2025-12-08T10:30:00+0000`
    OffsetWithoutColon,
}

impl Spelling {
    /// Writes a JSON text in this way. What is no JSON stays as it is.
    pub(crate) fn rewrite(self, json: &[u8]) -> Vec<u8> {
        match serde_json::from_slice(json) {
            Ok(value) => self.write(&value).into_bytes(),
            Err(_) => json.to_vec(),
        }
    }

    fn write(self, value: &Value) -> String {
        match value {
            Value::Object(fields) => {
                let fields: Vec<String> = fields
                    .iter()
                    .map(|(name, value)| {
                        format!("{}:{}", Value::from(name.as_str()), self.write(value))
                    })
                    .collect();
                format!("{{{}}}", fields.join(","))
            }
            Value::Array(items) => {
                let items: Vec<String> = items.iter().map(|item| self.write(item)).collect();
                format!("[{}]", items.join(","))
            }
            Value::Number(number) => self.number(&number.to_string()),
            Value::String(text) => Value::from(self.time(text)).to_string(),
            Value::Null | Value::Bool(_) => value.to_string(),
        }
    }

    /// Of a whole number's digits.
    fn number(self, digits: &str) -> String {
        if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return digits.to_owned();
        }
        let (first, rest) = digits.split_at(1);
        match self {
            Self::Fraction => format!("{digits}.0"),
            Self::Exponent => match rest.trim_end_matches('0') {
                "" => format!("{first}e{}", rest.len()),
                fraction => format!("{first}.{fraction}e{}", rest.len()),
            },
            Self::WithoutSeconds | Self::OffsetWithoutColon => digits.to_owned(),
        }
    }

    /// Of any text: only a time is written in another way.
    fn time(self, text: &str) -> String {
        let is_time = |until_minutes: &str| {
            let pattern = until_minutes.bytes().map(|byte| match byte {
                b'0'..=b'9' => b'0',
                other => other,
            });
            pattern.eq(*b"0000-00-00T00:00")
        };
        match (text.strip_suffix('Z'), text.get(..16)) {
            (Some(local), Some(until_minutes)) if is_time(until_minutes) => match self {
                Self::WithoutSeconds => format!("{until_minutes}Z"),
                Self::OffsetWithoutColon => format!("{local}+0000"),
                Self::Fraction | Self::Exponent => text.to_owned(),
            },
            _ => text.to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_spelling_differs() {
        let json = r#"{"amount":12800,"at":"2025-12-08T10:30:45Z","n":[0,7,10,null,true,"2025Z"]}"#;
        let table = [
            (
                Spelling::Fraction,
                r#"{"amount":12800.0,"at":"2025-12-08T10:30:45Z","n":[0.0,7.0,10.0,null,true,"2025Z"]}"#,
            ),
            (
                Spelling::Exponent,
                r#"{"amount":1.28e4,"at":"2025-12-08T10:30:45Z","n":[0e0,7e0,1e1,null,true,"2025Z"]}"#,
            ),
            (
                Spelling::WithoutSeconds,
                r#"{"amount":12800,"at":"2025-12-08T10:30Z","n":[0,7,10,null,true,"2025Z"]}"#,
            ),
            (
                Spelling::OffsetWithoutColon,
                r#"{"amount":12800,"at":"2025-12-08T10:30:45+0000","n":[0,7,10,null,true,"2025Z"]}"#,
            ),
        ];
        for (spelling, expected) in table {
            let written = spelling.rewrite(json.as_bytes());
            assert_eq!(String::from_utf8_lossy(&written), expected);
        }
        assert_eq!(Spelling::Fraction.rewrite(b"<html>"), b"<html>");
    }
}
