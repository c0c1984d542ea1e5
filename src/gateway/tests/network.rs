//! A gateway that listens to more than its own machine is more reserved.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests"
)]

mod support;

use std::net::{IpAddr, UdpSocket};

use serde_json::json;
use support::*;

/// This machine's address in its network, if it has one. Nothing is sent.
fn own_address() -> Option<IpAddr> {
    let socket = UdpSocket::bind("0.0.0.0:0").ok()?;
    socket.connect("192.0.2.1:9").ok()?;
    let ip = socket.local_addr().ok()?.ip();
    (!ip.is_loopback() && !ip.is_unspecified()).then_some(ip)
}

fn listen_everywhere() -> Server {
    Server::start_loud(program().args(["serve", "--ephemeral", "--quiet", "--listen", "0.0.0.0:0"]))
}

#[test]
fn by_default_only_this_machine_is_heard() {
    let server = Server::ephemeral();
    assert!(server.url.starts_with("http://127.0.0.1:"));
    let Some(ip) = own_address() else {
        println!("skipped: this machine has no network");
        return;
    };
    let port = server.url.rsplit(':').next().unwrap();
    let from_outside = Client::new(&format!("http://{ip}:{port}"));
    assert!(from_outside.try_send("GET", CREATE, &[], b"").is_err());
}

#[test]
fn others_get_no_explanations_and_no_customer() {
    let server = listen_everywhere();
    assert!(
        server.url.starts_with("http://127.0.0.1:"),
        "a URL that can be opened"
    );
    let here = server.client();
    let intent = here.new_intent();
    here.confirm(&intent, None, qr()).ok();
    let Some(ip) = own_address() else {
        println!("skipped: this machine has no network");
        return;
    };
    let port = server.url.rsplit(':').next().unwrap();
    let there = Client::new(&format!("http://{ip}:{port}"));

    let message = there
        .pay(&intent, json!({}))
        .error(403, "authentication_error", None);
    assert!(message.contains("/_local"), "{message}");
    let wrong_key = there.of_merchant("test_merchant:wrong").create(&order());
    let wrong_merchant = there.of_merchant("nobody:wrong").create(&order());
    let answers = [wrong_key, wrong_merchant].map(|reply| {
        let message = reply.error(401, "authentication_error", None);
        assert!(
            !message.contains("test_merchant") && !message.contains("v1"),
            "{message}"
        );
        message
    });
    assert_eq!(answers[0], answers[1], "merchants cannot be guessed");

    // The picture is named as the terminal can reach it.
    let shown = there.confirm(&intent, None, qr()).ok();
    let picture = shown["qr_code_url"].as_str().unwrap();
    assert!(picture.starts_with(&there.url), "{picture}");
    here.pay(&intent, json!({})).ok();
    assert_eq!(there.status(&intent), "succeeded");
}
