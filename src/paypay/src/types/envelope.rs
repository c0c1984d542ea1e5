use serde::de::{DeserializeOwned, Error as _};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

use super::ResultCode;

/// What every answer of PayPay is wrapped in.
///
/// No data is written `null`, and read from all of PayPay's spellings of it: `null`, `{}`, `""`, or
/// no `data` at all.
///
/// ```
/// use paypay_opa::types::{Envelope, Payment, PaymentStatus, ResultCode};
///
/// let json = r#"{"resultInfo":{"code":"SUCCESS","message":"Success","codeId":"08100001"},
///                "data":{"status":"CREATED","acceptedAt":0,"requestedAt":0}}"#;
/// let answer: Envelope<Payment> = serde_json::from_str(json)?;
/// assert_eq!(answer.result_info.code, ResultCode::Success);
/// assert_eq!(answer.data.map(|payment| payment.status), Some(PaymentStatus::Created));
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[serde(bound(deserialize = "T: DeserializeOwned"))]
pub struct Envelope<T> {
    /// What became of the request.
    pub result_info: ResultInfo,
    /// What was asked for; never there in an error.
    #[serde(default = "Option::default", deserialize_with = "data")]
    pub data: Option<T>,
}

/// What became of a request, in PayPay's words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ResultInfo {
    /// What to decide by.
    pub code: ResultCode,
    /// For people. It may end in an id of the request, and may change: not to decide by.
    #[serde(default)]
    pub message: String,
    /// Tells apart what shares a code. Digits mostly, with leading zeros that count.
    #[serde(default)]
    pub code_id: String,
}

impl ResultInfo {
    /// Puts the three together.
    pub fn new(code: ResultCode, message: impl Into<String>, code_id: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
            code_id: code_id.into(),
        }
    }
}

impl std::fmt::Display for ResultInfo {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self {
            code,
            message,
            code_id,
        } = self;
        write!(f, "{code} ({code_id}) {message}")
    }
}

fn data<'de, D, T>(deserializer: D) -> Result<Option<T>, D::Error>
where
    D: Deserializer<'de>,
    T: DeserializeOwned,
{
    let value = Value::deserialize(deserializer)?;
    let nothing = match &value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Object(fields) => fields.is_empty(),
        _ => false,
    };
    if nothing {
        return Ok(None);
    }
    serde_json::from_value(value)
        .map(Some)
        .map_err(D::Error::custom)
}
