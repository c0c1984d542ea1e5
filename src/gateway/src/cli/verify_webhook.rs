use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::Context;
use mpac_pgw_protocol::signing::SecretKey;
use mpac_pgw_protocol::webhook::WebhookSignature;

use super::{output, sign};

#[derive(Debug, clap::Args)]
#[command(
    after_help = "Exit code 1 when the delivery is not to be trusted.\n\nExamples:\n  \
    mpac-gateway verify-webhook --signature 't=1765188000,v1=...' --body @delivery.json\n  \
    MPAC_WEBHOOK_SECRET=whsec_... mpac-gateway verify-webhook --signature \"$header\" --body @-"
)]
pub(super) struct Args {
    /// The endpoint's secret: whsec_...
    #[arg(
        long,
        env = "MPAC_WEBHOOK_SECRET",
        hide_env_values = true,
        value_name = "SECRET"
    )]
    secret: String,
    /// The value of the MPAC-Signature header.
    #[arg(long, value_name = "HEADER")]
    signature: String,
    /// The body exactly as it came; @FILE reads a file, @- standard input.
    #[arg(long, allow_hyphen_values = true)]
    body: String,
    /// Verify as of this Unix second [default: now].
    #[arg(long, value_name = "SECONDS", allow_negative_numbers = true)]
    at: Option<i64>,
    /// Print {"valid": true}.
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: Args) -> anyhow::Result<()> {
    let signature: WebhookSignature = args.signature.parse().context("--signature")?;
    let body = sign::body(&args.body)?;
    let now = match args.at {
        Some(at) => at,
        None => {
            let now = SystemTime::now().duration_since(UNIX_EPOCH);
            i64::try_from(now.context("the clock is before 1970")?.as_secs())?
        }
    };
    signature.verify(&SecretKey::new(args.secret), now, &body)?;
    output::line(if args.json {
        "{\"valid\":true}"
    } else {
        "the delivery is genuine"
    })
}
