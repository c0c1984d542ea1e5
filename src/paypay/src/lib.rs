//! PayPay's Open Payment API (OPA): a blocking client, its types, and the other side's half of
//! signing and account-link tokens, for servers that stand in for PayPay.
//!
//! The source is PayPay's *Node.js integration guide*; the calls name its sections.
//!
//! # A payment by QR code
//!
//! ```no_run
//! use std::{thread, time::Duration};
//! use paypay_opa::types::{CreateCodeRequest, MoneyAmount, PaymentStatus};
//! use paypay_opa::{Client, Credentials, Environment, Outcome};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let credentials = Credentials::new("an_api_key", "an_api_secret")?;
//! let client = Client::new(credentials, Environment::Sandbox);
//!
//! let order = "order-0001".parse()?;
//! let request = CreateCodeRequest::new(order, MoneyAmount::jpy(1200));
//! let code = client.create_code(&request)?.data;
//! println!("show this as a QR code: {}", code.url);
//!
//! loop {
//!     thread::sleep(Duration::from_millis(4500));
//!     match client.code_payment_details(&request.merchant_payment_id) {
//!         Ok(answer) if answer.data.status == PaymentStatus::Completed => break,
//!         Ok(_) => {}
//!         // Nothing is decided by an answer that did not come: ask again.
//!         Err(error) if error.outcome() == Outcome::Unknown => {}
//!         Err(error) => return Err(error.into()),
//!     }
//! }
//! # Ok(())
//! # }
//! ```
//!
//! # When a call fails
//!
//! [`Error`] keeps PayPay's `resultInfo` whole, and [`Error::outcome`] answers the only question that
//! matters:
//!
//! | outcome | did it happen? | what to do |
//! |---|---|---|
//! | [`Outcome::Rejected`] | no | set right what [`Error::code`] names |
//! | [`Outcome::Failed`] | no, PayPay tried | start a new transaction, after a while |
//! | [`Outcome::Unknown`] | nobody knows | look it up, or cancel it, before anything else |
//!
//! No call is repeated by the client. To be repeated safely, an operation needs the same ids, which
//! only the caller can keep.
//!
//! # What is where
//!
//! [`Client`] has one method for each call. [`types`] is what crosses the wire, [`signing`] the
//! `Authorization` header, [`jwt`] the account-link token; these three work without a network.

mod answer;
mod client;
mod credentials;
mod environment;
mod error;
mod escape;
pub mod jwt;
mod operation;
pub mod signing;
mod string_enum;
pub mod types;

pub use answer::{Answer, Captured};
pub use client::{CertificateError, Client, SimilarTransaction};
pub use credentials::{ApiKey, Credentials, CredentialsError, Secret};
pub use environment::{BaseUrl, Environment, EnvironmentError};
pub use error::{Error, ErrorAnswer, ErrorKind, NoAnswer, NotSent, Outcome};
pub use operation::Operation;
