//! The client.

mod calls;
mod transport;

pub use self::calls::SimilarTransaction;
pub use self::transport::CertificateError;

use std::fmt;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use serde::Serialize;
use serde_json::Value;

use self::transport::{Connection, JSON, Method, SignedRequest};
use crate::answer::RawAnswer;
use crate::jwt::{self, JwtError, ResponseClaims};
use crate::signing::{Authorization, Nonce, RequestToSign};
use crate::types::{Check, FieldError, MerchantId};
use crate::{Credentials, Environment, Error, ErrorKind, Operation};

/// Calls PayPay, one request at a time, and waits for each answer. Safe to share between threads.
///
/// No redirect is followed, and no proxy is used. Nothing is logged either, but by ureq, which writes
/// out what it sends at level `trace`: keep that level off.
///
/// A call is sent again by itself in one case only, once: it died on a kept-alive connection before
/// anything of the answer came, as when the other side had closed that connection without a word, and
/// PayPay would carry it out once however often it came. It is signed anew and sent on a fresh
/// connection. As the first may have been carried out after all, an error that answers the second to a
/// call that changes something is no answer to the call: its [`Outcome`](crate::Outcome) is unknown.
/// Calls that must not reach PayPay twice (capture, revert, account link and unlink) are sent on a
/// fresh connection from the start.
pub struct Client {
    credentials: Credentials,
    environment: Environment,
    merchant: Option<MerchantId>,
    longest_read_timeout: Option<Duration>,
    now: Box<dyn Fn() -> i64 + Send + Sync>,
    nonce: Box<dyn Fn() -> Nonce + Send + Sync>,
    agent: ureq::Agent,
}

impl Client {
    /// A client for one merchant in one environment.
    ///
    /// ```
    /// use paypay_opa::{Client, Credentials, Environment};
    ///
    /// let credentials = Credentials::new("an_api_key", "an_api_secret")?;
    /// let client = Client::new(credentials, Environment::Sandbox);
    /// # Ok::<(), paypay_opa::CredentialsError>(())
    /// ```
    #[must_use]
    pub fn new(credentials: Credentials, environment: Environment) -> Self {
        Self {
            credentials,
            environment,
            merchant: None,
            longest_read_timeout: None,
            now: Box::new(unix_seconds),
            nonce: Box::new(Nonce::random),
            agent: transport::agent(mpac_pgw_wire::Trust::bundled()),
        }
    }

    /// Acts for this merchant, where the API key is good for more than one (`X-ASSUME-MERCHANT`).
    #[must_use]
    pub fn with_merchant(mut self, merchant: MerchantId) -> Self {
        self.merchant = Some(merchant);
        self
    }

    /// Takes the time, in Unix seconds, from somewhere else than the system's clock. Requests that
    /// are signed more than two minutes off PayPay's clock are refused.
    #[must_use]
    pub fn with_clock(mut self, now: impl Fn() -> i64 + Send + Sync + 'static) -> Self {
        self.now = Box::new(now);
        self
    }

    /// Takes the nonces of the signatures from somewhere else than the system's random numbers.
    #[must_use]
    pub fn with_nonces(mut self, nonce: impl Fn() -> Nonce + Send + Sync + 'static) -> Self {
        self.nonce = Box::new(nonce);
        self
    }

    /// Never waits longer than this for an answer, where [`Operation::read_timeout`] says more. For
    /// a server that stands in for PayPay; PayPay itself should have its time.
    #[must_use]
    pub fn with_longest_read_timeout(mut self, timeout: Duration) -> Self {
        self.longest_read_timeout = Some(timeout);
        self
    }

    /// Trusts the certificate authorities in this PEM text, and no others. For a server of one's own,
    /// whose certificate the web does not know.
    ///
    /// # Errors
    /// [`CertificateError`] if there is none in it.
    pub fn with_root_certificates(mut self, pem: &[u8]) -> Result<Self, CertificateError> {
        self.agent = transport::agent(transport::trust(pem)?);
        Ok(self)
    }

