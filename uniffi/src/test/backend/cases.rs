//! What a merchant's back end has to get right, whatever it is written in.

use std::process::Command;

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use time::{Duration, OffsetDateTime, format_description::well_known::Rfc3339};

use super::verdict;
use crate::{
    count::Counts,
    step::Step,
    test::{
        cut::Relay,
        gateway::{Gateway, MERCHANT, SECRET},
    },
};

/// Runs all cases; `program` makes the back end's command, without arguments.
pub(super) fn run(
    step: &mut Step,
    gateway: &Gateway,
    program: &dyn Fn() -> Command,
) -> Result<Counts> {
    let mut cases = Cases {
        step,
        program,
        url: gateway.url(),
        printed: String::new(),
        counts: Counts::default(),
    };
    cases.creates()?;
    cases.retrieves()?;
    cases.names_orders()?;
    cases.types_refusals()?;
    cases.repeats_with_the_same_key(gateway)?;
    cases.explains_itself()?;
    cases.keeps_the_secret()?;
    Ok(cases.counts)
}

/// A call that the gateway refuses, and the guide's error for it.
struct Refusal {
    of: &'static str,
    arguments: &'static [&'static str],
    variables: &'static [(&'static str, &'static str)],
    status: u16,
    code: &'static str,
    /// What `param` begins with; empty where the guide names none.
    param: &'static str,
}

const REFUSALS: [Refusal; 6] = [
    Refusal {
        of: "a wrong secret",
        arguments: &["create", "100"],
        variables: &[("MPS_SECRET_KEY", "sk_test_wrong")],
        status: 401,
        code: "authentication_error",
        param: "",
    },
    Refusal {
        of: "an unknown merchant",
        arguments: &["create", "100"],
        variables: &[("MPS_MERCHANT_ID", "nobody")],
        status: 401,
        code: "authentication_error",
        param: "",
    },
    Refusal {
        of: "amount 0",
        arguments: &["create", "0"],
        variables: &[],
        status: 400,
        code: "invalid_request",
        param: "amount",
    },
    Refusal {
        of: "an unknown method",
        arguments: &["create", "100", "order_methods", "shells"],
        variables: &[],
        status: 400,
        code: "invalid_request",
        param: "payment_method_types",
    },
    Refusal {
        of: "an order that is there already",
        arguments: &["create", "100", "order_2025_001"],
        variables: &[],
        status: 400,
        code: "invalid_request",
        param: "merchant_ref_id",
    },
    Refusal {
        of: "an unknown payment",
        arguments: &["retrieve", "pi_00000000000000000000000000"],
        variables: &[],
        status: 404,
        code: "payment_not_found",
        param: "",
    },
];

struct Cases<'a> {
    step: &'a mut Step,
    program: &'a dyn Fn() -> Command,
    url: String,
    /// Everything that any command printed.
    printed: String,
    counts: Counts,
}

/// What one command of a back end did.
struct Answer {
    code: Option<i32>,
    stdout: String,
    stderr: String,
}

impl Answer {
    fn payment(&self) -> Result<Value> {
        ensure!(
            self.code == Some(0),
            "exit code {:?}: {}",
            self.code,
            self.stderr
        );
        serde_json::from_str(&self.stdout).context("stdout is not JSON")
    }

    fn error(&self) -> Result<Value> {
        ensure!(self.code == Some(1), "exit code {:?}, not 1", self.code);
        ensure!(self.stdout.is_empty(), "a failure wrote to stdout");
        let error: Value = serde_json::from_str(&self.stderr)
            .with_context(|| format!("stderr is not JSON: {}", self.stderr))?;
        Ok(error["error"].clone())
    }
}

