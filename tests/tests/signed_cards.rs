//! A terminal that knows the card app's key takes the card app's own word only: contract version 2.

use mpac_pgw_sdk::{
    CARD_CONTRACT_VERSION, CardOutcome, CardResult, CardResultRefusal, FailureCode,
    PaymentEventKind, PaymentMethod, PaymentState, SIGNED_CARD_CONTRACT_VERSION, TerminalConfig,
    TerminalError,
};
use mpac_pgw_tests::{CardKey, Recorder, TestGateway, Till, approve};

fn knows(key: &CardKey) -> impl FnOnce(&mut TerminalConfig) {
    let key = key.public_key();
    |config| config.card_app_public_keys.push(key)
}

fn hand_in(till: &Till, json: &str) -> Result<(), TerminalError> {
    let result = CardResult::from_json(json)?;
    till.terminal.complete_card_payment(result)
}

fn refused(refusal: &CardResultRefusal) -> Result<(), TerminalError> {
    let refusal = refusal.clone();
    Err(TerminalError::CardResultRefused { refusal })
}

#[test]
fn a_card_result_with_a_foreign_signature_or_none_is_not_accepted() {
    let gateway = TestGateway::start().unwrap();
    let [key, foreign] = [(); 2].map(|()| CardKey::generate().unwrap());
    let till = Till::open_with(gateway.url(), knows(&key)).unwrap();
    let begin = || {
        let order = gateway.create(&["credit_card"]).unwrap();
        let token = &order.payment_token;
        till.confirm(token, PaymentMethod::CreditCard).unwrap()
    };
    let (_other, others) = begin();
    let other_request = others.wait_for_card_request();
    let of_another = key.sign(&approve(&other_request)).unwrap();
    hand_in(&till, &of_another).unwrap();
    others.wait_for("payment_success");

    let (attempt, events) = begin();
    let request = events.wait_for_card_request();
    assert_eq!(request.version, SIGNED_CARD_CONTRACT_VERSION);
    let approved = approve(&request);
    let saying = |outcome| CardResult {
        outcome,
        ..approved.clone()
    };
    let good = key.sign(&approved).unwrap();
    let declined = key.sign(&saying(CardOutcome::Declined)).unwrap();
    let not_charged = saying(CardOutcome::Error);
    let of_version_1 = CardResult {
        version: CARD_CONTRACT_VERSION,
        ..approved.clone()
    };
    let renamed = of_another.replace(&other_request.attempt_id, &request.attempt_id);
    let wrong = CardResultRefusal::WrongSignature;
    let missing = CardResultRefusal::MissingSignature;
    for (forged, refusal) in [
        (foreign.sign(&approved).unwrap(), &wrong),
        (foreign.sign(&not_charged).unwrap(), &wrong),
        (declined.replace("declined", "approved"), &wrong),
        (good.replace("APPROVAL1", "APPROVAL2"), &wrong),
        (renamed, &wrong),
        (approved.to_json(), &missing),
        (of_version_1.to_json(), &missing),
        (not_charged.to_json(), &missing),
        (of_another, &CardResultRefusal::NotWaiting),
    ] {
        assert_eq!(hand_in(&till, &forged), refused(refusal), "{forged}");
        let state = attempt.state();
        assert!(matches!(state, PaymentState::AwaitingCardApp { .. }));
    }
    hand_in(&till, &good).unwrap();
    events.wait_for("payment_success");
    let journal = till.journal().unwrap().concat();
    assert!(!String::from_utf8_lossy(&journal).contains("signature"));
    // The next terminal may know the key.
    till.terminal.shut_down();
    let foreign = foreign.sign(&approved).unwrap();
    assert_eq!(hand_in(&till, &foreign), Err(TerminalError::ShutDown));
}

/// Only the app's own code makes such a result; nothing that comes from outside is read as one.
#[test]
fn what_the_till_knows_itself_needs_no_signature() {
    let gateway = TestGateway::start().unwrap();
    let key = CardKey::generate().unwrap();
    let till = Till::open_with(gateway.url(), knows(&key)).unwrap();
    let token = gateway.create(&["credit_card"]).unwrap().payment_token;
    let (_attempt, events) = till.confirm(&token, PaymentMethod::CreditCard).unwrap();
    let not_installed = CardResult {
        outcome: CardOutcome::Error,
        approval_code: None,
        card_brand: None,
        reason: Some("the card app is not installed".to_owned()),
        ..approve(&events.wait_for_card_request())
    };
    till.terminal.complete_card_payment(not_installed).unwrap();
    let failed = events.wait_for("payment_failed").kind;
    assert!(matches!(
        failed,
        PaymentEventKind::PaymentFailed {
            code: FailureCode::CardAppError,
            can_retry: true,
            ..
        }
    ));
}

/// What is signed says no less than what is not, and there is no key to hold it against.
#[test]
fn without_a_key_the_results_of_both_versions_are_read() {
    let gateway = TestGateway::start().unwrap();
    let till = Till::open(gateway.url()).unwrap();
    for is_signed in [false, true] {
        let token = gateway.create(&["credit_card"]).unwrap().payment_token;
        let (_attempt, events) = till.confirm(&token, PaymentMethod::CreditCard).unwrap();
        let request = events.wait_for_card_request();
        assert_eq!(request.version, CARD_CONTRACT_VERSION);
        let result = approve(&request);
        let json = match is_signed {
            true => CardKey::generate().unwrap().sign(&result).unwrap(),
            false => result.to_json(),
        };
        hand_in(&till, &json).unwrap();
        events.wait_for("payment_success");
    }
}

#[test]
fn a_key_that_is_named_while_the_card_app_has_the_payment_counts_at_once() {
    let gateway = TestGateway::start().unwrap();
    let key = CardKey::generate().unwrap();
    let mut till = Till::open(gateway.url()).unwrap();
    let token = gateway.create(&["credit_card"]).unwrap().payment_token;
    let (attempt, events) = till.confirm(&token, PaymentMethod::CreditCard).unwrap();
    let asked_before = approve(&events.wait_for_card_request());
    drop(attempt);

    till.reopen_with(knows(&key)).unwrap();
    let unsigned = hand_in(&till, &asked_before.to_json());
    assert_eq!(unsigned, refused(&CardResultRefusal::MissingSignature));
    let events = std::sync::Arc::new(Recorder::default());
    let recovered = till.terminal.recover_pending(events.clone()).unwrap();
    let PaymentState::AwaitingCardApp { request } = recovered[0].state() else {
        panic!("it waits for the card app");
    };
    assert_eq!(request.version, SIGNED_CARD_CONTRACT_VERSION);
    hand_in(&till, &key.sign(&approve(&request)).unwrap()).unwrap();
    events.wait_for("payment_success");
}

#[test]
fn a_key_that_is_none_opens_no_terminal() {
    let opened = Till::open_with("http://127.0.0.1:9", |config| {
        config.card_app_public_keys = vec!["MFkwEwYHKoZIzj0CAQ".to_owned()];
    });
    let error = opened.unwrap_err().to_string();
    assert!(error.contains("card_app_public_keys"), "{error}");
    assert!(error.ends_with("number 1 is none"), "{error}");
}
