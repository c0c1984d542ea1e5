//! What the dashboard shows and does, without a browser. The page itself is tested in `tests/web`.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests"
)]

mod support;

use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;

use serde_json::{Value, json};
use support::*;

fn local(client: &Client, path: &str) -> Value {
    client.send("GET", &format!("/_local{path}"), &[], b"").ok()
}

fn act(client: &Client, intent: &Intent, what: &str, body: Value) -> Reply {
    let path = format!("/_local/payment_intents/{}/{what}", intent.id);
    client.post(&path, None, &body)
}

fn ids(list: &Value) -> Vec<&str> {
    let data = list["data"].as_array().unwrap();
    data.iter().map(|one| one["id"].as_str().unwrap()).collect()
}

#[test]
fn the_page_is_closed_but_to_itself_and_always_up_to_date() {
    let server = Server::ephemeral();
    let client = server.client();
    let page = client.send("GET", "/_local/dashboard", &[], b"");
    assert_eq!(page.status, 200);
    assert_eq!(
        page.header("content-type"),
        Some("text/html; charset=utf-8")
    );
    assert_eq!(page.header("cache-control"), Some("no-cache"));
    let policy = page.header("content-security-policy").unwrap();
    assert!(policy.starts_with("default-src 'none'; script-src 'self';"));
    assert!(!policy.contains("unsafe") && !policy.contains("http"));
    assert!(!page.text.contains("<script>") && !page.text.contains("style="));

    let tag = page.header("etag").unwrap();
    let again = client.send("GET", "/_local/dashboard", &[("If-None-Match", tag)], b"");
    assert_eq!((again.status, again.text.as_str()), (304, ""));
    let missing = client.send("GET", "/_local/dashboard/none.js", &[], b"");
    missing.error(404, "invalid_request", None);
    for path in ["/_local/dashboard", "/_local/stream", "/_local/requests"] {
        let foreign = [("Origin", "http://evil.example")];
        let refused = client.send("GET", path, &foreign, b"");
        refused.error(403, "authentication_error", None);
    }
}

#[test]
fn the_bare_address_leads_to_the_page() {
    let server = Server::ephemeral();
    let client = server.client();
    let bare = client.send("GET", "/", &[], b"");
    assert!((300..400).contains(&bare.status), "{}", bare.status);
    let page = client.send("GET", bare.header("location").unwrap(), &[], b"");
    assert_eq!(page.status, 200);
    assert!(page.text.starts_with("<!doctype html>"));
}

#[test]
fn payments_are_found_by_what_is_known_of_them() {
    let server = Server::ephemeral();
    let client = server.client();
    let make = |reference: &str, amount: i64, currency: &str| {
        let order = json!({ "merchant_ref_id": reference, "amount": amount, "currency": currency,
            "payment_method_types": ["cash"] });
        Intent::from(&client.create(&order).ok())
    };
    let coffee = make("Coffee-1", 1500, "JPY");
    let tea = make("tea-2", 1500, "USD");
    let cake = make("cake-3", 999, "JPY");
    client.confirm(&tea, None, cash()).ok();
    let find = |query: &str| local(&client, &format!("/payment_intents?{query}"));
    let all = find("limit=100");
    assert_eq!(ids(&all), [&cake.id, &tea.id, &coffee.id]);
    assert_eq!(all["data"][0]["merchant_id"], "test_merchant");
    assert!(all["data"][0].get("payment_token").is_none());
    let table: [(&str, &[&Intent]); 8] = [
        ("status=succeeded", &[&tea]),
        ("search=coffee", &[&coffee]),
        ("search=1500", &[&coffee]),
        ("search=15.00", &[&tea]),
        ("search=%C2%A5999", &[&cake]),
        ("search=nothing", &[]),
        ("status=cancelled", &[]),
        ("search=tea&status=requires_action", &[]),
    ];
    for (query, expected) in table {
        let expected: Vec<_> = expected.iter().map(|intent| intent.id.as_str()).collect();
        assert_eq!(ids(&find(query)), expected, "{query}");
    }
    let by_end_of_id = format!("search={}", &tea.id[20..].to_lowercase());
    assert_eq!(ids(&find(&by_end_of_id)), [&tea.id]);

    let first = find("limit=2");
    assert_eq!(ids(&first), [&cake.id, &tea.id]);
    let on = first["looked_up_to"].as_str().unwrap();
    let second = find(&format!("limit=2&starting_after={on}"));
    assert_eq!(ids(&second), [&coffee.id]);
    assert_eq!(second["has_more"], false);
}

