use anyhow::Context;
use clap::Subcommand;
use serde_json::{Map, Value};

use super::client::Target;
use super::money::text;
use super::output;

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  \
    mpac-gateway faults add drop_after_write --method POST --path '/v1/payment_intents/*/confirm'\n  \
    mpac-gateway faults add status --status 429 --retry-after 5 --count 3\n  \
    mpac-gateway faults add status --status 502 --body html\n  \
    mpac-gateway faults add delay --delay-ms 3000 --count 0   # until removed\n  \
    mpac-gateway faults add drop_after_write --target paypay --path /v2/codes\n  \
    mpac-gateway faults add --scenario INTERNAL_SERVER_ERROR --after-write\n  \
    mpac-gateway faults list\n  \
    mpac-gateway faults clear")]
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
    /// Show the rules in force.
    List,
    /// Have requests fail.
    Add(AddArgs),
    /// Remove one rule.
    Remove {
        /// The rule: flt_...
        id: String,
    },
    /// Remove every rule.
    Clear,
}

#[derive(Debug, clap::Args)]
struct AddArgs {
    /// delay, status, drop_before_write, drop_after_write, truncate, garbage or drip.
    #[arg(required_unless_present = "scenario", conflicts_with = "scenario")]
    action: Option<String>,
    /// An error of PayPay's, by its code or codeId: the PayPay stand-in answers with it.
    #[arg(long, value_name = "CODE")]
    scenario: Option<String>,
    /// scenario: the request is carried out before it is answered so.
    #[arg(long, requires = "scenario")]
    after_write: bool,
    /// Whose requests: gateway, or paypay for those to the PayPay stand-in [default: gateway].
    #[arg(long)]
    target: Option<String>,
    /// Only requests with this method.
    #[arg(long)]
    method: Option<String>,
    /// Only these paths; `*` is one part, `**` anything [default: /v1/**].
    #[arg(long)]
    path: Option<String>,
    /// How many requests; 0 is until it is removed [default: 1].
    #[arg(long)]
    count: Option<u64>,
    /// delay: how long; drip: from one drop to the next.
    #[arg(long)]
    delay_ms: Option<u64>,
    /// status: the HTTP status.
    #[arg(long)]
    status: Option<u16>,
    /// status: the seconds of a Retry-After header.
    #[arg(long)]
    retry_after: Option<u64>,
    /// status: json, html or empty [default: json].
    #[arg(long)]
    body: Option<String>,
    /// drip: bytes at a time [default: 1].
    #[arg(long)]
    bytes: Option<u64>,
}

const PATH: &str = "/_local/faults";

pub(super) fn run(args: Args) -> anyhow::Result<()> {
    let target = &args.target;
    let answer = match &args.command {
        Command::List => target.get(PATH, &[])?,
        Command::Add(rule) => target.post(PATH, &[], &rule.body().to_string())?,
        Command::Remove { id } => target.send("DELETE", &format!("{PATH}/{id}"), &[], "")?,
        Command::Clear => target.send("DELETE", PATH, &[], "")?,
    };
    if args.json {
        return output::line(answer.trim());
    }
    let answer: Value =
        serde_json::from_str(&answer).context("the gateway's answer cannot be read")?;
    match answer["data"].as_array() {
        Some(rules) if rules.is_empty() => output::line("no faults"),
        Some(rules) => rules.iter().try_for_each(|rule| output::line(&line(rule))),
        None if answer["deleted"] == true => {
            output::line(&format!("{} is removed", text(&answer, "id")))
        }
        None => output::line(&line(&answer)),
    }
}

fn line(rule: &Value) -> String {
    let times = match rule["count"].as_u64() {
        None | Some(0) => "until removed".to_owned(),
        Some(times) => format!("{times} more"),
    };
    let method = rule["method"].as_str().unwrap_or("any method");
    let (id, path) = (text(rule, "id"), text(rule, "path"));
    let action = rule["scenario"]
        .as_str()
        .unwrap_or_else(|| text(rule, "action"));
    let whose = match rule["target"].as_str() {
        Some("paypay") => "PayPay: ",
        _ => "",
    };
    format!("{id}  {whose}{action}  {method} {path}  ({times})")
}

impl AddArgs {
    fn body(&self) -> Value {
        let members = [
            ("action", self.action.clone().map(Value::from)),
            ("scenario", self.scenario.clone().map(Value::from)),
            ("after_write", self.after_write.then(|| true.into())),
            ("target", self.target.clone().map(Value::from)),
            ("method", self.method.clone().map(Value::from)),
            ("path", self.path.clone().map(Value::from)),
            ("count", self.count.map(Value::from)),
            ("delay_ms", self.delay_ms.map(Value::from)),
            ("status", self.status.map(Value::from)),
            ("retry_after", self.retry_after.map(Value::from)),
            ("body", self.body.clone().map(Value::from)),
            ("bytes", self.bytes.map(Value::from)),
        ];
        let given = members
            .into_iter()
            .filter_map(|(name, value)| Some((name.to_owned(), value?)));
        Value::Object(given.collect::<Map<_, _>>())
    }
}
