//! The kinds of processor that Android runs on, as everybody calls them.

use goblin::elf::header::{EM_AARCH64, EM_ARM, EM_X86_64};

/// Android's oldest release that the SDK supports, as the NDK counts them.
pub(crate) const API: u32 = 24;

/// What a library is built for.
#[derive(Debug)]
pub(crate) struct Abi {
    /// Android's name, and that of its folder in a package.
    pub(crate) name: &'static str,
    /// Rust's name.
    pub(crate) target: &'static str,
    /// Clang's name, without the API level.
    pub(crate) clang: &'static str,
    /// The folder of this processor's C headers.
    pub(crate) headers: &'static str,
    /// How an ELF file says it.
    pub(crate) machine: u16,
    /// The largest pages that a device may have.
    pub(crate) page: u64,
    /// As many bytes as the library may have.
    pub(crate) limit: u64,
}

/// All that are shipped.
pub(crate) const ABIS: [Abi; 3] = [
    Abi {
        name: "arm64-v8a",
        target: "aarch64-linux-android",
        clang: "aarch64-linux-android",
        headers: "aarch64-linux-musl",
        machine: EM_AARCH64,
        page: 16384,
        limit: 2_500_000,
    },
    Abi {
        name: "armeabi-v7a",
        target: "armv7-linux-androideabi",
        clang: "armv7a-linux-androideabi",
        headers: "arm-linux-musl",
        machine: EM_ARM,
        page: 4096,
        limit: 1_500_000,
    },
    // Emulators and Chromebooks: nobody counts its bytes.
    Abi {
        name: "x86_64",
        target: "x86_64-linux-android",
        clang: "x86_64-linux-android",
        headers: "x86_64-linux-musl",
        machine: EM_X86_64,
        page: 16384,
        limit: 3_000_000,
    },
];

impl Abi {
    /// What clang compiles for.
    pub(crate) fn triple(&self) -> String {
        format!("{}{API}", self.clang)
    }
}
