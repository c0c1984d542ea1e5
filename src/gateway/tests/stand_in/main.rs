//! PayPay's stand-in over HTTP, as a merchant's program meets it: every request is signed.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    unreachable_pub,
    reason = "tests"
)]

#[path = "../support/mod.rs"]
mod support;

mod codes;
mod customers;
mod errors;
mod faults;
mod merchant;
mod odd_bodies;
mod payments;
mod reservations;
mod serving;
mod signatures;
mod wallet;
mod webhooks;
