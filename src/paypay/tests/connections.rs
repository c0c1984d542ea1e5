//! Kept-alive connections that die without a word.

#![allow(clippy::unwrap_used, reason = "tests")]

mod support;

use std::io::Write;
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use paypay_opa::{Client, Environment, ErrorKind, NoAnswer, Operation, Outcome};
use support::calls::{Call, REFUSED, calls};
use support::{NOW, Request, credentials};

#[derive(Debug, Clone, Copy)]
enum Death {
    Fin,
    Rst,
    /// None: it stays silent.
    Silence,
}

const DONE: &str =
    r#"{"resultInfo":{"code":"SUCCESS","message":"Success","codeId":"08100001"},"data":{}}"#;

/// A server whose first connection answers one request, reads the next, and dies; every other one
/// answers all.
struct Server {
    url: String,
    received: Arc<Mutex<Vec<(usize, Request)>>>,
}

impl Server {
    fn start(death: Death, delay: Duration, status: u16, body: &'static str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let received = Arc::new(Mutex::new(Vec::new()));
        let log = received.clone();
        thread::spawn(move || {
            for (number, stream) in listener.incoming().enumerate() {
                let (mut stream, log) = (stream.unwrap(), log.clone());
                thread::spawn(move || {
                    let answer = |status: u16, body: &str| {
                        let length = body.len();
                        format!("HTTP/1.1 {status} X\r\ncontent-length: {length}\r\n\r\n{body}")
                    };
                    let mut requests = 0;
                    while let Some(request) = Request::read(&stream) {
                        requests += 1;
                        log.lock().unwrap().push((number, request));
                        let answer = match (number, requests) {
                            (0, 1) => answer(400, REFUSED),
                            (0, _) => {
                                thread::sleep(delay);
                                return die(&stream, death);
                            }
                            _ => answer(status, body),
                        };
                        stream.write_all(answer.as_bytes()).unwrap();
                    }
                });
            }
        });
        Self { url, received }
    }

    /// Makes any call at all, so that there is a connection to keep.
    fn client(&self) -> Client {
        let environment: Environment = self.url.parse().unwrap();
        let client = Client::new(credentials(), environment)
            .with_clock(|| NOW)
            .with_longest_read_timeout(Duration::from_secs(2));
        let error = client
            .payment_details(&"order-0".parse().unwrap())
            .unwrap_err();
        assert_eq!(error.outcome(), Outcome::Rejected);
        client
    }

    /// What came after that, and on which connection.
    fn received(&self) -> Vec<(usize, Request)> {
        self.received.lock().unwrap()[1..].to_vec()
    }
}

fn die(mut stream: &TcpStream, death: Death) {
    match death {
        Death::Fin => stream.shutdown(Shutdown::Write).unwrap(),
        Death::Rst => {
            let socket = socket2::SockRef::from(stream);
            return socket.set_linger(Some(Duration::ZERO)).unwrap();
        }
        Death::Silence => {}
    }
    let _ = std::io::copy(&mut stream, &mut std::io::sink());
}

/// What must not reach PayPay twice.
fn goes_once(operation: Operation) -> bool {
    matches!(
        operation,
        Operation::Capture
            | Operation::Revert
            | Operation::CreateAccountLinkSession
            | Operation::UnlinkUser
    )
}

fn for_each_call(check: impl Fn(Call, Death, Duration) + Sync) {
    thread::scope(|scope| {
        for death in [Death::Fin, Death::Rst] {
            for ms in [0, 5, 50, 300] {
                for call in calls() {
                    let check = &check;
                    scope.spawn(move || check(call, death, Duration::from_millis(ms)));
                }
            }
        }
    });
}

#[test]
fn a_call_whose_kept_connection_dies_arrives_on_a_fresh_one() {
    for_each_call(|call, death, delay| {
        let what = format!("{} {death:?} {delay:?}", call.operation);
        let server = Server::start(death, delay, 200, DONE);
        let result = (call.make)(&server.client());
        // The answer is that of no call in particular; what counts is that it is the answer.
        let is_answered = match &result {
            Ok(()) => true,
            Err(error) => error.http_status() == Some(200),
        };
        assert!(is_answered, "{what}: {result:?}");
        let received = server.received();
        let connections: Vec<usize> = received.iter().map(|(number, _)| *number).collect();
        if goes_once(call.operation) {
            assert_eq!(connections, [1], "{what}");
            return;
        }
        assert_eq!(connections, [0, 1], "{what}");
        let [(_, first), (_, second)] = &received[..] else {
            unreachable!("counted above")
        };
        assert_eq!((&first.target, &first.body), (&second.target, &second.body));
        // PayPay may refuse a nonce that it has seen.
        let signature = |request: &Request| request.header("authorization").map(str::to_owned);
        assert_ne!(signature(first), signature(second), "{what}");
    });
}

#[test]
fn an_error_that_answers_a_repeat_says_nothing_about_the_first() {
    let internal = r#"{"resultInfo":{"code":"TRANSACTION_FAILED","message":"m","codeId":"0"}}"#;
    for (status, body) in [(400, REFUSED), (429, REFUSED), (500, internal)] {
        for_each_call(|call, death, delay| {
            let server = Server::start(death, delay, status, body);
            let error = (call.make)(&server.client()).unwrap_err();
            let what = format!("{} {death:?} {delay:?} {status}", call.operation);
            // A look changes nothing, and what went once was answered.
            if call.method == "GET" || goes_once(call.operation) {
                assert_eq!(error.http_status(), Some(status), "{what}");
            } else {
                let lost = ErrorKind::NoAnswer(NoAnswer::ConnectionLost);
                assert_eq!(error.kind(), &lost, "{what}");
                assert_eq!(error.outcome(), Outcome::Unknown, "{what}");
            }
        });
    }
}

#[test]
fn silence_is_not_death_and_nothing_is_sent_again() {
    thread::scope(|scope| {
        for call in calls()
            .into_iter()
            .filter(|call| !goes_once(call.operation))
        {
            scope.spawn(move || {
                let server = Server::start(Death::Silence, Duration::ZERO, 200, DONE);
                let error = (call.make)(&server.client()).unwrap_err();
                assert_eq!(error.kind(), &ErrorKind::NoAnswer(NoAnswer::Timeout));
                assert_eq!(server.received().len(), 1, "{}", call.operation);
            });
        }
    });
}
