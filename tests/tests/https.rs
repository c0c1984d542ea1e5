//! Payments over HTTPS, as in production, and what can be wrong with it in a shop.

#![allow(clippy::unwrap_used, reason = "tests")]

use std::time::Duration;

use mpac_pgw_sdk::{
    NextStep, PaymentEventKind, PaymentMethod, PaymentState, PollingPolicy, TerminalConfig,
    TerminalError, UncertaintyCause,
};
use mpac_pgw_tests::{
    Authority, ConnectProxy, EXPIRED, HOST, Identity, Meets, NOT_YET_VALID, TestGateway, Till,
    TlsFront, VALID, approve, paypay,
};

/// `till:s3cret` in base64.
const CREDENTIALS: &str = "dGlsbDpzM2NyZXQ=";

/// A way to name certificates.
type Way = fn(&mut TerminalConfig, Vec<Vec<u8>>);

/// Takes one payment of every kind.
fn take_payments(gateway: &TestGateway, till: &Till) {
    let order = gateway.create(&["qr_mpm"]).unwrap();
    let (attempt, events) = till.confirm(&order.payment_token, paypay()).unwrap();
    events.wait_for("qr_ready");
    gateway.pay(&order).unwrap();
    events.wait_for("payment_success");
    assert!(attempt.acknowledge());

    let order = gateway.create(&["credit_card", "cash"]).unwrap();
    let card = PaymentMethod::CreditCard;
    let (_, events) = till.confirm(&order.payment_token, card).unwrap();
    let result = approve(&events.wait_for_card_request());
    till.terminal.complete_card_payment(result).unwrap();
    events.wait_for("payment_success");

    let order = gateway.create(&["cash"]).unwrap();
    let (_, events) = till
        .confirm(&order.payment_token, PaymentMethod::Cash)
        .unwrap();
    events.wait_for("payment_success");
    assert!(!events.names().contains(&"connection_lost".to_owned()));
}

#[test]
fn payments_go_through_over_https_with_an_authority_of_ones_own() {
    let gateway = TestGateway::start().unwrap();
    let root = Authority::new("root").unwrap();
    let intermediate = root.intermediate("intermediate").unwrap();
    let identity = intermediate.vouch_for(HOST, VALID).unwrap();
    let front = TlsFront::start(gateway.url(), Meets::Tls(identity)).unwrap();
    let ways: [Way; 2] = [
        |config, roots| config.extra_root_certificates = roots,
        |config, roots| config.pinned_root_certificates = roots,
    ];
    let other = Authority::new("other").unwrap();
    for way in ways {
        let both = [other.pem(), root.pem()].concat();
        for roots in [vec![root.pem()], vec![other.der(), root.der()], vec![both]] {
            let till = Till::open_with(&front.url(), |config| way(config, roots)).unwrap();
            take_payments(&gateway, &till);
        }
    }
}

#[test]
fn whom_nobody_has_named_is_not_believed() {
    let gateway = TestGateway::start().unwrap();
    let [root, other] = ["root", "other"].map(|name| Authority::new(name).unwrap());
    let identity = root.vouch_for(HOST, VALID).unwrap();
    let front = TlsFront::start(gateway.url(), Meets::Tls(identity)).unwrap();
    let token = gateway.create(&["cash"]).unwrap().payment_token;
    for pinned in [vec![], vec![other.pem()]] {
        let till = Till::open_with(&front.url(), |config| {
            config.pinned_root_certificates = pinned;
        })
        .unwrap();
        let cause = UncertaintyCause::CertificateUntrusted;
        assert_eq!(
            till.terminal.retrieve_payment_intent(token.clone()),
            Err(TerminalError::NoAnswer { cause })
        );
    }
}

#[test]
fn payments_go_through_a_proxy_that_knows_the_terminal() {
    let gateway = TestGateway::start().unwrap();
    let root = Authority::new("root").unwrap();
    let identity = root.vouch_for(HOST, VALID).unwrap();
    let front = TlsFront::start(gateway.url(), Meets::Tls(identity)).unwrap();
    let proxy = ConnectProxy::start(Some(CREDENTIALS)).unwrap();
    // One that speaks TLS itself: then there is TLS within TLS.
    let proxy_identity = root.vouch_for(HOST, VALID).unwrap();
    let proxy_url = format!("http://127.0.0.1:{}", proxy.port());
    let secure_proxy = TlsFront::start(&proxy_url, Meets::Tls(proxy_identity)).unwrap();
    let secure = secure_proxy
        .url()
        .replace("https://", "https://till:s3cret@");
    let plain = format!("http://till:s3cret@127.0.0.1:{}", proxy.port());
    for (gateway_url, proxy_url) in [
        (front.url(), plain.clone()),
        (front.url(), secure),
        (gateway.url().to_owned(), plain),
    ] {
        let before = proxy.connected();
        let till = Till::open_with(&gateway_url, |config| {
            config.extra_root_certificates = vec![root.pem()];
            config.proxy_url = Some(proxy_url.into());
        })
        .unwrap();
        take_payments(&gateway, &till);
        assert!(proxy.connected() > before);
    }
}

