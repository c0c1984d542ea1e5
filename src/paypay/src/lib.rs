//! PayPay's Open Payment API (OPA): request signing.

mod credentials;
pub mod signing;

pub use credentials::{ApiKey, Credentials, CredentialsError, Secret};
