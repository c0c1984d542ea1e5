import Foundation
import MpacPgw

/// Whole yen and cents, as people write them.
enum Money {
    /// `¥1,500`
    static func text(_ amount: Int64, _ currency: String = "JPY") -> String {
        let format = NumberFormatter()
        format.numberStyle = .currency
        format.currencyCode = currency
        // 1500 is ¥1,500, or $15.00.
        let value = NSDecimalNumber(
            mantissa: amount.magnitude, exponent: Int16(-format.maximumFractionDigits),
            isNegative: amount < 0)
        return format.string(from: value) ?? "\(amount) \(currency)"
    }
}

extension PaymentAttemptProtocol {
    /// The amount of the payment, once the gateway has told it.
    var money: String {
        facts.amount.map { Money.text($0, facts.currency ?? "JPY") } ?? ""
    }
}
