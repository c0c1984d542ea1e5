use std::net::Ipv6Addr;

use mpac_pgw_protocol::signing::SecretKey;
use mpac_pgw_protocol::{EventType, MerchantId};

use super::limits;
use crate::clock::Clock;
use crate::fields::{FieldError, Fields};
use crate::ids::{self, IdGenerationError};
use crate::store::endpoints::Endpoint;

/// A request for webhooks that has been read and found valid.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct NewEndpoint {
    url: String,
    description: Option<String>,
    enabled_events: Vec<EventType>,
}

/// Length of the part of an endpoint's secret that is secret: 62^32, about 190 bits.
const SECRET_LENGTH: usize = 32;

impl NewEndpoint {
    pub(crate) fn read(fields: &Fields) -> Result<Self, FieldError> {
        Ok(Self {
            url: url(fields)?,
            description: fields.text("description", limits::WEBHOOK_DESCRIPTION)?,
            enabled_events: enabled_events(fields)?,
        })
    }

    pub(crate) fn into_endpoint(
        self,
        merchant_id: MerchantId,
        clock: &Clock,
    ) -> Result<Endpoint, IdGenerationError> {
        let secret = ids::random_alphanumeric(SECRET_LENGTH)?;
        Ok(Endpoint {
            id: ids::prefixed("we_", clock)?,
            merchant_id,
            url: self.url,
            description: self.description,
            enabled_events: self.enabled_events,
            secret: SecretKey::new(format!("whsec_{secret}")),
            created_at: clock.now(),
        })
    }
}

fn url(fields: &Fields) -> Result<String, FieldError> {
    const PARAM: &str = "url";
    let text = fields.required_text(PARAM, limits::WEBHOOK_URL)?;
    let rest = text
        .strip_prefix("http://")
        .or_else(|| text.strip_prefix("https://"));
    let (authority, path) = rest.map_or(("", ""), |rest| {
        rest.split_at(rest.find('/').unwrap_or(rest.len()))
    });
    if authority.contains('@') {
        let why = "url must not hold a user name or password: deliveries are signed instead";
        return Err(FieldError::new(PARAM, why));
    }
    let in_path = |byte: u8| byte.is_ascii_alphanumeric() || PATH_MARKS.contains(&byte);
    if !is_authority(authority) || !path.bytes().all(in_path) {
        let why = "url must be a full address, such as http://127.0.0.1:3000/webhooks, with \
                   whatever is not plain ASCII percent-encoded";
        return Err(FieldError::new(PARAM, why));
    }
    Ok(text)
}

/// What a path and a query may hold besides letters and digits (RFC 3986).
const PATH_MARKS: &[u8] = b"-._~!$&'()*+,;=:@%/?";

/// A host and maybe a port.
fn is_authority(text: &str) -> bool {
    // An IPv6 address, in brackets, holds colons itself.
    let (host, port) = match text.rfind(':').filter(|_| !text.ends_with(']')) {
        Some(colon) => (&text[..colon], Some(&text[colon + 1..])),
        None => (text, None),
    };
    let address = host
        .strip_prefix('[')
        .and_then(|host| host.strip_suffix(']'));
    let good_host = match address {
        Some(address) => address.parse::<Ipv6Addr>().is_ok(),
        None => {
            let in_name = |byte: u8| byte.is_ascii_alphanumeric() || b"-.".contains(&byte);
            !host.is_empty() && host.bytes().all(in_name)
        }
    };
    let is_port = |port: &str| {
        let digits = port.bytes().all(|byte| byte.is_ascii_digit());
        digits && !port.starts_with('0') && port.parse::<u16>().is_ok()
    };
    good_host && port.is_none_or(is_port)
}

/// All of the guide's events, when none is named.
fn enabled_events(fields: &Fields) -> Result<Vec<EventType>, FieldError> {
    const PARAM: &str = "enabled_events";
    let Some(value) = fields.get(PARAM) else {
        return Ok(EventType::ALL.to_vec());
    };
    let wrong = || {
        let known: Vec<_> = EventType::ALL.iter().map(EventType::as_str).collect();
        let why = format!(
            "enabled_events must be an array of event types, each once and at least one of {}",
            known.join(", ")
        );
        FieldError::new(PARAM, why)
    };
    let names = value.as_array().filter(|names| !names.is_empty());
    let mut events = Vec::new();
    for name in names.ok_or_else(wrong)? {
        let event = name.as_str().map(EventType::from).ok_or_else(wrong)?;
        if !event.is_known() || events.contains(&event) {
            return Err(wrong());
        }
        events.push(event);
    }
    Ok(events)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_every_form_are_taken() {
        for url in [
            "http://a",
            "https://shop.example/hooks?from=mpac&x=%E6%B3%A8",
            "http://127.0.0.1:65535/",
            "http://[::1]:3000/hook",
            "http://[::1]",
        ] {
            let json = format!(r#"{{"url":"{url}"}}"#);
            assert!(
                NewEndpoint::read(&Fields::parse(json.as_bytes()).unwrap()).is_ok(),
                "{url}"
            );
        }
    }

    #[test]
    fn what_is_wrong_is_named() {
        let table = [
            (r#"{}"#, "url"),
            (r#"{"url":"/webhooks"}"#, "url"),
            (r#"{"url":"localhost:3000"}"#, "url"),
            (r#"{"url":"ftp://a.example"}"#, "url"),
            (r#"{"url":"http://u:p@a.example"}"#, "url"),
            (r#"{"url":"http://a.example/\u0000"}"#, "url"),
            (r#"{"url":"http://a b"}"#, "url"),
            (r#"{"url":"http://"}"#, "url"),
            (r#"{"url":"http://a:0"}"#, "url"),
            (r#"{"url":"http://a:65536"}"#, "url"),
            (r#"{"url":"http://[1]/"}"#, "url"),
            (r#"{"url":"http://a/注"}"#, "url"),
            (
                r#"{"url":"http://a","enabled_events":[]}"#,
                "enabled_events",
            ),
            (
                r#"{"url":"http://a","enabled_events":"*"}"#,
                "enabled_events",
            ),
            (
                r#"{"url":"http://a","enabled_events":["x"]}"#,
                "enabled_events",
            ),
            (r#"{"url":"http://a","description":7}"#, "description"),
        ];
        for (json, param) in table {
            let fields = Fields::parse(json.as_bytes()).unwrap();
            let error = NewEndpoint::read(&fields).unwrap_err();
            assert_eq!(error.param.as_deref(), Some(param), "{json}");
        }
    }
}
