//! What an app would write by hand: the requests, and nothing around them.

use anyhow::Result;
use mpac_pgw_tests::Order;

/// A gateway, by a ureq agent with its defaults.
pub(crate) struct Bare {
    agent: ureq::Agent,
    url: String,
}

impl Bare {
    pub(crate) fn new(gateway_url: &str) -> Self {
        Self {
            agent: ureq::Agent::new_with_defaults(),
            url: format!("{gateway_url}/v1/payment_intents"),
        }
    }

    pub(crate) fn retrieve(&self, order: &Order) -> Result<()> {
        let url = format!(
            "{}/{}?payment_token={}",
            self.url, order.id, order.payment_token
        );
        let mut answer = self.agent.get(url).call()?;
        read(&mut answer)
    }

    pub(crate) fn confirm(&self, order: &Order) -> Result<()> {
        let body = serde_json::json!({
            "payment_token": order.payment_token,
            "payment_method_type": "qr_mpm",
            "provider": "PAYPAY",
        });
        let mut answer = self
            .agent
            .post(format!("{}/{}/confirm", self.url, order.id))
            .header("Content-Type", "application/json")
            .header("Idempotency-Key", format!("{}-confirm", order.id))
            .send(body.to_string())?;
        read(&mut answer)
    }
}

fn read(answer: &mut ureq::http::Response<ureq::Body>) -> Result<()> {
    let text = answer.body_mut().read_to_string()?;
    serde_json::from_str::<serde_json::Value>(&text)?;
    Ok(())
}
