//! The stand-in's port: where it is, HTTPS, settings.

use std::net::TcpListener;
use std::process::Stdio;

use serde_json::json;
use ureq::tls::{Certificate, RootCerts, TlsConfig};

use crate::merchant::{Merchant, sign};
use crate::support::{Client, Server, program, run, unix_now};

#[test]
fn http_and_https_share_the_port() {
    let merchant = Merchant::new();
    let ca = merchant.paypay.send("GET", "/ca.pem", &[], b"");
    assert_eq!(ca.status, 200);
    let ca = Certificate::from_pem(ca.text.as_bytes())
        .unwrap()
        .to_owned();
    let tls = TlsConfig::builder()
        .root_certs(RootCerts::new_with_certs(&[ca]))
        .build();
    let config = ureq::Agent::config_builder()
        .tls_config(tls)
        .http_status_as_error(false);
    let agent: ureq::Agent = config.build().into();
    let port = merchant.paypay.url.rsplit(':').next().unwrap();
    for host in ["localhost", "127.0.0.1"] {
        let path = "/v2/payments/x";
        let signed = sign("GET", path, None, b"", unix_now());
        let url = format!("https://{host}:{port}{path}");
        let mut answer = agent
            .get(&url)
            .header("Authorization", &signed)
            .call()
            .unwrap();
        assert_eq!(answer.status(), 400);
        let text = answer.body_mut().read_to_string().unwrap();
        assert!(text.contains("DYNAMIC_QR_PAYMENT_NOT_FOUND"), "{text}");
    }
    // Whoever does not know the certificate is told by TLS.
    let strangers: ureq::Agent = ureq::Agent::config_builder().build().into();
    strangers
        .get(format!("https://localhost:{port}/wallet"))
        .call()
        .unwrap_err();
}

#[test]
fn it_listens_beside_the_gateway_or_where_it_is_told() {
    let free = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let listen = free.to_string();
    let server = Server::start(&["--ephemeral", "--paypay-listen", &listen]);
    let merchant = Merchant::of(server);
    assert_eq!(merchant.paypay.url, format!("http://{free}"));
    // The second gateway says whose port is taken.
    let output = program()
        .args([
            "serve",
            "--ephemeral",
            "--listen",
            "127.0.0.1:0",
            "--paypay-listen",
            &listen,
        ])
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let text = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(
        text.contains("PayPay") && text.contains("--paypay-listen"),
        "{text}"
    );
}

#[test]
fn codes_lead_where_phones_can_go() {
    let public = "http://192.168.7.7:4243/";
    let server = Server::start(&["--ephemeral", "--paypay-public-url", public]);
    let (_, code) = Merchant::of(server).new_code();
    let url = code["url"].as_str().unwrap();
    assert!(url.starts_with("http://192.168.7.7:4243/wallet/"), "{url}");
    for wrong in ["192.168.7.7:4243", "ftp://a.example", "http://", "nothing"] {
        let output = run(&["serve", "--ephemeral", "--paypay-public-url", wrong]);
        let text = String::from_utf8(output.stderr).unwrap();
        assert!(
            text.contains("--paypay-public-url") && text.contains(wrong),
            "{text}"
        );
    }
}

#[test]
fn settings_are_for_this_machine() {
    let merchant = Merchant::new();
    let path = "/_stand_in/settings";
    let settings = merchant.paypay.send("GET", path, &[], b"").ok();
    assert_eq!(settings["code_lifetime_seconds"], 300);
    merchant.settings(json!({ "code_lifetime_seconds": 60 }));
    let (_, code) = merchant.new_code();
    let lifetime = code["expiryDate"].as_i64().unwrap() - unix_now();
    assert!((58..=60).contains(&lifetime));
    for (body, named) in [
        ("{\"nothing\":1}", "nothing"),
        ("[", "JSON"),
        ("[]", "object"),
    ] {
        let reply = merchant.paypay.send("POST", path, &[], body.as_bytes());
        assert!(
            reply.status == 400 && reply.text.contains(named),
            "{}",
            reply.text
        );
    }
    let headers = [("Origin", "http://evil.example")];
    assert_eq!(merchant.paypay.send("GET", path, &headers, b"").status, 403);
}

#[test]
fn a_payment_outlives_a_kill() {
    let folder = tempfile::tempdir().unwrap();
    let db = folder.path().join("gateway.db");
    let merchant = Merchant::of(Server::on_file(&db));
    let (id, payment_id) = merchant.paid();
    let (open, _) = merchant.new_code();
    merchant.server.kill();
    let merchant = Merchant::of(Server::on_file(&db));
    assert_eq!(merchant.status(&id), "COMPLETED");
    assert_eq!(merchant.status(&open), "CREATED");
    merchant.refund("r-1", &payment_id, 1200).is(200, "SUCCESS");
    // A reset forgets PayPay's books, too.
    let client: Client = merchant.server.client();
    client
        .post("/_local/reset", None, &json!({ "yes": true }))
        .ok();
    merchant.get(&format!("/v2/payments/{id}")).refused(
        400,
        "01652075",
        "DYNAMIC_QR_PAYMENT_NOT_FOUND",
    );
}

#[test]
fn paypays_books_can_be_read() {
    let merchant = Merchant::new();
    let (id, payment_id) = merchant.paid();
    merchant.refund("r-1", &payment_id, 200).is(200, "SUCCESS");
    let (open, _) = merchant.new_code();
    let list = |query: &str| {
        let path = format!("/_stand_in/payments{query}");
        merchant.paypay.send("GET", &path, &[], b"").ok()["data"].clone()
    };
    assert_eq!(list("").as_array().unwrap().len(), 2);
    let found = list(&format!("?merchant_payment_id={id}"));
    let expected = json!([{
        "merchant_payment_id": id, "status": "REFUNDED", "paid": 1200, "captured": 1200,
        "refunded": 200,
    }]);
    assert_eq!(found, expected);
    assert_eq!(list(&format!("?merchant_payment_id={open}"))[0]["paid"], 0);
    assert_eq!(list("?merchant_payment_id=nothing"), json!([]));
}
