//! PayPay's Open Payment API (OPA): types, request signing and account-link tokens.

mod credentials;
pub mod jwt;
pub mod signing;
mod string_enum;
pub mod types;

pub use credentials::{ApiKey, Credentials, CredentialsError, Secret};
