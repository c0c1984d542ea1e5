use anyhow::{Context, bail};
use serde_json::{Value, json};

use super::client::Target;
use super::money::{show, text};
use super::output;

#[derive(Debug, clap::Args)]
#[command(
    after_help = "Exit code 1 when something does not hold.\n\nExamples:\n  \
    mpac-gateway audit\n  \
    mpac-gateway audit --json | jq .problems"
)]
pub(super) struct AuditArgs {
    #[command(flatten)]
    target: Target,
    /// Print the gateway's JSON answer, on one line.
    #[arg(long)]
    json: bool,
}

pub(super) fn audit(args: AuditArgs) -> anyhow::Result<()> {
    let answer = args.target.get("/_local/audit", &[])?;
    let audit: Value =
        serde_json::from_str(&answer).context("the gateway's answer cannot be read")?;
    let problems = audit["problems"].as_array().map_or(&[][..], Vec::as_slice);
    if args.json {
        output::line(answer.trim())?;
    } else {
        for problem in problems {
            output::line(&format!(
                "{}: {}",
                text(problem, "id"),
                text(problem, "rule")
            ))?;
        }
    }
    if !problems.is_empty() {
        bail!(
            "{} records break a rule: the database was changed by hand, or this is a bug",
            problems.len()
        );
    }
    if args.json {
        return Ok(());
    }
    let checked = &audit["checked"];
    output::line(&format!(
        "clean: {} rules hold for {} payment intents, {} events, {} refunds",
        checked["rules"], checked["payment_intents"], checked["events"], checked["refunds"]
    ))
}

#[derive(Debug, clap::Args)]
#[command(
    after_help = "Payments, webhook endpoints and faults are gone after this, and the clock is \
    the machine's again.\n\nExamples:\n  \
    mpac-gateway reset\n  \
    mpac-gateway reset --yes   # also what is in a file"
)]
pub(super) struct ResetArgs {
    #[command(flatten)]
    target: Target,
    /// Also when the payments are in a file.
    #[arg(long)]
    yes: bool,
    /// Print the gateway's JSON answer, on one line.
    #[arg(long)]
    json: bool,
}

pub(super) fn reset(args: ResetArgs) -> anyhow::Result<()> {
    let body = json!({ "yes": args.yes }).to_string();
    let answer = args.target.post("/_local/reset", &[], &body)?;
    show(args.json, &answer, |_| "the gateway is empty".to_owned())
}