/// What a shop's network, or the other end, does to a terminal.
struct Shop {
    gateway: TestGateway,
    root: Authority,
    front: TlsFront,
}

impl Shop {
    fn new() -> Self {
        let gateway = TestGateway::start().unwrap();
        let root = Authority::new("root").unwrap();
        let front = TlsFront::start(gateway.url(), Meets::End).unwrap();
        let shop = Self {
            gateway,
            root,
            front,
        };
        shop.mend();
        shop
    }

    /// The next connection is as it should be.
    fn mend(&self) {
        let identity = self.root.vouch_for(HOST, VALID).unwrap();
        self.front.turn_into(Meets::Tls(identity));
    }

    fn open(&self) -> Till {
        Till::open_with(&self.front.url(), |config| {
            config.extra_root_certificates = vec![self.root.pem()];
            config.connect_timeout = Some(Duration::from_secs(1).into());
            config.request_timeout = Some(Duration::from_secs(2).into());
        })
        .unwrap()
    }
}

fn faults(root: &Authority) -> Vec<(&'static str, Meets, UncertaintyCause, NextStep)> {
    let good = || root.vouch_for(HOST, VALID).unwrap();
    let tls = Meets::Tls;
    let tls11_alert = b"\x15\x03\x02\0\x02\x02\x46";
    // A whole ServerHello, in TLS 1.1.
    let tls11_hello = b"\x16\x03\x02\0\x2a\x02\0\0\x26\x03\x020123456789abcdef0123456789abcdef\
                        \0\0\x2f\0";
    let page = b"HTTP/1.1 302 Found\r\nlocation: http://portal.example/\r\n\r\n";
    let intermediate = root.intermediate("intermediate").unwrap();
    let stranger = Authority::new("stranger").unwrap();
    vec![
        (
            "certificate expired",
            tls(root.vouch_for(HOST, EXPIRED).unwrap()),
            UncertaintyCause::CertificateExpired,
            NextStep::CallAdministrator,
        ),
        (
            "not yet valid, by a clock at 1970",
            tls(root.vouch_for(HOST, NOT_YET_VALID).unwrap()),
            UncertaintyCause::ClockWrong,
            NextStep::SetClock,
        ),
        (
            "wrong host",
            tls(root.vouch_for("portal.example", VALID).unwrap()),
            UncertaintyCause::WrongHost,
            NextStep::SignInToWifi,
        ),
        (
            "self-signed by a captive portal",
            tls(Identity::self_signed("portal.example").unwrap()),
            UncertaintyCause::CaptivePortal,
            NextStep::SignInToWifi,
        ),
        (
            "self-signed for the gateway's own name",
            tls(Identity::self_signed(HOST).unwrap()),
            UncertaintyCause::CaptivePortal,
            NextStep::SignInToWifi,
        ),
        (
            "chain incomplete",
            tls(intermediate.vouch_without_chain(HOST).unwrap()),
            UncertaintyCause::CertificateUntrusted,
            NextStep::CallAdministrator,
        ),
        (
            "unknown authority",
            tls(stranger.vouch_for(HOST, VALID).unwrap()),
            UncertaintyCause::CertificateUntrusted,
            NextStep::CallAdministrator,
        ),
        (
            "TLS 1.1 only, by its alert",
            Meets::Bytes(tls11_alert),
            UncertaintyCause::TlsFailed,
            NextStep::CallAdministrator,
        ),
        (
            "TLS 1.1 only, by its hello",
            Meets::Bytes(tls11_hello),
            UncertaintyCause::TlsFailed,
            NextStep::CallAdministrator,
        ),
        (
            "no TLS at all",
            Meets::Bytes(page),
            UncertaintyCause::TlsFailed,
            NextStep::CallAdministrator,
        ),
        (
            "handshake that stalls",
            Meets::Silence,
            UncertaintyCause::ConnectionLost,
            NextStep::CheckNetwork,
        ),
        (
            "cut within the handshake",
            Meets::End,
            UncertaintyCause::ConnectionLost,
            NextStep::CheckNetwork,
        ),
        (
            "cut within the headers without close_notify",
            Meets::TlsCutAfter(good(), 20),
            UncertaintyCause::ConnectionLost,
            NextStep::CheckNetwork,
        ),
        (
            "cut within the body without close_notify",
            Meets::TlsCutAfter(good(), 250),
            UncertaintyCause::ConnectionLost,
            NextStep::CheckNetwork,
        ),
    ]
}

