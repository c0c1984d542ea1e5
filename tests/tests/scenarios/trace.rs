//! What is written down of what the app is told.

use std::fmt::Debug;

use mpac_pgw_sdk::{
    PaymentEvent, PaymentEventKind, PaymentResult, PaymentState, QrCode, TerminalError,
};
use serde_json::Value;

/// The codes shown so far: each is named by its number.
#[derive(Debug, Default)]
pub(crate) struct Codes(Vec<String>);

impl Codes {
    fn number(&mut self, qr: &QrCode) -> usize {
        let content = qr.content.as_str();
        let known = self.0.iter().position(|code| code == content);
        1 + known.unwrap_or_else(|| {
            self.0.push(content.to_owned());
            self.0.len() - 1
        })
    }
}

pub(crate) fn heard(event: &PaymentEvent, codes: &mut Codes) -> String {
    let line = Line::new("event", &event.name)
        .text("method", event.method.as_str())
        .json("replayed", event.replayed);
    match &event.kind {
        PaymentEventKind::QrReady { qr } => line
            .text("provider", &qr.provider)
            .json("qr", codes.number(qr)),
        PaymentEventKind::CardAppRequested { request } => line
            .json("amount", request.amount.minor_units())
            .text("currency", request.currency.as_str()),
        PaymentEventKind::StatusChanged { status } => line.text("status", status.as_str()),
        PaymentEventKind::SwitchRefused { code, .. } => line.word("code", code),
        PaymentEventKind::ConnectionLost { cause } => line.word("cause", cause),
        PaymentEventKind::PaymentFailed {
            code, can_retry, ..
        } => line.word("code", code).json("can_retry", can_retry),
        PaymentEventKind::PaymentCancelled { by } => line.word("by", by),
        PaymentEventKind::PaymentUnresolved { cause, next_step } => {
            line.word("cause", cause).word("next_step", next_step)
        }
        _ => line,
    }
    .end()
}

pub(crate) fn seen(state: &PaymentState, codes: &mut Codes) -> Line {
    let line = did("sees").word("state", state);
    match state {
        PaymentState::AwaitingCustomer { qr } => line
            .text("provider", &qr.provider)
            .json("qr", codes.number(qr)),
        PaymentState::AwaitingCardApp { request } => {
            line.json("amount", request.amount.minor_units())
        }
        PaymentState::Verifying { cause, .. } => line.word("cause", cause),
        PaymentState::Finished { result } => {
            let line = line.word("result", result);
            match result {
                PaymentResult::Failed {
                    code, can_retry, ..
                } => line.word("code", code).json("can_retry", can_retry),
                PaymentResult::Cancelled { by } => line.word("by", by),
                PaymentResult::Unresolved { cause, next_step } => {
                    line.word("cause", cause).word("next_step", next_step)
                }
                _ => line,
            }
        }
        _ => line,
    }
}

pub(crate) fn did(what: &str) -> Line {
    Line::new("app", what)
}

pub(crate) fn refused(what: &str, error: &TerminalError) -> Line {
    did(what).error(error)
}

/// A line of the trace: compact JSON, members in the order in which they are added.
pub(crate) struct Line(String);

impl Line {
    pub(crate) fn new(who: &str, what: &str) -> Self {
        Self(format!("{{\"{who}\":\"{what}\""))
    }

    pub(crate) fn json(mut self, name: &str, value: impl ToString) -> Self {
        self.0 += &format!(",\"{name}\":{}", value.to_string());
        self
    }

    pub(crate) fn text(self, name: &str, value: &str) -> Self {
        self.json(name, Value::from(value))
    }

    pub(crate) fn word(self, name: &str, value: impl Debug) -> Self {
        self.text(name, &word(&value))
    }

    pub(crate) fn error(self, error: &TerminalError) -> Self {
        let line = self.word("error", error);
        match error {
            TerminalError::CardResultRefused { refusal } => line.word("refusal", refusal),
            TerminalError::NoAnswer { cause } => line.word("cause", cause),
            TerminalError::Gateway { code, .. } => line.text("code", code),
            _ => line,
        }
    }

    pub(crate) fn end(self) -> String {
        self.0 + "}"
    }
}

/// The name of a variant, in the spelling of the wire: `QrReady { … }` is `qr_ready`.
pub(crate) fn word(value: &impl Debug) -> String {
    let debug = format!("{value:?}");
    let name = debug.chars().take_while(char::is_ascii_alphanumeric);
    let mut word = String::new();
    for c in name {
        if c.is_ascii_uppercase() && !word.is_empty() {
            word.push('_');
        }
        word.push(c.to_ascii_lowercase());
    }
    word
}
