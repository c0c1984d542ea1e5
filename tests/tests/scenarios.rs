//! Plays every scenario of `tests/scenarios`, over HTTP and over HTTPS, and compares what was heard,
//! byte for byte. Nothing in the files is Rust's: over HTTP, the runners in
//! `bindings/kotlin/src/test/kotlin/com/mpac/pgw/scenarios` and
//! `bindings/swift/Tests/MpacPgwTests/Scenarios` play them as they are, and hear the same. What hands
//! over to the card app is played once more through the bridges, as `ByBridge.kt` in
//! `android/terminal/src/test/kotlin/com/mpac/pgw/android` and `ByBridge.swift` in
//! `ios/Tests/MpacPgwAppTests/Support` say.
//!
//! # A scenario
//!
//! A file `<group>/<name>.json` with a `title`, `steps` and the `trace` to come; each step and each
//! line of the trace on a line of its own, below the line with `"steps": [` or `"trace": [`. A step
//! is an object of one member: who does what, and the argument. It has a gateway and a data
//! directory of its own, and a terminal that is open when it begins. A step that nobody knows is an
//! error with its file and line, before anything is played.
//!
//! In a step's argument, `$` and the small letters after it stand for what was saved under that name:
//! `$gateway`, the gateway's URL, and `$address`, its host and port; `$id`, `$token` and `$code` of
//! the last order and the last customer; `$n`, a number that is another in each request.
//!
//! # The others
//!
//! What the merchant, the customer, another till, the network and the clock do is one request to the
//! gateway, as `world.json` says: `method` (or POST), `path`, `body`, over whose members those of the
//! argument are laid. With `sign` it has the merchant's signature and an Idempotency-Key of its own.
//! Its answer is a 2xx, or has the `status` named. `save` keeps members of the answer under names;
//! `tell` writes one to the trace: `gateway says` is `{"gateway":"says","status":…}`.
//!
//! # The app
//!
//! It polls once a second, also what is unresolved; grace past the end 1 s, request timeout 20 s.
//!
//! | step | argument | line of the trace |
//! |---|---|---|
//! | `app confirms` | `method`, `provider`, `customer_code`; `token`, or `$token` | `{"app":"confirms"}` |
//! | `app hears` | an event's name; waits, and writes all up to it | `{"event":…,"method":…,"replayed":…` and below |
//! | `app sees` | a state's name; waits | `{"app":"sees","state":…` and below |
//! | `app cancels` | | `…,"outcome":…` |
//! | `app switches` | as `app confirms` | `…,"outcome":…` |
//! | `app acknowledges` | | `…,"gone":…` |
//! | `app polls` | | none |
//! | `app retrieves` | `token`, or `$token` | `…,"status":…,"amount":…` |
//! | `app recovers` | | `…,"attempts":…`; the first is from now on *the* attempt |
//! | `app restarts` | `gateway_url`, or `$gateway`; `request_timeout_s`, `poll_s`, `backoff_after_s` | `{"app":"restarts"}` |
//! | `card app answers` | the request's result, with `outcome` and what else is to differ | `{"card app":"answers"}` |
//! | `disk fails` | the data directory is removed | none |
//!
//! A call that fails has `"error"` instead, and where the error has one, `"refusal"`, `"cause"` or
//! `"code"`. An approved card result has the approval code `APPROVAL1` and the brand `VISA`; another
//! has neither.
//!
//! # Lines
//!
//! Compact JSON in this order of members. Names of variants are written as on the wire: `QrReady` is
//! `qr_ready`. Texts, times and ids are left out; `qr` is which code of the scenario it is, from 1.
//!
//! | line | members after `event`, `method`, `replayed`, or after `app`, `state` |
//! |---|---|
//! | `qr_ready`, `awaiting_customer` | `provider`, `qr` |
//! | `card_app_requested` | `amount`, `currency` |
//! | `awaiting_card_app` | `amount` |
//! | `status_changed` | `status` |
//! | `switch_refused` | `code` |
//! | `connection_lost`, `verifying` | `cause` |
//! | `payment_failed` | `code`, `can_retry` |
//! | `payment_cancelled` | `by` |
//! | `payment_unresolved` | `cause`, `next_step` |
//! | `finished` | `result`, and those of its event |
//!
//! A restart loses what was told and not heard. At the end the terminal is shut down, what is then
//! left to hear is written too, and after that comes the step `books say`.
//!
//! `SCENARIO=<part of a path>` plays some; `WRITE_TRACES=1` writes what was heard into the files.

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "tests")]

