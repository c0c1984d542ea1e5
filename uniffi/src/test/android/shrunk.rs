//! An app as R8 leaves it: it takes three payments with the AAR's rules, and none without any one.

use std::{fs, process::Command};

use anyhow::{Context, Result, ensure};
use camino::{Utf8Path, Utf8PathBuf};

use super::super::{
    Built,
    gateway::{Gateway, MERCHANT, SECRET},
};
use crate::{
    count::Counts,
    files,
    package::{
        aar::TERMINAL,
        archive::Archive,
        consumer,
        toolbox::{Output, Toolbox, classpath},
    },
    step::Step,
    workspace::Workspace,
};

/// JNA's library for this machine: AARs have none.
const JNA: &str = "com/sun/jna/linux-x86-64/libjnidispatch.so";

/// The app, compiled against the AAR as Maven hands it out.
pub(super) struct App<'a> {
    toolbox: &'a Toolbox,
    /// The app and its libraries.
    inputs: Vec<Utf8PathBuf>,
    /// The AAR's.
    rules: String,
    own_rules: Utf8PathBuf,
    /// What stands in for Android and for JNA's libraries.
    stand_in: Utf8PathBuf,
    work: Utf8PathBuf,
}

impl<'a> App<'a> {
    pub(super) fn compile(
        workspace: &Workspace,
        step: &mut Step,
        toolbox: &'a Toolbox,
        repository: &Utf8Path,
        work: &Utf8Path,
    ) -> Result<Self> {
        let source = workspace.root.join("android/shrink");
        let work = work.join("shrunk");
        files::remove(&work)?;
        let module = format!("com.mpac:{TERMINAL}:{}", env!("CARGO_PKG_VERSION"));
        let libraries = consumer::resolve(step, repository, &[module], &work.join("libraries"))?;
        let aar = libraries
            .iter()
            .filter(|library| library.name.starts_with(TERMINAL))
            .find_map(|library| library.aar.as_ref())
            .context("Maven found no AAR")?;
        let rules = fs::read_to_string(aar.join("proguard.txt"))?;
        let mut inputs: Vec<_> = libraries
            .iter()
            .map(|library| library.classes.clone())
            .collect();
        let classes = work.join("classes");
        toolbox.compile(step, &[source.join("src")], &inputs, &classes)?;
        let mut jar = Archive::jar()?;
        jar.add_folder("", &classes, |_| true)?;
        inputs.push(work.join("app.jar"));
        jar.write(&work.join("app.jar"))?;

        let stand_in = work.join("stand-in");
        let jna = Archive::read(&toolbox.jar("jna")?)?;
        let library = jna.get(JNA).with_context(|| format!("JNA has no {JNA}"))?;
        files::write(&stand_in.join("libjnidispatch.so"), library)?;
        step.check(
            Command::new("javac")
                .args(["-d", stand_in.as_str()])
                .arg(source.join("jvm/android/os/Build.java")),
        )?;
        Ok(Self {
            toolbox,
            inputs,
            rules,
            own_rules: source.join("app.pro"),
            stand_in,
            work,
        })
    }

    /// With the AAR's rules as they are.
    pub(super) fn check(&self, step: &mut Step, built: &Built) -> Result<()> {
        let output = self.take_payments(step, built, "whole", &self.rules)?;
        ensure!(
            output.matches("paid\n").count() == 3,
            "the shrunk app did not take three payments"
        );
        Ok(())
    }

    /// Without any one rule the app is not built, or takes no payment.
    pub(super) fn check_each_rule(&self, step: &mut Step, built: &Built) -> Result<Counts> {
        let rules = rules(&self.rules);
        let mut counts = Counts::default();
        for (at, rule) in rules.iter().enumerate() {
            let others: Vec<_> = rules
                .iter()
                .filter(|other| *other != rule)
                .copied()
                .collect();
            let result =
                self.take_payments(step, built, &format!("without-{at}"), &others.join("\n"));
            let needed = !result.is_ok_and(|output| output.matches("paid\n").count() == 3);
            if !needed {
                step.note(&format!("nothing needs the rule {rule}"))?;
            }
            counts += Counts::one(needed);
        }
        Ok(counts)
    }

    fn take_payments(
        &self,
        step: &mut Step,
        built: &Built,
        name: &str,
        rules: &str,
    ) -> Result<String> {
        let work = self.work.join(name);
        let file = work.join("rules.pro");
        files::write(&file, rules.as_bytes())?;
        let shrunk = work.join("app.jar");
        let rules = [file, self.own_rules.clone()];
        self.toolbox
            .shrink(step, &self.inputs, &rules, Output::Classes, &shrunk)?;
        let gateway = Gateway::start(&built.gateway, &work.join("gateway.log"))?;
        let mut command = Command::new("java");
        command
            .arg(format!("-Djna.boot.library.path={}", self.stand_in))
            .arg(format!("-Djna.library.path={}", built.library_directory))
            .args(["-classpath", &classpath(&[shrunk, self.stand_in.clone()])])
            .args(["com.example.till.MainKt", &gateway.url()])
            .arg(work.join("terminal"))
            .arg(&built.gateway);
        for _ in 0..3 {
            command.arg(token(built, &gateway)?);
        }
        let finished = step.run(&mut command)?;
        ensure!(
            finished.status.success(),
            "the app ended with {}",
            finished.status
        );
        Ok(finished.output)
    }
}

/// What the merchant's back end hands out.
fn token(built: &Built, gateway: &Gateway) -> Result<String> {
    let output = Command::new(&built.gateway)
        .args(["create", "--gateway", &gateway.url(), "--amount", "1500"])
        .args(["--merchant", &format!("{MERCHANT}:{SECRET}"), "--json"])
        .output()?;
    ensure!(output.status.success(), "the gateway created no payment");
    let intent: serde_json::Value = serde_json::from_slice(&output.stdout)?;
    let token = intent["payment_token"].as_str();
    Ok(token.context("no payment token")?.to_owned())
}

/// The rules of a file, each from its dash to the next.
fn rules(text: &str) -> Vec<&str> {
    let starts: Vec<_> = text
        .match_indices("\n-")
        .map(|(at, _)| at + 1)
        .chain(text.starts_with('-').then_some(0))
        .collect();
    let mut starts = starts;
    starts.sort_unstable();
    let ends = starts.iter().skip(1).copied().chain([text.len()]);
    starts
        .iter()
        .zip(ends)
        .filter_map(|(start, end)| text.get(*start..end))
        .map(without_comments)
        .collect()
}

/// A rule without the comment on the next one.
fn without_comments(rule: &str) -> &str {
    rule.split("\n#").next().unwrap_or(rule).trim()
}

#[cfg(test)]
mod tests {
    use super::rules;

    #[test]
    fn rules_are_told_from_comments() {
        let text = "# Why.\n-keep class a.** {\n    *;\n}\n# And\n# why.\n-dontwarn b.**\n";
        assert_eq!(
            rules(text),
            ["-keep class a.** {\n    *;\n}", "-dontwarn b.**"]
        );
        assert_eq!(rules("-a\n-b"), ["-a", "-b"]);
    }
}
