//! A relay in front of the gateway that loses the first answer.
//!
//! The gateway has acted on the request by then. That is the case in which a client that repeats
//! itself without its Idempotency-Key makes a second payment, or is told that there is one already.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{Shutdown, TcpListener, TcpStream},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
        mpsc::{self, Receiver},
    },
    thread::JoinHandle,
    time::Duration,
};

use anyhow::{Context, Result, ensure};

const PATIENCE: Duration = Duration::from_secs(20);

/// One request, and the gateway's answer to it.
#[derive(Debug)]
pub(super) struct Exchange {
    pub(super) request: Message,
    pub(super) answer: Message,
}

/// A relay that runs until it is dropped.
#[derive(Debug)]
pub(super) struct Relay {
    address: String,
    exchanges: Receiver<Result<Exchange>>,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Relay {
    /// Listens on a free port for requests to `gateway`.
    pub(super) fn start(gateway: &str) -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let address = listener.local_addr()?.to_string();
        let (sender, exchanges) = mpsc::channel();
        let stop = Arc::new(AtomicBool::new(false));
        let (gateway, stopped) = (gateway.to_owned(), Arc::clone(&stop));
        let thread = std::thread::spawn(move || {
            for (number, client) in listener.incoming().enumerate() {
                if stopped.load(Ordering::SeqCst) {
                    return;
                }
                let exchange = client
                    .map_err(Into::into)
                    .and_then(|client| relay(client, &gateway, number > 0));
                if sender.send(exchange).is_err() {
                    return;
                }
            }
        });
        Ok(Self {
            address,
            exchanges,
            stop,
            thread: Some(thread),
        })
    }

    /// Where clients find it.
    pub(super) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// What went through until now.
    pub(super) fn exchanges(&self) -> Result<Vec<Exchange>> {
        self.exchanges.try_iter().collect()
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::SeqCst);
        // Wakes the thread; if nobody listens any more, it has ended.
        let _ = TcpStream::connect(&self.address);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn relay(client: TcpStream, gateway: &str, deliver: bool) -> Result<Exchange> {
    let mut server = TcpStream::connect(gateway)?;
    for stream in [&client, &server] {
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.set_write_timeout(Some(PATIENCE))?;
    }
    let request = Message::read(&client)?;
    server.write_all(&request.bytes)?;
    let answer = Message::read(&server)?;
    if deliver {
        (&client).write_all(&answer.bytes)?;
    }
    client.shutdown(Shutdown::Both)?;
    Ok(Exchange { request, answer })
}

/// An HTTP/1.1 message with a Content-Length, byte for byte.
#[derive(Debug)]
pub(super) struct Message {
    bytes: Vec<u8>,
    body_at: usize,
}

impl Message {
    pub(super) fn read(stream: impl Read) -> Result<Self> {
        let mut reader = BufReader::new(stream);
        let mut bytes = Vec::new();
        while !bytes.ends_with(b"\r\n\r\n") {
            let read = reader.read_until(b'\n', &mut bytes)?;
            ensure!(read > 0, "the connection ended within the headers");
        }
        let mut message = Self {
            body_at: bytes.len(),
            bytes,
        };
        let length = message.header("content-length").unwrap_or("0");
        let length = length.parse().context("Content-Length is not a number")?;
        let read = reader.take(length).read_to_end(&mut message.bytes)?;
        ensure!(
            read as u64 == length,
            "the connection ended within the body"
        );
        Ok(message)
    }

    /// A header's value.
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        let head = std::str::from_utf8(&self.bytes[..self.body_at]).ok()?;
        head.lines().skip(1).find_map(|line| {
            let (key, value) = line.split_once(':')?;
            key.eq_ignore_ascii_case(name).then(|| value.trim())
        })
    }

    /// Whether this is an answer with status 200.
    pub(super) fn is_success(&self) -> bool {
        self.bytes.starts_with(b"HTTP/1.1 200 ")
    }

    /// What follows the headers.
    pub(super) fn body(&self) -> &[u8] {
        &self.bytes[self.body_at..]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_read_to_their_end_and_no_further() -> Result<()> {
        let text = "POST / HTTP/1.1\r\nhost: x\r\nContent-Length:  2\r\n\r\n{}GET";
        let message = Message::read(text.as_bytes())?;
        assert_eq!(message.body(), b"{}");
        assert_eq!(message.header("Host"), Some("x"));
        assert_eq!(message.header("Idempotency-Key"), None);
        assert!(
            Message::read("GET / HTTP/1.1\r\n\r\n".as_bytes())?
                .body()
                .is_empty()
        );
        for broken in ["GET / HTTP/1.1\r\n", "A\r\nContent-Length: 3\r\n\r\n{}"] {
            assert!(Message::read(broken.as_bytes()).is_err(), "{broken}");
        }
        Ok(())
    }
}
