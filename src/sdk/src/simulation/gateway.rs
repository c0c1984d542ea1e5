//! A model of the gateway: the guide's rules, and a ledger.

use std::collections::BTreeMap;
use std::hash::{Hash, Hasher};
use std::rc::Rc;

use mpac_pgw_protocol::{PaymentMethodType, Timestamp};
use serde_json::{Value, json};

use super::app::{OtherTill, WalletPlan};
use crate::exchange::{CUSTOMER_CODE, Request};

pub(crate) const INTENT: &str = "pi_01SIM";
pub(crate) const TOKEN: &str = "pi_01SIM_secret_sim";
pub(crate) const AMOUNT: i64 = 2500;
pub(crate) const LIFETIME: i64 = 1800;
const CODE_LIFETIME: i64 = 300;
const KEY_LIFETIME: i64 = 24 * 60 * 60;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Status {
    RequiresPaymentMethod,
    RequiresAction,
    Processing,
    Succeeded,
    Failed,
    Cancelled,
}

impl Status {
    fn as_str(self) -> &'static str {
        match self {
            Self::RequiresPaymentMethod => "requires_payment_method",
            Self::RequiresAction => "requires_action",
            Self::Processing => "processing",
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
        }
    }
}

/// A code that can be paid, and until when.
#[derive(Debug, Clone, Copy, Hash)]
struct Code {
    end: i64,
    ours: bool,
}

/// Money that has moved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Charge {
    pub(crate) method: &'static str,
    /// By the attempt under test; not by another terminal's.
    pub(crate) ours: bool,
}

/// One PaymentIntent, as the gateway knows it.
#[derive(Clone)]
pub(crate) struct Gateway {
    pub(crate) status: Status,
    created_at: i64,
    code: Option<Code>,
    /// How many codes the terminal under test has asked for.
    pub(crate) codes: u32,
    method: Option<&'static str>,
    pub(crate) ledger: Vec<Charge>,
    wallet: WalletPlan,
    /// The wallet was asked before.
    asked: bool,
    /// The wallet has charged, and the gateway has not heard of it yet.
    unheard: bool,
    /// The answer of each Idempotency-Key, and when it was given.
    stored: BTreeMap<String, (i64, Rc<(u16, Value)>)>,
    /// Forgets its Idempotency-Keys at once.
    pub(crate) forgets_keys: bool,
    /// Says which card a payment was made with.
    pub(crate) names_the_card: bool,
    approval_code: Option<String>,
}

impl Gateway {
    pub(crate) fn new(now: i64, wallet: WalletPlan) -> Self {
        Self {
            status: Status::RequiresPaymentMethod,
            created_at: now,
            code: None,
            codes: 0,
            method: None,
            ledger: Vec::new(),
            wallet,
            asked: false,
            unheard: false,
            stored: BTreeMap::new(),
            forgets_keys: false,
            names_the_card: false,
            approval_code: None,
        }
    }

    pub(crate) fn expires_at(&self) -> i64 {
        self.created_at + LIFETIME
    }

    pub(crate) fn has_payable_code(&self, now: i64) -> bool {
        self.status == Status::RequiresAction && self.code.is_some_and(|code| now < code.end)
    }

    /// Another till takes the order. Tells whether it has put a code out.
    pub(crate) fn other_till(&mut self, now: i64, what: OtherTill) -> bool {
        self.tick(now);
        self.hears_of_the_charge();
        if !self.is_open() {
            return false;
        }
        self.code = None;
        match what {
            OtherTill::TakesCash => self.charge("cash", false),
            OtherTill::TakesCard => {
                self.approval_code = Some("OTHER".to_owned());
                self.charge("credit_card", false);
            }
            OtherTill::ShowsCode => {
                let end = now + CODE_LIFETIME;
                self.code = Some(Code { end, ours: false });
                self.status = Status::RequiresAction;
                return true;
            }
        }
        self.status = Status::Succeeded;
        false
    }

    pub(crate) fn is_open(&self) -> bool {
        matches!(
            self.status,
            Status::RequiresPaymentMethod | Status::RequiresAction
        )
    }

    /// Whether it says that the order was paid by card.
    pub(crate) fn says_paid_by_card(&self) -> bool {
        self.status == Status::Succeeded && self.method == Some("credit_card")
    }

