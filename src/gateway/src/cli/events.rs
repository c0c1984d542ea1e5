use std::collections::HashSet;
use std::time::Duration;

use anyhow::Context;
use serde_json::Value;

use super::money::text;
use super::output;
use super::signed::BackEnd;

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  \
    mpac-gateway events\n  \
    mpac-gateway events --follow\n  \
    mpac-gateway events --json | jq -r .data.object.id")]
pub(super) struct Args {
    #[command(flatten)]
    back_end: BackEnd,
    /// Go on with what happens from now on, until interrupted.
    #[arg(long, short)]
    follow: bool,
    /// How many of the past, at most 100.
    #[arg(long, default_value_t = 10)]
    limit: usize,
    /// Print each event's JSON, on one line.
    #[arg(long)]
    json: bool,
}

/// How often the gateway is asked for what is new.
const PERIOD: Duration = Duration::from_millis(500);

pub(super) fn run(args: Args) -> anyhow::Result<()> {
    let mut seen = HashSet::new();
    let (mut past, _) = page(&args, None)?;
    // What is older than the page is not looked at again.
    seen.extend(past.iter().map(|event| text(event, "id").to_owned()));
    past.truncate(args.limit);
    print(&args, past)?;
    if !args.follow {
        return Ok(());
    }
    loop {
        std::thread::sleep(PERIOD);
        let (mut fresh, mut after) = (Vec::new(), None);
        loop {
            let (events, more) = page(&args, after.as_deref())?;
            after = events.last().map(|event| text(event, "id").to_owned());
            let count = events.len();
            let before = fresh.len();
            let is_new = |event: &Value| !seen.contains(text(event, "id"));
            fresh.extend(events.into_iter().filter(is_new));
            // Something known on a page: what comes after it is known too.
            if !more || fresh.len() < before + count {
                break;
            }
        }
        seen.extend(fresh.iter().map(|event| text(event, "id").to_owned()));
        print(&args, fresh)?;
    }
}

/// Newest first, and whether there are more.
fn page(args: &Args, after: Option<&str>) -> anyhow::Result<(Vec<Value>, bool)> {
    let after = after.map_or_else(String::new, |id| format!("&starting_after={id}"));
    let answer = args.back_end.get(&format!("/v1/events?limit=100{after}"))?;
    let mut list: Value =
        serde_json::from_str(&answer).context("the gateway's answer cannot be read")?;
    let events = match list["data"].take() {
        Value::Array(events) => events,
        _ => Vec::new(),
    };
    Ok((events, list["has_more"] == true))
}

fn print(args: &Args, newest_first: Vec<Value>) -> anyhow::Result<()> {
    for event in newest_first.into_iter().rev() {
        if args.json {
            output::line(&event.to_string())?;
            continue;
        }
        let object = &event["data"]["object"];
        let (id, kind) = (text(&event, "id"), text(&event, "type"));
        let (intent, currency) = (text(object, "id"), text(object, "currency"));
        let amount = &object["amount"];
        output::line(&format!("{id}  {kind:<24}  {intent}  {amount} {currency}"))?;
    }
    Ok(())
}
