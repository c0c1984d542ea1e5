import Foundation
import MpacPgw

// How long a code takes to draw, for `cargo xtask bench sdk`, which makes a table of these lines.

/// As long as those of PayPay.
let qr = QrCode(
    content: Secret("https://qr.paypay.ne.jp/28180104EXAMPLE"), expiresAt: nil, provider: "PAYPAY")

func measure(_ what: String, _ draw: () throws -> Void) rethrows {
    let clock = ContinuousClock()
    let milliseconds = try (0..<300).map { _ in try clock.measure(draw) / .milliseconds(1) }
    let all = milliseconds.map { String($0) }.joined(separator: " ")
    print("row\tSwift: \(what)\tms\t3\t\(all)")
}

try measure("QR code, modules") { _ = try qr.matrix() }
try measure("QR code, PNG of 512 pixels") { _ = try qr.png(size: 512) }
