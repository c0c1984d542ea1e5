import Foundation

/// One thing that somebody does, such as `customer pays`.
struct Step: Sendable {
    let line: Int
    let name: String
    let argument: Json
}

/// A scenario, as it is written.
struct Script: Sendable {
    let steps: [Step]
    /// The lines to come, byte for byte.
    let trace: [String]

    init(_ file: String, _ text: String, isKnown: (String) -> Bool) throws {
        let whole = try Json(text).members
        guard whole.keys.sorted() == ["steps", "title", "trace"] else {
            throw Failure("\(file): a scenario has title, steps and trace")
        }
        steps = try Self.list(text, "steps").map { number, line in
            guard case .object(let members) = try Json(line), members.count == 1,
                let (name, argument) = members.first
            else { throw Failure("\(file):\(number): a step is an object of one member") }
            guard isKnown(name) else {
                throw Failure("\(file):\(number): there is no step `\(name)`")
            }
            return Step(line: number, name: name, argument: argument)
        }
        trace = Self.list(text, "trace").map { $0.line }
        for (name, found) in [("steps", steps.count), ("trace", trace.count)] {
            guard case .array(let all)? = whole[name], all.count == found else {
                throw Failure("\(file): one line for each of the \(name)")
            }
        }
    }

    /// The lines of a list, without the comma, and their numbers.
    private static func list(_ text: String, _ name: String) -> [(number: Int, line: String)] {
        text.split(separator: "\n", omittingEmptySubsequences: false).enumerated()
            .map { ($0 + 1, $1.trimmingCharacters(in: .whitespaces)) }
            .drop { $1 != "\"\(name)\": [" }
            .dropFirst()
            .prefix { !$1.hasPrefix("]") }
            .map { ($0, $1.hasSuffix(",") ? String($1.dropLast()) : $1) }
    }
}

/// Any JSON.
enum Json: Codable, Equatable, Sendable {
    case null
    case bool(Bool)
    case number(Int64)
    case text(String)
    case array([Json])
    case object([String: Json])

    init(_ text: String) throws {
        self = try JSONDecoder().decode(Self.self, from: Data(text.utf8))
    }

    init(from decoder: any Decoder) throws {
        let value = try decoder.singleValueContainer()
        if value.decodeNil() {
            self = .null
        } else if let bool = try? value.decode(Bool.self) {
            self = .bool(bool)
        } else if let number = try? value.decode(Int64.self) {
            self = .number(number)
        } else if let text = try? value.decode(String.self) {
            self = .text(text)
        } else if let array = try? value.decode([Json].self) {
            self = .array(array)
        } else {
            self = .object(try value.decode([String: Json].self))
        }
    }

    func encode(to encoder: any Encoder) throws {
        var value = encoder.singleValueContainer()
        switch self {
        case .null: try value.encodeNil()
        case .bool(let bool): try value.encode(bool)
        case .number(let number): try value.encode(number)
        case .text(let text): try value.encode(text)
        case .array(let array): try value.encode(array)
        case .object(let members): try value.encode(members)
        }
    }

    /// Compact.
    var compact: String {
        get throws {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.withoutEscapingSlashes, .sortedKeys]
            return String(decoding: try encoder.encode(self), as: UTF8.self)
        }
    }

    /// None where it is no object.
    var members: [String: Json] {
        if case .object(let members) = self { members } else { [:] }
    }

    var text: String {
        get throws {
            guard case .text(let text) = self else { throw Failure("\(self) is no text") }
            return text
        }
    }

    var number: Int64 {
        get throws {
            guard case .number(let number) = self else { throw Failure("\(self) is no number") }
            return number
        }
    }

    func text(_ member: String) throws -> String {
        guard let found = members[member] else { throw Failure("no \(member) in \(self)") }
        return try found.text
    }
}
