//! A linker for Android's libraries, and what it links them against.

use std::{
    fs::{self, Permissions},
    hash::{DefaultHasher, Hash, Hasher},
    os::unix::fs::PermissionsExt,
};

use anyhow::{Context, Result};
use camino::{Utf8Path, Utf8PathBuf};

use super::{
    abi::Abi,
    bionic::{Bionic, LIBRARIES},
    toolchain::{Toolchain, headers},
    unwinder,
};
use crate::{step::Step, workspace::Workspace};

/// What tests on Linux have in the place of bionic.
pub(crate) const STAND_IN: &str = "android/native/shim/bionic.c";

/// Links twice. The second library is for tests on Linux: glibc cannot read packed relocations, and
/// some calls go to a stand-in for bionic, which is in the same folder.
const SCRIPT: &str = r#"#!/bin/sh
set -eu
output= before=
for word; do
    if [ "$before" = -o ]; then output=$word; fi
    before=$word
done
COMPILER "$@"
exec COMPILER "$@" -Wl,--pack-dyn-relocs=none,-z,undefs '-Wl,-rpath,$ORIGIN' WRAPPED -o "$output.linux"
"#;

/// A linker for one ABI.
#[derive(Debug)]
pub(super) struct Linker {
    pub(super) program: Utf8PathBuf,
    /// Where it finds libraries. What is in there and how it links decide the name, so that cargo
    /// links again when either is another.
    pub(super) libraries: Utf8PathBuf,
}

impl Linker {
    /// Makes it in `folder`.
    pub(super) fn make(
        step: &mut Step,
        workspace: &Workspace,
        toolchain: &Toolchain,
        abi: &Abi,
        folder: &Utf8Path,
    ) -> Result<Self> {
        let stand_in = workspace.root.join(STAND_IN);
        let stand_in =
            fs::read_to_string(&stand_in).with_context(|| format!("could not read {stand_in}"))?;
        let mut compiler = format!("{} --target={}", toolchain.program("clang"), abi.triple());
        if let Toolchain::Debian(..) = toolchain {
            compiler += " -fuse-ld=lld -nostdlib";
        }
        let script = SCRIPT
            .replace("COMPILER", &compiler)
            .replace("WRAPPED", &wrapped(&stand_in));
        let bionic = Bionic::read(&workspace.root, abi)?;
        let stubs = LIBRARIES.map(|library| (library, bionic.assembly(library)));
        let mut hasher = DefaultHasher::new();
        (&script, &stubs, unwinder::FLAGS).hash(&mut hasher);
        let linker = Self {
            // Rust takes a linker by its name for what it is.
            program: folder.join("clang"),
            libraries: folder.join(format!("link-{:016x}", hasher.finish())),
        };
        fs::create_dir_all(&linker.libraries)
            .with_context(|| format!("could not create {}", linker.libraries))?;
        fs::write(&linker.program, script)?;
        fs::set_permissions(&linker.program, Permissions::from_mode(0o755))?;
        let Toolchain::Debian(_, zig) = toolchain else {
            // The NDK has all of it.
            return Ok(linker);
        };
        let mut run = |words: &[String]| {
            let shared = [workspace.root.as_path(), &workspace.target];
            step.check(toolchain.enter(&linker.libraries, &shared)?.args(words))
        };
        let target = format!("--target={}", abi.triple());
        for (library, stub) in stubs {
            fs::write(linker.libraries.join(format!("{library}.s")), stub)?;
            let link = "-fuse-ld=lld -shared -nostdlib -Wl,-soname";
            run(&words(&format!(
                "clang {target} {link},{library}.so {library}.s -o {library}.so"
            )))?;
        }
        let flags = unwinder::FLAGS.join(" ");
        let compile = words(&format!("clang {target} {flags} -I{zig}/libunwind/include"));
        run(&[compile, headers(zig, abi), unwinder::sources(zig).to_vec()].concat())?;
        run(&[
            words("llvm-ar rcsD libunwind.a"),
            unwinder::objects().to_vec(),
        ]
        .concat())?;
        Ok(linker)
    }
}

fn words(line: &str) -> Vec<String> {
    line.split(' ').map(str::to_owned).collect()
}

/// Tells the linker which calls the stand-in for bionic takes.
fn wrapped(stand_in: &str) -> String {
    let names = stand_in.split("__wrap_").skip(1).map(|rest| {
        let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_');
        format!("-Wl,--wrap={}", &rest[..end.unwrap_or(rest.len())])
    });
    names.collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::wrapped;

    #[test]
    fn calls_go_to_the_stand_in_by_what_is_defined_there() {
        let stand_in =
            "int __errno(void);\nint __wrap_stat(x) {}\nint __wrap_strerror_r(int error)";
        assert_eq!(wrapped(stand_in), "-Wl,--wrap=stat -Wl,--wrap=strerror_r");
    }
}
