use mpac_pgw_protocol::{
    Amount, CaptureMethod, Confirmation, Currency, EventType, MerchantId, PaymentIntent,
    PaymentIntentId, PaymentIntentStatus, PaymentMethodType, PaymentToken, Provider, Timestamp,
};

use serde::Serialize;

/// A PaymentIntent as the gateway keeps it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Intent {
    pub(crate) id: PaymentIntentId,
    pub(crate) merchant_id: MerchantId,
    pub(crate) merchant_ref_id: String,
    pub(crate) merchant_store_id: Option<String>,
    pub(crate) merchant_terminal_id: Option<String>,
    pub(crate) amount: Amount,
    pub(crate) currency: Currency,
    pub(crate) payment_method_types: Vec<PaymentMethodType>,
    pub(crate) capture_method: CaptureMethod,
    pub(crate) token: PaymentToken,
    pub(crate) status: PaymentIntentStatus,
    pub(crate) payment: Option<PaymentDetails>,
    /// What was taken from the customer, once it was.
    pub(crate) captured: Option<Amount>,
    /// What was given back, if anything was.
    pub(crate) refunded: Option<Amount>,
    /// Why it failed, if it did.
    pub(crate) failure_reason: Option<String>,
    pub(crate) created_at: Timestamp,
    pub(crate) expires_at: Timestamp,
}

/// How an intent is being paid, known once it was confirmed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PaymentDetails {
    pub(crate) method: PaymentMethodType,
    pub(crate) provider: Provider,
    /// The approval code of a card.
    pub(crate) external_ref_id: Option<String>,
}

/// One arrow of the guide's status diagram, taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Step {
    pub(crate) from: PaymentIntentStatus,
    pub(crate) to: PaymentIntentStatus,
    /// The webhook that announces it, where the guide has one.
    pub(crate) event: Option<EventType>,
}

impl Intent {
    /// Whether a customer could still pay it.
    pub(crate) fn is_open(&self) -> bool {
        use PaymentIntentStatus::{RequiresAction, RequiresPaymentMethod};
        matches!(self.status, RequiresPaymentMethod | RequiresAction)
    }

    /// Whether its time is up and it has to be cancelled.
    pub(crate) fn is_overdue(&self, now: Timestamp) -> bool {
        self.is_open() && now >= self.expires_at
    }

    /// The steps from here to `goal` along the guide's arrows; `None` when no arrows lead there.
    pub(crate) fn steps_to(&self, goal: &PaymentIntentStatus) -> Option<Vec<Step>> {
        let mut from = self.status.clone();
        let step = |to: PaymentIntentStatus| Step {
            event: EventType::announcing(&to),
            from: std::mem::replace(&mut from, to.clone()),
            to,
        };
        Some(self.status.path_to(goal)?.into_iter().map(step).collect())
    }

    /// Where a payment by the customer leads: with manual capture the money is only reserved,
    /// which the guide's statuses can only call `processing`.
    pub(crate) fn status_once_paid(&self) -> PaymentIntentStatus {
        match self.capture_method {
            CaptureMethod::Manual => PaymentIntentStatus::Processing,
            _ => PaymentIntentStatus::Succeeded,
        }
    }

    /// Whether the customer's money is reserved, to be captured or released.
    pub(crate) fn is_authorised(&self) -> bool {
        self.status == PaymentIntentStatus::Processing
            && self.capture_method == CaptureMethod::Manual
    }

    /// The answer to create: exactly the guide's fields.
    pub(crate) fn created_view(&self) -> PaymentIntent {
        PaymentIntent {
            merchant_ref_id: None,
            payment_method_type: None,
            provider: None,
            processing_mode: None,
            external_ref_id: None,
            ..self.guide_view(Reader::Merchant)
        }
    }

    /// The answer to retrieve, cancel and capture.
    pub(crate) fn view(&self, reader: Reader) -> IntentView {
        let manual = self.capture_method == CaptureMethod::Manual;
        IntentView {
            intent: PaymentIntent {
                amount_capturable: self.is_authorised().then_some(self.amount),
                amount_captured: self.captured.filter(|_| manual),
                failure_reason: self.failure_reason.clone(),
                ..self.guide_view(reader)
            },
            amount_refunded: self.refunded,
        }
    }

