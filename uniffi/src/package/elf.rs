//! What an Android library is held against before it ships: a device would refuse it, or worse.

use std::collections::BTreeSet;

use anyhow::{Context, Result, ensure};
use goblin::elf::{
    Elf,
    dynamic::{DF_TEXTREL, DT_TEXTREL},
    program_header::{PF_X, PT_GNU_STACK, PT_LOAD},
    sym::STB_WEAK,
};

use super::{
    abi::{API, Abi},
    bionic::{Bionic, LIST},
};

/// What every library of the SDK is called.
pub(super) const NAME: &str = "libmpac_pgw_sdk.so";

/// Relocations in the form that Android 11 is the first to read.
const TOO_NEW: [u64; 2] = [36, 0x6fff_e000];

/// Functions of the unwinder that a panic needs.
const UNWINDER: [&str; 2] = ["_Unwind_RaiseException", "_Unwind_Resume"];

/// Holds the library against what devices demand; the error says everything that is wrong.
pub(super) fn check(library: &[u8], abi: &Abi, bionic: &Bionic) -> Result<()> {
    let elf = Elf::parse(library).context("not an ELF file")?;
    let mut faults = Vec::new();
    if elf.header.e_machine != abi.machine {
        faults.push(format!("it is not for {}", abi.name));
    }
    if elf.soname != Some(NAME) {
        faults.push(format!("it is called {:?}, not {NAME}", elf.soname));
    }
    imports(&elf, bionic, &mut faults);
    relocations(&elf, &mut faults);
    for segment in &elf.program_headers {
        if segment.p_type == PT_LOAD && segment.p_align < abi.page {
            faults.push(format!(
                "a segment is aligned to {} bytes, not {}",
                segment.p_align, abi.page
            ));
        }
        if segment.p_type == PT_GNU_STACK && segment.p_flags & PF_X != 0 {
            faults.push("its stack is executable".to_owned());
        }
    }
    if library.len() as u64 > abi.limit {
        let bytes = library.len();
        faults.push(format!("its {bytes} bytes are more than {}", abi.limit));
    }
    ensure!(faults.is_empty(), "{}: {}", abi.name, faults.join("; "));
    Ok(())
}

/// Nothing may be missing on a device, and nothing may be there only by chance.
fn imports(elf: &Elf<'_>, bionic: &Bionic, faults: &mut Vec<String>) {
    let mut libraries = BTreeSet::new();
    for symbol in elf.dynsyms.iter().skip(1).filter(|s| s.is_import()) {
        let name = elf.dynstrtab.get_at(symbol.st_name).unwrap_or_default();
        match bionic.library(name) {
            Some(library) => {
                libraries.insert(format!("{library}.so"));
            }
            None if name.starts_with("_Unwind_") => {
                faults.push(format!("{name} of the unwinder is not linked in"));
            }
            // It is asked for before it is called.
            None if symbol.st_bind() == STB_WEAK => {}
            None => faults.push(format!(
                "it needs {name}, which is not in {LIST}: a name of bionic's at API {API} is added there"
            )),
        }
    }
    let needed: BTreeSet<String> = elf.libraries.iter().map(|&name| name.to_owned()).collect();
    if needed != libraries {
        faults.push(format!("it asks for {needed:?} but uses {libraries:?}"));
    }
}

fn relocations(elf: &Elf<'_>, faults: &mut Vec<String>) {
    let Some(dynamic) = &elf.dynamic else {
        return faults.push("it is not a dynamic library".to_owned());
    };
    let has = |tag: u64| dynamic.dyns.iter().any(|entry| entry.d_tag == tag);
    if has(DT_TEXTREL) || dynamic.info.flags & DF_TEXTREL != 0 {
        faults.push("its code is changed as it is loaded".to_owned());
    }
    if TOO_NEW.into_iter().any(has) {
        faults.push("its relocations are unknown before Android 11".to_owned());
    }
}

/// Looks for the unwinder and for paths of this machine in the library before it is stripped.
pub(super) fn check_unstripped(library: &[u8], paths: &[&str]) -> Result<()> {
    let elf = Elf::parse(library).context("not an ELF file")?;
    let defined: BTreeSet<&str> = elf
        .syms
        .iter()
        .filter(|symbol| !symbol.is_import())
        .filter_map(|symbol| elf.strtab.get_at(symbol.st_name))
        .collect();
    for name in UNWINDER {
        ensure!(defined.contains(name), "{name} is not linked in");
    }
    for path in paths {
        let found = library
            .windows(path.len())
            .any(|part| part == path.as_bytes());
        ensure!(!found, "the path {path} of this machine is in the library");
    }
    Ok(())
}

