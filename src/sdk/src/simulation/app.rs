//! A model of the app, its staff and MPACCreditCard.

use fastrand::Rng;

use crate::card::{CardOutcome, CardRequest, CardResult};

/// What the staff and the customer will do, in virtual milliseconds after the start.
pub(super) struct Plan {
    /// The customer reads each code and pays after so long, if at all.
    pub(super) pays_after: Option<u64>,
    pub(super) pays_slowly: bool,
    pub(super) provider_gives_up: bool,
    pub(super) cancels_at: Option<u64>,
    pub(super) switches_at: Option<u64>,
    pub(super) back_end_withdraws_at: Option<u64>,
    /// Another till takes the same order.
    pub(super) other_till: Option<(u64, OtherTill)>,
    /// The terminal sleeps from then until then, and no timer fires.
    pub(super) sleeps: Option<(u64, u64)>,
    /// Chance, in percent, that the disk refuses a write.
    pub(super) disk_fault_percent: u8,
    /// The app comes to the foreground, also while a request is under way.
    pub(super) polls_now_at: Option<u64>,
    pub(super) card: CardPlan,
    pub(super) wallet: WalletPlan,
    /// How often the listener throws at a final event.
    pub(super) exceptions: u8,
    /// Chance, in percent, that the process dies at an effect.
    pub(super) crash_percent: u8,
}

/// What another till does with the same PaymentIntent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum OtherTill {
    TakesCash,
    TakesCard,
    ShowsCode,
}

/// What MPACCreditCard does with a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum CardPlan {
    Answers(CardOutcome),
    /// Charges the card, and is then killed.
    ChargesAndIsSilent,
    /// Is killed before it charges.
    IsSilent,
}

/// What the customer's wallet does when the gateway wants to charge a code that was scanned.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum WalletPlan {
    Charges,
    /// Only reserves the money at first.
    Reserves,
    /// Refuses, and would charge if it were asked once more.
    Refuses,
    /// The gateway does not like the code, and does not even withdraw the one that is out.
    IsNotAsked,
    /// Charges, and the gateway does not hear of it at first.
    ChargesUnheard,
    /// Is not reached at first, and refuses later.
    RefusesUnheard,
}

impl Plan {
    pub(super) fn new(rng: &mut Rng) -> Self {
        let outcomes = [
            CardPlan::Answers(CardOutcome::Approved),
            CardPlan::Answers(CardOutcome::Approved),
            CardPlan::Answers(CardOutcome::Approved),
            CardPlan::Answers(CardOutcome::Declined),
            CardPlan::Answers(CardOutcome::Cancelled),
            CardPlan::Answers(CardOutcome::Error),
            CardPlan::ChargesAndIsSilent,
            CardPlan::IsSilent,
        ];
        let wallets = [
            WalletPlan::Charges,
            WalletPlan::Charges,
            WalletPlan::Reserves,
            WalletPlan::Refuses,
            WalletPlan::IsNotAsked,
            WalletPlan::ChargesUnheard,
            WalletPlan::RefusesUnheard,
        ];
        let crash_rates = [0, 0, 2, 15];
        let other_tills = [
            OtherTill::TakesCash,
            OtherTill::TakesCard,
            OtherTill::ShowsCode,
        ];
        let other_till = other_tills[rng.usize(..other_tills.len())];
        let falls_asleep = sometimes(rng, 10, 60_000);
        let sleeps_for = rng.u64(..1_200_000);
        Self {
            other_till: sometimes(rng, 10, 60_000).map(|at| (at, other_till)),
            sleeps: falls_asleep.map(|at| (at, at + sleeps_for)),
            disk_fault_percent: [0, 0, 0, 5, 30][rng.usize(..5)],
            pays_after: sometimes(rng, 80, 40_000),
            pays_slowly: rng.u8(..5) == 0,
            provider_gives_up: rng.u8(..20) == 0,
            cancels_at: sometimes(rng, 20, 40_000),
            switches_at: sometimes(rng, 15, 30_000),
            back_end_withdraws_at: sometimes(rng, 5, 40_000),
            polls_now_at: sometimes(rng, 30, 20_000),
            card: outcomes[rng.usize(..outcomes.len())],
            wallet: wallets[rng.usize(..wallets.len())],
            exceptions: if rng.u8(..10) == 0 { rng.u8(1..4) } else { 0 },
            crash_percent: crash_rates[rng.usize(..crash_rates.len())],
        }
    }
}

fn sometimes(rng: &mut Rng, percent: u8, within: u64) -> Option<u64> {
    let happens = rng.u8(..100) < percent;
    // Now and then something takes far longer than anybody expects.
    let within = if rng.u8(..20) == 0 { 2_400_000 } else { within };
    happens.then(|| rng.u64(..within))
}

/// MPACCreditCard's books.
#[derive(Default)]
pub(super) struct CardApp {
    pub(super) launches: u32,
    pub(super) charges: u32,
    /// Results on their way back to the terminal, with the time of arrival.
    pub(super) results: Vec<(u64, CardResult)>,
}

impl CardApp {
    /// Takes a request.
    pub(super) fn launch(
        &mut self,
        now: u64,
        request: &CardRequest,
        plan: CardPlan,
        rng: &mut Rng,
    ) {
        self.launches += 1;
        let arrival = now + sometimes(rng, 100, 60_000).unwrap_or_default();
        if rng.u8(..4) == 0 {
            // Somebody who does not know the nonce wants the goods for nothing.
            let mut forged = answer(request, CardOutcome::Approved);
            forged.nonce = "f".repeat(32).into();
            self.results.push((arrival.saturating_sub(1), forged));
        }
        let charges = matches!(
            plan,
            CardPlan::ChargesAndIsSilent | CardPlan::Answers(CardOutcome::Approved)
        );
        self.charges += u32::from(charges);
        let CardPlan::Answers(outcome) = plan else {
            return;
        };
        let result = answer(request, outcome);
        if rng.u8(..4) == 0 {
            self.results
                .push((arrival + rng.u64(..5_000), result.clone()));
        }
        self.results.push((arrival, result));
    }
}

pub(crate) fn answer(request: &CardRequest, outcome: CardOutcome) -> CardResult {
    CardResult {
        version: request.version,
        attempt_id: request.attempt_id.clone(),
        nonce: request.nonce.clone(),
        outcome,
        amount: request.amount,
        currency: request.currency,
        approval_code: Some("SIM1".into()),
        card_brand: Some("VISA".to_owned()),
        masked_pan: None,
        reason: None,
        processed_at: None,
        signed_text: None,
    }
}
