use std::io::Read;
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::{Context, bail};
use mpac_pgw_protocol::signing::{Authorization, RequestToSign};

use super::credentials::{Credentials, MerchantArgument};
use super::output;

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  \
    curl -H \"$(mpac-gateway sign GET /v1/payment_intents/pi_01HXY...)\" \\\n    \
        http://127.0.0.1:4242/v1/payment_intents/pi_01HXY...\n  \
    mpac-gateway sign POST /v1/payment_intents --body @order.json\n  \
    mpac-gateway sign POST /v1/payment_intents --body '{\"amount\":1}' --canonical")]
pub(super) struct Args {
    /// Sign as this merchant [default: MPS_MERCHANT_ID and MPS_SECRET_KEY, or the test merchant].
    #[arg(long, value_name = "ID:SECRET")]
    merchant: Option<MerchantArgument>,
    /// The request body exactly as sent; @FILE reads a file, @- standard input.
    #[arg(long, default_value = "", allow_hyphen_values = true)]
    body: String,
    /// Unix seconds [default: now].
    #[arg(long, value_name = "SECONDS", allow_negative_numbers = true)]
    timestamp: Option<i64>,
    /// Also print the string that is signed, on stderr.
    #[arg(long)]
    canonical: bool,
    /// Print {"authorization": "...", "canonical_string": "..."}, on one line.
    #[arg(long, conflicts_with = "canonical")]
    json: bool,
    /// The HTTP method, in upper case.
    method: String,
    /// The path with its query string, as sent: /v1/payment_intents
    path: String,
}

pub(super) fn run(args: Args) -> anyhow::Result<()> {
    if args.method.bytes().any(|byte| !byte.is_ascii_uppercase()) || args.method.is_empty() {
        bail!("the method must be in upper case, such as POST");
    }
    if !args.path.starts_with('/') {
        bail!("the path must start with `/`: give it without the gateway's address");
    }
    let credentials = Credentials::find(&args.merchant)?;
    let merchant = credentials.first()?;
    let body = body(&args.body)?;
    let timestamp = match args.timestamp {
        Some(timestamp) => timestamp,
        None => {
            let now = SystemTime::now().duration_since(UNIX_EPOCH);
            i64::try_from(now.context("the clock is before 1970")?.as_secs())?
        }
    };
    let request = RequestToSign {
        method: &args.method,
        path: &args.path,
        body: &body,
    };
    let signed = Authorization::sign(&merchant.secret, merchant.id.clone(), timestamp, &request);
    if args.json {
        let answer = serde_json::json!({
            "authorization": signed.to_string(),
            "canonical_string": request.canonical_string(timestamp),
        });
        return output::line(&answer.to_string());
    }
    if args.canonical {
        output::note(&request.canonical_string(timestamp));
    }
    output::line(&format!("Authorization: {signed}"))
}

pub(super) fn body(argument: &str) -> anyhow::Result<Vec<u8>> {
    match argument.strip_prefix('@') {
        None => Ok(argument.as_bytes().to_vec()),
        Some("-") => {
            let mut body = Vec::new();
            std::io::stdin()
                .read_to_end(&mut body)
                .context("cannot read standard input")?;
            Ok(body)
        }
        Some(file) => std::fs::read(file).with_context(|| format!("cannot read {file}")),
    }
}