#[test]
fn everything_of_a_payment_is_shown() {
    let server = Server::ephemeral();
    let client = server.client();
    let intent = client.new_intent();
    let path = format!("/payment_intents/{}", intent.id);
    assert!(local(&client, &path).get("qr_code").is_none());
    let picture = format!("/_local{path}/qr.svg");
    client
        .send("GET", &picture, &[], b"")
        .error(404, "invalid_request", None);
    client.confirm(&intent, None, qr()).ok();
    let shown = local(&client, &path);
    assert!(
        shown["qr_code"]["content"]
            .as_str()
            .unwrap()
            .starts_with("http")
    );
    let svg = client.send("GET", &picture, &[], b"");
    assert_eq!(svg.header("content-type"), Some("image/svg+xml"));
    client.pay(&intent, json!({})).ok();
    client
        .refund(json!({ "payment_intent_id": intent.id, "amount": 100, "reason": "cold" }))
        .ok();
    let shown = local(&client, &path);
    assert_eq!(shown["status"], "succeeded");
    assert_eq!(shown["refunds"][0]["reason"], "cold");
    let steps: Vec<_> = shown["history"].as_array().unwrap().iter().collect();
    let causes: Vec<_> = steps
        .iter()
        .map(|step| step["cause"].as_str().unwrap())
        .collect();
    assert_eq!(
        causes,
        [
            "created",
            "confirmed",
            "paid_by_customer",
            "paid_by_customer"
        ]
    );
    assert_eq!(steps[0]["from_status"], Value::Null);
    assert_eq!(steps[3]["to_status"], "succeeded");
}

#[test]
fn the_buttons_do_what_the_api_does() {
    let server = Server::ephemeral();
    let client = server.client();
    let mut order = order();
    let created = client.post("/_local/payment_intents", None, &order).ok();
    let again = client.post("/_local/payment_intents", None, &order);
    again.error(400, "invalid_request", Some("merchant_ref_id"));
    let of = |view: &Value| Intent {
        id: view["id"].as_str().unwrap().to_owned(),
        token: String::new(),
    };
    let paid = of(&created);
    let shown = act(&client, &paid, "confirm", qr()).ok();
    assert_eq!(shown["status"], "requires_action");
    assert!(shown["qr_code"]["content"].is_string());
    client.pay(&paid, json!({})).ok();
    let too_much = act(&client, &paid, "refund", json!({ "amount": 9_999_999 })).conflict();
    assert!(too_much.starts_with("amount must be at most"), "{too_much}");
    let none = act(&client, &paid, "refund", json!({ "amount": 0 }));
    none.error(400, "invalid_request", Some("amount"));
    let refunded = act(&client, &paid, "refund", json!({ "amount": 500 })).ok();
    assert_eq!(refunded["amount_refunded"], 500);
    act(&client, &paid, "cancel", json!({})).conflict();

    order["capture_method"] = json!("manual");
    let mut reserve = || {
        order["merchant_ref_id"] = json!(unique("reserve"));
        let intent = of(&client.post("/_local/payment_intents", None, &order).ok());
        act(&client, &intent, "confirm", qr()).ok();
        client.pay(&intent, json!({})).ok();
        intent
    };
    let captured = act(&client, &reserve(), "capture", json!({ "amount": 7 })).ok();
    assert_eq!(
        (&captured["status"], &captured["amount_captured"]),
        (&json!("succeeded"), &json!(7))
    );
    let released = act(&client, &reserve(), "cancel", json!({})).ok();
    assert_eq!(released["failure_reason"], "released");
    for method in [cash(), card()] {
        order["merchant_ref_id"] = json!(unique("other"));
        let intent = of(&client.post("/_local/payment_intents", None, &order).ok());
        assert_eq!(
            act(&client, &intent, "confirm", method).ok()["status"],
            "succeeded"
        );
    }
    order["merchant_ref_id"] = json!(unique("other"));
    order["payment_method_types"] = json!(["cash"]);
    let only_cash = of(&client.post("/_local/payment_intents", None, &order).ok());
    let message = act(&client, &only_cash, "confirm", qr()).conflict();
    assert!(message.contains("created for cash"), "{message}");
    let brandless = json!({ "payment_method_type": "credit_card" });
    act(&client, &only_cash, "confirm", brandless).error(400, "invalid_request", Some("provider"));
    let nobody = Intent {
        id: "pi_01".into(),
        token: String::new(),
    };
    act(&client, &nobody, "cancel", json!({})).error(404, "payment_not_found", None);
}

