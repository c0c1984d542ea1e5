//! Requests over real sockets, to a server that does with each connection what the test says.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

use mpac_pgw_protocol::{ConfirmRequest, PaymentMethodType, PaymentToken};

use super::*;

const DELAYS_MS: [u64; 4] = [0, 5, 50, 300];
const CLOSES: [Step; 3] = [Step::Fin, Step::Drop, Step::Rst];
const OK: &str = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}";

/// What the server does next with a connection.
#[derive(Debug, Clone, Copy)]
enum Step {
    /// Reads a request and sends these bytes.
    Answer(&'static str),
    /// The rest of an answer.
    Send(&'static str),
    /// Reads a request, and says nothing.
    Read,
    Wait(u64),
    /// Nothing more comes from the server.
    Fin,
    /// The process has closed it: FIN, and RST to whatever comes after.
    Drop,
    Rst,
    /// Silence, until the terminal hangs up.
    Hold,
}

/// A request that the server has read: its connection, counted from 0, and what it was.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Received {
    connection: usize,
    head: String,
}

struct Server {
    url: String,
    received: Arc<Mutex<Vec<Received>>>,
}

impl Server {
    /// Does with each connection what its script says; the last script is for all that follow.
    fn start(scripts: Vec<Vec<Step>>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let received = Arc::new(Mutex::new(Vec::new()));
        let log = received.clone();
        thread::spawn(move || {
            for (number, stream) in listener.incoming().enumerate() {
                let script = scripts[number.min(scripts.len() - 1)].clone();
                let log = log.clone();
                thread::spawn(move || serve(number, &stream.unwrap(), &script, &log));
            }
        });
        Self { url, received }
    }

    fn transport(&self, request_timeout: Duration) -> Transport {
        let mut config = TerminalConfig::new(&self.url, "unused");
        config.request_timeout = Some(request_timeout.into());
        Transport::new(&config, &config.check().unwrap()).unwrap()
    }

    /// On which connection each request arrived.
    fn connections(&self) -> Vec<usize> {
        let received = self.received.lock().unwrap();
        received.iter().map(|request| request.connection).collect()
    }

    fn received(&self) -> Vec<Received> {
        self.received.lock().unwrap().clone()
    }
}

fn serve(number: usize, mut stream: &TcpStream, script: &[Step], log: &Mutex<Vec<Received>>) {
    stream.set_nodelay(true).unwrap();
    for step in script {
        match step {
            Step::Answer(_) | Step::Read => {
                let Some(head) = read(stream) else { return };
                let connection = number;
                log.lock().unwrap().push(Received { connection, head });
                if let Step::Answer(bytes) = step {
                    stream.write_all(bytes.as_bytes()).unwrap();
                }
            }
            // The terminal may have gone.
            Step::Send(bytes) => drop(stream.write_all(bytes.as_bytes())),
            Step::Wait(ms) => thread::sleep(Duration::from_millis(*ms)),
            Step::Fin => {
                let _ = stream.shutdown(Shutdown::Write);
                hold(stream);
            }
            Step::Hold => hold(stream),
            Step::Drop => return,
            Step::Rst => {
                let socket = socket2::SockRef::from(stream);
                socket.set_linger(Some(Duration::ZERO)).unwrap();
                return;
            }
        }
    }
}

fn read(stream: &TcpStream) -> Option<String> {
    let mut reader = BufReader::new(stream);
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        if reader.read_line(&mut head).ok()? == 0 {
            return None;
        }
    }
    let lower = head.to_ascii_lowercase();
    if let Some((_, length)) = lower.split_once("content-length: ") {
        let length = length.lines().next()?.parse().ok()?;
        reader.read_exact(&mut vec![0; length]).ok()?;
    }
    Some(head)
}

fn hold(mut stream: &TcpStream) {
    let _ = std::io::copy(&mut stream, &mut std::io::sink());
}

fn requests() -> [Request; 3] {
    let token: PaymentToken = format!("pi_01ARZ3NDEKTSV4RRFFQ69G5FAV_secret_{}", "0".repeat(43))
        .parse()
        .unwrap();
    [
        Request::Retrieve {
            payment_token: token.clone(),
        },
        Request::Confirm {
            idempotency_key: "key-of-the-confirm".to_owned(),
            body: ConfirmRequest {
                payment_token: token.clone(),
                payment_method_type: PaymentMethodType::Cash,
                provider: None,
                external_ref_id: None,
                customer_code: None,
            },
        },
        Request::Cancel {
            idempotency_key: "key-of-the-cancel".to_owned(),
            payment_token: token,
        },
    ]
}

const LONG: Duration = Duration::from_secs(20);

#[test]
fn a_request_whose_kept_connection_dies_arrives_on_a_fresh_one() {
    let mut cases = Vec::new();
    for close in CLOSES {
        for delay in DELAYS_MS {
            // Unread, in a closing of the idle connection; and read, but not answered.
            for script in [
                vec![Step::Answer(OK), Step::Wait(delay), close],
                vec![Step::Answer(OK), Step::Read, Step::Wait(delay), close],
            ] {
                cases.extend(requests().map(|request| (script.clone(), request)));
            }
        }
    }
    thread::scope(|scope| {
        for (script, request) in cases {
            scope.spawn(move || {
                let server = Server::start(vec![script.clone(), vec![Step::Answer(OK)]]);
                let transport = server.transport(LONG);
                let [first, ..] = requests();
                assert!(transport.send(&first).is_ok());
                let reply = transport.send(&request);
                assert!(reply.is_ok(), "{script:?} {request:?}");
                let received = server.received();
                let last = received.last().unwrap();
                assert_eq!(last.connection, 1, "{script:?} {received:?}");
                // Sent again is sent the same: its Idempotency-Key makes it one operation.
                let same = received.iter().filter(|sent| sent.head == last.head);
                let copies = same.count();
                let read_before = script.iter().any(|step| matches!(step, Step::Read));
                let is_first_too = last.head.starts_with("GET");
                let expected = 1 + usize::from(read_before) + usize::from(is_first_too);
                assert_eq!(copies, expected, "{script:?} {received:?}");
            });
        }
    });
}