    /// The fields that the guide and the terminals know.
    pub(crate) fn guide_view(&self, reader: Reader) -> PaymentIntent {
        let payment = self.payment.as_ref();
        PaymentIntent {
            id: self.id.clone(),
            object: OBJECT.to_owned(),
            status: self.status.clone(),
            amount: self.amount,
            currency: self.currency,
            payment_method_types: self.payment_method_types.clone(),
            payment_token: (reader == Reader::Merchant).then(|| self.token.clone()),
            capture_method: self.capture_method.clone(),
            merchant_ref_id: Some(self.merchant_ref_id.clone()),
            merchant_store_id: self.merchant_store_id.clone(),
            merchant_terminal_id: self.merchant_terminal_id.clone(),
            expires_at: self.expires_at,
            created_at: Some(self.created_at),
            payment_method_type: payment.map(|payment| payment.method.clone()),
            provider: payment.map(|payment| payment.provider.clone()),
            processing_mode: payment.and_then(|payment| payment.method.processing_mode()),
            external_ref_id: payment
                .filter(|_| reader == Reader::Terminal)
                .and_then(|payment| payment.external_ref_id.clone()),
            amount_capturable: None,
            amount_captured: None,
            failure_reason: None,
        }
    }

    /// The answer to confirm, without the fields of a QR code.
    pub(crate) fn confirmation(&self) -> Confirmation {
        Confirmation {
            object: OBJECT.to_owned(),
            status: self.status.clone(),
            amount: self.amount,
            currency: self.currency,
            payment_id: self.id.clone(),
            payment_intent_id: self.id.clone(),
            qr_content: None,
            expires_at: None,
            provider: self
                .payment
                .as_ref()
                .map(|payment| payment.provider.clone()),
            qr_code_url: None,
        }
    }
}

/// A PaymentIntent as it is answered: the guide's fields, then what became of the money, each where
/// there is something to tell.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct IntentView {
    #[serde(flatten)]
    intent: PaymentIntent,
    #[serde(skip_serializing_if = "Option::is_none")]
    amount_refunded: Option<Amount>,
}

const OBJECT: &str = "payment_intent";

/// Who asks: only the merchant, who signed the request, gets the payment token back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reader {
    Merchant,
    Terminal,
    /// Whoever looks at the dashboard or its API: no secrets.
    Dashboard,
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use PaymentIntentStatus::*;

    pub(crate) fn intent(status: PaymentIntentStatus) -> Intent {
        Intent {
            id: "pi_01".parse().unwrap(),
            merchant_id: "m".parse().unwrap(),
            merchant_ref_id: "order_1".into(),
            merchant_store_id: None,
            merchant_terminal_id: None,
            amount: Amount::new(1500).unwrap(),
            currency: Currency::JPY,
            payment_method_types: vec![PaymentMethodType::Cash],
            capture_method: CaptureMethod::Automatic,
            token: "pi_01_secret_a".parse().unwrap(),
            status,
            payment: None,
            captured: None,
            refunded: None,
            failure_reason: None,
            created_at: Timestamp::from_unix_seconds(1000),
            expires_at: Timestamp::from_unix_seconds(2800),
        }
    }

    #[test]
    fn a_recorded_payment_passes_through_every_status_and_announces_only_the_last() {
        let steps = intent(RequiresPaymentMethod).steps_to(&Succeeded).unwrap();
        let passed: Vec<_> = steps
            .iter()
            .map(|s| (s.from.clone(), s.to.clone()))
            .collect();
        assert_eq!(
            passed,
            [
                (RequiresPaymentMethod, RequiresAction),
                (RequiresAction, Processing),
                (Processing, Succeeded)
            ]
        );
        let events: Vec<_> = steps.iter().filter_map(|step| step.event.clone()).collect();
        assert_eq!(events, [EventType::Succeeded]);
    }

    #[test]
    fn only_open_intents_run_out_of_time() {
        for status in PaymentIntentStatus::ALL {
            let open = matches!(status, RequiresPaymentMethod | RequiresAction);
            let intent = intent(status.clone());
            assert!(
                !intent.is_overdue(Timestamp::from_unix_seconds(2799)),
                "{status}"
            );
            let at_the_second = intent.is_overdue(Timestamp::from_unix_seconds(2800));
            assert_eq!(at_the_second, open, "{status}");
        }
    }

    #[test]
    fn only_the_merchant_sees_the_token() {
        let intent = intent(RequiresPaymentMethod);
        assert!(intent.guide_view(Reader::Merchant).payment_token.is_some());
        assert!(intent.guide_view(Reader::Terminal).payment_token.is_none());
    }
}