#[test]
fn a_new_payment_is_of_a_merchant_that_is_named_or_the_only_one() {
    let server = Server::start(&["--ephemeral", "--merchant", "a:k1", "--merchant", "b:k2"]);
    let client = server.client();
    let mut order = order();
    let path = "/_local/payment_intents";
    let unnamed = client.post(path, None, &order);
    unnamed.error(400, "invalid_request", Some("merchant_id"));
    order["merchant_id"] = json!("c");
    let unknown = client.post(path, None, &order);
    unknown.error(404, "invalid_request", None);
    order["merchant_id"] = json!("b");
    assert_eq!(client.post(path, None, &order).ok()["merchant_id"], "b");
    assert_eq!(local(&client, "/gateway")["merchants"], json!(["a", "b"]));
}

#[test]
fn requests_are_shown_as_they_were() {
    let server = Server::ephemeral();
    let client = server.client();
    let fault = json!({ "path": "/v1/events", "action": "status", "status": 503 });
    client.post("/_local/faults", None, &fault).ok();
    let order = order();
    client.create(&order).ok();
    client.get_signed("/v1/events?limit=3");
    let list = local(&client, "/requests");
    let requests = list["data"].as_array().unwrap();
    assert_eq!(requests.len(), 2, "those to /_local are not among them");
    assert_eq!(requests[0]["path"], "/v1/events?limit=3");
    assert_eq!(
        requests[0]["fault"],
        json!({ "id": "flt_1", "action": "status" })
    );
    assert_eq!(
        (&requests[0]["status"], &requests[1]["status"]),
        (&json!(503), &json!(200))
    );

    let id = requests[1]["id"].as_str().unwrap();
    let one = local(&client, &format!("/requests/{id}"));
    assert_eq!(
        one["request"]["first_line"],
        "POST /v1/payment_intents HTTP/1.1"
    );
    assert_eq!(one["request"]["body"], order.to_string());
    assert_eq!(one["response"]["first_line"], "HTTP/1.1 200 OK");
    let header = |message: &str, name: &str| {
        let headers = one[message]["headers"].as_array().unwrap();
        let found = headers.iter().find(|header| header[0] == name);
        found.map(|header| header[1].as_str().unwrap().to_owned())
    };
    let authorization = header("request", "authorization").unwrap();
    assert!(authorization.starts_with("HMAC-SHA256 test_merchant:"));
    assert!(authorization.ends_with(":•••"), "{authorization}");
    assert_eq!(
        header("request", "content-type").unwrap(),
        "application/json"
    );
    assert!(header("response", "date").is_some());

    assert_eq!(ids(&local(&client, "/requests?search=503")).len(), 1);
    assert_eq!(
        ids(&local(&client, "/requests?search=Payment_Intents")),
        [id]
    );
    client.post("/_local/reset", None, &json!({})).ok();
    assert!(ids(&local(&client, "/requests")).is_empty());
    let gone = client.send("GET", &format!("/_local/requests/{id}"), &[], b"");
    gone.error(404, "invalid_request", None);
}