#[test]
fn every_request_gets_through_though_the_server_closes_after_each_answer() {
    thread::scope(|scope| {
        for close in CLOSES {
            for delay in DELAYS_MS {
                scope.spawn(move || {
                    let script = vec![Step::Answer(OK), Step::Wait(delay), close];
                    let server = Server::start(vec![script]);
                    let transport = server.transport(LONG);
                    for round in 0..4 {
                        for request in requests() {
                            let reply = transport.send(&request);
                            assert!(reply.is_ok(), "{close:?} {delay} ms, round {round}");
                        }
                    }
                    assert_eq!(server.connections(), Vec::from_iter(0..12));
                });
            }
        }
    });
}

#[test]
fn a_request_is_sent_again_only_when_a_kept_connection_died_before_the_answer_began() {
    let used = |then: &[Step]| [&[Step::Answer(OK)], then].concat();
    let mut table = Vec::new();
    for close in CLOSES {
        let fresh = vec![Step::Read, close];
        // A fresh connection: once, and no more.
        table.push((vec![fresh.clone()], vec![0]));
        // A used one, and then a fresh one.
        let died = used(&[Step::Read, close]);
        table.push((vec![died, fresh], vec![0, 0, 1]));
        // A byte of the answer has come.
        for begun in ["H", "HTTP/1.1 100 Continue\r\n\r\n", "HTTP/1.1 200 OK\r\n"] {
            let cut = used(&[Step::Answer(begun), Step::Wait(20), close]);
            table.push((vec![cut, used(&[])], vec![0, 0]));
        }
        // Its head has come, and not all of its body.
        let body = "HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n{";
        let cut = used(&[Step::Answer(body), Step::Wait(20), close]);
        table.push((vec![cut, used(&[])], vec![0, 0]));
    }
    // Silence is not death: the gateway may be at work on it.
    let silent = used(&[Step::Read, Step::Hold]);
    table.push((vec![silent, used(&[])], vec![0, 0]));
    thread::scope(|scope| {
        for (scripts, expected) in table {
            for request in requests() {
                let (scripts, expected) = (scripts.clone(), expected.clone());
                scope.spawn(move || {
                    let server = Server::start(scripts.clone());
                    let transport = server.transport(Duration::from_secs(1));
                    if expected.len() > 1 {
                        let [first, ..] = requests();
                        assert!(transport.send(&first).is_ok());
                    }
                    let reply = transport.send(&request);
                    assert!(reply.is_err(), "{scripts:?}");
                    assert_eq!(server.connections(), expected, "{scripts:?} {request:?}");
                });
            }
        }
    });
}

#[test]
fn both_sends_together_keep_the_request_timeout() {
    let died = vec![Step::Answer(OK), Step::Read, Step::Wait(700), Step::Rst];
    let server = Server::start(vec![died, vec![Step::Read, Step::Hold]]);
    let transport = server.transport(Duration::from_secs(1));
    let [first, second, _] = requests();
    assert!(transport.send(&first).is_ok());
    let began = Instant::now();
    assert!(transport.send(&second).is_err());
    assert_eq!(server.connections(), [0, 0, 1]);
    let took = began.elapsed();
    // Twice the timeout's time would be 1.7 s.
    assert!(took < Duration::from_millis(1500), "{took:?}");
}

#[test]
fn informational_answers_before_the_final_one_are_passed_over() {
    let early = "HTTP/1.1 103 Early Hints\r\nlink: </style.css>; rel=preload\r\n\r\n";
    let table: [&[Step]; 7] = [
        &[
            Step::Answer("HTTP/1.1 100 Continue\r\n\r\n"),
            Step::Send(OK),
        ],
        &[
            Step::Answer("HTTP/1.1 100 Continue\r\ndate: Mon, 08 Dec 2025 10:30:00 GMT\r\n\r\n"),
            Step::Wait(20),
            Step::Send(OK),
        ],
        &[
            Step::Answer("HTTP/1.1 102 Processing\r\n\r\n"),
            Step::Wait(20),
            Step::Send(OK),
        ],
        &[
            Step::Answer(early),
            Step::Send(early),
            Step::Wait(20),
            Step::Send(OK),
        ],
        &[
            Step::Answer("HTTP/1.1 100 Cont"),
            Step::Wait(20),
            Step::Send("inue\r\nserver: x\r\n\r\nHTTP/1.1 1"),
            Step::Wait(20),
            Step::Send("99 Soon\r\n\r\n"),
            Step::Send(OK),
        ],
        &[
            Step::Answer("HTTP/1.1 100 \r\nx: y\r\n\r\n"),
            Step::Send(early),
            Step::Send(OK),
        ],
        // No informational answer: the body of one that only looks like it.
        &[Step::Answer(
            "HTTP/1.1 200 OK\r\ncontent-length: 25\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n",
        )],
    ];
    for script in table {
        // The connection goes on being used afterwards.
        let server = Server::start(vec![[script, script, script].concat()]);
        let transport = server.transport(LONG);
        for request in requests() {
            let reply = transport.send(&request).unwrap();
            assert_eq!(reply.status, 200, "{script:?}");
            let is_whole = matches!(&reply.body[..], b"{}" | b"HTTP/1.1 100 Continue\r\n\r\n");
            assert!(is_whole, "{script:?} {:?}", reply.body);
        }
        assert_eq!(server.connections(), [0, 0, 0], "{script:?}");
    }
}
