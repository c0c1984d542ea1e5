//! What each thing that can go wrong means for the money.

#![allow(clippy::unwrap_used, reason = "tests")]

mod support;

use std::net::TcpListener;
use std::time::Duration;

use paypay_opa::types::{CreatePaymentRequest, MoneyAmount, PaymentStatus};
use paypay_opa::{Client, Error, ErrorKind, NoAnswer, NotSent, Outcome, SimilarTransaction};
use proptest::prelude::*;
use support::{Reply, Server};

/// Charges a customer; answers what became of that.
fn payment(client: &Client) -> Result<PaymentStatus, Error> {
    let request = CreatePaymentRequest::new(
        "order-1".parse().unwrap(),
        "ua-1".parse().unwrap(),
        MoneyAmount::jpy(1200),
    );
    client
        .create_payment(&request, SimilarTransaction::Refuse)
        .map(|answer| answer.data.status)
}

/// Charges a customer, in vain.
fn failed_payment(client: &Client) -> Error {
    payment(client).unwrap_err()
}

fn error_after(reply: Reply) -> Error {
    let server = Server::start(reply);
    let client = server
        .client()
        .with_longest_read_timeout(Duration::from_millis(300));
    let error = failed_payment(&client);
    assert_eq!(server.requests().len(), 1, "no request is sent twice");
    error
}

