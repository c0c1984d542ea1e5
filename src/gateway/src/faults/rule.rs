use std::time::Duration;

use serde_json::{Value, json};

use crate::stand_in::results::Refusal;
use crate::wire::Trouble;

/// Whose requests a rule is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Target {
    /// The gateway's.
    Gateway,
    /// The PayPay stand-in's.
    PayPay,
}

/// Which requests meet a fault, how often, and which.
#[derive(Debug, Clone)]
pub(crate) struct Rule {
    pub(crate) id: String,
    pub(crate) target: Target,
    /// `None`: any.
    pub(crate) method: Option<String>,
    /// `*` is anything up to the next `/`, `**` anything at all.
    pub(crate) path: String,
    /// How often it is still to be met; `None`: until it is removed.
    pub(crate) remaining: Option<u64>,
    pub(crate) action: Action,
}

/// What a request meets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Action {
    /// It is handled, later.
    Delay(Duration),
    /// It is answered with this and not handled.
    Status {
        status: u16,
        retry_after: Option<u64>,
        body: Body,
    },
    /// It is answered with a row of PayPay's table, and handled before that or not at all.
    Scenario { row: Refusal, handled: bool },
    /// It is not handled, and its connection is cut.
    DropBeforeWrite,
    /// It is handled, and something happens to its answer.
    Answer(Trouble),
}

/// What a status is answered with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Body {
    /// The guide's error.
    Json,
    /// A page, as a proxy on the way would answer.
    Html,
    /// Nothing.
    Empty,
}

impl Rule {
    pub(super) fn matches(&self, target: Target, method: &str, path: &str) -> bool {
        let wanted = self.method.as_deref();
        self.target == target
            && wanted.is_none_or(|wanted| wanted == method)
            && path_matches(self.path.as_bytes(), path.as_bytes())
    }

    pub(crate) fn view(&self) -> Value {
        let mut view = json!({
            "id": self.id,
            "object": "fault",
            "target": self.target.name(),
            "method": self.method,
            "path": self.path,
            // As in requests, 0 is until it is removed.
            "count": self.remaining.unwrap_or(0),
            "action": self.action.name(),
        });
        let details = match self.action {
            Action::Delay(by) => json!({ "delay_ms": millis(by) }),
            Action::Status {
                status,
                retry_after,
                body,
            } => json!({ "status": status, "retry_after": retry_after, "body": body.name() }),
            Action::Scenario { row, handled } => {
                json!({ "scenario": row.code, "code_id": row.code_id, "after_write": handled })
            }
            Action::Answer(Trouble::Drip { bytes, every }) => {
                json!({ "bytes": bytes, "delay_ms": millis(every) })
            }
            Action::DropBeforeWrite | Action::Answer(_) => json!({}),
        };
        if let (Some(view), Value::Object(details)) = (view.as_object_mut(), details) {
            view.extend(details.into_iter().filter(|(_, value)| !value.is_null()));
        }
        view
    }
}

impl Action {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Delay(_) => "delay",
            Self::Status { .. } => "status",
            Self::Scenario { .. } => "scenario",
            Self::DropBeforeWrite => "drop_before_write",
            Self::Answer(Trouble::Cut) => "drop_after_write",
            Self::Answer(Trouble::Truncate) => "truncate",
            Self::Answer(Trouble::Garbage) => "garbage",
            Self::Answer(Trouble::Drip { .. }) => "drip",
        }
    }
}

impl Target {
    pub(super) const ALL: [Self; 2] = [Self::Gateway, Self::PayPay];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Gateway => "gateway",
            Self::PayPay => "paypay",
        }
    }

    /// The paths of a rule that names none.
    pub(super) fn default_path(self) -> &'static str {
        match self {
            Self::Gateway => "/v1/**",
            // PayPay has /v1 and /v2. The wallet's pages are left alone.
            Self::PayPay => "/v*/**",
        }
    }
}

impl Body {
    pub(super) const ALL: [Self; 3] = [Self::Json, Self::Html, Self::Empty];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Json => "json",
            Self::Html => "html",
            Self::Empty => "empty",
        }
    }
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

fn path_matches(pattern: &[u8], path: &[u8]) -> bool {
    match pattern {
        [] => path.is_empty(),
        [b'*', b'*', rest @ ..] => (0..=path.len()).any(|skip| {
            path.get(skip..)
                .is_some_and(|after| path_matches(rest, after))
        }),
        [b'*', rest @ ..] => {
            let segment = path.iter().take_while(|byte| **byte != b'/').count();
            (0..=segment).any(|skip| {
                path.get(skip..)
                    .is_some_and(|after| path_matches(rest, after))
            })
        }
        [first, rest @ ..] => {
            let after = path.split_first().filter(|(byte, _)| *byte == first);
            after.is_some_and(|(_, after)| path_matches(rest, after))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::path_matches;

    #[test]
    fn patterns() {
        let table = [
            ("/v1/**", "/v1/payment_intents/pi_1", true),
            ("/v1/**", "/qr/x", false),
            ("**", "/anything", true),
            ("/v1/payment_intents", "/v1/payment_intents", true),
            ("/v1/payment_intents", "/v1/payment_intents/pi_1", false),
            ("/v1/payment_intents/*", "/v1/payment_intents/pi_1", true),
            (
                "/v1/payment_intents/*",
                "/v1/payment_intents/pi_1/confirm",
                false,
            ),
            (
                "/v1/payment_intents/*/confirm",
                "/v1/payment_intents/pi_1/confirm",
                true,
            ),
            ("/v1/**/confirm", "/v1/payment_intents/pi_1/confirm", true),
            ("/v1/pay*", "/v1/payment_intents", true),
        ];
        for (pattern, path, expected) in table {
            let matches = path_matches(pattern.as_bytes(), path.as_bytes());
            assert_eq!(matches, expected, "{pattern} {path}");
        }
    }
}
