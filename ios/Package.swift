// swift-tools-version: 6.0
import PackageDescription

#if os(Linux)
    // Stand-ins for Apple's frameworks, only where there are none: they declare what is used here, and
    // do it as far as the tests look. So what runs there are the lines that run on a device.
    let needs = [
        "Combine": [], "CryptoKit": [], "Security": [], "os": [],
        "SwiftUI": ["Combine"], "Threading": [], "UIKit": [],
    ]
    let frameworks = needs.map { name, needs in
        Target.target(
            name: name, dependencies: needs.map { .target(name: $0) }, path: "StandIns/\(name)")
    }
    let apple = needs.keys.sorted().map { Target.Dependency.target(name: $0) }
#else
    let frameworks: [Target] = []
    let apple: [Target.Dependency] = []
#endif

let package = Package(
    name: "mpac-pgw-ios",
    platforms: [.iOS(.v16), .macOS(.v13)],
    products: [
        // For the till.
        .library(name: "MpacPgwApp", targets: ["MpacPgwApp"]),
        // For the card app.
        .library(name: "MpacCardContract", targets: ["MpacCardContract"]),
    ],
    dependencies: [.package(name: "mpac-pgw", path: "../bindings/swift")],
    targets: [
        .target(name: "MpacPgwFiles"),
        .target(
            name: "MpacPgwApp",
            dependencies: ["MpacPgwFiles", .product(name: "MpacPgw", package: "mpac-pgw")] + apple),
        .target(name: "MpacCardContract", dependencies: ["MpacPgwFiles"] + apple),
        .testTarget(
            name: "MpacPgwAppTests",
            dependencies: [
                "MpacPgwApp", "MpacCardContract",
                .product(name: "MpacPgwTesting", package: "mpac-pgw"),
            ] + apple),
    ] + frameworks,
    swiftLanguageModes: [.v6]
)
