use anyhow::Context;
use mpac_pgw_protocol::{PaymentIntent, PaymentToken};
use serde_json::{Map, Value};
use ulid::Ulid;

use super::output;
use super::signed::BackEnd;

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  \
    mpac-gateway create --amount 1500\n  \
    mpac-gateway create --amount 1500 --method qr_mpm --method cash --ref order_7\n  \
    mpac-gateway create --amount 1500 --json | jq -r .payment_token")]
pub(super) struct Args {
    #[command(flatten)]
    back_end: BackEnd,
    /// Amount in minor units: 1500 is 1,500 yen, or 15.00 dollars.
    #[arg(long, allow_negative_numbers = true)]
    amount: i64,
    /// ISO 4217 code [default: JPY].
    #[arg(long)]
    currency: Option<String>,
    /// A payment method to allow; repeatable [default: qr_mpm, credit_card and cash].
    #[arg(long = "method", value_name = "METHOD")]
    methods: Vec<String>,
    /// Your order reference, unique per merchant [default: a new one].
    #[arg(long = "ref", value_name = "REFERENCE")]
    merchant_ref_id: Option<String>,
    /// Your store.
    #[arg(long, value_name = "ID")]
    store: Option<String>,
    /// Your terminal.
    #[arg(long, value_name = "ID")]
    terminal: Option<String>,
    /// automatic or manual [default: automatic].
    #[arg(long, value_name = "METHOD")]
    capture_method: Option<String>,
    /// Print the gateway's JSON answer, on one line.
    #[arg(long)]
    json: bool,
}

/// What a payment can be made with, when nothing else is asked for.
const METHODS: [&str; 3] = ["qr_mpm", "credit_card", "cash"];

pub(super) fn run(args: Args) -> anyhow::Result<()> {
    let answer = args.back_end.post("/v1/payment_intents", &body(&args))?;
    if args.json {
        return output::line(answer.trim());
    }
    let intent: PaymentIntent =
        serde_json::from_str(&answer).context("the gateway's answer cannot be read")?;
    let token = intent
        .payment_token
        .as_ref()
        .map_or("", PaymentToken::expose);
    output::line(&format!("id             {}", intent.id))?;
    output::line(&format!("payment_token  {token}"))?;
    output::line(&format!("expires_at     {}", intent.expires_at))
}

fn body(args: &Args) -> String {
    let reference = || format!("order_{}", Ulid::new());
    let mut fields = Map::new();
    let mut set = |name: &str, value: Option<Value>| {
        if let Some(value) = value {
            fields.insert(name.to_owned(), value);
        }
    };
    let text = |value: &Option<String>| value.clone().map(Value::from);
    set(
        "merchant_ref_id",
        Some(
            args.merchant_ref_id
                .clone()
                .unwrap_or_else(reference)
                .into(),
        ),
    );
    set("merchant_store_id", text(&args.store));
    set("merchant_terminal_id", text(&args.terminal));
    set("amount", Some(args.amount.into()));
    set("currency", text(&args.currency));
    let methods = if args.methods.is_empty() {
        METHODS.map(Value::from).to_vec()
    } else {
        args.methods.iter().cloned().map(Value::from).collect()
    };
    set("payment_method_types", Some(methods.into()));
    set("capture_method", text(&args.capture_method));
    Value::Object(fields).to_string()
}
