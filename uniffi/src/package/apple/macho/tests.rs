use object::{
    Architecture, BinaryFormat, Endianness, SymbolFlags, SymbolKind, SymbolScope,
    write::{MachOBuildVersion, Object, StandardSection, Symbol, SymbolSection},
};

use super::{
    super::slice::{SLICES, Slice},
    *,
};

const DEVICE: &Slice = &SLICES[0];
const NAMES: &str = "_abort\n_malloc\n";

/// What one member is made of.
#[derive(Clone)]
struct Member {
    architecture: Architecture,
    platform: u32,
    minimum: u32,
    segment: &'static str,
    text: &'static [u8],
    defines: &'static str,
    needs: &'static [&'static str],
}

const GOOD: Member = Member {
    architecture: Architecture::Aarch64,
    platform: 2,
    minimum: 0x0010_0000,
    segment: "__TEXT",
    text: b"\xc0\x03\x5f\xd6",
    defines: "pay",
    needs: &["abort"],
};

fn object(member: &Member) -> Result<Vec<u8>> {
    let mut object = Object::new(BinaryFormat::MachO, member.architecture, Endianness::Little);
    let mut version = MachOBuildVersion::default();
    version.platform = member.platform;
    version.minos = member.minimum;
    object.set_macho_build_version(version);
    let text = object.section_id(StandardSection::Text);
    object.append_section_data(text, member.text, 4);
    let segment = member.segment.as_bytes().to_vec();
    let other = object.add_section(segment, b"__other".to_vec(), object::SectionKind::Data);
    object.append_section_data(other, b"1234", 4);
    let mut add = |name: &str, section| {
        object.add_symbol(Symbol {
            name: name.as_bytes().to_vec(),
            value: 0,
            size: 0,
            kind: SymbolKind::Text,
            scope: SymbolScope::Linkage,
            weak: false,
            section,
            flags: SymbolFlags::None,
        });
    };
    add(member.defines, SymbolSection::Section(text));
    for name in member.needs {
        add(name, SymbolSection::Undefined);
    }
    Ok(object.write()?)
}

/// An archive as Apple's tools write it.
fn library(members: &[&[u8]]) -> Vec<u8> {
    let mut archive = b"!<arch>\n".to_vec();
    for contents in members {
        // Both have the same name, as ring's objects may.
        let header = format!(
            "{:<16}{:<12}{:<6}{:<6}{:<8}{:<10}`\n",
            "a.o",
            0,
            0,
            0,
            644,
            contents.len()
        );
        archive.extend_from_slice(header.as_bytes());
        archive.extend_from_slice(contents);
        archive.resize(archive.len().next_multiple_of(2), b'\n');
    }
    archive
}

fn faults(library: &[u8]) -> Result<String> {
    let system = LibSystem::parse(NAMES, DEVICE)?;
    Ok(check(library, DEVICE, &system, &["/home/nobody"])
        .map_or_else(|error| error.to_string(), |_| String::new()))
}

#[test]
fn a_library_that_xcode_takes_passes() -> Result<()> {
    let other = Member {
        defines: "cancel",
        needs: &["malloc", "pay"],
        ..GOOD
    };
    let library = library(&[&object(&GOOD)?, &object(&other)?]);
    assert_eq!(faults(&library)?, "");
    let system = LibSystem::parse(NAMES, DEVICE)?;
    let symbols = check(&library, DEVICE, &system, &[])?;
    let names = |set: BTreeSet<String>| set.into_iter().collect::<Vec<_>>();
    assert_eq!(names(symbols.defined), ["_cancel", "_pay"]);
    assert_eq!(names(symbols.undefined), ["_abort", "_malloc"]);
    assert_eq!(processors(&library)?, BTreeSet::from([DEVICE.cpu]));
    Ok(())
}

#[test]
fn whatever_apple_refuses_is_named_also_in_a_later_member() -> Result<()> {
    let cases = [
        (
            Member {
                architecture: Architecture::X86_64,
                ..GOOD
            },
            "a.o is not for arm64",
        ),
        (
            Member {
                platform: 7,
                ..GOOD
            },
            "a.o is for the platform 7, not 2",
        ),
        (
            Member {
                minimum: 0x0011_0200,
                ..GOOD
            },
            "a.o is for 17.2 and newer, not 16.0",
        ),
        (
            Member {
                segment: "__LLVM",
                ..GOOD
            },
            "a.o has bitcode",
        ),
        (
            Member {
                text: b"in /home/nobody/src",
                ..GOOD
            },
            "the path /home/nobody of this machine",
        ),
        (
            Member {
                needs: &["SecItemAdd"],
                ..GOOD
            },
            "it needs _SecItemAdd, which is not in ios/native/libsystem.txt",
        ),
    ];
    for (member, fault) in cases {
        let faults = faults(&library(&[&object(&GOOD)?, &object(&member)?]))?;
        assert!(faults.contains(fault), "{fault}: {faults}");
    }
    let faults = faults(&library(&[&object(&GOOD)?, b"BC\xc0\xde of LLVM"]))?;
    assert!(faults.contains("a.o is no Mach-O file"), "{faults}");
    Ok(())
}

#[test]
fn nothing_is_no_library() {
    for bytes in [&b""[..], b"!<arch>\n", b"\x7fELF"] {
        assert!(faults(bytes).is_ok_and(|faults| !faults.is_empty()));
    }
}
