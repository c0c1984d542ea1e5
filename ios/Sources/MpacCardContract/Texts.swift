import Foundation

/// Moments as text.
enum Timestamps {
    /// RFC 3339; what is less than a second does not count.
    static func parse(_ text: String) -> Date? {
        var whole = text
        if let point = whole.firstIndex(of: ".") {
            let end = whole[point...].dropFirst().firstIndex { !$0.isNumber } ?? whole.endIndex
            whole.removeSubrange(point..<end)
        }
        return ISO8601DateFormatter().date(from: whole)
    }

    static func format(_ moment: Date) -> String {
        ISO8601DateFormatter().string(from: moment)
    }
}

extension Data {
    /// With or without padding.
    init?(base64URL text: String) {
        let standard = text.map { $0 == "-" ? "+" : $0 == "_" ? "/" : $0 }.filter { $0 != "=" }
        let padding = String(repeating: "=", count: (4 - standard.count % 4) % 4)
        self.init(base64Encoded: String(standard) + padding)
    }

    /// Without padding.
    var base64URL: String {
        let letters = base64EncodedString().compactMap { letter -> Character? in
            switch letter {
            case "+": "-"
            case "/": "_"
            case "=": nil
            default: letter
            }
        }
        return String(letters)
    }
}
