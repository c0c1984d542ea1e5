//! As much HTTP/1.1 as a proxy needs: whole messages, as they are on the wire.

use std::io::{self, BufRead, BufReader, Write};
use std::net::TcpStream;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use mpac_pgw_protocol::PaymentIntent;
use serde_json::Value;

use crate::Order;

/// How long the gateway may take for one answer.
const PATIENCE: Duration = Duration::from_secs(30);

/// A request or a response, byte for byte.
#[derive(Debug, Clone)]
pub(crate) struct Message {
    /// Up to and with the empty line.
    pub(crate) head: Vec<u8>,
    pub(crate) body: Vec<u8>,
}

impl Message {
    /// Reads one message; `None` when the other side has hung up before it began.
    ///
    /// Both sides here give every body a length, so there is no other framing to read.
    pub(crate) fn read(from: &mut impl BufRead) -> io::Result<Option<Self>> {
        let mut head = Vec::new();
        let mut length = 0;
        loop {
            let start = head.len();
            if from.read_until(b'\n', &mut head)? == 0 {
                return if head.is_empty() {
                    Ok(None)
                } else {
                    Err(io::ErrorKind::UnexpectedEof.into())
                };
            }
            let line = String::from_utf8_lossy(&head[start..]).to_ascii_lowercase();
            if let Some(value) = line.strip_prefix("content-length:") {
                length = value.trim().parse().map_err(io::Error::other)?;
            }
            if line.trim().is_empty() {
                break;
            }
        }
        let mut body = vec![0; length];
        from.read_exact(&mut body)?;
        Ok(Some(Self { head, body }))
    }

    pub(crate) fn header(&self, name: &str) -> Option<String> {
        let head = String::from_utf8_lossy(&self.head);
        let value = head.lines().find_map(|line| {
            let (found, value) = line.split_once(':')?;
            found.eq_ignore_ascii_case(name).then_some(value)
        })?;
        Some(value.trim().to_owned())
    }

    /// What a request asks for: its first line and its body.
    pub(crate) fn operation(&self) -> Vec<u8> {
        let line = self.head.split(|byte| *byte == b'\n').next();
        [line.unwrap_or_default(), &self.body].concat()
    }

    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        [&self.head[..], &self.body].concat()
    }

    /// The same with another body of the right length.
    pub(crate) fn with_body(&self, body: &[u8]) -> Self {
        let mut head = String::new();
        for line in String::from_utf8_lossy(&self.head).lines() {
            if line.to_ascii_lowercase().starts_with("content-length:") {
                head += &format!("content-length: {}\r\n", body.len());
            } else {
                head += &format!("{line}\r\n");
            }
        }
        Self {
            head: head.into_bytes(),
            body: body.to_vec(),
        }
    }

    /// The same without a header.
    pub(crate) fn without_header(&self, name: &str) -> Self {
        let is_other = |line: &&[u8]| {
            let found = line.split(|byte| *byte == b':').next();
            !found.is_some_and(|found| found.eq_ignore_ascii_case(name.as_bytes()))
        };
        let lines = self.head.split_inclusive(|byte| *byte == b'\n');
        Self {
            head: lines.filter(is_other).flatten().copied().collect(),
            body: self.body.clone(),
        }
    }

    /// The same with one more header.
    pub(crate) fn with_header(&self, header: &str) -> Self {
        let without_empty_line = self.head.len().saturating_sub(2);
        let head = [
            &self.head[..without_empty_line],
            header.as_bytes(),
            b"\r\n\r\n",
        ];
        Self {
            head: head.concat(),
            body: self.body.clone(),
        }
    }
}

/// Sends a message on a connection of its own and reads the answer.
pub(crate) fn ask(address: &str, request: &Message) -> io::Result<Message> {
    let mut connection = TcpStream::connect(address)?;
    connection.set_read_timeout(Some(PATIENCE))?;
    connection.write_all(&request.to_bytes())?;
    Message::read(&mut BufReader::new(connection))?
        .ok_or_else(|| io::ErrorKind::UnexpectedEof.into())
}

/// Posts JSON to the gateway.
pub(crate) fn post(gateway_url: &str, path: &str, json: &Value) -> Result<()> {
    let (status, answer) = call(gateway_url, "POST", path, &[], json)?;
    ensure!((200..300).contains(&status), "{path}: {answer}");
    Ok(())
}

/// Sends JSON to the gateway, past any proxy; answers the status and the JSON that came back.
///
/// # Errors
/// When it cannot be reached, or answers with anything but JSON.
pub fn call(
    gateway_url: &str,
    method: &str,
    path: &str,
    headers: &[String],
    json: &Value,
) -> Result<(u16, Value)> {
    let address = gateway_url.trim_start_matches("http://");
    let body = match json {
        Value::Null => String::new(),
        json => json.to_string(),
    };
    let mut head = format!(
        "{method} {path} HTTP/1.1\r\nhost: {address}\r\ncontent-type: application/json\r\n\
         content-length: {}\r\nconnection: close\r\n",
        body.len()
    );
    for header in headers {
        head += &format!("{header}\r\n");
    }
    let request = Message {
        head: (head + "\r\n").into_bytes(),
        body: body.into_bytes(),
    };
    let answer = ask(address, &request)?;
    let head = String::from_utf8_lossy(&answer.head);
    let status = head.split(' ').nth(1).context("a status")?.parse()?;
    let json = serde_json::from_slice(&answer.body).context("an answer in JSON")?;
    Ok((status, json))
}

/// Asks the gateway itself about a payment, past any proxy.
///
/// # Errors
/// When it does not answer with the PaymentIntent.
pub fn retrieve(gateway_url: &str, order: &Order) -> Result<PaymentIntent> {
    let address = gateway_url.trim_start_matches("http://");
    let head = format!(
        "GET /v1/payment_intents/{}?payment_token={} HTTP/1.1\r\nhost: {address}\r\n\
         connection: close\r\n\r\n",
        order.id, order.payment_token
    );
    let request = Message {
        head: head.into_bytes(),
        body: Vec::new(),
    };
    let answer = ask(address, &request)?;
    serde_json::from_slice(&answer.body).context("a PaymentIntent")
}