fn info(code: &str) -> String {
    format!(r#"{{"resultInfo":{{"code":"{code}","message":"m","codeId":"00000000"}},"data":null}}"#)
}

#[test]
fn the_status_and_the_code_decide() {
    use Outcome::{Failed, Rejected, Unknown};
    let html = "<html><body>Bad Gateway</body></html>";
    let success = info("SUCCESS");
    let table = [
        // Refused.
        (400, info("INVALID_PARAMS"), Rejected),
        (400, info("A_CODE_OF_TOMORROW"), Rejected),
        (401, info("UNAUTHORIZED"), Rejected),
        (403, info("MERCHANT_MULTIPLE_REFUND_REJECTED"), Rejected),
        (404, info("RESOURCE_NOT_FOUND"), Rejected),
        (409, info("INVALID_REQUEST_ORDER_STATE"), Rejected),
        (429, info("RATE_LIMIT"), Rejected),
        (429, html.into(), Rejected),
        (429, String::new(), Rejected),
        // Failed.
        (500, info("TRANSACTION_FAILED"), Failed),
        // Unknown, by the guide.
        (500, info("INTERNAL_SERVER_ERROR"), Unknown),
        (502, html.into(), Unknown),
        (503, html.into(), Unknown),
        (504, html.into(), Unknown),
        // Unknown, because nothing says otherwise.
        (500, info("SERVICE_ERROR"), Unknown),
        (500, html.into(), Unknown),
        (500, String::new(), Unknown),
        (502, info("TRANSACTION_FAILED"), Unknown),
        (503, info("MAINTENANCE_MODE"), Unknown),
        (503, info("INVALID_PARAMS"), Unknown),
        (400, html.into(), Unknown),
        (401, String::new(), Unknown),
        (404, "null".into(), Unknown),
        (408, html.into(), Unknown),
        (400, success.clone(), Unknown),
        (400, info("REQUEST_ACCEPTED"), Unknown),
        (400, info("INTERNAL_SERVER_ERROR"), Unknown),
        (400, r#"{"resultInfo":null}"#.into(), Unknown),
        (400, r#"{"resultInfo":{"code":7}}"#.into(), Unknown),
        (301, success.clone(), Unknown),
        (307, success.clone(), Unknown),
        // 2xx that cannot be read, or that does not say what was asked for.
        (200, success.clone(), Unknown),
        (201, html.into(), Unknown),
        (200, String::new(), Unknown),
        (200, "{".into(), Unknown),
        (204, String::new(), Unknown),
        (202, info("REQUEST_ACCEPTED"), Unknown),
        (200, info("INTERNAL_SERVER_ERROR"), Unknown),
        (200, r#"{"data":{"status":"COMPLETED"}}"#.into(), Unknown),
        (
            200,
            r#"{"resultInfo":{"code":"SUCCESS"},"data":{"acceptedAt":1}}"#.into(),
            Unknown,
        ),
        (
            200,
            r#"{"resultInfo":{"code":"SUCCESS"},"data":[{"status":"COMPLETED"}]}"#.into(),
            Unknown,
        ),
        (
            200,
            r#"{"resultInfo":{"code":"INVALID_PARAMS"},"data":{"status":"COMPLETED"}}"#.into(),
            Unknown,
        ),
    ];
    for (status, body, expected) in table {
        let error = error_after(Reply::http(status, &body));
        assert_eq!(error.outcome(), expected, "{status} {body}: {error}");
        assert_eq!(error.http_status(), Some(status), "{status} {body}");
        let is_info = body.contains(r#""code":""#);
        assert_eq!(error.result_info().is_some(), is_info, "{status} {body}");
    }
}

#[test]
fn an_answer_that_does_not_arrive_whole_is_unknown() {
    let head = "HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{\"resultInfo\"";
    let no_answer = |reply, why| {
        let error = error_after(reply);
        assert_eq!(error.kind(), &ErrorKind::NoAnswer(why), "{error}");
        assert_eq!(error.outcome(), Outcome::Unknown, "{error}");
    };
    let bytes = |text: &str| Reply::Bytes(text.as_bytes().to_vec());
    let silence = |text: &str| Reply::ThenSilence(text.as_bytes().to_vec());
    no_answer(silence(""), NoAnswer::Timeout);
    no_answer(silence("HTTP/1.1 20"), NoAnswer::Timeout);
    no_answer(silence(head), NoAnswer::Timeout);
    no_answer(bytes(""), NoAnswer::ConnectionLost);
    no_answer(bytes("HTTP/1.1 20"), NoAnswer::ConnectionLost);
    no_answer(bytes(head), NoAnswer::ConnectionLost);
    no_answer(bytes("SSH-2.0-OpenSSH\r\n\r\n"), NoAnswer::NotHttp);
    no_answer(
        Reply::http(200, &"x".repeat(1024 * 1024 + 1)),
        NoAnswer::TooLarge,
    );
    // Even a refusal is not one before its last byte is here.
    no_answer(
        bytes("HTTP/1.1 400 Bad\r\nContent-Length: 500\r\n\r\n{\"resultInfo\""),
        NoAnswer::ConnectionLost,
    );
}

#[test]
fn what_was_certainly_not_sent_changed_nothing() {
    // Bound and closed again: nobody listens there.
    let port = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    let error = failed_payment(&support::client(&format!("http://127.0.0.1:{port}")));
    assert_eq!(
        error.kind(),
        &ErrorKind::NotSent(NotSent::ConnectionRefused)
    );
    assert_eq!(error.outcome(), Outcome::Rejected);

    let error = failed_payment(&support::client("https://paypay.invalid"));
    assert_eq!(error.kind(), &ErrorKind::NotSent(NotSent::HostNotFound));
    assert_eq!(error.outcome(), Outcome::Rejected);
}

#[test]
fn a_server_without_tls_is_not_taken_for_paypay() {
    let server = Server::start(Reply::http(200, &info("SUCCESS")));
    let error = failed_payment(&support::client(&server.url.replace("http://", "https://")));
    assert_eq!(error.kind(), &ErrorKind::NoAnswer(NoAnswer::Tls));
    assert_eq!(error.outcome(), Outcome::Unknown);
}

#[test]
fn a_redirect_is_not_followed() {
    let elsewhere = Server::start(Reply::http(200, &info("SUCCESS")));
    for status in [301, 302, 303, 307, 308] {
        let location = format!("Location: {}/v2/payments\r\n", elsewhere.url);
        let error = error_after(Reply::with_headers(status, &location, ""));
        assert_eq!(error.outcome(), Outcome::Unknown, "{status}");
    }
    assert!(elsewhere.requests().is_empty());
}

#[test]
fn a_request_id_that_no_server_of_paypay_would_send_is_not_kept() {
    let kept = |header: &str| {
        let error = error_after(Reply::with_headers(400, header, &info("INVALID_PARAMS")));
        error.answer().unwrap().request_id.clone()
    };
    assert_eq!(kept("X-REQUEST-ID: OPA-0A\r\n").as_deref(), Some("OPA-0A"));
    assert_eq!(kept(""), None);
    assert_eq!(kept("X-REQUEST-ID: \r\n"), None);
    assert_eq!(kept("X-REQUEST-ID: a b\r\n"), None);
    assert_eq!(kept(&format!("X-REQUEST-ID: {}\r\n", "A".repeat(65))), None);
}

const PAID: &str = r#"{"resultInfo":{"code":"SUCCESS","message":"Success","codeId":"08100001"},"data":{"status":"COMPLETED"}}"#;

#[test]
fn an_answer_that_is_cut_anywhere_is_neither_success_nor_failure() {
    let length = PAID.len();
    let framings = [
        format!("Content-Length: {length}\r\n\r\n{PAID}"),
        format!("Transfer-Encoding: chunked\r\n\r\n{length:x}\r\n{PAID}\r\n0\r\n\r\n"),
        // As long as the connection lasts.
        format!("Connection: close\r\n\r\n{PAID}"),
    ];
    for framing in framings {
        let whole = format!("HTTP/1.1 201 Created\r\n{framing}").into_bytes();
        let cuts: Vec<Reply> = (0..=whole.len())
            .map(|at| Reply::Bytes(whole[..at].to_vec()))
            .collect();
        let server = Server::with_replies(cuts);
        let client = server.client();
        // The body ends in a bracket: without it, it is no JSON.
        let body_end = whole.iter().rposition(|byte| *byte == b'}').unwrap() + 1;
        for at in 0..body_end {
            let error = failed_payment(&client);
            let seen = String::from_utf8_lossy(&whole[..at]);
            assert_eq!(error.outcome(), Outcome::Unknown, "{seen}: {error}");
        }
        let after: Vec<_> = (body_end..=whole.len()).map(|_| payment(&client)).collect();
        assert_eq!(after.last().unwrap(), &Ok(PaymentStatus::Completed));
    }
}

/// Bytes that begin like an answer, more or less.
fn answer() -> impl Strategy<Value = Vec<u8>> {
    let status = prop_oneof![
        Just("200"),
        Just("400"),
        Just("429"),
        Just("500"),
        Just("2OO")
    ];
    let header = prop_oneof![
        Just("Content-Length: 20\r\n"),
        Just("Content-Length: -1\r\n"),
        Just("Content-Length: 99999999999999999999\r\n"),
        Just("Transfer-Encoding: chunked\r\n"),
        Just("Location: /v2/payments\r\n"),
        Just("X-REQUEST-ID: \u{0}\r\n"),
        Just("no header\r\n"),
    ];
    let headers = proptest::collection::vec(header, 0..4).prop_map(|lines| lines.concat());
    let body = proptest::collection::vec(any::<u8>(), 0..60);
    let http = (status, headers, body).prop_map(|(status, headers, body)| {
        [
            format!("HTTP/1.1 {status} X\r\n{headers}\r\n").into_bytes(),
            body,
        ]
        .concat()
    });
    prop_oneof![http, proptest::collection::vec(any::<u8>(), 0..200)]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(20))]
    #[test]
    fn no_bytes_from_the_network_are_taken_for_success(
        answers in proptest::collection::vec(answer(), 20),
    ) {
        let replies: Vec<Reply> = answers.iter().cloned().map(Reply::Bytes).collect();
        let server = Server::with_replies(replies);
        let client = server.client().with_longest_read_timeout(Duration::from_secs(5));
        for bytes in answers {
            let error = failed_payment(&client);
            // Without PayPay's form, only 429 says something by itself.
            let is_429 = error.http_status() == Some(429);
            prop_assert!(is_429 || error.outcome() == Outcome::Unknown, "{error}");
            prop_assert!(!is_429 || bytes.starts_with(b"HTTP/1.1 429 "), "{error}");
        }
    }
}
