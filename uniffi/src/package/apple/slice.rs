//! What the SDK's library is built for on Apple's systems, as Rust, clang and Apple call it.

use goblin::mach::{
    constants::cputype::{CPU_TYPE_ARM64, CPU_TYPE_X86_64},
    load_command::{PLATFORM_IOS, PLATFORM_IOSSIMULATOR, PLATFORM_MACOS},
};

/// A system that apps run on.
#[derive(Debug)]
pub(crate) struct System {
    /// As the list of libSystem's names says it.
    pub(crate) name: &'static str,
    /// As a Mach-O file says it.
    pub(crate) platform: u32,
    /// As an XCFramework says it, with the variant.
    pub(crate) supported: (&'static str, Option<&'static str>),
    /// As clang and the linker say it: before the version, and after it.
    pub(crate) clang: (&'static str, &'static str),
    pub(crate) linker: &'static str,
    /// The oldest release that the SDK runs on: major, minor.
    pub(crate) minimum: (u32, u32),
    /// Tells compilers which release that is.
    pub(crate) variable: &'static str,
}

const IOS: System = System {
    name: "ios",
    platform: PLATFORM_IOS,
    supported: ("ios", None),
    clang: ("ios", ""),
    linker: "ios",
    minimum: (16, 0),
    variable: "IPHONEOS_DEPLOYMENT_TARGET",
};

const SIMULATOR: System = System {
    name: "simulator",
    platform: PLATFORM_IOSSIMULATOR,
    supported: ("ios", Some("simulator")),
    clang: ("ios", "-simulator"),
    linker: "ios-simulator",
    ..IOS
};

const MACOS: System = System {
    name: "macos",
    platform: PLATFORM_MACOS,
    supported: ("macos", None),
    clang: ("macos", ""),
    linker: "macos",
    minimum: (13, 0),
    variable: "MACOSX_DEPLOYMENT_TARGET",
};

/// One system on one kind of processor.
#[derive(Debug)]
pub(crate) struct Slice {
    /// Rust's name.
    pub(crate) target: &'static str,
    pub(crate) system: &'static System,
    /// Apple's name of the processor.
    pub(crate) arch: &'static str,
    /// How a Mach-O file says it.
    pub(crate) cpu: u32,
}

const ARM64: (&str, u32) = ("arm64", CPU_TYPE_ARM64);
const X86_64: (&str, u32) = ("x86_64", CPU_TYPE_X86_64);

const fn slice(
    target: &'static str,
    system: &'static System,
    (arch, cpu): (&'static str, u32),
) -> Slice {
    Slice {
        target,
        system,
        arch,
        cpu,
    }
}

/// All that are shipped, those of one system beside each other.
pub(crate) const SLICES: [Slice; 5] = [
    slice("aarch64-apple-ios", &IOS, ARM64),
    slice("aarch64-apple-ios-sim", &SIMULATOR, ARM64),
    slice("x86_64-apple-ios", &SIMULATOR, X86_64),
    slice("aarch64-apple-darwin", &MACOS, ARM64),
    slice("x86_64-apple-darwin", &MACOS, X86_64),
];

impl System {
    /// The oldest release, as a Mach-O file says it.
    pub(crate) fn packed_minimum(&self) -> u32 {
        let (major, minor) = self.minimum;
        (major << 16) | (minor << 8)
    }

    /// The oldest release, as people say it.
    pub(crate) fn oldest(&self) -> String {
        let (major, minor) = self.minimum;
        format!("{major}.{minor}")
    }
}

impl Slice {
    /// What clang compiles for.
    pub(crate) fn triple(&self) -> String {
        let (system, variant) = self.system.clang;
        format!(
            "{}-apple-{system}{}{variant}",
            self.arch,
            self.system.oldest()
        )
    }

    /// For devices: its bytes count.
    pub(crate) fn is_device(&self) -> bool {
        self.system.platform == PLATFORM_IOS
    }

    /// For Macs: it can be linked with what is known of macOS.
    pub(crate) fn is_mac(&self) -> bool {
        self.system.platform == PLATFORM_MACOS
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clang_is_told_the_oldest_release() {
        let triples = SLICES.map(|slice| slice.triple());
        assert_eq!(
            triples,
            [
                "arm64-apple-ios16.0",
                "arm64-apple-ios16.0-simulator",
                "x86_64-apple-ios16.0-simulator",
                "arm64-apple-macos13.0",
                "x86_64-apple-macos13.0",
            ]
        );
        assert_eq!(SLICES[3].system.packed_minimum(), 0x000d_0000);
    }
}
