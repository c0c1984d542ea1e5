//! A merchant's back end that receives webhooks.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::sync::{Arc, Mutex};
use std::thread;

use serde_json::Value;

use super::wait_until;

#[derive(Debug, Clone)]
pub struct Received {
    pub headers: HashMap<String, String>,
    pub body: String,
}

impl Received {
    pub fn event(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }
}

/// A back end that answers with what it is told to, and remembers what it got.
pub struct Receiver {
    pub url: String,
    got: Arc<Mutex<Vec<Received>>>,
    answer: Arc<Mutex<&'static str>>,
}

pub const OK: &str = "200 OK\r\nContent-Length: 2\r\n\r\nok";
pub const BROKEN: &str = "500 Oops\r\nContent-Length: 6\r\n\r\nbroken";
pub const MOVED: &str = "302 Found\r\nLocation: /elsewhere\r\nContent-Length: 0\r\n\r\n";

impl Receiver {
    pub fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/hook", listener.local_addr().unwrap());
        let got = Arc::new(Mutex::new(Vec::new()));
        let answer = Arc::new(Mutex::new(OK));
        let (kept, told) = (Arc::clone(&got), Arc::clone(&answer));
        thread::spawn(move || {
            for stream in listener.incoming().map(Result::unwrap) {
                let (kept, told) = (Arc::clone(&kept), Arc::clone(&told));
                thread::spawn(move || {
                    let mut reader = BufReader::new(stream);
                    while let Some(received) = read_request(&mut reader) {
                        kept.lock().unwrap().push(received);
                        let answer = *told.lock().unwrap();
                        let answer = format!("HTTP/1.1 {answer}");
                        if reader.get_mut().write_all(answer.as_bytes()).is_err() {
                            return;
                        }
                    }
                });
            }
        });
        Self { url, got, answer }
    }

    pub fn answers(&self, answer: &'static str) {
        *self.answer.lock().unwrap() = answer;
    }

    pub fn got(&self) -> Vec<Received> {
        self.got.lock().unwrap().clone()
    }

    #[track_caller]
    pub fn wait_for(&self, count: usize) -> Vec<Received> {
        wait_until("the webhooks arrive", || self.got().len() >= count);
        self.got()
    }
}

fn read_request(reader: &mut impl BufRead) -> Option<Received> {
    let mut line = String::new();
    reader.read_line(&mut line).ok().filter(|read| *read > 0)?;
    assert!(line.starts_with("POST /hook "), "{line}");
    let mut headers = HashMap::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        let Some((name, value)) = line.trim().split_once(": ") else {
            break;
        };
        headers.insert(name.to_lowercase(), value.to_owned());
    }
    let length = headers["content-length"].parse().unwrap();
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    let body = String::from_utf8(body).unwrap();
    Some(Received { headers, body })
}
