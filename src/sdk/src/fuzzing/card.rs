use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use mpac_pgw_protocol::{Amount, Currency, Timestamp};

use crate::card::{
    CARD_CONTRACT_VERSION, CardOutcome, CardRequest, CardResult, SIGNED_CARD_CONTRACT_VERSION,
};
use crate::card_signature::CardAppKeys;
use crate::error::CardResultRefusal;
use crate::secret::Secret;

const CALLBACK: &str = "myapp://mpac-card-result";

/// Whose private key is nowhere.
const KEY: &str = "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEyHvnPIQ3YJF4LRmXphkKLDaTkTXi9HYWo08KwMyha\
    EPhbcxhJBbKzPsn1VHy3EmDCrdEh8OIDZgKLW1z9KeFjA==";

/// What the card app returned, as JSON or as a URL; and the app's own URL.
pub fn card_result(bytes: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return false;
    };
    let from_json = CardResult::from_json(text);
    let from_url = CardResult::from_url(text);
    let wrapped = format!("{CALLBACK}?result={}", BASE64_URL_SAFE_NO_PAD.encode(text));
    assert_eq!(CardResult::from_url(&wrapped), from_json);

    let mut accepted = false;
    for read in [from_json, from_url] {
        match read {
            Ok(result) => {
                accepted = true;
                check_result(&result);
            }
            Err(cause) => assert!(matches!(
                cause,
                CardResultRefusal::Malformed { .. } | CardResultRefusal::UnsupportedVersion
            )),
        }
    }
    check_callback(text);
    accepted
}

fn check_result(read: &CardResult) {
    let is_of_version_2 = read.version == SIGNED_CARD_CONTRACT_VERSION;
    assert!(is_of_version_2 || read.version == CARD_CONTRACT_VERSION);
    assert_eq!(read.signed_text.is_some(), is_of_version_2);
    // Nobody who does not have the card app's key writes what counts where that is known.
    let keys = CardAppKeys::read(&[KEY.to_owned()]).unwrap();
    assert!(matches!(
        keys.check(read.clone()),
        Err(CardResultRefusal::MissingSignature | CardResultRefusal::WrongSignature)
    ));

    let result = &read.clone().without_card_data();
    let but_for_the_text = CardResult {
        signed_text: None,
        ..read.clone()
    };
    assert_eq!(&but_for_the_text, result);
    let json = CardResult::from_json(&result.to_json()).map(CardResult::without_card_data);
    assert_eq!(json.as_ref(), Ok(result));
    let url = result.to_url(CALLBACK).unwrap();
    let url = CardResult::from_url(&url).map(CardResult::without_card_data);
    assert_eq!(url.as_ref(), Ok(result));

    let other = |field: &Option<String>| field.as_ref().map(|_| "other".to_owned());
    let other_secret = |field: &Option<Secret>| field.as_ref().map(|_| "other".into());
    let with_other_secrets = CardResult {
        nonce: "other".into(),
        approval_code: other_secret(&result.approval_code),
        card_brand: other(&result.card_brand),
        masked_pan: other_secret(&result.masked_pan),
        reason: other(&result.reason),
        ..result.clone()
    };
    assert_eq!(format!("{result:?}"), format!("{with_other_secrets:?}"));

    // It answers the request that it repeats, and no other.
    let request = request_of(result);
    let is_empty = |field: Option<&str>| field.unwrap_or_default().is_empty();
    let is_incomplete = result.outcome == CardOutcome::Approved
        && (is_empty(result.approval_code.as_deref()) || is_empty(result.card_brand.as_deref()));
    let refusal = is_incomplete.then_some(CardResultRefusal::Incomplete);
    assert_eq!(request.check(result).err(), refusal);
    let forged = CardResult {
        nonce: format!("{}0", result.nonce.as_str()).into(),
        ..result.clone()
    };
    assert_eq!(request.check(&forged), Err(CardResultRefusal::WrongNonce));
    let altered = CardResult {
        amount: Amount::new(result.amount.minor_units() % 2 + 1).unwrap(),
        ..result.clone()
    };
    assert_eq!(request.check(&altered), Err(CardResultRefusal::WrongAmount));
}

/// Whatever is taken as a callback comes back with its result.
fn check_callback(callback: &str) {
    let result = CardResult {
        version: CARD_CONTRACT_VERSION,
        attempt_id: "attempt".to_owned(),
        nonce: "nonce".into(),
        outcome: CardOutcome::Error,
        amount: Amount::new(2500).unwrap(),
        currency: Currency::JPY,
        approval_code: None,
        card_brand: None,
        masked_pan: None,
        reason: Some("???~~~".to_owned()),
        processed_at: None,
        signed_text: None,
    };
    let opened = request_of(&result).to_url(callback);
    let returned = result.to_url(callback);
    assert_eq!(opened.is_ok(), returned.is_ok());
    if let (Ok(opened), Ok(returned)) = (opened, returned) {
        assert!(opened.starts_with("mpaccreditcard://x-callback-url/pay?request="));
        assert_eq!(opened.matches('&').count(), 3);
        assert!(returned.starts_with(callback));
        assert_eq!(CardResult::from_url(&returned), Ok(result));
    }
}

fn request_of(result: &CardResult) -> CardRequest {
    CardRequest {
        version: result.version,
        attempt_id: result.attempt_id.clone(),
        nonce: result.nonce.clone(),
        payment_intent_id: super::token().payment_intent_id().clone(),
        amount: result.amount,
        currency: result.currency,
        merchant_store_id: None,
        merchant_terminal_id: None,
        expires_at: Timestamp::from_unix_seconds(0),
    }
}
