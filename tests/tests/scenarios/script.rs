//! Reads a scenario from its file.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};
use serde_json::Value;

/// A scenario, and where it is written.
#[derive(Debug)]
pub(crate) struct Script {
    pub(crate) file: PathBuf,
    pub(crate) steps: Vec<Step>,
    /// The lines to come, byte for byte.
    pub(crate) trace: Vec<String>,
}

/// One thing that somebody does.
#[derive(Debug)]
pub(crate) struct Step {
    pub(crate) line: usize,
    /// Who does what, such as `customer pays`.
    pub(crate) name: String,
    pub(crate) argument: Value,
}

impl Script {
    /// Reads a file whose steps are all known.
    pub(crate) fn read(file: &Path, is_known: impl Fn(&str) -> bool) -> Result<Self> {
        let text = std::fs::read_to_string(file)?;
        Self::parse(file, &text, is_known).with_context(|| file.display().to_string())
    }

    pub(crate) fn parse(file: &Path, text: &str, is_known: impl Fn(&str) -> bool) -> Result<Self> {
        let whole: Value = serde_json::from_str(text)?;
        let keys: Vec<_> = whole.as_object().context("an object")?.keys().collect();
        ensure!(
            keys == ["steps", "title", "trace"],
            "a scenario has title, steps and trace"
        );
        let mut steps = Vec::new();
        for (line, text) in list(text, "steps") {
            let step = Step::parse(file, line, text)?;
            let place = format!("{}:{line}", file.display());
            ensure!(
                is_known(&step.name),
                "{place}: there is no step `{}`",
                step.name
            );
            steps.push(step);
        }
        let trace = list(text, "trace");
        for (name, found) in [("steps", steps.len()), ("trace", trace.len())] {
            let all = whole[name].as_array().context("lists")?.len();
            ensure!(all == found, "one line for each of the {name}");
        }
        let trace = trace.into_iter().map(|(_, line)| line.to_owned());
        Ok(Self {
            file: file.to_owned(),
            steps,
            trace: trace.collect(),
        })
    }

    /// Writes the trace that came into the file.
    pub(crate) fn rewrite(&self, trace: &[String]) -> Result<()> {
        let text = std::fs::read_to_string(&self.file)?;
        let (before, _) = text.split_once("  \"trace\": [").context("a trace")?;
        let lines: Vec<_> = trace.iter().map(|line| format!("    {line}")).collect();
        let after = format!("  \"trace\": [\n{}\n  ]\n}}\n", lines.join(",\n"));
        Ok(std::fs::write(&self.file, before.to_owned() + &after)?)
    }
}

impl Step {
    fn parse(file: &Path, line: usize, text: &str) -> Result<Self> {
        let place = || format!("{}:{line}", file.display());
        let step: Value = serde_json::from_str(text).with_context(place)?;
        let Some((name, argument)) = step.as_object().and_then(|step| step.iter().next()) else {
            bail!("{}: a step is an object of one member", place());
        };
        Ok(Self {
            line,
            name: name.clone(),
            argument: argument.clone(),
        })
    }
}

/// The lines of a list, without the comma, and their numbers.
fn list<'a>(text: &'a str, name: &str) -> Vec<(usize, &'a str)> {
    let start = format!("\"{name}\": [");
    let lines = text.lines().enumerate();
    lines
        .skip_while(|(_, line)| line.trim() != start)
        .skip(1)
        .map(|(index, line)| (index + 1, line.trim()))
        .take_while(|(_, line)| !line.starts_with(']'))
        .map(|(number, line)| (number, line.strip_suffix(',').unwrap_or(line)))
        .collect()
}
