use anyhow::Context;
use clap::Subcommand;
use serde_json::{Value, json};

use super::client::Target;
use super::output;

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  \
    mpac-gateway clock show\n  \
    mpac-gateway clock advance 300    # QR codes expire\n  \
    mpac-gateway clock advance 1800   # payment intents expire\n\n\
    A database keeps it: a gateway that is started again goes on at that time. Only a reset takes it \
    back.")]
pub(super) struct Args {
    #[command(flatten)]
    target: Target,
    /// Print the gateway's JSON answer, on one line.
    #[arg(long, global = true)]
    json: bool,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Show the gateway's time.
    Show,
    /// Move the gateway's time forward: what falls due, happens.
    Advance {
        /// How far.
        #[arg(allow_negative_numbers = true)]
        seconds: i64,
    },
}

const PATH: &str = "/_local/clock";

pub(super) fn run(args: Args) -> anyhow::Result<()> {
    let answer = match args.command {
        Command::Show => args.target.get(PATH, &[])?,
        Command::Advance { seconds } => {
            let body = json!({ "seconds": seconds }).to_string();
            args.target.post(PATH, &[], &body)?
        }
    };
    if args.json {
        return output::line(answer.trim());
    }
    let clock: Value =
        serde_json::from_str(&answer).context("the gateway's answer cannot be read")?;
    let now = clock["now"].as_str().unwrap_or_default();
    match clock["advanced_seconds"].as_i64() {
        None | Some(0) => output::line(&format!("the gateway's time is {now}, as this machine's")),
        Some(ahead) => output::line(&format!(
            "the gateway's time is {now}, {ahead} s ahead of this machine's"
        )),
    }
}
