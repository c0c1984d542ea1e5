//! What the steps of a test run found, said to people and in the last line.

use std::process::ExitCode;

use anyhow::Result;
use camino::{Utf8Path, Utf8PathBuf};

use crate::{count::Counts, step::Step};

/// This much of a failed step's output is shown; the rest is in its log.
const SHOWN_LINES: usize = 150;

/// At most this many lines of it are in the summary, too: a long output may be cut in the middle.
const REPEATED_LINES: usize = 20;

/// How the test tools say that a test has failed, and why.
const NAMES_A_FAILURE: [&str; 10] = [
    "... FAILED",
    "panicked at",
    "<<< FAILURE!",
    "<<< ERROR!",
    "[ERROR]   ",
    "✘ Test",
    "not ok ",
    "FAIL: ",
    "ERROR: ",
    "error: ",
];

/// What a step has to say when it did not break.
#[derive(Debug)]
pub(crate) enum Outcome {
    /// It prepared something and tested nothing.
    Prepared,
    /// It ran tests or checks.
    Tested(Counts),
    /// It cannot run on this machine; the text says what is missing.
    Skipped(String),
}

/// All steps of a run, summed up.
#[derive(Debug)]
pub(crate) struct Report {
    logs: Utf8PathBuf,
    /// A machine that nobody watches must not pass by skipping.
    strict: bool,
    total: Counts,
    troubles: Vec<String>,
}

impl Report {
    /// An empty report whose steps log below `logs`.
    pub(crate) fn new(logs: Utf8PathBuf, strict: bool) -> Self {
        Self {
            logs,
            strict,
            total: Counts::default(),
            troubles: Vec::new(),
        }
    }

    /// Runs one step and says how it went. True if what depends on it can go on.
    pub(crate) fn step(
        &mut self,
        name: &str,
        work: impl FnOnce(&mut Step) -> Result<Outcome>,
    ) -> bool {
        println!("==> {name}");
        let log = self.logs.join(format!("{}.log", slug(name)));
        let mut step = match Step::start(log) {
            Ok(step) => step,
            Err(error) => return self.fail(name, &format!("{error:#}")),
        };
        let outcome = work(&mut step);
        let seconds = format!("{:.1} s", step.elapsed().as_secs_f64());
        match outcome {
            Ok(Outcome::Prepared) => {
                println!("    ok: {name} ({seconds})");
                true
            }
            Ok(Outcome::Tested(counts)) if counts.is_empty() => {
                show_log(step.log_path());
                self.fail(name, &format!("ran no tests ({seconds})"))
            }
            Ok(Outcome::Tested(counts)) => {
                self.total += counts;
                if counts.failed == 0 {
                    println!("    ok: {name}: {counts} ({seconds})");
                    return true;
                }
                show_log(step.log_path());
                self.trouble(name, &format!("{counts} ({seconds})"));
                self.troubles.extend(failures(step.log_path()));
                false
            }
            Ok(Outcome::Skipped(reason)) => {
                if self.strict {
                    return self.fail(name, &format!("{reason}; with CI set, that is a failure"));
                }
                self.total.skipped += 1;
                println!("    SKIPPED: {name}: {reason}");
                self.troubles.push(format!("SKIPPED: {name}: {reason}"));
                false
            }
            Err(error) => {
                show_log(step.log_path());
                self.fail(name, &format!("{error:#} ({seconds})"));
                self.troubles.extend(failures(step.log_path()));
                false
            }
        }
    }

    /// Runs a step that finds or makes what others need. None if it failed, or if this machine cannot
    /// have it: the inner error says why.
    pub(crate) fn prepare<T>(
        &mut self,
        name: &str,
        work: impl FnOnce(&mut Step) -> Result<Result<T, String>>,
    ) -> Option<T> {
        let mut found = None;
        let ready = self.step(name, |step| {
            Ok(match work(step)? {
                Ok(it) => {
                    found = Some(it);
                    Outcome::Prepared
                }
                Err(reason) => Outcome::Skipped(reason),
            })
        });
        found.filter(|_| ready)
    }

    /// Counts something that could not even begin.
    pub(crate) fn fail(&mut self, name: &str, reason: &str) -> bool {
        self.total.failed += 1;
        self.trouble(name, reason);
        false
    }

