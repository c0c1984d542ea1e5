//! examples/backend against the real gateway: every language takes every case.

mod cases;

use std::process::Command;

use anyhow::Result;
use camino::{Utf8Path, Utf8PathBuf};

use super::{Run, gateway::Gateway};
use crate::{
    count::{self, Counts},
    report::Outcome,
    step::Step,
    tools::{self, Tool, tool},
};

/// One back end, and how to run it.
struct Language {
    name: &'static str,
    tool: Tool,
    /// What `cargo build` would be; nothing for most.
    build: &'static [&'static str],
    /// The command of the back end; `{out}` is where `build` puts things.
    program: &'static [&'static str],
    unit_tests: &'static [&'static str],
    count: fn(&str) -> Counts,
}

const LANGUAGES: [Language; 3] = [
    Language {
        name: "node",
        tool: tool("node", "nodejs"),
        build: &[],
        program: &["node", "main.js"],
        unit_tests: &["node", "--test", "--test-reporter=tap"],
        count: count::node,
    },
    Language {
        name: "python",
        tool: tool("python3", "python3"),
        build: &[],
        program: &["python3", "-B", "main.py"],
        unit_tests: &["python3", "-B", "-m", "unittest"],
        count: count::unittest,
    },
    Language {
        name: "go",
        tool: tool("go", "golang-go"),
        build: &["go", "build", "-o", "{out}/go-backend", "."],
        program: &["{out}/go-backend"],
        unit_tests: &["go", "test", "-count=1", "-json", "./..."],
        count: count::go,
    },
];

pub(super) fn run(run: &mut Run) {
    vectors(run);
    let gateway = run.gateway();
    for language in &LANGUAGES {
        let ready = run
            .report
            .step(&format!("backend: {} tools", language.name), |step| {
                let missing = tools::ensure(step, &[language.tool])?;
                Ok(missing.map_or(Outcome::Prepared, Outcome::Skipped))
            });
        if ready {
            unit_tests(run, language);
            if let Some(gateway) = &gateway {
                payments(run, language, gateway);
            }
        }
    }
}

/// The vectors are what an independent computation makes of them.
fn vectors(run: &mut Run) {
    let script = run.workspace.root.join("tests/vectors/generate.py");
    run.report.step("backend: signing vectors", |step| {
        let needed = [tool("python3", "python3"), tool("openssl", "openssl")];
        if let Some(reason) = tools::ensure(step, &needed)? {
            return Ok(Outcome::Skipped(reason));
        }
        let mut command = Command::new("python3");
        let finished = step.run(command.arg(script).args(["--check", "--openssl"]))?;
        Ok(Outcome::Tested(Counts::one(finished.status.success())))
    });
}

fn unit_tests(run: &mut Run, language: &Language) {
    let directory = directory(run, language);
    let out = run.workspace.target.join("xtask");
    run.report
        .step(&format!("backend: {} unit tests", language.name), |step| {
            let mut command = command(language.unit_tests, &directory, &out);
            let finished = step.run(&mut command)?;
            let counts = (language.count)(&finished.output);
            Ok(Outcome::Tested(super::with_status(counts, finished.status)))
        });
}

fn payments(run: &mut Run, language: &Language, gateway: &Utf8Path) {
    let directory = directory(run, language);
    let out = run.workspace.target.join("xtask");
    run.report
        .step(&format!("backend: {} payments", language.name), |step| {
            if !language.build.is_empty() {
                step.check(&mut command(language.build, &directory, &out))?;
            }
            let log = out.join(format!("logs/backend-{}-gateway.log", language.name));
            let gateway = Gateway::start(gateway, &log)?;
            let program = || command(language.program, &directory, &out);
            Ok(Outcome::Tested(cases::run(step, &gateway, &program)?))
        });
}

fn directory(run: &Run, language: &Language) -> Utf8PathBuf {
    run.workspace
        .root
        .join("examples/backend")
        .join(language.name)
}

fn command(words: &[&str], directory: &Utf8Path, out: &Utf8Path) -> Command {
    let mut words = words.iter().map(|word| word.replace("{out}", out.as_str()));
    let mut command = Command::new(words.next().unwrap_or_default());
    command.args(words).current_dir(directory);
    // The Go on the PATH is the one to use, not one that it would download.
    command.env("GOTOOLCHAIN", "local");
    command
}

/// Says in the log what a case found.
fn verdict(step: &mut Step, name: &str, problem: Option<String>) -> Result<Counts> {
    match &problem {
        None => step.note(&format!("ok: {name}"))?,
        Some(problem) => step.note(&format!("FAILED: {name}: {problem}"))?,
    }
    Ok(Counts::one(problem.is_none()))
}
