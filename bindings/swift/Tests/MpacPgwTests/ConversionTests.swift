import Foundation
import Testing

@testable import MpacPgw

/// What an app may put into a value reaches the core, or is refused by it; nothing ends the process.
struct ConversionTests {
    @Test(
        arguments: [
            (.nan, .min), (.infinity, .max), (-.infinity, .min), (1e300, .max), (-1e300, .min),
            (0.999, 0), (-0.5, -1), (1_770_000_000.25, 1_770_000_000),
        ] as [(Double, Int64)])
    func anyDateBecomesSeconds(_ seconds: Double, _ expected: Int64) {
        #expect(Date(timeIntervalSince1970: seconds).unixSeconds == expected)
    }

    @Test(
        arguments: [
            (.milliseconds(999), 999), (.milliseconds(-1), -1), (.nanoseconds(-1), 0),
            (.nanoseconds(999_999), 1), (.seconds(Int64.max), .max), (.seconds(Int64.min), .min),
            (.seconds(1.001), 1001),
        ] as [(Duration, Int64)])
    func anyDurationBecomesMilliseconds(_ duration: Duration, _ expected: Int64) {
        #expect(duration.wholeMilliseconds == expected)
    }

    @Test(arguments: [
        ("file:///var/a%20b", "/var/a b"), ("file:///tmp/%FF", ""), ("https://example.test/a", ""),
    ])
    func aUrlThatNamesNoFileHasNoPath(_ url: String, _ path: String) throws {
        #expect(try #require(URL(string: url)).fileSystemPath == path)
    }

    /// What the core makes of the furthest moments, on the way out and back.
    @Test(arguments: [-1e300, -1e11, 1e11, 1e300, .nan, .infinity])
    func anyDateCrossesToTheCore(_ seconds: Double) throws {
        let date = Date(timeIntervalSince1970: seconds)
        #expect(try request(currency: "JPY", expiresAt: date).json.hasPrefix("{"))
    }

    @Test(arguments: ["", "ye", "J\u{0}Y"])
    func aRequestThatIsMadeUpEndsNoProcess(_ currency: String) {
        let madeUp = request(currency: currency, expiresAt: .now)
        #expect(throws: TerminalInternalError.self) { try madeUp.json }
        #expect(throws: TerminalInternalError.self) {
            try madeUp.url(callback: URL(fileURLWithPath: "/"))
        }
    }

    private func request(currency: String, expiresAt: Date) -> CardRequest {
        CardRequest(
            version: 1, attemptId: "a", nonce: "n", paymentIntentId: "pi_01HXY", amount: 1,
            currency: currency, merchantStoreId: nil, merchantTerminalId: nil, expiresAt: expiresAt)
    }
}
