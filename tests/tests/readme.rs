//! The README shows code that is compiled and run elsewhere, and nothing that is not there.

use std::path::Path;

fn read(path: &str) -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    std::fs::read_to_string(root.join(path)).unwrap_or_default()
}

/// The first block of code in a language.
fn block<'a>(readme: &'a str, language: &str) -> Option<&'a str> {
    let (_, rest) = readme.split_once(&format!("```{language}\n"))?;
    Some(rest.split_once("\n```")?.0)
}

/// The part of a source file that is meant for the README.
fn marked(source: &str) -> Option<&str> {
    let (_, rest) = source.split_once("// README:START\n")?;
    Some(rest.split_once("\n// README:END")?.0)
}

#[test]
fn the_examples_are_the_ones_that_the_bindings_test() {
    let readme = read("README.md");
    let sources = [
        (
            "kotlin",
            "bindings/kotlin/src/test/kotlin/com/mpac/pgw/ReadmeExample.kt",
        ),
        (
            "swift",
            "bindings/swift/Tests/MpacPgwTests/ReadmeExample.swift",
        ),
    ];
    for (language, path) in sources {
        let source = read(path);
        let example = marked(&source);
        assert!(
            example.is_some_and(|code| code.lines().count() <= 15),
            "{path}"
        );
        assert_eq!(
            block(&readme, language),
            example,
            "copy the marked part of {path}"
        );
    }
}

#[test]
fn every_link_leads_somewhere() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let readme = read("README.md");
    let links: Vec<&str> = readme
        .split("](")
        .skip(1)
        .filter_map(|rest| rest.split(')').next())
        .collect();
    assert!(links.len() > 5);
    for link in links {
        assert!(root.join(link).exists(), "{link}");
    }
}

#[test]
fn every_event_is_explained() {
    let readme = read("README.md");
    let names = [
        "qr_ready",
        "card_app_requested",
        "status_changed",
        "connection_lost",
        "connection_restored",
        "payment_success",
        "payment_failed",
        "payment_cancelled",
        "payment_unresolved",
    ];
    for name in names {
        assert!(readme.contains(&format!("`{name}`")), "{name}");
    }
}