impl Cases<'_> {
    /// The answer to create, field by field, as the guide has it.
    fn creates(&mut self) -> Result<()> {
        let answer = self.call(&["create", "2500", "order_2025_001"], &[])?;
        let payment = answer.payment();
        self.case("creates a payment", || {
            payment.as_ref().map(drop).map_err(text)
        })?;
        let payment = payment.unwrap_or_default();

        let expected = [
            ("object", json!("payment_intent")),
            ("status", json!("requires_payment_method")),
            ("amount", json!(2500)),
            ("currency", json!("JPY")),
            (
                "payment_method_types",
                json!(["qr_mpm", "credit_card", "cash"]),
            ),
            ("capture_method", json!("automatic")),
            ("merchant_store_id", json!("store_tokyo_001")),
            ("merchant_terminal_id", json!("pos_001")),
        ];
        for (field, value) in expected {
            self.case(&format!("create answers {field}"), || {
                equal(&payment[field], &value)
            })?;
        }
        let (id, token) = (string(&payment["id"]), string(&payment["payment_token"]));
        self.case("create answers id", || {
            holds(
                id.starts_with("pi_") && id.len() > 3,
                "does not begin with pi_",
            )
        })?;
        self.case("create answers payment_token", || {
            let secret = token.strip_prefix(&format!("{id}_secret_"));
            let long = secret.is_some_and(|secret| secret.len() >= 16);
            holds(long, "is not the id, _secret_ and a secret")
        })?;
        let times = ["created_at", "expires_at"]
            .map(|field| OffsetDateTime::parse(&string(&payment[field]), &Rfc3339));
        self.case("create answers created_at", || {
            let age = OffsetDateTime::now_utc() - times[0].map_err(text)?;
            holds(age.abs() < Duration::minutes(5), "is not now")
        })?;
        self.case("create answers expires_at", || {
            let life = times[1].map_err(text)? - times[0].map_err(text)?;
            holds(life == Duration::minutes(30), "is not 30 minutes later")
        })
    }

    fn retrieves(&mut self) -> Result<()> {
        let created = self.call(&["create", "1500"], &[])?.payment();
        let created = created.unwrap_or_default();
        let id = string(&created["id"]);
        let retrieved = self.call(&["retrieve", &id], &[])?.payment();
        self.case("retrieves the payment it created", || {
            let retrieved = retrieved.as_ref().map_err(text)?;
            let fields = created
                .as_object()
                .context("nothing was created")
                .map_err(text)?;
            // The token is for the terminal; the guide leaves open who else is told.
            for (field, value) in fields.iter().filter(|(name, _)| *name != "payment_token") {
                equal(&retrieved[field], value).map_err(|problem| format!("{field} {problem}"))?;
            }
            Ok(())
        })
    }

    fn names_orders(&mut self) -> Result<()> {
        let ids = [0, 1].map(|_| self.call(&["create", "100"], &[]));
        let [one, two] = ids.map(|answer| answer.and_then(|answer| answer.payment()));
        self.case("gives every order an id of its own", || {
            let (one, two) = (one.as_ref().map_err(text)?, two.as_ref().map_err(text)?);
            holds(one["id"] != two["id"], "two orders share a payment")
        })?;
        let chosen = self.call(&["create", "100", "order_注文_7", "cash,qr_cpm"], &[])?;
        self.case("allows the methods asked for", || {
            let payment = chosen.payment().map_err(text)?;
            equal(&payment["payment_method_types"], &json!(["cash", "qr_cpm"]))
        })
    }

    /// `code`, `message`, `param` and the HTTP status all reach the caller.
    fn types_refusals(&mut self) -> Result<()> {
        for refusal in REFUSALS {
            let error = self.call(refusal.arguments, refusal.variables)?.error();
            self.case(&format!("types the refusal of {}", refusal.of), || {
                let error = error.as_ref().map_err(text)?;
                equal(&error["http_status"], &json!(refusal.status))?;
                equal(&error["code"], &json!(refusal.code))?;
                let param = string(&error["param"]);
                let problem = format!("param is {param:?}, not {}", refusal.param);
                holds(param.starts_with(refusal.param), &problem)?;
                holds(!string(&error["message"]).is_empty(), "there is no message")
            })?;
        }
        Ok(())
    }

    fn repeats_with_the_same_key(&mut self, gateway: &Gateway) -> Result<()> {
        let relay = Relay::start(&gateway.address)?;
        let url = relay.url();
        let answer = self.call(
            &["create", "700", "order_lost_answer"],
            &[("MPS_BASE_URL", &url)],
        )?;
        let exchanges = relay.exchanges()?;
        let [first, second] = exchanges.as_slice() else {
            return self.case("repeats a call without an answer", || {
                Err(format!(
                    "it asked {} times: {}",
                    exchanges.len(),
                    answer.stderr
                ))
            });
        };
        self.case("repeats a call with the same Idempotency-Key", || {
            let key = first.request.header("Idempotency-Key");
            holds(key.is_some_and(|key| key.len() >= 32), "there is no key")?;
            holds(
                key == second.request.header("Idempotency-Key"),
                "the key changed",
            )?;
            holds(
                first.request.body() == second.request.body(),
                "the body changed",
            )
        })?;
        self.case("gets the payment whose answer was lost", || {
            let made: Value = serde_json::from_slice(first.answer.body()).map_err(text)?;
            holds(made["id"].is_string(), "the first answer was no payment")?;
            equal(&answer.payment().map_err(text)?["id"], &made["id"])
        })
    }

    fn explains_itself(&mut self) -> Result<()> {
        let closed = std::net::TcpListener::bind("127.0.0.1:0")?.local_addr()?;
        let url = format!("http://{closed}");
        let error = self
            .call(&["create", "100"], &[("MPS_BASE_URL", &url)])?
            .error();
        self.case("says that there was no answer", || {
            equal(
                &error.as_ref().map_err(text)?["code"],
                &json!("connection_error"),
            )
        })?;
        for name in ["MPS_MERCHANT_ID", "MPS_SECRET_KEY"] {
            let answer = self.call(&["create", "100"], &[(name, "")])?;
            self.case(&format!("asks for {name}"), || {
                holds(
                    answer.code == Some(2),
                    &format!("exit code {:?}", answer.code),
                )?;
                holds(answer.stderr.contains(name), "does not name it")
            })?;
        }
        for arguments in [&["create"][..], &["create", "25.00"], &["refund"], &[]] {
            let answer = self.call(arguments, &[])?;
            self.case(&format!("refuses the command line {arguments:?}"), || {
                holds(
                    answer.code == Some(2),
                    &format!("exit code {:?}", answer.code),
                )
            })?;
        }
        Ok(())
    }

    fn keeps_the_secret(&mut self) -> Result<()> {
        let shown = self.printed.contains(SECRET);
        self.case("prints the secret key nowhere", || holds(!shown, "it does"))
    }

    fn call(&mut self, arguments: &[&str], variables: &[(&str, &str)]) -> Result<Answer> {
        let mut command = (self.program)();
        command
            .args(arguments)
            .env("MPS_BASE_URL", &self.url)
            .env("MPS_MERCHANT_ID", MERCHANT)
            .env("MPS_SECRET_KEY", SECRET)
            .env("MPS_STORE_ID", "store_tokyo_001")
            .env("MPS_TERMINAL_ID", "pos_001")
            .envs(variables.iter().copied());
        let output = command.output().context("could not run the back end")?;
        let answer = Answer {
            code: output.status.code(),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        };
        self.printed.push_str(&answer.stdout);
        self.printed.push_str(&answer.stderr);
        Ok(answer)
    }

    fn case(&mut self, name: &str, check: impl FnOnce() -> Result<(), String>) -> Result<()> {
        self.counts += verdict(self.step, name, check().err())?;
        Ok(())
    }
}

fn equal(found: &Value, expected: &Value) -> Result<(), String> {
    holds(found == expected, &format!("is {found}, not {expected}"))
}

fn holds(condition: bool, problem: &str) -> Result<(), String> {
    if condition {
        Ok(())
    } else {
        Err(problem.to_owned())
    }
}

fn string(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn text(error: impl std::fmt::Display) -> String {
    format!("{error:#}")
}
