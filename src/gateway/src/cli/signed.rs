//! Requests of a merchant's back end.

use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::Context;
use mpac_pgw_protocol::IDEMPOTENCY_KEY_HEADER;
use mpac_pgw_protocol::signing::{Authorization, RequestToSign};
use ulid::Ulid;

use super::client::Target;
use super::credentials::{Credentials, MerchantArgument};

/// Which gateway a command talks to, and as whom.
#[derive(Debug, clap::Args)]
pub(super) struct BackEnd {
    #[command(flatten)]
    target: Target,
    /// Sign as this merchant [default: MPS_MERCHANT_ID and MPS_SECRET_KEY, or the test merchant].
    #[arg(long, value_name = "ID:SECRET")]
    merchant: Option<MerchantArgument>,
}

impl BackEnd {
    pub(super) fn get(&self, path: &str) -> anyhow::Result<String> {
        self.send("GET", path, None, "")
    }

    /// Posts JSON, with an Idempotency-Key of its own.
    pub(super) fn post(&self, path: &str, body: &str) -> anyhow::Result<String> {
        self.send("POST", path, Some(Ulid::new().to_string()), body)
    }

    fn send(
        &self,
        method: &str,
        path: &str,
        key: Option<String>,
        body: &str,
    ) -> anyhow::Result<String> {
        let credentials = Credentials::find(&self.merchant)?;
        let merchant = credentials.first()?;
        let now = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .context("the clock is before 1970")?;
        let request = RequestToSign {
            method,
            path,
            body: body.as_bytes(),
        };
        let (timestamp, id) = (i64::try_from(now.as_secs())?, merchant.id.clone());
        let signed = Authorization::sign(&merchant.secret, id, timestamp, &request).to_string();
        let mut headers = vec![("Authorization", signed.as_str())];
        headers.extend(key.as_deref().map(|key| (IDEMPOTENCY_KEY_HEADER, key)));
        self.target.send(method, path, &headers, body)
    }
}
