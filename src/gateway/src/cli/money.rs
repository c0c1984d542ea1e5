use anyhow::Context;
use mpac_pgw_protocol::PaymentIntentId;
use serde_json::{Value, json};

use super::output;
use super::signed::BackEnd;

#[derive(Debug, clap::Args)]
#[command(
    after_help = "An intent whose money is reserved gives it back and becomes failed.\n\nExamples:\n  \
    mpac-gateway cancel pi_01HXY...\n  \
    mpac-gateway cancel --json pi_01HXY... | jq -r .status"
)]
pub(super) struct CancelArgs {
    #[command(flatten)]
    back_end: BackEnd,
    /// Print the gateway's JSON answer, on one line.
    #[arg(long)]
    json: bool,
    /// The payment intent to cancel: pi_...
    payment_intent: PaymentIntentId,
}

pub(super) fn cancel(args: CancelArgs) -> anyhow::Result<()> {
    let path = format!("/v1/payment_intents/{}/cancel", args.payment_intent);
    let answer = args.back_end.post(&path, "{}")?;
    show(args.json, &answer, |intent| {
        format!("{} is {}", text(intent, "id"), text(intent, "status"))
    })
}

#[derive(Debug, clap::Args)]
#[command(
    after_help = "For payment intents with capture_method manual, once the customer has paid.\n\n\
    Examples:\n  \
    mpac-gateway capture pi_01HXY...\n  \
    mpac-gateway capture pi_01HXY... --amount 900"
)]
pub(super) struct CaptureArgs {
    #[command(flatten)]
    back_end: BackEnd,
    /// How much, in minor units [default: all].
    #[arg(long, allow_negative_numbers = true)]
    amount: Option<i64>,
    /// Print the gateway's JSON answer, on one line.
    #[arg(long)]
    json: bool,
    /// The payment intent to capture: pi_...
    payment_intent: PaymentIntentId,
}

pub(super) fn capture(args: CaptureArgs) -> anyhow::Result<()> {
    let path = format!("/v1/payment_intents/{}/capture", args.payment_intent);
    let body = json!({ "amount": args.amount }).to_string();
    let answer = args.back_end.post(&path, &body)?;
    show(args.json, &answer, |intent| {
        let (amount, currency) = (&intent["amount_captured"], text(intent, "currency"));
        let (id, status) = (text(intent, "id"), text(intent, "status"));
        format!("captured {amount} {currency}: {id} is {status}")
    })
}

#[derive(Debug, clap::Args)]
#[command(after_help = "A payment is refunded once.\n\nExamples:\n  \
    mpac-gateway refund pi_01HXY...\n  \
    mpac-gateway refund pi_01HXY... --amount 500 --reason 'returned goods'")]
pub(super) struct RefundArgs {
    #[command(flatten)]
    back_end: BackEnd,
    /// How much, in minor units [default: all that was captured].
    #[arg(long, allow_negative_numbers = true)]
    amount: Option<i64>,
    /// Why, for your own books.
    #[arg(long)]
    reason: Option<String>,
    /// Print the gateway's JSON answer, on one line.
    #[arg(long)]
    json: bool,
    /// The payment intent to refund: pi_...
    payment_intent: PaymentIntentId,
}

pub(super) fn refund(args: RefundArgs) -> anyhow::Result<()> {
    let body = json!({
        "payment_intent_id": args.payment_intent,
        "amount": args.amount,
        "reason": args.reason,
    });
    let answer = args.back_end.post("/v1/refunds", &body.to_string())?;
    show(args.json, &answer, |refund| {
        let (amount, currency) = (&refund["amount"], text(refund, "currency"));
        let (id, status) = (text(refund, "id"), text(refund, "status"));
        format!("refunded {amount} {currency}: {id} is {status}")
    })
}

/// Prints an answer, as it came or for people.
pub(super) fn show(
    as_json: bool,
    answer: &str,
    line: impl FnOnce(&Value) -> String,
) -> anyhow::Result<()> {
    if as_json {
        return output::line(answer.trim());
    }
    let value: Value =
        serde_json::from_str(answer).context("the gateway's answer cannot be read")?;
    output::line(&line(&value))
}

pub(super) fn text<'a>(value: &'a Value, field: &str) -> &'a str {
    value[field].as_str().unwrap_or_default()
}
