// swift-tools-version: 6.0
import PackageDescription

// Typed, and in small parts: the compiler takes minutes for one large expression.
var targets: [Target] = []
var apple: [Target.Dependency] = []

#if os(Linux)
    // Stand-ins for Apple's frameworks, only where there are none: they declare what is used here, and
    // do it as far as the tests look. So what runs there are the lines that run on a device.
    let frameworks: [(name: String, needs: [Target.Dependency])] = [
        ("Combine", []), ("CryptoKit", []), ("Security", []), ("SwiftUI", ["Combine"]),
        ("Threading", []), ("UIKit", ["SwiftUI"]), ("os", []),
    ]
    for framework in frameworks {
        targets.append(
            .target(
                name: framework.name, dependencies: framework.needs,
                path: "StandIns/\(framework.name)"))
        apple.append(.target(name: framework.name))
    }
#endif

let sdk = Target.Dependency.product(name: "MpacPgw", package: "mpac-pgw")
let testing = Target.Dependency.product(name: "MpacPgwTesting", package: "mpac-pgw")

// Of the tests.
var tested: [Target.Dependency] = ["MpacPgwApp", "MpacCardContract", sdk, testing]
tested += apple

#if os(Linux)
    // The sample apps, but for what is drawn. They are linked here, for a target cannot be elsewhere.
    let till: [Target.Dependency] = ["MpacPgwApp", sdk]
    targets.append(
        .target(name: "SampleTill", dependencies: till + apple, path: "Tests/Samples/Till"))
    let cardApp: [Target.Dependency] = ["MpacCardContract"]
    targets.append(
        .target(
            name: "SampleCardApp", dependencies: cardApp + apple, path: "Tests/Samples/CardApp"))
    tested += ["SampleTill", "SampleCardApp"]
#endif

targets += [
    .target(name: "MpacPgwFiles"),
    .target(
        name: "MpacPgwApp", dependencies: ["MpacPgwFiles", sdk] + apple,
        resources: [.process("Resources")]),
    .target(name: "MpacCardContract", dependencies: ["MpacPgwFiles"] + apple),
    .testTarget(name: "MpacPgwAppTests", dependencies: tested),
    .testTarget(name: "MpacCardContractTests", dependencies: ["MpacCardContract"] + apple),
]

let package = Package(
    name: "mpac-pgw-ios",
    defaultLocalization: "en",
    platforms: [.iOS(.v16), .macOS(.v13)],
    products: [
        // For the till.
        .library(name: "MpacPgwApp", targets: ["MpacPgwApp"]),
        // For the card app.
        .library(name: "MpacCardContract", targets: ["MpacCardContract"]),
    ],
    dependencies: [.package(name: "mpac-pgw", path: "../bindings/swift")],
    targets: targets,
    swiftLanguageModes: [.v6]
)
