//! What an answer means. No network here: any bytes at all can come in.

use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::types::{Envelope, Payment, ResultCode, ResultInfo};
use crate::{Error, ErrorAnswer, ErrorKind, Operation};

/// An answer of PayPay that says that all is well.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Answer<T> {
    /// What was asked for.
    pub data: T,
    /// The HTTP status. PayPay's documents disagree on which 2xx belongs to which call.
    pub http_status: u16,
    /// What PayPay says, whole.
    pub result_info: ResultInfo,
    /// PayPay's id of the request, for its support.
    pub request_id: Option<String>,
}

/// What became of a capture that PayPay took.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Captured {
    /// The money is taken.
    Now(Box<Payment>),
    /// More was asked for than was authorised: the customer has six hours to agree. Look the payment
    /// up.
    OnceCustomerAgrees,
}

/// An answer as it came from the network.
pub(crate) struct RawAnswer {
    pub(crate) http_status: u16,
    pub(crate) request_id: Option<String>,
    pub(crate) body: Vec<u8>,
}

impl RawAnswer {
    pub(crate) fn is_success(&self) -> bool {
        (200..=299).contains(&self.http_status)
    }

    /// Reads the answer to a call that wants data back.
    pub(crate) fn with_data<T: DeserializeOwned>(
        self,
        operation: Operation,
    ) -> Result<Answer<T>, Error> {
        self.read(operation, |info, data| match info.code {
            ResultCode::Success => serde_json::from_value(data?).ok(),
            _ => None,
        })
    }

    /// Reads the answer to a call that wants no more than to be obeyed.
    pub(crate) fn without_data(self, operation: Operation) -> Result<Answer<()>, Error> {
        self.read(operation, |info, _| match info.code {
            ResultCode::Success | ResultCode::RequestAccepted => Some(()),
            _ => None,
        })
    }

    /// Reads the answer to a capture.
    pub(crate) fn of_capture(self, operation: Operation) -> Result<Answer<Captured>, Error> {
        self.read(operation, |info, data| match info.code {
            ResultCode::Success => serde_json::from_value(data?).map(Captured::Now).ok(),
            ResultCode::UserConfirmationRequired => Some(Captured::OnceCustomerAgrees),
            _ => None,
        })
    }

    /// Reads any answer; `good` makes the data of one that has status 2xx and PayPay's form.
    fn read<T>(
        self,
        operation: Operation,
        good: impl FnOnce(&ResultInfo, Option<Value>) -> Option<T>,
    ) -> Result<Answer<T>, Error> {
        let is_success = self.is_success();
        let Self {
            http_status,
            request_id,
            body,
        } = self;
        let envelope: Option<Envelope<Value>> = serde_json::from_slice(&body).ok();
        let (result_info, data) = match envelope {
            Some(Envelope { result_info, data }) => (Some(result_info), data),
            None => (None, None),
        };
        let wanted = match &result_info {
            Some(info) if is_success => good(info, data),
            _ => None,
        };
        match (wanted, result_info) {
            (Some(data), Some(result_info)) => Ok(Answer {
                data,
                http_status,
                result_info,
                request_id,
            }),
            (_, result_info) => {
                let answer = ErrorAnswer {
                    http_status,
                    result_info,
                    request_id,
                };
                let kind = if is_success {
                    ErrorKind::Unreadable(answer)
                } else {
                    ErrorKind::Answer(answer)
                };
                Err(Error::new(operation, kind))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::Outcome;

    /// Bytes that PayPay might send, in full or in part, or that something else might.
    fn body() -> impl Strategy<Value = Vec<u8>> {
        let code = prop_oneof![
            proptest::sample::select(ResultCode::ALL).prop_map(|code| code.to_string()),
            "[A-Z_]{0,12}",
        ];
        let data = proptest::sample::select(vec![
            "null",
            "{}",
            "\"\"",
            "[]",
            "7",
            r#"{"status":"COMPLETED"}"#,
            r#"{"status":"NEW_ONE","refunds":{"data":[]},"amount":null}"#,
            r#"{"status":"COMPLETED","amount":{"amount":"1","currency":"JPY"}}"#,
            r#"{"status":null}"#,
        ]);
        let envelope = (code, data, any::<bool>()).prop_map(|(code, data, is_whole)| {
            let text = format!(
                r#"{{"resultInfo":{{"code":"{code}","message":"","codeId":"0"}},"data":{data}}}"#
            );
            let end = if is_whole { text.len() } else { text.len() / 2 };
            text.as_bytes()[..end].to_vec()
        });
        prop_oneof![
            3 => envelope,
            1 => proptest::collection::vec(any::<u8>(), 0..100),
            1 => "\\PC{0,60}".prop_map(String::into_bytes),
        ]
    }

    /// What the bytes say, read in another way than the code under test does.
    fn code_in(body: &[u8]) -> Option<String> {
        let json: Value = serde_json::from_slice(body).ok()?;
        Some(json.get("resultInfo")?.get("code")?.as_str()?.to_owned())
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2000))]
        #[test]
        fn no_bytes_are_taken_for_more_than_they_say(
            http_status in prop_oneof![100u16..=999, proptest::sample::select(vec![200, 400, 500])],
            body in body(),
        ) {
            let code = code_in(&body);
            let is_2xx = (200..=299).contains(&http_status);
            let raw = || RawAnswer { http_status, request_id: None, body: body.clone() };
            let payment = raw().with_data::<Payment>(Operation::CreatePayment).map(drop);
            let cancel = raw().without_data(Operation::CancelPayment).map(drop);
            let capture = raw().of_capture(Operation::Capture).map(drop);
            let calls = [
                (payment, &["SUCCESS"][..]),
                (cancel, &["SUCCESS", "REQUEST_ACCEPTED"]),
                (capture, &["SUCCESS", "USER_CONFIRMATION_REQUIRED"]),
            ];
            for (answer, good_codes) in calls {
                let says_so = is_2xx && code.as_deref().is_some_and(|code| good_codes.contains(&code));
                match answer.map_err(|error| error.outcome()) {
                    Ok(()) => prop_assert!(says_so),
                    Err(Outcome::Rejected) => {
                        prop_assert!((400..=499).contains(&http_status));
                        prop_assert!(code.is_some() || http_status == 429);
                    }
                    Err(Outcome::Failed) => {
                        prop_assert_eq!(http_status, 500);
                        prop_assert_eq!(code.as_deref(), Some("TRANSACTION_FAILED"));
                    }
                    Err(Outcome::Unknown) => {}
                }
            }
        }
    }
}
