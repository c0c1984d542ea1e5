/// Keeps card numbers out of what is kept and sent.
enum CardNumbers {
    private static let shown = 4
    private static let lengths = 13...19
    private static let separators: Set<Unicode.Scalar> = [" ", ".", "-", "/"]

    /// Masks what passes for a card's number, but for its last four digits.
    static func redact(_ text: String) -> String {
        let scalars = Array(text.unicodeScalars)
        var (redacted, next) = ("".unicodeScalars, 0)
        while next < scalars.count {
            let end = endOfNumber(scalars, from: next)
            let digits = scalars[next..<end].compactMap(digit)
            if lengths.contains(digits.count), isOfACard(digits) {
                redacted += masked(digits).unicodeScalars
            } else {
                redacted += scalars[next..<max(end, next + 1)]
            }
            next = max(end, next + 1)
        }
        return String(redacted)
    }

    /// A mask that ends in the text's last four digits.
    static func mask(_ text: String) -> String? {
        let digits = text.unicodeScalars.compactMap(digit)
        return digits.isEmpty ? nil : masked(digits)
    }

    /// After a run of digits, in ASCII or full width, with at most one separator between two.
    private static func endOfNumber(_ text: [Unicode.Scalar], from start: Int) -> Int {
        var (end, next) = (start, start)
        while next < text.count {
            if digit(text[next]) != nil {
                next += 1
                end = next
            } else if next == end, end > start, separators.contains(text[next]) {
                next += 1
            } else {
                break
            }
        }
        return end
    }

    private static func masked(_ digits: [Int]) -> String {
        "************" + digits.suffix(shown).map(String.init).joined()
    }

    private static func digit(_ scalar: Unicode.Scalar) -> Int? {
        guard scalar.properties.numericType == .decimal else { return nil }
        return scalar.properties.numericValue.map { Int($0) }
    }

    /// Luhn's check.
    private static func isOfACard(_ digits: [Int]) -> Bool {
        let sum = digits.reversed().enumerated().reduce(0) { sum, place in
            let doubled = place.element * (1 + place.offset % 2)
            return sum + doubled / 10 + doubled % 10
        }
        return sum % 10 == 0
    }
}
