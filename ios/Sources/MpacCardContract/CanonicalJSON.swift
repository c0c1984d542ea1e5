/// JSON in the one form that is signed: that of RFC 8785, of texts and whole numbers.
enum CanonicalJSON {
    enum Value {
        case text(String)
        case number(Int64)
    }

    static func write(_ members: [String: Value]) -> String {
        let written = members.sorted { $0.key < $1.key }.map { name, value in
            switch value {
            case .text(let text): "\(quote(name)):\(quote(text))"
            case .number(let number): "\(quote(name)):\(number)"
            }
        }
        return "{\(written.joined(separator: ","))}"
    }

    private static func quote(_ text: String) -> String {
        var quoted = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": quoted += "\\\""
            case "\\": quoted += "\\\\"
            case "\u{8}": quoted += "\\b"
            case "\u{C}": quoted += "\\f"
            case "\n": quoted += "\\n"
            case "\r": quoted += "\\r"
            case "\t": quoted += "\\t"
            case ..<" ":
                let digits = String(scalar.value, radix: 16)
                quoted += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: quoted.unicodeScalars.append(scalar)
            }
        }
        return quoted + "\""
    }
}
