use std::time::Duration;

use super::rule::{Action, Body, Rule, Target};
use crate::fields::{FieldError, Fields};
use crate::stand_in::results;
use crate::wire::Trouble;

/// An hour: longer than anyone waits.
const MAX_DELAY_MS: i64 = 3_600_000;

const ACTIONS: [&str; 8] = [
    "delay",
    "status",
    "scenario",
    "drop_before_write",
    "drop_after_write",
    "truncate",
    "garbage",
    "drip",
];

impl Rule {
    /// Reads a rule; it gets its id when it is added to a plan.
    pub(crate) fn read(fields: &Fields) -> Result<Self, FieldError> {
        let method = fields.text("method", 16)?;
        if method
            .as_ref()
            .is_some_and(|method| method.bytes().any(|byte| !byte.is_ascii_uppercase()))
        {
            let why = "method must be in upper case, such as POST; leave it out for any";
            return Err(FieldError::new("method", why));
        }
        let action = action(fields)?;
        let target = target(fields, action)?;
        let path = fields.text("path", 256)?;
        let path = path.unwrap_or_else(|| target.default_path().to_owned());
        if !path.starts_with(['/', '*']) || path.matches('*').count() > MAX_STARS {
            let why = "path must start with `/`; `*` stands for one part of it, `**` for any, with \
                       at most 6 stars";
            return Err(FieldError::new("path", why));
        }
        let count = number(fields, "count", 0, 1_000_000)?.unwrap_or(1);
        Ok(Self {
            id: String::new(),
            target,
            method,
            path,
            remaining: (count > 0).then_some(count),
            action,
        })
    }
}

/// More would make matching slow, and no path needs them.
const MAX_STARS: usize = 6;

fn target(fields: &Fields, action: Action) -> Result<Target, FieldError> {
    const PARAM: &str = "target";
    let is_paypays = matches!(action, Action::Scenario { .. });
    let Some(name) = fields.text(PARAM, 16)? else {
        return Ok(if is_paypays {
            Target::PayPay
        } else {
            Target::Gateway
        });
    };
    let known = Target::ALL.into_iter().find(|target| target.name() == name);
    match known {
        Some(Target::Gateway) if is_paypays => {
            let why = "target must be paypay: a scenario is one of PayPay's errors";
            Err(FieldError::new(PARAM, why))
        }
        Some(target) => Ok(target),
        None => Err(FieldError::new(PARAM, "target must be gateway or paypay")),
    }
}

/// A `scenario` needs no `action` beside it.
fn action(fields: &Fields) -> Result<Action, FieldError> {
    const PARAM: &str = "action";
    let action = fields.text(PARAM, 32)?;
    let action = match action {
        None if fields.get(SCENARIO).is_some() => SCENARIO.to_owned(),
        None => return Err(FieldError::missing(PARAM)),
        Some(action) => action,
    };
    Ok(match action.as_str() {
        SCENARIO => scenario(fields)?,
        "delay" => Action::Delay(required_delay(fields)?),
        "status" => Action::Status {
            status: status(fields)?,
            retry_after: number(fields, "retry_after", 0, 86_400)?,
            body: body(fields)?,
        },
        "drop_before_write" => Action::DropBeforeWrite,
        "drop_after_write" => Action::Answer(Trouble::Cut),
        "truncate" => Action::Answer(Trouble::Truncate),
        "garbage" => Action::Answer(Trouble::Garbage),
        "drip" => {
            let bytes = number(fields, "bytes", 1, 65_536)?.unwrap_or(1);
            let every = number(fields, DELAY, 1, MAX_DELAY_MS)?.unwrap_or(100);
            Action::Answer(Trouble::Drip {
                bytes: usize::try_from(bytes).unwrap_or(1),
                every: Duration::from_millis(every),
            })
        }
        _ => {
            let why = format!("action must be one of {}", ACTIONS.join(", "));
            return Err(FieldError::new(PARAM, why));
        }
    })
}

const SCENARIO: &str = "scenario";

