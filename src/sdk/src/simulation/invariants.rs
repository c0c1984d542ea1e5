//! What must hold, whatever happens.

use mpac_pgw_protocol::PaymentMethodType;

use super::app::CardPlan;
use super::gateway::Status;
use super::world::{CUSTOMERS_CODE, World};
use crate::events::PaymentEventKind;
use crate::exchange::Request;
use crate::method::PaymentMethod;
use crate::record::{AttemptRecord, Stage};
use crate::state::{CancelOutcome, PaymentResult, PaymentState, UncertaintyCause};

impl World {
    /// What must hold after every step.
    pub(super) fn check(&self) {
        if self.gateway.ledger.len() > 1 {
            self.violated("1: two charges at the gateway");
        }
        if self.card_app.launches > 1 || self.card_app.charges > 1 {
            self.violated("1: the card app was launched twice");
        }
        let recorded = |method| {
            self.gateway
                .ledger
                .iter()
                .any(|charge| charge.method == method)
        };
        if recorded("credit_card") && self.card_app.charges == 0 {
            self.violated("7: a card payment is recorded that no card paid");
        }
        let paid = self.gateway.ledger.iter().any(|charge| charge.ours);
        match &self.told {
            Some(PaymentEventKind::PaymentSuccess) if self.gateway.status != Status::Succeeded => {
                self.violated("2: told success, but it is not paid");
            }
            Some(
                PaymentEventKind::PaymentFailed { .. } | PaymentEventKind::PaymentCancelled { .. },
            ) if paid || self.card_app.charges > 0 => {
                self.violated("2: told failed or cancelled, but it is paid");
            }
            _ => {}
        }
        if self.cancel_answer == Some(CancelOutcome::Cancelled) && paid {
            self.violated("2: cancel answered Cancelled, but it is paid");
        }
        if self.disk.as_ref().is_some_and(keeps_customer_code_too_long) {
            self.violated("8: the customer's code is kept though no confirm will hold it");
        }
    }

    /// What must hold when all is over and the network was good for half an hour.
    pub(super) fn check_end(&self) {
        let Some(disk) = &self.disk else {
            if !self.accepted {
                self.violated("3: the journal is empty, and the app has accepted nothing");
            }
            return;
        };
        // Only the card app can leave a payment open for ever.
        let state = self.process.as_ref().map(|process| process.flow.state());
        let unresolved = match state {
            Some(PaymentState::Finished {
                result: PaymentResult::Unresolved { cause, .. },
            }) => cause,
            _ => self.violated(&format!("3: neither over nor unresolved: {:?}", disk.stage)),
        };
        let charged = self.card_app.charges == 1;
        let explained = match unresolved {
            UncertaintyCause::CardChargedNotRecorded => charged && self.told_unrecorded,
            UncertaintyCause::CardAppSilent => {
                let answers = matches!(self.plan.card, CardPlan::Answers(_));
                let launched = self.card_app.launches > 0;
                !answers || !launched || self.result_lost
            }
            _ => false,
        };
        if !explained {
            self.violated(&format!("3: still unresolved: {unresolved:?}"));
        }
    }

    /// Before a request is sent.
    pub(super) fn check_key(&self, request: &Request) {
        let (key, saved) = match (request, &self.disk) {
            (Request::Retrieve { .. }, _) => return,
            (_, None) => self.violated("4: a POST without a record on disk"),
            (
                Request::Confirm {
                    idempotency_key, ..
                },
                Some(disk),
            ) => (idempotency_key, &disk.confirm_key),
            (
                Request::Cancel {
                    idempotency_key, ..
                },
                Some(disk),
            ) => (idempotency_key, &disk.cancel_key),
        };
        if key != saved {
            self.violated("4: a POST whose key is not in the journal");
        }
        if let Request::Confirm { body, .. } = request
            && body.payment_method_type == PaymentMethodType::QrCpm
            && body.customer_code.as_deref() != Some(CUSTOMERS_CODE)
        {
            self.violated("8: the customer's code is missing, and a confirm has to hold it");
        }
    }
}

fn keeps_customer_code_too_long(record: &AttemptRecord) -> bool {
    let PaymentMethod::QrCpm { customer_code, .. } = &record.method else {
        return false;
    };
    let may_send_it = matches!(record.stage, Stage::Retrieving | Stage::Confirming);
    !may_send_it && !customer_code.is_empty()
}
