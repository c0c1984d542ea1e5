//! The mpac-pgw local gateway: the PaymentIntent API of the guide, on one machine, offline.
//!
//! The binary `mpac-gateway` runs it from the command line. A program embeds it like this, for
//! tests or demonstrations:
//!
//! ```
//! use mpac_gateway::{Gateway, GatewayConfig};
//!
//! let gateway = Gateway::start(GatewayConfig::default())?;
//! println!("{}", gateway.url());
//! # Ok::<(), mpac_gateway::StartError>(())
//! ```
//!
//! From the outside in: `api` speaks HTTP, `payments` holds what can happen to a payment,
//! `domain` knows the rules, `store` and `provider` are what the rules act on. All time comes
//! from one [`Clock`].

mod answer;
mod api;
mod app;
mod clock;
mod config;
mod domain;
mod failure;
mod fields;
mod idempotency;
mod ids;
mod locks;
mod payments;
mod provider;
mod server;
mod store;

pub use clock::Clock;
pub use config::{GatewayConfig, Merchant, MerchantError, StoreLocation};
pub use server::{Gateway, StartError};
pub use store::StoreOpenError;