#[path = "scenarios/app.rs"]
mod app;
#[path = "scenarios/script.rs"]
mod script;
#[path = "scenarios/trace.rs"]
mod trace;
#[path = "scenarios/world.rs"]
mod world;

use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use anyhow::{Context, Result};
use mpac_pgw_tests::Authority;
use serde_json::json;

use app::App;
use script::{Script, Step};
use world::{Words, World};

/// Nearly all of a scenario's time is spent waiting for the next poll.
const AT_A_TIME: usize = 16;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios")
}

/// The scenarios whose path has the text of `SCENARIO` in it, if that is set.
fn files() -> Vec<PathBuf> {
    let wanted = std::env::var("SCENARIO").unwrap_or_default();
    let mut files = Vec::new();
    for group in std::fs::read_dir(folder()).unwrap() {
        let Ok(group) = std::fs::read_dir(group.unwrap().path()) else {
            continue;
        };
        files.extend(group.map(|file| file.unwrap().path()));
    }
    files.retain(|file| file.to_string_lossy().contains(&wanted));
    files.sort();
    files
}

#[test]
fn every_scenario_is_heard_as_it_is_written() {
    play_all("HTTP", None);
}

#[test]
fn every_scenario_is_heard_alike_over_https() {
    if writes() {
        // The other test has the files.
        return;
    }
    play_all("HTTPS", Some(&Authority::new("root").unwrap()));
}

fn play_all(how: &str, tls: Option<&Authority>) {
    let (files, words) = (files(), Words::read(&folder()).unwrap());
    let next = AtomicUsize::new(0);
    let wrong = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..AT_A_TIME {
            scope.spawn(|| {
                while let Some(file) = files.get(next.fetch_add(1, Ordering::Relaxed)) {
                    if let Err(why) = play(file, &words, tls) {
                        wrong.lock().unwrap().push(format!("{why:#}"));
                    }
                }
            });
        }
    });
    let wrong = wrong.into_inner().unwrap();
    println!(
        "{} scenarios over {how}, {} wrong",
        files.len(),
        wrong.len()
    );
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

fn writes() -> bool {
    std::env::var_os("WRITE_TRACES").is_some()
}

#[test]
fn a_step_that_nobody_knows_is_refused_with_its_file_and_line() {
    let text = "{\n\"title\": \"\",\n\"steps\": [\n{\"app hears\": \"x\"},\n{\"app sings\": {}}\n],\n\
                \"trace\": [\n]\n}";
    let is_known = |name: &str| App::STEPS.contains(&name);
    let refused = Script::parse(Path::new("a.json"), text, is_known).unwrap_err();
    assert_eq!(
        refused.to_string(),
        "a.json:5: there is no step `app sings`"
    );
}

fn play(file: &Path, words: &Words, tls: Option<&Authority>) -> Result<()> {
    let script = Script::read(file, |name| App::STEPS.contains(&name) || words.has(name))?;
    let mut world = World::start(words, tls)?;
    let gateway = world.fill(&json!({ "gateway_url": "$gateway" }))?;
    let authorities = tls.map(Authority::pem).into_iter().collect();
    let mut app = App::open(&gateway, authorities)?;
    let mut failure = Ok(());
    for step in &script.steps {
        if let Err(why) = take(step, &mut world, &mut app) {
            failure = Err(why.context(format!("{}:{}", file.display(), step.line)));
            break;
        }
    }
    let mut trace = app.end();
    failure.with_context(|| trace.join("\n"))?;
    trace.extend(world.act("books say", &json!({}))?);
    if writes() {
        return script.rewrite(&trace);
    }
    anyhow::ensure!(
        trace == script.trace,
        "{}: the trace is\n{}",
        file.display(),
        trace.join("\n")
    );
    Ok(())
}

fn take(step: &Step, world: &mut World<'_>, app: &mut App) -> Result<()> {
    let mut argument = world.fill(&step.argument)?;
    if let Some(members) = argument.as_object_mut() {
        let defaults: &[_] = match step.name.as_str() {
            "app confirms" | "app retrieves" => &[("token", "$token")],
            "app restarts" => &[("gateway_url", "$gateway")],
            _ => &[],
        };
        for (member, value) in defaults {
            if !members.contains_key(*member) {
                members.insert((*member).to_owned(), world.fill(&json!(value))?);
            }
        }
    }
    if App::STEPS.contains(&step.name.as_str()) {
        return app.act(&step.name, &argument);
    }
    app.trace.extend(world.act(&step.name, &argument)?);
    Ok(())
}
