use anyhow::Context;
use serde_json::{Value, json};

use super::client::Target;
use super::output;
use super::pay::Outcome;

#[derive(Debug, clap::Args)]
#[command(
    after_help = "The code can be charged once, for five minutes.\n\nExamples:\n  \
    mpac-gateway customer-code\n  \
    mpac-gateway customer-code --outcome not-enough-balance"
)]
pub(super) struct Args {
    #[command(flatten)]
    target: Target,
    /// What comes of it when the terminal scans it.
    #[arg(long, value_enum, default_value_t = Outcome::Approved)]
    outcome: Outcome,
    /// Print the gateway's JSON answer, on one line.
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: Args) -> anyhow::Result<()> {
    let body = json!({ "outcome": args.outcome.name() }).to_string();
    let answer = args.target.post("/_local/customer_codes", &[], &body)?;
    if args.json {
        return output::line(answer.trim());
    }
    let shown: Value =
        serde_json::from_str(&answer).context("the gateway's answer cannot be read")?;
    output::line(shown["customer_code"].as_str().unwrap_or_default())
}
