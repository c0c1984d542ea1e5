use anyhow::Context;
use mpac_pgw_protocol::{PaymentIntent, PaymentIntentId};

use super::client::Target;
use super::output;

#[derive(Debug, clap::Args)]
#[command(
    after_help = "A terminal must have confirmed the payment intent with qr_mpm, so that there is a code to \
    scan.\n\nExamples:\n  \
    mpac-gateway pay pi_01HXY...\n  \
    mpac-gateway pay --outcome not-enough-balance pi_01HXY...\n  \
    mpac-gateway pay --no-notification pi_01HXY..."
)]
pub(super) struct Args {
    #[command(flatten)]
    target: Target,
    /// What the customer does.
    #[arg(long, value_enum, default_value_t = Outcome::Approved)]
    outcome: Outcome,
    /// The customer acts, but the provider's message to the gateway is lost: it finds out when it
    /// next asks.
    #[arg(long)]
    no_notification: bool,
    /// Print the gateway's JSON answer, on one line.
    #[arg(long)]
    json: bool,
    /// The payment intent whose QR code the customer scans: pi_...
    payment_intent: PaymentIntentId,
}

/// What the customer does in the wallet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum Outcome {
    /// Pays.
    Approved,
    /// Tries to, without enough money.
    NotEnoughBalance,
    /// Closes the wallet: the code can still be paid.
    GiveUp,
}

impl Outcome {
    /// The name that the gateway knows it by.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Approved => "approved",
            Self::NotEnoughBalance => "not_enough_balance",
            Self::GiveUp => "give_up",
        }
    }
}

pub(super) fn run(args: Args) -> anyhow::Result<()> {
    let path = format!("/_local/payment_intents/{}/pay", args.payment_intent);
    let body =
        serde_json::json!({ "outcome": args.outcome.name(), "notify": !args.no_notification });
    let answer = args.target.post(&path, &[], &body.to_string())?;
    if args.json {
        return output::line(answer.trim());
    }
    let intent: PaymentIntent =
        serde_json::from_str(&answer).context("the gateway's answer cannot be read")?;
    let (amount, currency) = (intent.amount, intent.currency);
    let did = match args.outcome {
        Outcome::Approved => format!("has paid {amount} {currency}"),
        Outcome::NotEnoughBalance => format!("had not enough money for {amount} {currency}"),
        Outcome::GiveUp => "has closed the wallet".to_owned(),
    };
    output::line(&format!(
        "the customer {did}: {} is {}",
        intent.id, intent.status
    ))
}
