//! What can become of a message on its way, and what is then on the wire.

use std::time::{Duration, SystemTime};

use crate::http::Message;
use crate::spelling::Spelling;

/// What becomes of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RequestFate {
    /// The gateway gets it.
    Forwarded,
    /// The connection drops, and the gateway never gets it.
    Lost,
    /// The gateway gets it after the terminal has given up on it and the gateway has answered a
    /// later one, just before the terminal hears that later answer.
    Late,
    /// The gateway gets it twice. Its second answer is discarded.
    Duplicated,
}

/// What becomes of the gateway's answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReplyFate {
    /// The terminal gets it.
    PassedOn,
    /// The connection drops.
    Lost,
    /// The connection drops within the headers.
    HeadersCut,
    /// The connection drops within the body.
    BodyCut,
    /// It is held back until the terminal has given up.
    TooLate,
    /// Its body is the log-in page of a captive portal.
    PortalPage,
    /// Its body is JSON of another program.
    ForeignJson,
    /// It is not HTTP.
    Noise,
    /// A proxy on the way answers 502 in its place.
    BadGateway,
    /// A proxy on the way answers 429 in its place.
    TooManyRequests,
    /// Something on the way answers 502 in its place: a page, by a clock of its own.
    ErrorPage(Date),
    /// Something on the way answers 200 in its place: a log-in page, by a clock of its own.
    LogInPage(Date),
    /// The terminal gets it; the kept-alive connection is closed some milliseconds later, without a
    /// word, and what the terminal sends until then is not read.
    ClosedAfter(Closing, u64),
    /// The terminal gets it; the next connection is refused, until [`Proxy::listen`].
    ///
    /// [`Proxy::listen`]: crate::Proxy::listen
    OutageAfter,
    /// The terminal gets it after three informational ones.
    AfterInformational,
    /// The terminal gets it with another date.
    Dated(Date),
    /// The terminal gets it with a byte order mark before its JSON.
    Marked,
    /// The terminal gets it with its numbers or times written in another way.
    Respelled(Spelling),
}

/// How a connection is closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Closing {
    /// In order, as far as TCP goes.
    Fin,
    /// Torn down.
    Rst,
}

/// What the `Date` of an answer says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Date {
    /// One day too early.
    DayBehind,
    /// Two hours too late.
    TwoHoursAhead,
    /// There is none.
    Missing,
}

impl Date {
    /// The header's line, for now.
    fn line(self) -> String {
        let (day, two_hours) = (Duration::from_secs(86_400), Duration::from_secs(7200));
        let date = match self {
            Self::DayBehind => SystemTime::now() - day,
            Self::TwoHoursAhead => SystemTime::now() + two_hours,
            Self::Missing => return String::new(),
        };
        format!("date: {}\r\n", httpdate::fmt_http_date(date))
    }
}

impl ReplyFate {
    /// What the terminal gets to read.
    pub(crate) fn on_the_wire(self, reply: &Message) -> Vec<u8> {
        match self {
            Self::PassedOn | Self::TooLate | Self::ClosedAfter(..) => reply.to_bytes(),
            Self::Lost => Vec::new(),
            Self::HeadersCut => reply.head[..reply.head.len() / 2].to_vec(),
            Self::BodyCut => [&reply.head, &reply.body[..reply.body.len() / 2]].concat(),
            Self::PortalPage => reply
                .with_body(b"<html><h1>Welcome to free Wi-Fi</h1></html>")
                .to_bytes(),
            Self::ForeignJson => reply.with_body(br#"{"status":"succeeded"}"#).to_bytes(),
            Self::Noise => b"\x16\x03\x01\0\xa5 nothing that anybody asked for\r\n\r\n".to_vec(),
            Self::BadGateway => {
                b"HTTP/1.1 502 Bad Gateway\r\ncontent-length: 3\r\n\r\n502".to_vec()
            }
            Self::TooManyRequests => {
                b"HTTP/1.1 429 Too Many Requests\r\nretry-after: 1\r\ncontent-length: 0\r\n\r\n"
                    .to_vec()
            }
            Self::ErrorPage(date) => page("502 Bad Gateway", date),
            Self::LogInPage(date) => page("200 OK", date),
            Self::OutageAfter => reply.with_header("connection: close").to_bytes(),
            Self::AfterInformational => [&informational(), &reply.to_bytes()[..]].concat(),
            Self::Dated(date) => {
                let line = date.line();
                let undated = reply.without_header("date");
                match line.trim_end() {
                    "" => undated.to_bytes(),
                    line => undated.with_header(line).to_bytes(),
                }
            }
            Self::Marked => reply
                .with_body(&[b"\xef\xbb\xbf", &reply.body[..]].concat())
                .to_bytes(),
            Self::Respelled(spelling) => reply.with_body(&spelling.rewrite(&reply.body)).to_bytes(),
        }
    }

    /// Whether the connection is good for another request afterwards.
    pub(crate) fn keeps_the_connection(self) -> bool {
        matches!(
            self,
            Self::PassedOn
                | Self::AfterInformational
                | Self::Dated(_)
                | Self::Marked
                | Self::Respelled(_)
        )
    }
}

fn page(status: &str, date: Date) -> Vec<u8> {
    let date = date.line();
    let body = format!("<!DOCTYPE html><html><body><h1>{status}</h1></body></html>");
    let length = body.len();
    format!(
        "HTTP/1.1 {status}\r\nserver: nginx\r\n{date}content-type: text/html\r\n\
         content-length: {length}\r\n\r\n{body}"
    )
    .into_bytes()
}

/// With header fields, as HTTP allows.
fn informational() -> Vec<u8> {
    let date = Date::TwoHoursAhead.line();
    format!(
        "HTTP/1.1 100 Continue\r\n{date}\r\nHTTP/1.1 102 Processing\r\n\r\n\
         HTTP/1.1 103 Early Hints\r\nlink: </style.css>; rel=preload\r\n\r\n"
    )
    .into_bytes()
}