/// One of PayPay's errors, by its code or codeId; before the request is handled, or after.
fn scenario(fields: &Fields) -> Result<Action, FieldError> {
    let name = fields.required_text(SCENARIO, 64)?;
    let row = results::any_row(&name).ok_or_else(|| {
        let why = "scenario must be a code or codeId of PayPay's tables, such as SERVICE_ERROR, \
                   MAINTENANCE_MODE, RATE_LIMIT, INTERNAL_SERVER_ERROR, TRANSACTION_FAILED or \
                   00200034";
        FieldError::new(SCENARIO, why)
    })?;
    let handled = fields.boolean("after_write")?.unwrap_or(false);
    Ok(Action::Scenario { row, handled })
}

const DELAY: &str = "delay_ms";

fn required_delay(fields: &Fields) -> Result<Duration, FieldError> {
    let delay = number(fields, DELAY, 1, MAX_DELAY_MS)?;
    let delay = delay.ok_or_else(|| FieldError::missing(DELAY))?;
    Ok(Duration::from_millis(delay))
}

fn status(fields: &Fields) -> Result<u16, FieldError> {
    const PARAM: &str = "status";
    let status = number(fields, PARAM, 200, 599)?.ok_or_else(|| FieldError::missing(PARAM))?;
    Ok(u16::try_from(status).unwrap_or(500))
}

fn body(fields: &Fields) -> Result<Body, FieldError> {
    const PARAM: &str = "body";
    let Some(name) = fields.text(PARAM, 16)? else {
        return Ok(Body::Json);
    };
    let known = Body::ALL.into_iter().find(|body| body.name() == name);
    known.ok_or_else(|| FieldError::new(PARAM, "body must be json, html or empty"))
}

fn number(fields: &Fields, param: &str, min: i64, max: i64) -> Result<Option<u64>, FieldError> {
    match fields.integer(param)? {
        None => Ok(None),
        Some(number) if (min..=max).contains(&number) => Ok(Some(number.unsigned_abs())),
        Some(_) => {
            let why = format!("{param} must be {min} to {max}");
            Err(FieldError::new(param, why))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_action_is_read_and_shown_alike() {
        for name in ACTIONS {
            let json = format!(
                r#"{{"action":"{name}","delay_ms":5,"status":503,"scenario":"RATE_LIMIT"}}"#
            );
            let rule = Rule::read(&Fields::parse(json.as_bytes()).unwrap()).unwrap();
            assert_eq!(rule.view()["action"], name);
            assert_eq!(rule.view()["count"], 1);
        }
    }

    #[test]
    fn what_is_wrong_is_named() {
        let table = [
            (r#"{}"#, "action"),
            (r#"{"action":"explode"}"#, "action"),
            (r#"{"action":"delay"}"#, "delay_ms"),
            (r#"{"action":"delay","delay_ms":-1}"#, "delay_ms"),
            (r#"{"action":"status"}"#, "status"),
            (r#"{"action":"status","status":99}"#, "status"),
            (r#"{"action":"status","status":503,"body":"xml"}"#, "body"),
            (r#"{"action":"garbage","method":"post"}"#, "method"),
            (r#"{"action":"garbage","path":"v1"}"#, "path"),
            (r#"{"action":"garbage","path":"/*/*/*/*/*/*/*"}"#, "path"),
            (r#"{"action":"garbage","count":-1}"#, "count"),
            (r#"{"action":"drip","bytes":0}"#, "bytes"),
            (r#"{"action":"garbage","target":"moon"}"#, "target"),
            (r#"{"scenario":"BAD_WEATHER"}"#, "scenario"),
            (r#"{"action":"scenario"}"#, "scenario"),
            (r#"{"scenario":"RATE_LIMIT","target":"gateway"}"#, "target"),
        ];
        for (json, param) in table {
            let error = Rule::read(&Fields::parse(json.as_bytes()).unwrap()).unwrap_err();
            assert_eq!(error.param.as_deref(), Some(param), "{json}");
        }
    }
}
