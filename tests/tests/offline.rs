//! Cash is taken while the gateway cannot be reached, and recorded once it can.

use std::net::TcpListener;
use std::sync::Arc;

use mpac_pgw_sdk::PaymentMethod;
use mpac_pgw_tests::{Recorder, TestGateway, Till};

#[test]
fn cash_is_recorded_once_the_gateway_is_back() {
    let folder = tempfile::tempdir().unwrap();
    let database = folder.path().join("gateway.db");
    // A port that stays ours to give away again.
    let port = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    let gateway = TestGateway::start_at(&database, port).unwrap();
    let mut till = Till::open(gateway.url()).unwrap();
    let order = gateway.create(&["cash"]).unwrap();
    drop(gateway);

    let events = Arc::new(Recorder::default());
    let token = order.payment_token;
    till.terminal
        .confirm_payment(token.clone(), PaymentMethod::Cash, events.clone())
        .unwrap();
    events.wait_for("connection_lost");
    assert_eq!(till.journal().unwrap().len(), 1);

    // The app restarts meanwhile; the cash is not forgotten.
    till.reopen().unwrap();
    let events = Arc::new(Recorder::default());
    let recovered = till.terminal.recover_pending(events.clone()).unwrap();
    events.wait_for("connection_lost");

    let _gateway = TestGateway::start_at(&database, port).unwrap();
    events.wait_for("payment_success");
    assert!(events.names().contains(&"connection_restored".to_owned()));
    let intent = till.terminal.retrieve_payment_intent(token).unwrap();
    assert_eq!(intent.status.as_str(), "succeeded");
    assert!(recovered[0].acknowledge() && till.journal().unwrap().is_empty());
}