    /// What happens by itself: expiry.
    pub(crate) fn tick(&mut self, now: i64) {
        if self.is_open() && now >= self.expires_at() {
            if self.hears_of_the_charge() {
                return;
            }
            self.code = None;
            self.status = Status::Cancelled;
        }
    }

    /// The customer pays a code; `slowly` leaves the payment in processing for now.
    pub(crate) fn pay(&mut self, now: i64, slowly: bool) -> bool {
        self.tick(now);
        if !self.has_payable_code(now) {
            return false;
        }
        let ours = self.code.take().is_some_and(|code| code.ours);
        self.charge("qr_mpm", ours);
        self.status = if slowly {
            Status::Processing
        } else {
            Status::Succeeded
        };
        true
    }

    /// Asks the wallet what became of a charge whose answer was lost.
    fn hears_of_the_charge(&mut self) -> bool {
        let is_charged = std::mem::take(&mut self.unheard);
        if is_charged {
            self.status = Status::Succeeded;
        }
        is_charged
    }

    /// The provider comes to an end with a payment.
    pub(crate) fn settle(&mut self) {
        self.hears_of_the_charge();
        if self.status == Status::Processing {
            self.status = Status::Succeeded;
        }
    }

    /// The provider gives up on the customer.
    pub(crate) fn fail(&mut self, now: i64) {
        self.tick(now);
        self.hears_of_the_charge();
        if self.status == Status::RequiresAction {
            self.code = None;
            self.status = Status::Failed;
        }
    }

    /// The merchant's back end withdraws the order.
    pub(crate) fn withdraw(&mut self, now: i64) {
        self.tick(now);
        self.hears_of_the_charge();
        if self.is_open() {
            self.code = None;
            self.status = Status::Cancelled;
        }
    }

    /// Answers a request.
    pub(crate) fn handle(&mut self, now: i64, request: &Request) -> (u16, Value) {
        self.tick(now);
        let (key, answer) = match request {
            Request::Retrieve { .. } => return (200, self.intent()),
            Request::Confirm {
                idempotency_key, ..
            }
            | Request::Cancel {
                idempotency_key, ..
            } => {
                let stored = self.stored.get(idempotency_key);
                let is_kept = |at: i64| !self.forgets_keys && now < at + KEY_LIFETIME;
                if let Some((_, answer)) = stored.filter(|(at, _)| is_kept(*at)) {
                    return (**answer).clone();
                }
                (idempotency_key.clone(), self.carry_out(now, request))
            }
        };
        // A refusal of the wallet, too, tells what became of the payment.
        if matches!(answer.0, 200 | 400 | 409) {
            self.stored.insert(key, (now, Rc::new(answer.clone())));
        }
        answer
    }

    fn carry_out(&mut self, now: i64, request: &Request) -> (u16, Value) {
        self.hears_of_the_charge();
        if !self.is_open() {
            return (409, error("invalid_payment_state"));
        }
        let Request::Confirm { body, .. } = request else {
            self.withdraw(now);
            return (200, self.intent());
        };
        match &body.payment_method_type {
            PaymentMethodType::QrMpm => {
                self.codes += 1;
                let end = (now + CODE_LIFETIME).min(self.expires_at());
                self.code = Some(Code { end, ours: true });
                self.status = Status::RequiresAction;
                let mut answer = self.confirmation("PAYPAY");
                answer["qr_content"] = json!(format!("https://qr.example/{end}"));
                answer["expires_at"] = json!(Timestamp::from_unix_seconds(end).to_string());
                (200, answer)
            }
            PaymentMethodType::QrCpm => self.charge_scanned_code(),
            method => {
                let method = if *method == PaymentMethodType::Cash {
                    "cash"
                } else {
                    "credit_card"
                };
                self.code = None;
                self.approval_code = body.external_ref_id.clone();
                self.charge(method, true);
                self.status = Status::Succeeded;
                (200, self.confirmation(method))
            }
        }
    }

