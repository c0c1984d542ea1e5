//! The Swift compiler for one of Apple's targets, with availability and isolation checked as Xcode does.

use std::{fs, process::Command};

use anyhow::{Context, Result};
use camino::{Utf8Path, Utf8PathBuf};

use super::{modules::Module, standard};
use crate::{
    files, package::apple::slice::Slice, step::Finished, step::Step, test::toolchain::Toolchain,
    tools, workspace::Workspace,
};

/// What the project uses of Apple's frameworks, by hand; each after what it imports.
const DECLARATIONS: [&str; 9] = [
    "Darwin",
    "Dispatch",
    "Foundation",
    "os",
    "Security",
    "CryptoKit",
    "Combine",
    "UIKit",
    "SwiftUI",
];

/// A compiler for one target, and where what it makes goes.
#[derive(Debug)]
pub(super) struct Compiler<'a> {
    toolchain: &'a Toolchain,
    workspace: &'a Workspace,
    /// The target, with the oldest system that the SDK runs on.
    triple: String,
    /// The standard library.
    standard: Utf8PathBuf,
    /// Apple's frameworks.
    frameworks: Utf8PathBuf,
    output: Utf8PathBuf,
}

impl<'a> Compiler<'a> {
    /// One with all that comes from others. The inner error says why this machine cannot have it.
    pub(super) fn prepare(
        step: &mut Step,
        workspace: &'a Workspace,
        toolchain: &'a Toolchain,
        slice: &Slice,
    ) -> Result<Result<Self, String>> {
        let triple = slice.triple();
        let standard = match standard::prepare(step, toolchain, &triple)? {
            Ok(standard) => standard,
            Err(reason) => return Ok(Err(reason)),
        };
        // What a former run has left must not be found.
        let output = workspace.target.join("xtask/ios").join(&triple);
        files::remove(&output)?;
        let compiler = Self {
            toolchain,
            workspace,
            triple,
            standard,
            frameworks: output.join("frameworks"),
            output,
        };
        for name in DECLARATIONS {
            compiler.declare(step, name)?;
        }
        Ok(Ok(compiler))
    }

    /// Compiles the declarations of a framework.
    fn declare(&self, step: &mut Step, name: &str) -> Result<()> {
        let folder = self.workspace.root.join("ios/check/frameworks");
        let source = folder.join(format!("{name}.swiftinterface"));
        let text =
            fs::read_to_string(&source).with_context(|| format!("could not read {source}"))?;
        // Beside the module, the text would be compiled instead.
        let interface = self.frameworks.join(format!("text/{name}.swiftinterface"));
        let header = header(name, &self.triple);
        files::write(&interface, format!("{header}{text}").as_bytes())?;
        let module = self.module(&self.frameworks, name);
        let arguments = [
            "-compile-module-from-interface",
            interface.as_str(),
            "-module-name",
            name,
            "-o",
            module.as_str(),
        ];
        self.check(step, &arguments)
    }

    /// Compiles one of the project's modules, of which those that it imports are compiled. Nothing
    /// may be warned of.
    pub(super) fn compile(&self, step: &mut Step, module: &Module) -> Result<()> {
        let mut arguments = vec!["-c", "-wmo", "-parse-as-library", "-warnings-as-errors"];
        let (interface, object) = (self.module(&self.output, &module.name), self.object(module));
        arguments.extend([
            "-module-name",
            &module.name,
            "-package-name",
            module.package,
        ]);
        arguments.extend(["-emit-module", "-emit-module-path", interface.as_str()]);
        arguments.extend(["-o", object.as_str()]);
        arguments.extend(module.sources.iter().map(|source| source.as_str()));
        let bundle = self.output.join(format!("{}.Bundle.swift", module.name));
        if module.has_resources() {
            files::write(&bundle, BUNDLE.as_bytes())?;
            arguments.push(bundle.as_str());
        }
        self.check(step, &arguments)
    }

    /// Compiles a file of an app's, which may go wrong.
    pub(super) fn attempt(&self, step: &mut Step, source: &Utf8Path) -> Result<Finished> {
        // Who may touch what is only known once it is lowered.
        let sil = self.output.join("app.sil");
        let arguments = ["-emit-sil", "-parse-as-library", source.as_str(), "-o"];
        step.run(&mut self.command(&[&arguments[..], &[sil.as_str()]].concat())?)
    }

    /// Writes what a module has for apps into `folder`, for its documentation.
    pub(super) fn extract(&self, step: &mut Step, name: &str, folder: &Utf8Path) -> Result<()> {
        let mut arguments = vec!["-module-name", name, "-output-dir", folder.as_str()];
        arguments.extend(["-minimum-access-level", "public"]);
        arguments.extend(["-skip-synthesized-members", "-target", &self.triple]);
        let found = self.search();
        arguments.extend(found.iter().map(String::as_str));
        step.check(&mut self.run("swift-symbolgraph-extract", &self.standard, &arguments)?)?;
        Ok(())
    }

    /// What a module becomes for the linker.
    pub(super) fn object(&self, module: &Module) -> Utf8PathBuf {
        self.output.join(format!("{}.o", module.name))
    }

    /// Where everything goes that is made for the target.
    pub(super) fn folder(&self) -> &Utf8Path {
        &self.output
    }

    fn module(&self, folder: &Utf8Path, name: &str) -> Utf8PathBuf {
        folder.join(format!("{name}.swiftmodule"))
    }

    fn check(&self, step: &mut Step, arguments: &[&str]) -> Result<()> {
        step.check(&mut self.command(arguments)?)?;
        Ok(())
    }

    /// swift-frontend, and not swiftc: the latter asks for Apple's SDK.
    fn command(&self, arguments: &[&str]) -> Result<Command> {
        let mut all = arguments.to_vec();
        all.extend(["-target", &self.triple, "-disable-objc-interop"]);
        all.extend(["-swift-version", "6"]);
        let found = self.search();
        all.extend(found.iter().map(String::as_str));
        // There, since the standard library's modules know their texts by relative paths.
        self.run("swift-frontend", &self.standard, &all)
    }

    /// Where modules are found.
    fn search(&self) -> Vec<String> {
        let mut found = Vec::new();
        for folder in [&self.standard, &self.frameworks, &self.output] {
            found.extend(["-I".to_owned(), folder.to_string()]);
        }
        let sources = self.workspace.root.join("bindings/swift/Sources");
        let c = format!("-fmodule-map-file={sources}/MpacPgwCoreFFI/module.modulemap");
        // The C header needs no C library.
        for option in [c, "-ffreestanding".to_owned()] {
            found.extend(["-Xcc".to_owned(), option]);
        }
        found
    }

    /// One of the toolchain's programs.
    pub(super) fn run(
        &self,
        program: &str,
        directory: &Utf8Path,
        arguments: &[&str],
    ) -> Result<Command> {
        let shared = [
            self.workspace.root.clone(),
            self.workspace.target.clone(),
            tools::cache()?,
        ];
        self.toolchain
            .program(program, directory, arguments, &shared)
    }
}

/// What SwiftPM generates for a module with resources.
const BUNDLE: &str = "\
import Foundation

extension Foundation.Bundle {
    static let module = Bundle.main
}
";

/// How an interface begins.
fn header(name: &str, triple: &str) -> String {
    format!(
        "// swift-interface-format-version: 1.0\n\
         // swift-module-flags: -target {triple} -disable-objc-interop -enable-library-evolution \
         -swift-version 6 -module-name {name}\n\
         import Swift\nimport _Concurrency\n"
    )
}
