use anyhow::Context;
use mpac_pgw_protocol::{PaymentIntent, PaymentIntentId};

use super::client::Target;
use super::output;

#[derive(Debug, clap::Args)]
#[command(
    after_help = "The payment intent must have been confirmed with qr_mpm.\n\nExamples:\n  \
    mpac-gateway pay pi_01HXY...\n  \
    mpac-gateway pay --no-notification pi_01HXY..."
)]
pub(super) struct Args {
    #[command(flatten)]
    target: Target,
    /// The customer pays, but the provider's message to the gateway is lost: it finds out when it
    /// next asks.
    #[arg(long)]
    no_notification: bool,
    /// Print the gateway's JSON answer, on one line.
    #[arg(long)]
    json: bool,
    /// The payment intent whose QR code the customer scans: pi_...
    payment_intent: PaymentIntentId,
}

pub(super) fn run(args: Args) -> anyhow::Result<()> {
    let path = format!("/_local/payment_intents/{}/pay", args.payment_intent);
    let body = serde_json::json!({ "outcome": "approved", "notify": !args.no_notification });
    let answer = args.target.post(&path, &[], &body.to_string())?;
    if args.json {
        return output::line(answer.trim());
    }
    let intent: PaymentIntent =
        serde_json::from_str(&answer).context("the gateway's answer cannot be read")?;
    let (amount, currency) = (intent.amount, intent.currency);
    output::line(&format!(
        "the customer has paid {amount} {currency}: {} is {}",
        intent.id, intent.status
    ))
}