#[cfg(all(test, target_os = "linux", target_arch = "x86_64"))]
mod tests {
    use std::{fs, process::Command};

    use camino::Utf8Path;

    use super::super::abi::ABIS;
    use super::*;

    const X86_64: &Abi = &ABIS[2];
    const LIST: &str = "libc abort";
    const UNWINDER: &str = "_Unwind_RaiseException: _Unwind_Resume: ret\n";
    const OPTIONS: [&str; 2] = [
        "-Wl,-soname,libmpac_pgw_sdk.so",
        "-Wl,-z,max-page-size=16384",
    ];

    /// Links a library that calls `abort` and the unwinder, against a libc with the names in `list`.
    fn linked(list: &str, code: &str, options: &[&str]) -> Result<Vec<u8>> {
        let folder = tempfile::tempdir()?;
        let path = Utf8Path::from_path(folder.path()).context("a UTF-8 path")?;
        let cc = |arguments: &[&str]| -> Result<()> {
            let mut cc = Command::new("cc");
            cc.args([
                "-shared",
                "-nostdlib",
                "-Wl,-z,noexecstack",
                "-Wl,--as-needed",
            ]);
            let status = cc.args(arguments).current_dir(path).status()?;
            ensure!(status.success(), "{arguments:?}");
            Ok(())
        };
        let libc = Bionic::parse(list, X86_64)?.assembly("libc");
        fs::write(path.join("c.s"), libc)?;
        cc(&["c.s", "-o", "libc.so", "-Wl,-soname,libc.so"])?;
        let calls = ["abort", "_Unwind_RaiseException", "_Unwind_Resume"];
        let calls = calls.map(|name| format!("call {name}@PLT\n")).concat();
        fs::write(
            path.join("sdk.s"),
            format!(".globl pay\npay: {calls}{code}"),
        )?;
        cc(&[&["sdk.s", "-L.", "-lc", "-o", "sdk.so"], options].concat())?;
        Ok(fs::read(path.join("sdk.so"))?)
    }

    fn faults(list: &str, library: &[u8]) -> Result<String> {
        let bionic = Bionic::parse(list, X86_64)?;
        Ok(check(library, X86_64, &bionic)
            .map_or_else(|error| error.to_string(), |()| String::new()))
    }

    #[test]
    fn a_library_that_devices_load_passes() -> Result<()> {
        let library = linked(LIST, UNWINDER, &OPTIONS)?;
        assert_eq!(faults(LIST, &library)?, "");
        check_unstripped(&library, &["/home/nobody"])
    }

    #[test]
    fn a_library_linked_against_empty_stubs_is_refused() -> Result<()> {
        let library = linked("", "", &OPTIONS)?;
        let faults = faults(LIST, &library)?;
        for fault in [
            "_Unwind_RaiseException of the unwinder is not linked in",
            "_Unwind_Resume of the unwinder is not linked in",
            r#"it asks for {} but uses {"libc.so"}"#,
        ] {
            assert!(faults.contains(fault), "{fault}: {faults}");
        }
        assert!(check_unstripped(&library, &[]).is_err());
        Ok(())
    }

    #[test]
    fn whatever_devices_refuse_is_named() -> Result<()> {
        let [soname, page] = OPTIONS;
        let cases: [(&str, &str, &[&str], &str); 7] = [
            ("# none", "", &OPTIONS, "it needs abort"),
            (LIST, "", &[page], "it is called None"),
            (
                LIST,
                "",
                &[soname, "-Wl,-z,max-page-size=4096"],
                "aligned to 4096",
            ),
            (LIST, "", &[soname, page, "-Wl,-z,execstack"], "stack"),
            (
                LIST,
                ".quad pay\n",
                &[soname, page, "-Wl,-z,notext"],
                "code is changed",
            ),
            (
                LIST,
                ".data\n.balign 8\n.quad _Unwind_Resume\n",
                &[soname, page, "-Wl,-z,pack-relative-relocs"],
                "unknown before Android 11",
            ),
            (LIST, ".zero 3000000\n", &OPTIONS, "more than 3000000"),
        ];
        for (list, code, options, fault) in cases {
            let library = linked(LIST, &format!("{UNWINDER}{code}"), options)?;
            let faults = faults(list, &library)?;
            assert!(faults.contains(fault), "{fault}: {faults}");
        }
        Ok(())
    }

    #[test]
    fn a_path_of_this_machine_is_found() -> Result<()> {
        let code = format!("{UNWINDER}.ascii \"/home/nobody/src\"\n");
        let library = linked(LIST, &code, &OPTIONS)?;
        assert!(check_unstripped(&library, &["/home/nobody"]).is_err());
        Ok(())
    }
}
