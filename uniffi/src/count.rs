//! How many tests passed, read from what the test tools print and write.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, Result};
use serde_json::Value;

/// Test results, added up.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    pub(crate) passed: u64,
    pub(crate) failed: u64,
    pub(crate) skipped: u64,
}

impl Counts {
    /// One passed or failed check.
    pub(crate) fn one(passed: bool) -> Self {
        Self {
            passed: u64::from(passed),
            failed: u64::from(!passed),
            skipped: 0,
        }
    }

    /// Nothing ran at all.
    pub(crate) fn is_empty(self) -> bool {
        self == Self::default()
    }
}

impl std::ops::AddAssign for Counts {
    fn add_assign(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
        self.skipped += other.skipped;
    }
}

impl std::iter::Sum for Counts {
    fn sum<I: Iterator<Item = Self>>(items: I) -> Self {
        items.fold(Self::default(), |mut sum, item| {
            sum += item;
            sum
        })
    }
}

impl std::fmt::Display for Counts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} passed, {} failed", self.passed, self.failed)?;
        match self.skipped {
            0 => Ok(()),
            skipped => write!(f, ", {skipped} skipped"),
        }
    }
}

/// `cargo test`: the `test result:` line of every test binary.
pub(crate) fn libtest(output: &str) -> Counts {
    let results = output
        .lines()
        .filter_map(|line| line.trim().strip_prefix("test result: "));
    results
        .map(|line| Counts {
            passed: number_before(line, " passed"),
            failed: number_before(line, " failed"),
            skipped: number_before(line, " ignored"),
        })
        .sum()
}

/// One report of Maven Surefire or Failsafe.
pub(crate) fn surefire(xml: &str) -> Result<Counts> {
    let document = roxmltree::Document::parse(xml)?;
    let suites = document
        .descendants()
        .filter(|node| node.has_tag_name("testsuite"));
    let mut counts = Counts::default();
    for suite in suites {
        let number = |name: &str| -> Result<u64> {
            let text = suite.attribute(name).unwrap_or("0");
            text.parse()
                .with_context(|| format!("{name} is {text:?} in a test suite"))
        };
        let (failed, skipped) = (number("failures")? + number("errors")?, number("skipped")?);
        counts += Counts {
            passed: number("tests")?.saturating_sub(failed + skipped),
            failed,
            skipped,
        };
    }
    Ok(counts)
}

/// `swift test`: the result of every test of XCTest and of Swift Testing, which run one after the
/// other. Their summaries count failed assertions, not failed tests.
pub(crate) fn swift(output: &str) -> Counts {
    let mut counts = Counts::default();
    for line in output.lines() {
        // Swift Testing's lines begin with a symbol, which depends on the terminal.
        let line = line.trim_start_matches(|c: char| !c.is_ascii_alphabetic());
        let [passed, failed, skipped] = if line.starts_with("Test Case ") {
            ["' passed (", "' failed (", "' skipped ("]
        } else if line.starts_with("Test ") && !line.starts_with("Test run with ") {
            [" passed after ", " failed after ", " skipped: "]
        } else {
            continue;
        };
        counts += Counts {
            passed: u64::from(line.contains(passed)),
            failed: u64::from(line.contains(failed)),
            skipped: u64::from(line.contains(skipped) || line.ends_with(" skipped.")),
        };
    }
    counts
}

/// `node --test --test-reporter=tap`: the totals at the end.
pub(crate) fn node(output: &str) -> Counts {
    let total = |name: &str| {
        let prefix = format!("# {name} ");
        let line = output.lines().rev().find_map(|l| l.strip_prefix(&prefix));
        line.map_or(0, leading_number)
    };
    Counts {
        passed: total("pass"),
        failed: total("fail") + total("cancelled"),
        skipped: total("skipped") + total("todo"),
    }
}

/// `python3 -m unittest`: `Ran 22 tests in 0.1s`, then `OK` or `FAILED (failures=1, errors=1)`.
pub(crate) fn unittest(output: &str) -> Counts {
    let ran = output.lines().rev().find_map(|l| l.strip_prefix("Ran "));
    let Some(ran) = ran.map(leading_number) else {
        return Counts::default();
    };
    let verdict = output
        .lines()
        .rev()
        .find(|line| line.starts_with("OK") || line.starts_with("FAILED"))
        .unwrap_or_default();
    let named = |name: &str| {
        verdict
            .split_once(&format!("{name}="))
            .map_or(0, |(_, rest)| leading_number(rest))
    };
    let failed = named("failures") + named("errors") + named("unexpected successes");
    let skipped = named("skipped");
    Counts {
        passed: ran.saturating_sub(failed + skipped),
        failed,
        skipped,
    }
}

/// `go test -json`: one event per line. A test with subtests is counted as its subtests.
pub(crate) fn go(output: &str) -> Counts {
    let mut results = BTreeMap::new();
    for event in output.lines().map(serde_json::from_str::<Value>) {
        let Ok(event) = event else { continue };
        if let (Some(package), Some(test), Some(action)) = (
            event["Package"].as_str(),
            event["Test"].as_str(),
            event["Action"].as_str(),
        ) && matches!(action, "pass" | "fail" | "skip")
        {
            results.insert(format!("{package} {test}"), action.to_owned());
        }
    }
    let parents: BTreeSet<&str> = results
        .keys()
        .filter_map(|name| Some(name.rsplit_once('/')?.0))
        .collect();
    let leaves = results
        .iter()
        .filter(|(name, _)| !parents.contains(name.as_str()));
    leaves
        .map(|(_, action)| Counts {
            passed: u64::from(action == "pass"),
            failed: u64::from(action == "fail"),
            skipped: u64::from(action == "skip"),
        })
        .sum()
}

fn leading_number(text: &str) -> u64 {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    text[..digits].parse().unwrap_or(0)
}

/// The number right before the first `word`; 0 without one.
fn number_before(text: &str, word: &str) -> u64 {
    let Some((before, _)) = text.split_once(word) else {
        return 0;
    };
    let digits = before.bytes().rev().take_while(u8::is_ascii_digit).count();
    before[before.len() - digits..].parse().unwrap_or(0)
}

#[cfg(test)]
mod tests;