    /// Checks the token that came back with a customer from the account-link page. `nonce` is that of
    /// the [`AccountLinkRequest`](crate::types::AccountLinkRequest), kept for this customer's session.
    ///
    /// # Errors
    /// [`JwtError`] says what is wrong. Nothing of the token may be believed then.
    pub fn validate_response_token(
        &self,
        token: &str,
        nonce: &str,
    ) -> Result<ResponseClaims, JwtError> {
        jwt::validate(token, &self.credentials.secret, nonce, (self.now)())
    }

    /// Sends a request with a body. `target` is the path, and perhaps a query string.
    fn post<R: Check + Serialize>(
        &self,
        operation: Operation,
        target: &str,
        request: &R,
    ) -> Result<RawAnswer, Error> {
        let field_error = |error| Error::new(operation, ErrorKind::Field(error));
        request.check().map_err(field_error)?;
        let mut json = serde_json::to_value(request).map_err(|_| field_error(UNWRITABLE))?;
        if let (true, Some(fields)) = (operation.says_when(), json.as_object_mut()) {
            let now = || Value::from((self.now)());
            fields.entry("requestedAt").or_insert_with(now);
        }
        self.send(operation, Method::Post, target, json.to_string().as_bytes())
    }

    fn get(&self, operation: Operation, target: &str) -> Result<RawAnswer, Error> {
        self.send(operation, Method::Get, target, &[])
    }

    fn delete(&self, operation: Operation, target: &str) -> Result<RawAnswer, Error> {
        self.send(operation, Method::Delete, target, &[])
    }

    fn send(
        &self,
        operation: Operation,
        method: Method,
        target: &str,
        body: &[u8],
    ) -> Result<RawAnswer, Error> {
        let longest = self.longest_read_timeout.unwrap_or(Duration::MAX);
        let read_timeout = operation.read_timeout().min(longest);
        let began = Instant::now();
        let connection = if operation.may_be_repeated() {
            Connection::AnyOpen
        } else {
            Connection::Fresh
        };
        let first = self.send_once(method, target, body, read_timeout, connection);
        let left = read_timeout.saturating_sub(began.elapsed());
        let answer = match first {
            Err(error) if mpac_pgw_wire::died_unannounced(&error) && !left.is_zero() => {
                let second = self.send_once(method, target, body, left, Connection::Fresh);
                match (method, second) {
                    (Method::Get, second) => second,
                    (_, Ok(done)) if done.is_success() => Ok(done),
                    // What it says is about the second. Of the first, nothing is known.
                    _ => Err(error),
                }
            }
            first => first,
        };
        answer.map_err(|error| Error::new(operation, transport::kind_of(&error)))
    }

    fn send_once(
        &self,
        method: Method,
        target: &str,
        body: &[u8],
        read_timeout: Duration,
        connection: Connection,
    ) -> Result<RawAnswer, ureq::Error> {
        let to_sign = RequestToSign {
            method: method.as_str(),
            path: target,
            content_type: Some(JSON),
            body,
        };
        let nonce = (self.nonce)();
        let authorization =
            Authorization::sign(&self.credentials, nonce, (self.now)(), &to_sign).to_string();
        let url = format!("{}{target}", self.environment);
        let request = SignedRequest {
            method,
            url: &url,
            authorization: &authorization,
            assume_merchant: self.merchant.as_ref().map(MerchantId::as_str),
            body,
            read_timeout,
            connection,
        };
        transport::send(&self.agent, &request)
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("credentials", &self.credentials)
            .field("environment", &self.environment)
            .field("merchant", &self.merchant)
            .finish_non_exhaustive()
    }
}

const UNWRITABLE: FieldError = FieldError {
    field: "metadata",
    reason: "cannot be written as JSON",
};

fn unix_seconds() -> i64 {
    // A clock before 1970 is wrong anyway, and PayPay will say so.
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .ok()
        .and_then(|since| i64::try_from(since.as_secs()).ok())
        .unwrap_or_default()
}
