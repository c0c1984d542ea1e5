//! All that a screen, a receipt and a restart need.

use super::*;
use crate::facts::{CardReceipt, ConnectionState, Receipt};
use crate::secret::Secret;

fn receipt(till: &Till) -> Receipt {
    match till.flow.state() {
        PaymentState::Finished {
            result: PaymentResult::Succeeded { receipt },
        } => receipt,
        state => panic!("{state:?}"),
    }
}

/// The customer has paid, and the merchant has not captured it yet.
fn reserved() -> Value {
    let mut reserved = intent("processing");
    reserved["capture_method"] = json!("manual");
    reserved["amount_capturable"] = json!(2500);
    reserved["payment_method_type"] = json!("qr_mpm");
    reserved
}

fn authorized() -> Till {
    let mut till = showing_qr();
    till.wait().reply(200, &reserved());
    assert_eq!(till.flow.state(), PaymentState::Authorized);
    till
}

#[test]
fn the_facts_grow_as_the_gateway_answers() {
    let mut till = Till::new(qr());
    let facts = till.flow.record().facts();
    assert_eq!((facts.amount, facts.expires_at), (None, None));
    assert_eq!(facts.provider.as_deref(), Some("PAYPAY"));
    assert_eq!(facts.created_at, Timestamp::from_unix_seconds(START));
    till.reply(200, &intent("requires_payment_method"));
    let facts = till.flow.record().facts();
    assert_eq!(facts.amount.map(|amount| amount.minor_units()), Some(2500));
    assert_eq!(
        facts.currency.map(|it| it.to_string()).as_deref(),
        Some("JPY")
    );
    let end = Timestamp::from_unix_seconds(START + 1800);
    assert_eq!(facts.expires_at, Some(end));
}

#[test]
fn a_receipt_holds_what_was_paid_and_survives_a_restart() {
    let mut till = showing_qr();
    let mut paid = intent("succeeded");
    paid["payment_method_type"] = json!("qr_mpm");
    paid["provider"] = json!("PAYPAY");
    till.wait().reply(200, &paid);
    let told = receipt(&till);
    assert_eq!(told.amount.minor_units(), 2500);
    assert_eq!((told.method.as_str(), told.card.clone()), ("qr_mpm", None));
    assert_eq!(told.provider.as_deref(), Some("PAYPAY"));
    let heard = Timestamp::from_unix_seconds(server_seconds(till.now));
    assert_eq!(told.completed_at, Some(heard));
    let mut next = till.restart_at(till.now + Duration::from_secs(60));
    next.reply(200, &paid);
    assert_eq!(receipt(&next), told);
}

#[test]
fn a_card_receipt_holds_the_card_and_no_log_its_approval_code() {
    let (mut till, request) = at_card_app();
    let result = CardResult {
        masked_pan: Some("************4242".into()),
        approval_code: Some("CANARY".into()),
        ..approve(&request)
    };
    till.card(result).unwrap();
    let mut answer = confirmation("succeeded");
    answer["provider"] = json!("VISA");
    till.reply(200, &answer);
    let told = receipt(&till);
    let card = CardReceipt {
        brand: "VISA".to_owned(),
        last_four: Some("4242".to_owned()),
        approval_code: Secret::from("CANARY"),
    };
    assert_eq!(told.card, Some(card));
    let shown = format!("{told:?} {:?} {:?}", till.flow.state(), till.events);
    assert!(!shown.contains("CANARY"), "{shown}");
}

#[test]
fn a_failure_holds_the_providers_own_reason() {
    let mut till = showing_qr();
    let mut failed = intent("failed");
    failed["failure_reason"] = json!("failed_at_provider");
    till.wait().reply(200, &failed);
    let Some(PaymentEventKind::PaymentFailed {
        provider_reason, ..
    }) = till.events.last()
    else {
        panic!("{:?}", till.names());
    };
    assert_eq!(provider_reason.as_deref(), Some("failed_at_provider"));
    // A restart tells the same.
    let mut next = till.restart();
    next.reply(200, &failed);
    assert_eq!(next.events.last(), till.events.last());
}

