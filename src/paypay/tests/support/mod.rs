//! A server that answers with bytes a test has chosen, and keeps what it was asked.

#![allow(dead_code, reason = "each test file uses a part")]

pub(crate) mod calls;

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

use paypay_opa::{Client, Credentials, Environment};

pub(crate) const NOW: i64 = 1_700_000_000;

/// What the server does once it has read a request.
#[derive(Clone)]
pub(crate) enum Reply {
    /// Sends these bytes, and ends the connection.
    Bytes(Vec<u8>),
    /// Sends these bytes, and leaves the connection open and silent.
    ThenSilence(Vec<u8>),
}

impl Reply {
    /// A whole answer.
    pub(crate) fn http(status: u16, body: &str) -> Self {
        Self::with_headers(status, "", body)
    }

    /// A whole answer with headers, each of which ends in a line break.
    pub(crate) fn with_headers(status: u16, headers: &str, body: &str) -> Self {
        let length = body.len();
        let text = format!(
            "HTTP/1.1 {status} X\r\n{headers}Content-Length: {length}\r\nConnection: close\r\n\r\n{body}"
        );
        Self::Bytes(text.into_bytes())
    }
}

/// A request as it came in.
#[derive(Debug, Clone)]
pub(crate) struct Request {
    pub(crate) method: String,
    pub(crate) target: String,
    headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Request {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(header, _)| header.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }

    pub(crate) fn read(stream: &TcpStream) -> Option<Self> {
        let mut reader = BufReader::new(stream);
        let mut line = || {
            let mut line = String::new();
            reader.read_line(&mut line).ok()?;
            Some(line.trim_end().to_owned())
        };
        let first = line()?;
        let mut words = first.split(' ');
        let (method, target) = (words.next()?.to_owned(), words.next()?.to_owned());
        let mut headers = Vec::new();
        loop {
            let line = line()?;
            let Some((name, value)) = line.split_once(':') else {
                break;
            };
            headers.push((name.to_owned(), value.trim().to_owned()));
        }
        let mut request = Self {
            method,
            target,
            headers,
            body: Vec::new(),
        };
        let length = request
            .header("content-length")
            .unwrap_or("0")
            .parse()
            .ok()?;
        request.body.resize(length, 0);
        reader.read_exact(&mut request.body).ok()?;
        Some(request)
    }
}

pub(crate) struct Server {
    pub(crate) url: String,
    requests: Arc<Mutex<Vec<Request>>>,
}

impl Server {
    /// Starts a server that gives every request the same answer.
    pub(crate) fn start(reply: Reply) -> Self {
        Self::with_replies(std::iter::repeat(reply))
    }

    /// Starts a server that answers each request with the next of these, and ends after the last.
    pub(crate) fn with_replies(
        replies: impl IntoIterator<Item = Reply, IntoIter: Send> + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let requests = Arc::new(Mutex::new(Vec::new()));
        let seen = Arc::clone(&requests);
        let replies = replies.into_iter();
        thread::spawn(move || {
            // Connections that are to stay open and silent.
            let mut silent = Vec::new();
            for (stream, reply) in listener.incoming().zip(replies) {
                let mut stream = stream.unwrap();
                // The hello of TLS is not a request, and is answered all the same.
                seen.lock().unwrap().extend(Request::read(&stream));
                // The client may have turned away: that is what some tests are about.
                match &reply {
                    Reply::Bytes(bytes) => drop(stream.write_all(bytes)),
                    Reply::ThenSilence(bytes) => {
                        drop(stream.write_all(bytes));
                        silent.push(stream);
                    }
                }
            }
        });
        Self { url, requests }
    }

    pub(crate) fn requests(&self) -> Vec<Request> {
        self.requests.lock().unwrap().clone()
    }

    pub(crate) fn client(&self) -> Client {
        client(&self.url)
    }
}

pub(crate) fn credentials() -> Credentials {
    Credentials::new("test_key", "dGVzdF9zZWNyZXRfMDEyMzQ1Njc4OWFiY2RlZg==").unwrap()
}

/// A client with a clock of its own.
pub(crate) fn client(url: &str) -> Client {
    let environment: Environment = url.parse().unwrap();
    Client::new(credentials(), environment)
        .with_clock(|| NOW)
        .with_nonces(|| "3f2504e0".parse().unwrap())
}
