//! What an app gets wrong must not compile: what would let it pass would let all pass.

use std::{collections::BTreeMap, fs};

use anyhow::{Context, Result, ensure};

use super::compiler::Compiler;
use crate::{count::Counts, files, report::Outcome, step::Step, workspace::Workspace};

/// Before an error's text, in a compiler's message and in the line it is about.
const ERROR: &str = " error: ";

/// Holds what the compiler says of each file against the file's own `// error: …` comments.
pub(super) fn check(
    step: &mut Step,
    workspace: &Workspace,
    compiler: &Compiler<'_>,
) -> Result<Outcome> {
    let folder = workspace.root.join("ios/check/misuse");
    let mut counts = Counts::default();
    for path in files::list(&folder)? {
        let path = folder.join(path);
        let text = fs::read_to_string(&path).with_context(|| format!("could not read {path}"))?;
        let wanted = expected(&text);
        ensure!(!wanted.is_empty(), "{path} gets nothing wrong");
        let output = compiler.attempt(step, &path)?.output;
        let problems = differences(&wanted, &reported(&output));
        for problem in &problems {
            step.note(&format!("{path}:{problem}"))?;
        }
        counts += Counts::one(problems.is_empty());
    }
    Ok(Outcome::Tested(counts))
}

/// Errors by their lines.
type Errors = BTreeMap<usize, String>;

fn expected(text: &str) -> Errors {
    let comment = format!("//{ERROR}");
    let numbered = text.lines().zip(1..);
    let errors = numbered.filter_map(|(line, number)| {
        let (_, message) = line.split_once(&comment)?;
        Some((number, message.to_owned()))
    });
    errors.collect()
}

/// Errors that are about no line of a file have the line 0: none is expected there.
fn reported(output: &str) -> Errors {
    let errors = output.lines().filter_map(|line| {
        let (place, message) = line.split_once(ERROR)?;
        // Otherwise it is the compiler's own picture of the line, or that line.
        let mut place = place.strip_suffix(':')?.rsplit(':');
        place.next()?.parse::<usize>().ok()?;
        let line = place.next()?.parse().unwrap_or(0);
        Some((line, message.to_owned()))
    });
    errors.collect()
}

fn differences(expected: &Errors, reported: &Errors) -> Vec<String> {
    let missing = expected
        .iter()
        .filter(|&(line, text)| !reported.get(line).is_some_and(|found| found.contains(text)))
        .map(|(line, text)| format!("{line}: compiles, but for: {text}"));
    let others = reported
        .iter()
        .filter(|&(line, _)| !expected.contains_key(line))
        .map(|(line, text)| format!("{line}: does not compile: {text}"));
    missing.chain(others).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOURCE: &str = "import A\nf()  // error: too new\ng()\n";

    fn problems(output: &str) -> Vec<String> {
        differences(&expected(SOURCE), &reported(output))
    }

    #[test]
    fn only_the_errors_that_a_file_names_are_right() {
        let right = "/x/A.swift:2:1: error: 'f' is too new\n\
            2 | f()  // error: too new\n  | `- error: 'f' is too new\n";
        assert_eq!(problems(right), [""; 0]);
        assert_eq!(problems(""), ["2: compiles, but for: too new"]);
        let another = "/x/A.swift:2:1: error: no 'f' in scope\n";
        assert_eq!(problems(another), ["2: compiles, but for: too new"]);
        let more = format!("{right}/x/A.swift:3:1: error: no 'g'\n<unknown>:0: error: bad\n");
        assert_eq!(
            problems(&more),
            ["0: does not compile: bad", "3: does not compile: no 'g'"]
        );
    }
}