#[test]
fn canaries_are_in_no_answer_to_the_dashboard() {
    let server = Server::ephemeral();
    let client = server.client();
    let mut canaries = vec!["APPROVALCANARY".to_owned(), "CUSTOMERCANARY".to_owned()];
    let endpoint = json!({ "url": format!("{}/nowhere", server.url) });
    let endpoint = client
        .post_as_merchant("/v1/webhook_endpoints", &endpoint)
        .ok();
    canaries.push(endpoint["secret"].as_str().unwrap().replace("whsec_", ""));
    canaries.push(client.merchant.secret.expose().to_owned());
    let mut watch = |intent: &Intent| {
        canaries.push(intent.token.split_once("_secret_").unwrap().1.to_owned());
    };
    let methods = [qr(), cash(), {
        let mut card = card();
        card["external_ref_id"] = json!("APPROVALCANARY");
        card
    }];
    let mut pictures = Vec::new();
    for method in methods {
        let intent = client.new_intent();
        watch(&intent);
        let confirmed = client.confirm(&intent, None, method).ok();
        if let Some(picture) = confirmed["qr_code_url"].as_str() {
            let name = picture.rsplit('/').next().unwrap();
            client.send("GET", &format!("/qr/{name}"), &[], b"");
            pictures.push(name.trim_end_matches(".svg").to_owned());
            client.pay(&intent, json!({})).ok();
        }
        client.get(&intent).ok();
        client.get_signed(&intent.path("").replace("//", "/"));
        client.cancel(&intent, None);
        // In all the wrong places.
        let token = &intent.token;
        client.get_signed(&format!("/v1/payment_intents/{token}"));
        client.get_signed(&format!("/v1/events?starting_after={token}"));
        client.get_signed(&format!("/v1/events?payment%5Ftoken={token}"));
        let bearer = format!("Bearer {token}");
        let headers = [
            ("Authorization", bearer.as_str()),
            ("X-Note", token),
            ("Cookie", "session=CUSTOMERCANARY"),
        ];
        client.send("GET", CREATE, &headers, b"");
        let broken = format!("{{\"payment_token\": \"{token}\", \"customer_code\": CUSTOMERCANARY");
        let json = [("Content-Type", "application/json")];
        client.send("POST", &intent.path("confirm"), &json, broken.as_bytes());
        let cpm = json!({ "payment_method_type": "qr_cpm", "provider": "PAYPAY",
            "customer_code": "CUSTOMERCANARY" });
        client.confirm(&intent, None, cpm);
    }
    canaries.extend(pictures);
    let signature = client.sign("GET", "/v1/events", b"");
    client.send("GET", "/v1/events", &[("Authorization", &signature)], b"");
    canaries.push(signature.rsplit(':').next().unwrap().to_owned());

    let mut shown = String::new();
    let mut look = |path: &str| {
        let text = client.send("GET", path, &[], b"").text;
        shown += &text;
        text
    };
    let requests: Value = serde_json::from_str(&look("/_local/requests?limit=100")).unwrap();
    assert!(requests["data"].as_array().unwrap().len() > 30);
    for id in ids(&requests) {
        look(&format!("/_local/requests/{id}"));
    }
    let payments: Value = serde_json::from_str(&look("/_local/payment_intents")).unwrap();
    for id in ids(&payments) {
        look(&format!("/_local/payment_intents/{id}"));
        look(&format!(
            "/_local/webhook_deliveries?payment_intent_id={id}"
        ));
    }
    for path in ["gateway", "clock", "faults", "audit", "webhook_deliveries"] {
        look(&format!("/_local/{path}"));
    }
    let unsure = client.post("/_local/payment_intents", None, &order()).text;
    shown += &unsure;
    shown += &news(&server, 4).concat();
    for canary in canaries {
        assert!(!shown.contains(&canary), "{canary} is shown");
    }
    assert!(shown.contains("•••") && shown.contains("payment_token"));
}

/// The first events of the stream.
fn news(server: &Server, events: usize) -> Vec<String> {
    let lines = follow(server).take_while(Result::is_ok).map(Result::unwrap);
    lines
        .filter(|line| !line.is_empty())
        .take(2 * events)
        .collect()
}

fn follow(server: &Server) -> impl Iterator<Item = std::io::Result<String>> + use<> {
    let address = server.url.trim_start_matches("http://");
    let mut stream = TcpStream::connect(address).unwrap();
    let timeout = std::time::Duration::from_secs(30);
    stream.set_read_timeout(Some(timeout)).unwrap();
    write!(
        stream,
        "GET /_local/stream HTTP/1.0\r\nHost: {address}\r\n\r\n"
    )
    .unwrap();
    let mut lines = BufReader::new(stream).lines();
    let head = lines
        .by_ref()
        .map(Result::unwrap)
        .take_while(|line| !line.is_empty());
    let head: Vec<_> = head.map(|line| line.to_lowercase()).collect();
    assert!(
        head.contains(&"content-type: text/event-stream".to_owned()),
        "{head:?}"
    );
    lines
}

#[test]
fn an_open_page_is_told_of_everything() {
    let server = Server::ephemeral();
    let client = server.client();
    let mut lines = follow(&server).map(Result::unwrap);
    let mut wait_for = |event: &str| {
        let wanted = format!("event: {event}");
        assert!(lines.any(|line| line == wanted), "{event}");
        lines.next().unwrap()
    };
    assert!(wait_for("clock").contains("\"advanced_seconds\":0"));
    assert_eq!(wait_for("faults"), "data: []");
    wait_for("payments");
    wait_for("requests");
    let intent = client.new_intent();
    wait_for("payments");
    wait_for("requests");
    client.confirm(&intent, None, cash()).ok();
    wait_for("payments");
    let refund = json!({ "payment_intent_id": intent.id });
    client.refund(refund).ok();
    wait_for("payments");
    client.advance(60);
    assert!(wait_for("clock").contains("\"advanced_seconds\":60"));
    client
        .post("/_local/faults", None, &json!({ "action": "garbage" }))
        .ok();
    assert!(wait_for("faults").contains("flt_1"));
    // Nothing happens, and still there is a sign of life.
    wait_for("clock");
}

#[test]
fn an_open_page_does_not_keep_the_gateway_from_stopping() {
    let server = Server::ephemeral();
    let mut lines = follow(&server);
    lines.next().unwrap().unwrap();
    let start = std::time::Instant::now();
    assert_eq!(server.stop("-TERM"), Some(0));
    assert!(start.elapsed() < std::time::Duration::from_secs(4));
}