/// The cause that the app hears, once it hears one.
fn cause(events: &mpac_pgw_tests::Recorder) -> UncertaintyCause {
    match events.wait_for("connection_lost").kind {
        PaymentEventKind::ConnectionLost { cause } => cause,
        other => unreachable!("{other:?} has another name"),
    }
}

#[test]
fn each_fault_of_the_network_has_a_cause_of_its_own_and_ends_no_payment() {
    let root = Authority::new("root").unwrap();
    std::thread::scope(|scope| {
        for (what, _, expected, next_step) in faults(&root) {
            scope.spawn(move || {
                let shop = Shop::new();
                let mut faults = faults(&shop.root).into_iter();
                let (_, meets, ..) = faults.find(|(other, ..)| *other == what).unwrap();
                shop.front.turn_into(meets);
                let till = shop.open();
                let order = shop.gateway.create(&["cash"]).unwrap();
                let cash = PaymentMethod::Cash;
                let (attempt, events) = till.confirm(&order.payment_token, cash).unwrap();
                assert_eq!(cause(&events), expected, "{what}");
                assert_eq!(expected.next_step(), next_step, "{what}");
                let state = attempt.state();
                assert!(!matches!(state, PaymentState::Finished { .. }), "{what}");
                shop.mend();
                events.wait_for("payment_success");
            });
        }
    });
}

#[test]
fn a_certificate_may_change_while_a_code_is_on_show() {
    let shop = Shop::new();
    let till = Till::open_with(&shop.front.url(), |config| {
        config.extra_root_certificates = vec![shop.root.pem()];
        config.polling = PollingPolicy::default();
    })
    .unwrap();
    let order = shop.gateway.create(&["qr_mpm"]).unwrap();
    let (attempt, events) = till.confirm(&order.payment_token, paypay()).unwrap();
    events.wait_for("qr_ready");
    let ask = || {
        let token = order.payment_token.clone();
        till.terminal.retrieve_payment_intent(token).map(drop)
    };
    // A good one, in the time between two polls: nobody notices.
    shop.mend();
    assert_eq!(ask(), Ok(()));
    // The Wi-Fi wants a sign-in all at once.
    let portal = Identity::self_signed("portal.example").unwrap();
    shop.front.turn_into(Meets::Tls(portal));
    attempt.poll_now();
    assert_eq!(cause(&events), UncertaintyCause::CaptivePortal);
    shop.gateway.pay(&order).unwrap();
    shop.mend();
    events.wait_for("payment_success");
}

#[test]
fn a_proxy_that_wants_a_password_ends_no_payment() {
    let shop = Shop::new();
    let proxy = ConnectProxy::start(Some(CREDENTIALS)).unwrap();
    for credentials in ["", "till:wrong@"] {
        proxy.ask_for(Some(CREDENTIALS));
        let till = Till::open_with(&shop.front.url(), |config| {
            config.extra_root_certificates = vec![shop.root.pem()];
            let url = format!("http://{credentials}127.0.0.1:{}", proxy.port());
            config.proxy_url = Some(url.into());
        })
        .unwrap();
        let order = shop.gateway.create(&["cash"]).unwrap();
        let cash = PaymentMethod::Cash;
        let (_, events) = till.confirm(&order.payment_token, cash).unwrap();
        let expected = UncertaintyCause::ProxyAuthenticationRequired;
        assert_eq!(cause(&events), expected);
        assert_eq!(expected.next_step(), NextStep::CallAdministrator);
        proxy.ask_for(None);
        events.wait_for("payment_success");
    }
}

#[test]
fn a_name_that_does_not_resolve_is_told_from_a_lost_connection() {
    let gateway = TestGateway::start().unwrap();
    let token = gateway.create(&["cash"]).unwrap().payment_token;
    let nowhere = "https://gateway.invalid";
    let by_proxy = Till::open_with("https://localhost", |config| {
        config.proxy_url = Some("http://proxy.invalid:8080".into());
    });
    for till in [Till::open(nowhere), by_proxy] {
        let asked = till
            .unwrap()
            .terminal
            .retrieve_payment_intent(token.clone());
        let cause = UncertaintyCause::NameNotResolved;
        assert_eq!(cause.next_step(), NextStep::CheckNetwork);
        assert_eq!(asked, Err(TerminalError::NoAnswer { cause }));
    }
}
