// swift-tools-version: 6.0
import PackageDescription

let package = Package(
    name: "mpac-pgw",
    // The first systems with `Duration`.
    platforms: [.iOS(.v16), .macOS(.v13)],
    products: [
        .library(name: "MpacPgw", targets: ["MpacPgw"]),
        // For an app's tests and previews.
        .library(name: "MpacPgwTesting", targets: ["MpacPgwTesting"]),
    ],
    targets: [
        // `cargo xtask bindings swift` writes the next one, and MpacPgw's folder Generated. The
        // linker finds the library itself through `-Xlinker -L<cargo's target/debug>`.
        .systemLibrary(name: "MpacPgwCoreFFI"),
        .target(name: "MpacPgw", dependencies: ["MpacPgwCoreFFI"]),
        .target(name: "MpacPgwTesting", dependencies: ["MpacPgw"]),
        .testTarget(name: "MpacPgwTests", dependencies: ["MpacPgw", "MpacPgwTesting"]),
        // For the tests to kill.
        .executableTarget(
            name: "TillProcess", dependencies: ["MpacPgw"], path: "Tests/TillProcess"),
        // Runs through `cargo xtask bench sdk`.
        .executableTarget(name: "Bench", dependencies: ["MpacPgw"], path: "Tests/Bench"),
    ],
    swiftLanguageModes: [.v6]
)
