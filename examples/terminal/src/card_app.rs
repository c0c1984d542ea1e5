//! Plays MPACCreditCard: the app that takes the card, outside of this SDK.

use anyhow::Result;
use mpac_pgw_sdk::{CARD_CONTRACT_VERSION, CardOutcome, CardRequest, CardResult};

/// Answers a request as the real app does when the card is good: JSON in, JSON out.
pub(crate) fn take_card(request: &str) -> Result<String> {
    let request: CardRequest = serde_json::from_str(request)?;
    println!(
        "   card app: ¥{} approved / 承認",
        crate::till::thousands(request.amount.minor_units())
    );
    Ok(CardResult {
        version: CARD_CONTRACT_VERSION,
        attempt_id: request.attempt_id,
        nonce: request.nonce,
        outcome: CardOutcome::Approved,
        amount: request.amount,
        currency: request.currency,
        approval_code: Some("DEMO01".into()),
        card_brand: Some("VISA".to_owned()),
        masked_pan: None,
        reason: None,
        processed_at: None,
        signed_text: None,
    }
    .to_json())
}
