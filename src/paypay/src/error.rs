use std::fmt;

use crate::Operation;
use crate::escape::escape;
use crate::types::{FieldError, ResultCode, ResultInfo};

/// A call that did not get the answer it wanted. [`outcome`](Self::outcome) says what that means.
///
/// It holds no secret: nothing of the request but the name of the call is kept.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{operation}: {kind}")]
pub struct Error {
    operation: Operation,
    kind: ErrorKind,
}

/// What went wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum ErrorKind {
    /// A field that PayPay would refuse. Nothing was sent.
    Field(FieldError),
    /// There was no connection. Nothing was sent.
    NotSent(NotSent),
    /// The request may have arrived, and no whole answer came back.
    NoAnswer(NoAnswer),
    /// PayPay, or something on the way to it, answered with an error.
    Answer(ErrorAnswer),
    /// The answer says that all is well, and does not say what was asked for.
    Unreadable(ErrorAnswer),
}

/// Why it is certain that nothing was sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NotSent {
    /// Nobody knows the host's name.
    #[error("the host was not found; check the environment and the network")]
    HostNotFound,
    /// Nobody listens there.
    #[error("the connection was refused; check the environment and that the server runs")]
    ConnectionRefused,
    /// No connection in time. The request is only sent on one.
    #[error("no connection in time; check the network")]
    ConnectTimeout,
}

/// Why there is no whole answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NoAnswer {
    /// Nothing, or only a part, in time.
    #[error("no whole answer in time")]
    Timeout,
    /// The connection ended first.
    #[error("the connection was lost")]
    ConnectionLost,
    /// The connection is not secure.
    #[error("no secure connection; check the certificates and the clock")]
    Tls,
    /// What came is not HTTP.
    #[error("the answer is not HTTP")]
    NotHttp,
    /// What came is far larger than any answer of PayPay.
    #[error("the answer is too large")]
    TooLarge,
}

/// An answer, as far as it could be read.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ErrorAnswer {
    /// The HTTP status.
    pub http_status: u16,
    /// What PayPay says. `None` for what is not an answer in PayPay's form, such as a page of HTML
    /// from a server in between.
    pub result_info: Option<ResultInfo>,
    /// PayPay's id of the request, for its support.
    pub request_id: Option<String>,
}

/// What an error means for the money: the only question that matters.
///
/// It is about *the request that failed*. A `DUPLICATE_DYNAMIC_QR_REQUEST`, for instance, is a
/// rejection of the second request; what became of the first must be looked up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// The request changed nothing: PayPay refused it, or it was never sent. The same ids may be
    /// used again, once what is wrong is right.
    Rejected,
    /// PayPay tried, and it failed. A new transaction, with new ids, may be started after a while.
    Failed,
    /// Nobody knows whether it happened. Look it up; if it is `FAILED` or not found, start anew. Or
    /// cancel it, and start anew once the cancel is accepted. Until then, take no money.
    Unknown,
}

impl Error {
    pub(crate) fn new(operation: Operation, kind: ErrorKind) -> Self {
        Self { operation, kind }
    }

    /// Which call it was.
    #[must_use]
    pub fn operation(&self) -> Operation {
        self.operation
    }

    /// What went wrong.
    #[must_use]
    pub fn kind(&self) -> &ErrorKind {
        &self.kind
    }

    /// What it means for the money, by the rules of the guide's chapter on errors.
    ///
    /// Rejected are: what was not sent, status 429, and any 4xx with PayPay's `resultInfo`. Failed is
    /// `TRANSACTION_FAILED` with status 500. All else is unknown: lost and late answers, any other
    /// 5xx, a 2xx that cannot be read, a redirect, and a 4xx that is not PayPay's own.
    #[must_use]
    pub fn outcome(&self) -> Outcome {
        match &self.kind {
            ErrorKind::Field(_) | ErrorKind::NotSent(_) => Outcome::Rejected,
            ErrorKind::NoAnswer(_) | ErrorKind::Unreadable(_) => Outcome::Unknown,
            ErrorKind::Answer(answer) => answer.outcome(),
        }
    }

    /// The answer, as far as it could be read.
    #[must_use]
    pub fn answer(&self) -> Option<&ErrorAnswer> {
        match &self.kind {
            ErrorKind::Answer(answer) | ErrorKind::Unreadable(answer) => Some(answer),
            ErrorKind::Field(_) | ErrorKind::NotSent(_) | ErrorKind::NoAnswer(_) => None,
        }
    }

    /// What PayPay says, whole.
    #[must_use]
    pub fn result_info(&self) -> Option<&ResultInfo> {
        self.answer()?.result_info.as_ref()
    }

    /// PayPay's code, to decide by.
    #[must_use]
    pub fn code(&self) -> Option<&ResultCode> {
        self.result_info().map(|info| &info.code)
    }

    /// The HTTP status of the answer, where there was one.
    #[must_use]
    pub fn http_status(&self) -> Option<u16> {
        self.answer().map(|answer| answer.http_status)
    }

    /// PayPay's page about this error. PayPay's own SDKs print it.
    #[must_use]
    pub fn help_url(&self) -> Option<String> {
        let info = self.result_info()?;
        Some(format!(
            "https://developer.paypay.ne.jp/develop/resolve?api_name={}&code={}&code_id={}",
            self.operation.api_name(),
            escape(info.code.as_str()),
            escape(&info.code_id),
        ))
    }
}

impl ErrorAnswer {
    fn outcome(&self) -> Outcome {
        use ResultCode::{
            InternalServerError, RequestAccepted, ServiceError, Success, TransactionFailed,
        };
        match (self.http_status, self.result_info.as_ref()) {
            (429, _) => Outcome::Rejected,
            (400..=499, Some(info)) => match info.code {
                // A status that says no and a code that does not: believe neither.
                Success | RequestAccepted | InternalServerError | ServiceError => Outcome::Unknown,
                _ => Outcome::Rejected,
            },
            (500, Some(info)) if info.code == TransactionFailed => Outcome::Failed,
            _ => Outcome::Unknown,
        }
    }
}

impl fmt::Display for ErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Field(error) => error.fmt(f),
            Self::NotSent(why) => why.fmt(f),
            Self::NoAnswer(why) => why.fmt(f),
            Self::Answer(answer) => answer.fmt(f),
            Self::Unreadable(answer) => write!(f, "cannot read the answer: {answer}"),
        }
    }
}

impl fmt::Display for ErrorAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "HTTP {}", self.http_status)?;
        match &self.result_info {
            Some(info) => write!(f, ", {info}")?,
            None => f.write_str(", not in PayPay's form")?,
        }
        match &self.request_id {
            Some(id) => write!(f, " [{id}]"),
            None => Ok(()),
        }
    }
}