#[test]
fn the_connection_is_a_state_too() {
    let mut till = showing_qr();
    let connection = |till: &Till| till.flow.shown(till.moment()).summary.connection;
    assert_eq!(connection(&till), ConnectionState::Connected);
    till.wait().lose();
    let lost = ConnectionState::Lost {
        since: Timestamp::from_unix_seconds(server_seconds(till.now)),
        cause: UncertaintyCause::ConnectionLost,
    };
    assert_eq!(connection(&till), lost);
    till.wait().lose();
    assert_eq!(connection(&till), lost, "since it was lost first");
    till.wait().reply(200, &intent("requires_action"));
    assert_eq!(connection(&till), ConnectionState::Connected);
}

#[test]
fn the_time_left_of_a_code_is_told_by_the_gateways_clock() {
    let mut till = showing_qr();
    let left = |till: &Till| {
        let end = till.flow.shown(till.moment()).code_end;
        end.map(|end| end.saturating_sub(till.now).as_secs())
    };
    assert_eq!(left(&till), Some(300));
    till.wait().reply(200, &intent("requires_action"));
    assert!(
        (294..=296).contains(&left(&till).unwrap()),
        "{:?}",
        left(&till)
    );
    till.wait().reply(200, &intent("processing"));
    assert_eq!(left(&till), None);
}

#[test]
fn reserved_money_is_told_once_and_never_unresolved_by_waiting() {
    let mut till = authorized();
    let told = |till: &Till| {
        let names = till.names();
        names
            .iter()
            .filter(|name| **name == "payment_authorized")
            .count()
    };
    assert_eq!(told(&till), 1);
    let began = till.now;
    let mut requests = 0;
    while till.now < began + Duration::from_secs(3 * 24 * 3600) {
        requests += 1;
        match requests % 3 {
            0 => till.wait().lose(),
            _ => till.wait().reply(200, &reserved()),
        };
        assert_eq!(till.flow.state(), PaymentState::Authorized);
    }
    assert!(requests < 3 * 24 * 3600 / 40, "{requests} requests");
    assert_eq!(told(&till), 1);
    assert!(!till.names().contains(&"payment_unresolved"));
    till.cancel();
    assert_eq!(till.cancel, Some(CancelOutcome::NotCancellable));

    // Only a part of it was captured.
    let mut captured = intent("succeeded");
    captured["amount_captured"] = json!(2000);
    till.wait().reply(200, &captured);
    assert_eq!(receipt(&till).amount.minor_units(), 2000);

    // The merchant has let go of it.
    let mut till = authorized();
    till.wait().reply(200, &intent("failed"));
    assert!(matches!(till.result(), Ended::Failed { .. }));
}

#[test]
fn reserved_money_is_told_again_after_a_restart_and_can_be_let_go_of() {
    let till = authorized();
    let later = till.now + Duration::from_secs(24 * 3600);
    let mut next = till.restart_at(later);
    assert_ne!(
        next.flow.state(),
        PaymentState::Authorized,
        "by the gateway's word only"
    );
    // Off line for long, nobody knows whether it was captured meanwhile; until somebody does.
    while !next.names().contains(&"payment_unresolved") {
        assert!(next.now < later + Duration::from_secs(3600));
        next.lose().wait();
    }
    next.reply(200, &reserved());
    assert_eq!(next.flow.state(), PaymentState::Authorized);
    assert_eq!(next.names().last(), Some(&"payment_authorized"));
    assert!(next.replayed);
    let (has_outcome, effects) = next.flow.acknowledge();
    next.carry_out(effects);
    assert!(has_outcome && next.forgotten && next.flow.is_over());
    assert_eq!(next.flow.state(), PaymentState::Authorized);

    // Processing without reserved money is no outcome.
    let mut till = showing_qr();
    till.wait().reply(200, &intent("processing"));
    assert_eq!(till.flow.state(), PaymentState::Processing);
    assert!(!till.flow.acknowledge().0);
}

#[test]
fn what_is_found_on_disk_is_not_shown_as_an_end_before_the_gateway_agrees() {
    let mut till = showing_qr();
    till.wait().reply(200, &intent("succeeded"));
    let found = Till::with(till.saved.clone(), till.now);
    assert_eq!(found.flow.state(), PaymentState::Confirming);
    let mut heard = till.saved.clone();
    heard.heard = true;
    let found = Till::with(heard, till.now);
    assert!(matches!(found.flow.state(), PaymentState::Finished { .. }));
}
