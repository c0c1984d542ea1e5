//! What an attempt asks of MPACCreditCard, and what its answer means.

use crate::card::{CardOutcome, CardRequest, CardResult};
use crate::clock::Moment;
use crate::error::CardResultRefusal;
use crate::events::PaymentEventKind;
use crate::polling::Outcome;
use crate::record::{End, Stage};
use crate::state::{CancelledBy, FailureCode};

use super::{Effect, Flow};

impl Flow {
    /// Has the card app asked in this version of the contract: what is configured now counts, and not
    /// what was when the attempt began.
    pub(crate) fn asking_the_card_app_in(mut self, version: i32) -> Self {
        self.card_contract = version;
        self
    }

    /// The request for the card app, once the amount is known.
    pub(super) fn card_request(&self) -> Option<CardRequest> {
        Some(CardRequest {
            version: self.card_contract,
            ..self.record.card_request()?
        })
    }

    /// Hands the payment over. While the card app has it, the gateway is asked slowly what others
    /// do with the PaymentIntent.
    pub(super) fn launch_card_app(&mut self, now: Moment) {
        let Some(request) = self.card_request() else {
            return;
        };
        self.record.stage = Stage::AwaitingCard;
        self.record.unresolved = None;
        self.wait(now, Outcome::Answered);
        self.effects.push(Effect::SaveFirst);
        self.emit(PaymentEventKind::CardAppRequested { request });
    }

    /// The card app's answer.
    ///
    /// # Errors
    /// When it does not belong to this attempt; then nothing has changed.
    pub(crate) fn card_result(
        &mut self,
        now: Moment,
        result: CardResult,
    ) -> Result<Vec<Effect>, CardResultRefusal> {
        // The card app of this device cannot know about a payment of another.
        if self.record.stage != Stage::AwaitingCard || self.record.copied {
            return Err(CardResultRefusal::NotWaiting);
        }
        let request = self.card_request().ok_or(CardResultRefusal::NotWaiting)?;
        request.check(&result)?;
        // Who hands a result in may forget it once it is taken, so it has to be on disk by then.
        self.undo = Some((self.record.clone(), self.in_flight.clone()));
        self.effects.push(Effect::SaveFirst);
        self.record.unresolved = None;
        self.record.stage = match not_charged(&result) {
            None => {
                self.record.approval = Some(result);
                Stage::Confirming
            }
            // Whether the PaymentIntent was paid some other way meanwhile is the gateway's to say.
            Some(result) => Stage::CardNotCharged { result },
        };
        self.must_verify = false;
        if self.in_flight.is_none() {
            self.send_next(now);
        }
        Ok(self.take_effects())
    }
}

/// What an answer of the card app means when it has charged nothing.
fn not_charged(result: &CardResult) -> Option<End> {
    let failed = |code, default: &str| End::Failed {
        code,
        reason: result.reason.clone().unwrap_or_else(|| default.to_owned()),
        provider_reason: result.reason.clone(),
        can_retry: true,
    };
    match result.outcome {
        CardOutcome::Approved => None,
        CardOutcome::Declined => Some(failed(FailureCode::CardDeclined, "the card was declined")),
        CardOutcome::Error => Some(failed(
            FailureCode::CardAppError,
            "the card app could not take the payment",
        )),
        CardOutcome::Cancelled => Some(End::Cancelled {
            by: CancelledBy::CardApp,
        }),
    }
}
