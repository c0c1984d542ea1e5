//! The merchant's back end: creates PaymentIntents over signed HTTP (guide, *Creating a
//! PaymentIntent*). The same in Node.js, Python and Go is in `examples/backend`.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result, bail};
use mpac_gateway::Merchant;
use mpac_pgw_protocol::signing::{Authorization, RequestToSign};
use mpac_pgw_protocol::{
    Amount, CaptureMethod, CreatePaymentIntentRequest, Currency, ErrorBody, IDEMPOTENCY_KEY_HEADER,
    PaymentIntent, PaymentMethodType,
};

const PATH: &str = "/v1/payment_intents";

/// Holds the merchant's key, which a terminal never sees.
pub(crate) struct BackEnd {
    agent: ureq::Agent,
    gateway_url: String,
    merchant: Merchant,
}

impl BackEnd {
    pub(crate) fn new(gateway_url: &str, merchant: Merchant) -> Self {
        let agent = ureq::Agent::config_builder()
            .timeout_global(Some(Duration::from_secs(30)))
            .http_status_as_error(false)
            .proxy(None)
            .build()
            .new_agent();
        Self {
            agent,
            gateway_url: gateway_url.to_owned(),
            merchant,
        }
    }

    /// Creates a PaymentIntent for a new order, payable by QR, by card or in cash.
    pub(crate) fn create_payment_intent(&self, amount: i64) -> Result<PaymentIntent> {
        let order = ulid::Ulid::new();
        let body = serde_json::to_vec(&CreatePaymentIntentRequest {
            merchant_ref_id: format!("order_{order}"),
            merchant_store_id: Some("store_tokyo_001".to_owned()),
            merchant_terminal_id: Some("pos_001".to_owned()),
            amount: Amount::new(amount)?,
            currency: Currency::JPY,
            payment_method_types: vec![
                PaymentMethodType::QrMpm,
                PaymentMethodType::CreditCard,
                PaymentMethodType::Cash,
            ],
            capture_method: CaptureMethod::Automatic,
        })?;
        let now = SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs();
        let authorization = Authorization::sign(
            &self.merchant.secret,
            self.merchant.id.clone(),
            i64::try_from(now)?,
            &RequestToSign {
                method: "POST",
                path: PATH,
                body: &body,
            },
        );
        let mut response = self
            .agent
            .post(format!("{}{PATH}", self.gateway_url))
            .header("Authorization", authorization.to_string())
            .header("Content-Type", "application/json")
            .header(IDEMPOTENCY_KEY_HEADER, order.to_string())
            .send(&body[..])
            .with_context(|| format!("no gateway answers at {}", self.gateway_url))?;
        let is_success = response.status().is_success();
        let answer = response.body_mut().read_to_vec()?;
        if !is_success {
            let ErrorBody { error } =
                serde_json::from_slice(&answer).context("an answer in the guide's form")?;
            bail!("the gateway refused the order: {error}");
        }
        serde_json::from_slice(&answer).context("a PaymentIntent in the guide's form")
    }
}
