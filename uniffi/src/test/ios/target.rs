//! What the Swift code is compiled for.

/// One of Apple's systems, on one processor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Target {
    /// What people call it.
    pub(super) name: &'static str,
    /// With the oldest system that the package says it runs on.
    pub(super) triple: &'static str,
    /// What Rust calls it.
    pub(super) rust: &'static str,
}

impl Target {
    pub(super) const SIMULATOR: Self = Self {
        name: "simulator",
        triple: "x86_64-apple-ios16.0-simulator",
        rust: "x86_64-apple-ios",
    };
    pub(super) const DEVICE: Self = Self {
        name: "device",
        triple: "arm64-apple-ios16.0",
        rust: "aarch64-apple-ios",
    };
}
