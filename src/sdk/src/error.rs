//! The errors of the SDK's own calls. What becomes of a payment is never an error: it is a
//! [`PaymentResult`](crate::PaymentResult).

use mpac_pgw_protocol::reading::UnreadableField;

use crate::clock::EntropyError;
use crate::messages::Language;
use crate::state::UncertaintyCause;

/// Why a call was not carried out. Nothing has changed when one of these is returned.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, uniffi::Enum)]
#[non_exhaustive]
pub enum TerminalError {
    /// A field of the configuration cannot be used.
    #[error("configuration field `{field}`: {reason}")]
    InvalidConfiguration {
        /// The field.
        field: String,
        /// What is wrong with it, and what would be right.
        reason: String,
    },
    /// An argument cannot be used.
    #[error("argument `{field}`: {reason}")]
    InvalidArgument {
        /// The argument.
        field: String,
        /// What is wrong with it, and what would be right.
        reason: String,
    },
    /// The text is not a payment token.
    #[error("{reason}")]
    InvalidPaymentToken {
        /// What is wrong with it.
        reason: String,
    },
    /// The journal cannot be read or written, or the system gives no random numbers for its keys.
    /// Free some space, unlock the device, or check the folder's rights.
    #[error("the journal cannot be used: {reason}")]
    Storage {
        /// What the operating system says.
        reason: String,
    },
    /// Another terminal, in this process or in another, has the same data directory open.
    #[error("another terminal has this data directory open; use one PaymentTerminal per directory")]
    DirectoryInUse,
    /// The PaymentIntent already has an unfinished attempt on this terminal. Use that one; after
    /// a restart, `recoverPending` brings it back.
    #[error("the PaymentIntent already has the unfinished attempt {attempt_id}; use that one")]
    AttemptInProgress {
        /// That attempt.
        attempt_id: String,
    },
    /// A card result that does not belong to a waiting attempt of this terminal.
    #[error("the card result was refused: {refusal}")]
    CardResultRefused {
        /// Why.
        refusal: CardResultRefusal,
    },
    /// The gateway refused the request.
    #[error("the gateway refused: {code} ({http_status}): {reason}")]
    Gateway {
        /// The guide's error code.
        code: String,
        /// The gateway's own words.
        reason: String,
        /// The parameter at fault, where it names one.
        param: Option<String>,
        /// The HTTP status.
        http_status: i32,
    },
    /// The gateway gave no usable answer. Try again later.
    #[error("the gateway gave no usable answer: {}", cause.message(Language::English))]
    NoAnswer {
        /// Why.
        cause: UncertaintyCause,
    },
    /// The terminal was shut down.
    #[error("the terminal was shut down; open it again")]
    ShutDown,
}

impl TerminalError {
    /// A field of the configuration cannot be used.
    pub(crate) fn configuration(field: &str, reason: impl Into<String>) -> Self {
        Self::InvalidConfiguration {
            field: field.to_owned(),
            reason: reason.into(),
        }
    }

    /// An argument cannot be used.
    pub(crate) fn argument(field: &str, reason: impl Into<String>) -> Self {
        Self::InvalidArgument {
            field: field.to_owned(),
            reason: reason.into(),
        }
    }
}

/// Why a card result was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, uniffi::Enum)]
#[non_exhaustive]
pub enum CardResultRefusal {
    /// Not JSON of the contract's form.
    #[error("it is malformed: `{field}` is missing or cannot be read")]
    Malformed {
        /// The member at fault; `result` when there is no JSON object at all.
        field: String,
    },
    /// A version of the contract that this SDK does not speak.
    #[error("its contract version is neither 1 nor 2")]
    UnsupportedVersion,
    /// No attempt of this terminal has that id.
    #[error("no attempt has its attempt_id")]
    UnknownAttempt,
    /// The attempt is not waiting for a card result: it is over, or this is a second result.
    #[error("the attempt is not waiting for a card result")]
    NotWaiting,
    /// The nonce is not the one of the request.
    #[error("its nonce is not the request's")]
    WrongNonce,
    /// The amount or the currency is not the one of the request.
    #[error("its amount or currency is not the request's")]
    WrongAmount,
    /// Approved, but without the approval code or the card brand.
    #[error("it is approved but lacks its approval code or card brand")]
    Incomplete,
    /// It is not signed, but the terminal knows a key of the card app, and takes nothing unsigned. It may
    /// be forged, and may be the answer of a card app that is too old: have that updated, then ask it
    /// again what became of the attempt.
    #[error(
        "it is not signed, and this terminal takes signed results only: update the card app, and ask \
         it again what became of the attempt"
    )]
    MissingSignature,
    /// It is signed by none of the card app's keys that the terminal knows, or was altered afterwards.
    /// Ask the card app again what became of the attempt; if that answer is refused, too, compare the
    /// keys.
    #[error(
        "it was altered, or signed by none of the card app's keys that this terminal knows: ask the \
         card app again what became of the attempt, and compare the keys"
    )]
    WrongSignature,
}

impl From<UnreadableField> for CardResultRefusal {
    fn from(unreadable: UnreadableField) -> Self {
        Self::Malformed {
            field: unreadable.field.to_owned(),
        }
    }
}

impl From<CardResultRefusal> for TerminalError {
    fn from(refusal: CardResultRefusal) -> Self {
        Self::CardResultRefused { refusal }
    }
}

impl From<EntropyError> for TerminalError {
    fn from(error: EntropyError) -> Self {
        Self::Storage {
            reason: error.to_string(),
        }
    }
}

impl From<std::io::Error> for TerminalError {
    fn from(error: std::io::Error) -> Self {
        Self::Storage {
            reason: error.to_string(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Kotlin and Swift spell their own names otherwise.
    #[test]
    fn an_error_says_once_and_in_no_languages_spelling_what_is_wrong() {
        let token = "x".parse::<mpac_pgw_protocol::PaymentToken>().unwrap_err();
        let token = TerminalError::InvalidPaymentToken {
            reason: token.to_string(),
        };
        assert_eq!(token.to_string().matches("payment_token").count(), 1);
        let no_answer = TerminalError::NoAnswer {
            cause: UncertaintyCause::ConnectionLost,
        };
        for error in [no_answer, CardResultRefusal::Incomplete.into()] {
            let text = error.to_string();
            assert!(
                !text.contains('_') && !text.contains("ConnectionLost"),
                "{text}"
            );
        }
    }
}
