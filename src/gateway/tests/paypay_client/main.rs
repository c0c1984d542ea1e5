//! The client of PayPay's API and the stand-in for PayPay, against each other.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    unreachable_pub,
    reason = "tests"
)]

#[path = "../support/mod.rs"]
mod support;

mod calls;
mod errors;
mod guide;
mod paypay;
mod table;
mod tls;
