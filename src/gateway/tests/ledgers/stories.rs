//! What merchants, terminals and customers do with one order.

use serde_json::{Value, json};

use crate::support::{CREATE, Client, Intent, cash, order, qr, unique};

/// A story: each step is taken whatever came of the one before, as people do.
pub(crate) struct Story {
    manual: bool,
    steps: &'static [Step],
}

enum Step {
    /// The terminal shows a code.
    Show,
    /// The terminal scans the customer's code.
    Scan,
    TakeCash,
    /// The customer acts on the terminal's code. The second says whether PayPay tells us.
    Customer(&'static str, bool),
    CancelAtTerminal,
    CancelByMerchant,
    Capture(Option<i64>),
    Refund(Option<i64>),
}

use Step::{CancelAtTerminal, CancelByMerchant, Capture, Customer, Refund, Scan, Show, TakeCash};

const PAYS: Step = Customer("approved", true);
const PAYS_UNNOTICED: Step = Customer("approved", false);
const HAS_NO_MONEY: Step = Customer("not_enough_balance", true);

pub(crate) const STORIES: [Story; 12] = [
    automatic(&[Show, PAYS]),
    automatic(&[Show, PAYS_UNNOTICED, CancelAtTerminal]),
    automatic(&[Show, CancelAtTerminal]),
    automatic(&[Show, Show, PAYS]),
    automatic(&[Show, TakeCash, PAYS_UNNOTICED]),
    automatic(&[Show, HAS_NO_MONEY]),
    automatic(&[Show, PAYS, Refund(None)]),
    automatic(&[Scan]),
    automatic(&[Show, Scan, Refund(Some(700))]),
    manual(&[Show, PAYS, Capture(Some(900)), Refund(None)]),
    manual(&[Show, PAYS, CancelByMerchant]),
    manual(&[Scan, Capture(None)]),
];

const fn automatic(steps: &'static [Step]) -> Story {
    Story {
        manual: false,
        steps,
    }
}

const fn manual(steps: &'static [Step]) -> Story {
    Story {
        manual: true,
        steps,
    }
}

/// One order for which a story is told.
pub(crate) struct Telling {
    intent: Intent,
    customer_code: String,
    /// Each step's Idempotency-Key: whoever repeats a step repeats it.
    keys: Vec<String>,
}

impl Story {
    pub(crate) fn prepare(&self, client: &Client) -> Telling {
        let mut order = order();
        order["payment_method_types"] = json!(["qr_mpm", "qr_cpm", "cash"]);
        if self.manual {
            order["capture_method"] = json!("manual");
        }
        let code = client.post("/_local/customer_codes", None, &json!({})).ok();
        Telling {
            intent: Intent::from(&client.create(&order).ok()),
            customer_code: code["customer_code"].as_str().unwrap().to_owned(),
            keys: self.steps.iter().map(|_| unique("step_")).collect(),
        }
    }

    /// Takes every step. The gateway may die meanwhile.
    pub(crate) fn tell(&self, client: &Client, telling: &Telling) {
        for (step, key) in self.steps.iter().zip(&telling.keys) {
            step.take(client, telling, key);
        }
    }

    /// Nothing goes wrong any more.
    pub(crate) fn go_on(&self, client: &Client, telling: &Telling, after: After) {
        match after {
            After::PeopleRepeat => self.tell(client, telling),
            After::PeopleLeave => {}
        }
    }
}

/// What people do once nothing goes wrong any more.
#[derive(Clone, Copy)]
pub(crate) enum After {
    /// They ask again for what they have asked for, as they should.
    PeopleRepeat,
    /// They never come back, and the gateway has to find out by itself.
    PeopleLeave,
}

impl After {
    pub(crate) const ALL: [Self; 2] = [Self::PeopleRepeat, Self::PeopleLeave];
}

impl Step {
    fn take(&self, client: &Client, telling: &Telling, key: &str) {
        let intent = &telling.intent;
        let path = |call: &str| format!("{CREATE}/{}/{call}", intent.id);
        let confirm = |method: Value| (path("confirm"), intent.with_token(method));
        let (path, body) = match self {
            Show => confirm(qr()),
            TakeCash => confirm(cash()),
            Scan => confirm(json!({
                "payment_method_type": "qr_cpm",
                "provider": "PAYPAY",
                "customer_code": telling.customer_code,
            })),
            Customer(outcome, notify) => (
                format!("/_local/payment_intents/{}/pay", intent.id),
                json!({ "outcome": outcome, "notify": notify }),
            ),
            CancelAtTerminal => (path("cancel"), intent.with_token(json!({}))),
            CancelByMerchant => (path("cancel"), json!({})),
            Capture(amount) => (path("capture"), json!({ "amount": amount })),
            Refund(amount) => (
                "/v1/refunds".to_owned(),
                json!({ "payment_intent_id": intent.id, "amount": amount }),
            ),
        };
        let body = body.to_string();
        let signed = client.sign("POST", &path, body.as_bytes());
        let headers = [
            ("Content-Type", "application/json"),
            ("Idempotency-Key", key),
            ("Authorization", &signed),
        ];
        // No answer is an answer too: a gateway that was killed gives none.
        let _ = client.try_send("POST", &path, &headers, body.as_bytes());
    }
}
