//! Everyone but the app: each of their steps is one request to the gateway, as
//! `tests/scenarios/world.json` spells it out.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::SystemTime;

use anyhow::{Context, Result, bail, ensure};
use mpac_pgw_protocol::MerchantId;
use mpac_pgw_protocol::signing::{Authorization, RequestToSign, SecretKey};
use mpac_pgw_tests::{Authority, HOST, MERCHANT, Meets, TestGateway, TlsFront, VALID, call};
use serde_json::{Map, Value, json};

/// What the words of the others mean.
#[derive(Debug)]
pub(crate) struct Words(Map<String, Value>);

impl Words {
    pub(crate) fn read(folder: &Path) -> Result<Self> {
        let text = std::fs::read_to_string(folder.join("world.json"))?;
        Ok(Self(serde_json::from_str(&text)?))
    }

    pub(crate) fn has(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }
}

/// A gateway, and what was said in its answers.
#[derive(Debug)]
pub(crate) struct World<'a> {
    gateway: TestGateway,
    /// What the terminal speaks to instead, where it is to speak TLS.
    _front: Option<TlsFront>,
    words: &'a Words,
    saved: BTreeMap<String, String>,
    requests: usize,
}

impl<'a> World<'a> {
    /// With `tls`, the terminal reaches the gateway by HTTPS only.
    pub(crate) fn start(words: &'a Words, tls: Option<&Authority>) -> Result<Self> {
        let gateway = TestGateway::start()?;
        let start = |authority: &Authority| {
            let identity = authority.vouch_for(HOST, VALID)?;
            TlsFront::start(gateway.url(), Meets::Tls(identity))
        };
        let front = tls.map(start).transpose()?;
        let url = front.as_ref().map(TlsFront::url);
        let url = url.unwrap_or_else(|| gateway.url().to_owned());
        let address = gateway.url().trim_start_matches("http://").to_owned();
        let saved = [("gateway", url), ("address", address)];
        let saved = saved.map(|(name, value)| (name.to_owned(), value));
        Ok(Self {
            saved: saved.into(),
            gateway,
            _front: front,
            words,
            requests: 0,
        })
    }

    /// Does what the step says, and answers the line for the trace, if there is one.
    pub(crate) fn act(&mut self, name: &str, argument: &Value) -> Result<Option<String>> {
        let words = self.words;
        let word = words.0.get(name).context("there is no such step")?;
        self.requests += 1;
        self.saved.insert("n".to_owned(), self.requests.to_string());

        let path = self.fill(&word["path"])?;
        let path = path.as_str().context("a path")?;
        let method = word["method"].as_str().unwrap_or("POST");
        let mut body = self.fill(&word["body"])?;
        let more = argument.as_object().context("an object as argument")?;
        if method == "POST" && body.is_null() {
            body = json!({});
        }
        if let Some(body) = body.as_object_mut() {
            for (key, value) in more {
                body.insert(key.clone(), self.fill(value)?);
            }
        }
        let mut headers = Vec::new();
        if word["sign"] == true {
            headers.push(authorization(method, path, &body)?);
            headers.push(format!("idempotency-key: key_{}", self.requests));
        }
        let (status, answer) = call(self.gateway.url(), method, path, &headers, &body)?;
        let is_expected = match word["status"].as_u64() {
            Some(expected) => u64::from(status) == expected,
            None => (200..300).contains(&status),
        };
        ensure!(is_expected, "{method} {path}: {status} {answer}");
        for (name, field) in word["save"].as_object().into_iter().flatten() {
            let value = field.as_str().and_then(|field| answer[field].as_str());
            let value = value.with_context(|| format!("no {field} in {answer}"))?;
            self.saved.insert(name.clone(), value.to_owned());
        }
        Ok(word["tell"].as_str().map(|field| {
            let (who, what) = name.split_once(' ').unwrap_or((name, ""));
            format!("{{\"{who}\":\"{what}\",\"{field}\":{}}}", answer[field])
        }))
    }

    /// Puts what was saved in the place of `$name`.
    pub(crate) fn fill(&self, value: &Value) -> Result<Value> {
        Ok(match value {
            Value::String(text) => Value::String(self.fill_text(text)?),
            Value::Array(items) => {
                let items: Result<_> = items.iter().map(|item| self.fill(item)).collect();
                Value::Array(items?)
            }
            Value::Object(members) => {
                let members = members.iter();
                let members: Result<_> = members
                    .map(|(key, value)| Ok((key.clone(), self.fill(value)?)))
                    .collect();
                Value::Object(members?)
            }
            other => other.clone(),
        })
    }

    fn fill_text(&self, text: &str) -> Result<String> {
        let mut parts = text.split('$');
        let mut filled = parts.next().unwrap_or_default().to_owned();
        for part in parts {
            let is_name = |c: char| c.is_ascii_lowercase();
            let end = part.find(|c| !is_name(c)).unwrap_or(part.len());
            let (name, rest) = part.split_at(end);
            let Some(value) = self.saved.get(name) else {
                bail!("nothing was saved as ${name}");
            };
            filled = filled + value + rest;
        }
        Ok(filled)
    }
}

/// The merchant's signature.
fn authorization(method: &str, path: &str, body: &Value) -> Result<String> {
    let (id, secret) = MERCHANT.split_once(':').context("an id and a key")?;
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH)?;
    let body = match body {
        Value::Null => String::new(),
        body => body.to_string(),
    };
    let request = RequestToSign {
        method,
        path,
        body: body.as_bytes(),
    };
    let (key, id) = (SecretKey::new(secret), id.parse::<MerchantId>()?);
    let signed = Authorization::sign(&key, id, i64::try_from(now.as_secs())?, &request);
    Ok(format!("authorization: {signed}"))
}
