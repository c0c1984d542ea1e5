//! LLVM's unwinder, to be linked in: Android has none that a library may use, and the NDK links its
//! own in as well. Its licence is Apache 2.0 with LLVM's exceptions: a library asks for no notice.

use camino::Utf8Path;

const SOURCES: [&str; 6] = [
    "libunwind.cpp",
    "Unwind-EHABI.cpp",
    "UnwindLevel1.c",
    "UnwindLevel1-gcc-ext.c",
    "UnwindRegistersRestore.S",
    "UnwindRegistersSave.S",
];

/// Its lock has one size in musl's headers and in bionic on 64-bit processors. On 32-bit ARM it has
/// two, and there the unwinder has no lock.
pub(super) const FLAGS: [&str; 9] = [
    "-c",
    "-Oz",
    "-DNDEBUG",
    "-fPIC",
    "-fvisibility=hidden",
    "-funwind-tables",
    "-nostdinc++",
    "-fno-exceptions",
    "-fno-rtti",
];

/// The sources, below Zig's libraries.
pub(super) fn sources(zig: &Utf8Path) -> [String; 6] {
    SOURCES.map(|name| format!("{zig}/libunwind/src/{name}"))
}

/// What clang makes of them.
pub(super) fn objects() -> [String; 6] {
    SOURCES.map(|name| Utf8Path::new(name).with_extension("o").into_string())
}
