//! `cargo demo`: three payments on one terminal, by QR, by card and in cash.
//!
//! Everything is real but the people: the merchant's back end signs its requests, the gateway
//! runs in this process on a free port, with PayPay's stand-in on another, and the SDK is the one
//! that ships. The customer, who opens the page that the QR code leads to, and the app
//! MPACCreditCard are played by [`customer`] and [`card_app`].

// A program for the command line talks on the command line.
#![allow(clippy::print_stdout, clippy::print_stderr)]

mod back_end;
mod card_app;
mod customer;
mod gateway;
mod till;

use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::Parser;
use mpac_gateway::Merchant;
use mpac_pgw_protocol::PaymentMethodType;
use mpac_pgw_sdk::{PaymentMethod, PaymentTerminal, TerminalConfig};

use crate::back_end::BackEnd;
use crate::gateway::DemoGateway;
use crate::till::{Sale, Till};

/// Takes three payments before your eyes: by QR, by card and in cash.
#[derive(Parser)]
#[command(
    name = "cargo demo",
    version,
    after_help = "Examples:
  cargo demo
  cargo demo -- --gateway http://127.0.0.1:4242"
)]
struct Options {
    /// Use this running gateway instead of starting one.
    #[arg(long, value_name = "URL")]
    gateway: Option<String>,
    /// The merchant to create the orders for, when the gateway has another than the test merchant.
    #[arg(long, value_name = "ID:SECRET", requires = "gateway")]
    merchant: Option<Merchant>,
}

fn main() -> ExitCode {
    match run(Options::parse()) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// Takes the three payments, and tells whether all of them were paid.
fn run(options: Options) -> Result<bool> {
    let merchant = options.merchant.unwrap_or_else(Merchant::test);
    let gateway = DemoGateway::start_or_use(options.gateway)?;
    let back_end = BackEnd::new(gateway.url(), merchant);

    let journal = tempfile::tempdir().context("a folder for the terminal's journal")?;
    let config = TerminalConfig::new(gateway.url(), journal.path());
    let terminal = PaymentTerminal::open(config, None).context("opening the terminal")?;
    let till = Till::new(terminal);

    let orders = [
        (
            PaymentMethod::QrMpm {
                provider: "PAYPAY".to_owned(),
            },
            2_500,
        ),
        (PaymentMethod::CreditCard, 12_800),
        (PaymentMethod::Cash, 980),
    ];
    let mut sales = Vec::new();
    for (number, (method, amount)) in (1..).zip(orders) {
        let method_type = method.method_type();
        println!(
            "\n── {number}/3  {}  ¥{} ──",
            title(&method_type),
            till::thousands(amount)
        );
        let order = back_end.create_payment_intent(amount)?;
        println!("   back end: created {}", order.id);
        sales.push(till.take(order, method)?);
    }

    println!("\n── Summary ──");
    for sale in &sales {
        println!("   {}", sale.summary());
    }
    Ok(sales.iter().all(Sale::is_paid))
}

fn title(method: &PaymentMethodType) -> &str {
    match method {
        PaymentMethodType::QrMpm => "QR code / QRコード",
        PaymentMethodType::CreditCard => "Credit card / クレジットカード",
        PaymentMethodType::Cash => "Cash / 現金",
        other => other.as_str(),
    }
}
