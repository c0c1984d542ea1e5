// What is used of Apple's os.
import Foundation

public struct OSLogPrivacy: Sendable {
    public static var `public`: OSLogPrivacy { OSLogPrivacy() }
}

public struct OSLogMessage: ExpressibleByStringInterpolation, Sendable {
    public struct StringInterpolation: StringInterpolationProtocol, Sendable {
        var text = ""

        public init(literalCapacity: Int, interpolationCount: Int) {}

        public mutating func appendLiteral(_ literal: String) { text += literal }

        public mutating func appendInterpolation(
            _ value: @autoclosure @escaping () -> String, privacy: OSLogPrivacy
        ) {
            text += value()
        }
    }

    let text: String

    public init(stringLiteral value: String) { text = value }

    public init(stringInterpolation: StringInterpolation) { text = stringInterpolation.text }
}

public struct Logger: Sendable {
    private let name: String

    public init(subsystem: String, category: String) { name = "\(subsystem).\(category)" }

    public func debug(_ message: OSLogMessage) { StandInLog.shared.add(name, "debug", message) }
    public func notice(_ message: OSLogMessage) { StandInLog.shared.add(name, "default", message) }
    public func warning(_ message: OSLogMessage) { StandInLog.shared.add(name, "error", message) }
    public func error(_ message: OSLogMessage) { StandInLog.shared.add(name, "error", message) }
}

/// What a test reads.
public final class StandInLog: @unchecked Sendable {
    public static let shared = StandInLog()
    private let lock = NSLock()
    private var lines: [String] = []

    public var all: [String] { lock.withLock { lines } }

    func add(_ logger: String, _ level: String, _ message: OSLogMessage) {
        lock.withLock { lines.append("\(logger) \(level) \(message.text)") }
    }
}
