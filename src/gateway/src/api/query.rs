//! A query string, read parameter by parameter, so that each error names the one it is about.

use axum::extract::Query as Pairs;
use axum::http::Uri;
use mpac_pgw_protocol::PaymentIntentStatus;
use serde::Serialize;

use super::incoming::Incoming;
use crate::failure::Failure;

/// The parameters of a query string. Those that nobody asks for are ignored.
pub(super) struct Query(Vec<(String, String)>);

impl Query {
    pub(super) fn of(incoming: &Incoming) -> Result<Self, Failure> {
        // The path has been a URI's before.
        let uri: Uri = incoming.path.parse().unwrap_or_default();
        match Pairs::<Vec<(String, String)>>::try_from_uri(&uri) {
            Ok(Pairs(pairs)) => Ok(Self(pairs)),
            Err(_) => Err(Failure::invalid("the query string cannot be read")),
        }
    }

    /// A parameter that is not empty, if there is one.
    pub(super) fn text(&self, param: &str) -> Result<Option<&str>, Failure> {
        let mut values = self.0.iter().filter(|(name, _)| name == param);
        let first = values.next().map(|(_, value)| value.as_str());
        if values.next().is_some() {
            return Err(Failure::invalid_param(
                param,
                format!("{param} must be sent once"),
            ));
        }
        if first == Some("") {
            let why = format!("{param} must not be empty: leave it out instead");
            return Err(Failure::invalid_param(param, why));
        }
        Ok(first)
    }

    /// One of the known values, if there is one.
    pub(super) fn one_of(&self, param: &str, known: &[&str]) -> Result<Option<&str>, Failure> {
        let value = self.text(param)?;
        match value {
            Some(value) if !known.contains(&value) => {
                let why = format!("{param} must be one of {}", known.join(", "));
                Err(Failure::invalid_param(param, why))
            }
            _ => Ok(value),
        }
    }

    /// The status that payment intents are to have, if one is asked for.
    pub(super) fn status(&self) -> Result<Option<PaymentIntentStatus>, Failure> {
        let known = PaymentIntentStatus::ALL.iter();
        let known: Vec<_> = known.map(PaymentIntentStatus::as_str).collect();
        let status = self.one_of("status", &known)?;
        Ok(status.map(PaymentIntentStatus::from))
    }

    /// Which part of a list is asked for. `prefix` is that of its ids.
    pub(super) fn page(&self, prefix: &str) -> Result<Page, Failure> {
        let limit = match self.text("limit")?.map(str::parse::<usize>) {
            None => DEFAULT_LIMIT,
            Some(Ok(limit)) if (1..=MAX_LIMIT).contains(&limit) => limit,
            Some(_) => {
                let why = format!("limit must be 1 to {MAX_LIMIT}");
                return Err(Failure::invalid_param("limit", why));
            }
        };
        const AFTER: &str = "starting_after";
        let after = self.text(AFTER)?;
        if after.is_some_and(|id| !is_id(prefix, id)) {
            let why = format!(
                "starting_after must be the id of the last object of the page before, such as \
                 {prefix}01HXY…"
            );
            return Err(Failure::invalid_param(AFTER, why));
        }
        Ok(Page {
            limit,
            after: after.map(str::to_owned),
        })
    }
}

fn is_id(prefix: &str, text: &str) -> bool {
    let rest = text.strip_prefix(prefix).filter(|_| text.len() <= 128);
    rest.is_some_and(|rest| {
        !rest.is_empty() && rest.bytes().all(|byte| byte.is_ascii_alphanumeric())
    })
}

const DEFAULT_LIMIT: usize = 10;
const MAX_LIMIT: usize = 100;

/// A part of a list.
pub(super) struct Page {
    limit: usize,
    pub(super) after: Option<String>,
}

impl Page {
    /// How many to look for: one more than is shown, to know whether there are more.
    pub(super) fn look_for(&self) -> usize {
        self.limit + 1
    }

    /// How many are shown.
    pub(super) fn limit(&self) -> usize {
        self.limit
    }

    /// The list's part, of what was found.
    pub(super) fn list<T, V>(&self, mut found: Vec<T>, view: impl Fn(T) -> V) -> List<V> {
        let has_more = found.len() > self.limit;
        found.truncate(self.limit);
        List {
            object: "list",
            data: found.into_iter().map(view).collect(),
            has_more,
        }
    }
}

/// A part of a list, as it is answered.
#[derive(Serialize)]
pub(super) struct List<V> {
    object: &'static str,
    data: Vec<V>,
    /// Whether there are more after the last one.
    has_more: bool,
}