    fn charge_scanned_code(&mut self) -> (u16, Value) {
        let asked_before = std::mem::replace(&mut self.asked, true);
        if self.wallet == WalletPlan::IsNotAsked {
            return refusal();
        }
        // A status has no way back: it stays at requires_action without a code.
        self.code = None;
        match self.wallet {
            // A gateway that forgets its keys would have it asked again, against its word.
            WalletPlan::Refuses if !asked_before || self.forgets_keys => return refusal(),
            WalletPlan::RefusesUnheard if asked_before => return refusal(),
            WalletPlan::RefusesUnheard => return (502, error("provider_error")),
            WalletPlan::ChargesUnheard => {
                self.charge("qr_cpm", true);
                self.unheard = true;
                return (502, error("provider_error"));
            }
            WalletPlan::Reserves => self.status = Status::Processing,
            _ => self.status = Status::Succeeded,
        }
        self.charge("qr_cpm", true);
        (200, self.confirmation("PAYPAY"))
    }

    fn charge(&mut self, method: &'static str, ours: bool) {
        self.method = Some(method);
        self.ledger.push(Charge { method, ours });
    }

    fn confirmation(&self, provider: &str) -> Value {
        json!({
            "object": "payment_intent", "status": self.status.as_str(), "amount": AMOUNT,
            "currency": "JPY", "payment_id": INTENT, "payment_intent_id": INTENT,
            "provider": provider,
        })
    }

    fn intent(&self) -> Value {
        let mut intent = json!({
            "id": INTENT, "object": "payment_intent", "status": self.status.as_str(),
            "amount": AMOUNT, "currency": "JPY",
            "payment_method_types": ["qr_mpm", "qr_cpm", "credit_card", "cash"],
            "capture_method": "automatic",
            "expires_at": Timestamp::from_unix_seconds(self.expires_at()).to_string(),
            "created_at": Timestamp::from_unix_seconds(self.created_at).to_string(),
        });
        if self.status == Status::Processing && self.wallet == WalletPlan::Reserves {
            intent["amount_capturable"] = json!(AMOUNT);
        }
        if let Some(method) = self.method.filter(|_| !self.unheard) {
            intent["payment_method_type"] = json!(method);
        }
        if let Some(code) = self.approval_code.as_ref().filter(|_| self.names_the_card) {
            intent["external_ref_id"] = json!(code);
        }
        intent
    }
}

/// What the exploration needs, which decides as it goes.
impl Gateway {
    pub(crate) fn choose_wallet(&mut self, wallet: WalletPlan) {
        self.wallet = wallet;
    }

    /// Forgets the answers under all other keys.
    pub(crate) fn keep_answers(&mut self, is_needed: impl Fn(&str) -> bool) {
        self.stored.retain(|key, _| is_needed(key));
    }

    /// Whether a request with this key gets the answer that it got before.
    pub(crate) fn has_answered(&self, key: &str) -> bool {
        self.stored.contains_key(key)
    }

    /// Forgets what makes no difference once it is over.
    pub(crate) fn come_to_rest(&mut self) {
        self.code = None;
        self.wallet = WalletPlan::Charges;
        self.asked = false;
    }

    /// Until when the code that is out can be paid, and whether it is the attempt's own.
    pub(crate) fn code(&self) -> Option<(i64, bool)> {
        self.code.map(|code| (code.end, code.ours))
    }

    /// Whether the provider has something to tell that the gateway does not know yet.
    pub(crate) fn can_settle(&self) -> bool {
        self.unheard || self.status == Status::Processing
    }

    /// Hashes all that its answers depend on.
    pub(crate) fn fingerprint(&self, hasher: &mut impl Hasher) {
        // No `..`: a new field has to be thought about.
        let Self {
            status,
            created_at: _,
            code,
            codes: _,
            method,
            ledger,
            wallet,
            asked,
            unheard,
            stored,
            forgets_keys,
            names_the_card,
            approval_code,
        } = self;
        (status, code, method, ledger, wallet, asked, unheard).hash(hasher);
        (forgets_keys, names_the_card, approval_code).hash(hasher);
        for (key, (at, answer)) in stored {
            let (http_status, body) = &**answer;
            (key, at, http_status).hash(hasher);
            for field in ["status", "expires_at"] {
                body.get(field).and_then(Value::as_str).hash(hasher);
            }
        }
    }
}

pub(crate) fn error(code: &str) -> Value {
    json!({"error": {"code": code, "message": "simulated"}})
}

fn refusal() -> (u16, Value) {
    let mut refused = error("invalid_request");
    refused["error"]["param"] = json!(CUSTOMER_CODE);
    (400, refused)
}