    /// The summary; its last line is the run's last line.
    pub(crate) fn finish(self) -> ExitCode {
        println!();
        for trouble in &self.troubles {
            println!("{trouble}");
        }
        println!("{}", self.total);
        if self.total.failed == 0 {
            ExitCode::SUCCESS
        } else {
            ExitCode::FAILURE
        }
    }

    fn trouble(&mut self, name: &str, reason: &str) {
        println!("    FAILED: {name}: {reason}");
        self.troubles.push(format!("FAILED: {name}: {reason}"));
    }
}

fn show_log(path: &Utf8Path) {
    let log = match std::fs::read(path) {
        Ok(log) => log,
        Err(error) => return println!("    | {path} cannot be read: {error}"),
    };
    let log = String::from_utf8_lossy(&log);
    let lines: Vec<&str> = log.lines().collect();
    let hidden = lines.len().saturating_sub(SHOWN_LINES);
    if hidden > 0 {
        println!("    | ({hidden} lines more in {path})");
    }
    for line in &lines[hidden..] {
        println!("    | {line}");
    }
}

/// The lines of a log that say which tests have failed.
fn failures(path: &Utf8Path) -> Vec<String> {
    let log = std::fs::read(path).unwrap_or_default();
    let log = String::from_utf8_lossy(&log);
    let names = |line: &&str| NAMES_A_FAILURE.iter().any(|words| line.contains(words));
    let mut shown: Vec<String> = Vec::new();
    for line in log.lines().filter(names) {
        let line = format!("    {}", line.trim());
        if shown.len() < REPEATED_LINES && !shown.contains(&line) {
            shown.push(line);
        }
    }
    shown
}

fn slug(name: &str) -> String {
    let safe = |c: char| if c.is_ascii_alphanumeric() { c } else { '-' };
    name.to_lowercase()
        .replace(": ", "-")
        .chars()
        .map(safe)
        .collect()
}

#[cfg(test)]
mod tests {
    use anyhow::{Context, bail};

    use super::*;

    fn report(strict: bool) -> Result<(tempfile::TempDir, Report)> {
        let directory = tempfile::tempdir()?;
        let path = Utf8PathBuf::from_path_buf(directory.path().into())
            .ok()
            .context("a UTF-8 path")?;
        Ok((directory, Report::new(path, strict)))
    }

    #[test]
    fn a_step_fails_by_failing_crashing_or_testing_nothing() -> Result<()> {
        let (_directory, mut report) = report(false)?;
        let tested = |passed, failed| {
            Ok(Outcome::Tested(Counts {
                passed,
                failed,
                skipped: 0,
            }))
        };
        assert!(report.step("prepare", |_| Ok(Outcome::Prepared)));
        assert!(report.step("good", |_| tested(3, 0)));
        assert!(!report.step("bad", |_| tested(2, 1)));
        assert!(!report.step("empty", |_| tested(0, 0)));
        assert!(!report.step("crash", |_| bail!("no such file")));
        assert!(!report.step("skip", |_| Ok(Outcome::Skipped("no tool".to_owned()))));
        assert_eq!(report.total.to_string(), "5 passed, 3 failed, 1 skipped");
        assert_eq!(report.troubles.len(), 4);
        assert_eq!(report.finish(), ExitCode::FAILURE);
        Ok(())
    }

    #[test]
    fn the_summary_names_what_has_failed() -> Result<()> {
        let (_directory, mut report) = report(false)?;
        report.step("tests", |step| {
            step.note("test a_good_one ... ok")?;
            step.note("test a_bad_one ... FAILED")?;
            step.note("[ERROR]   TillTest.a bad one:12 expected: <1> but was: <2>")?;
            Ok(Outcome::Tested(Counts::one(false)))
        });
        assert_eq!(
            report.troubles[1..],
            [
                "    test a_bad_one ... FAILED",
                "    [ERROR]   TillTest.a bad one:12 expected: <1> but was: <2>",
            ]
        );
        Ok(())
    }

    #[test]
    fn skipping_passes_only_where_somebody_watches() -> Result<()> {
        for (strict, code) in [(false, ExitCode::SUCCESS), (true, ExitCode::FAILURE)] {
            let (_directory, mut report) = report(strict)?;
            report.step("skip", |_| Ok(Outcome::Skipped("no tool".to_owned())));
            assert_eq!(report.finish(), code, "strict: {strict}");
        }
        Ok(())
    }
}
