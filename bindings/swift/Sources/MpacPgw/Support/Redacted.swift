import Foundation

/// A value with secrets: of its fields, only some may be seen.
///
/// Interpolation, `print`, `debugPrint`, `dump` and the debugger's summary each ask another of
/// these protocols, so all of them are answered.
protocol Redacted: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// The fields that hold no secret, by name.
    var visibleFields: KeyValuePairs<String, Any> { get }
}

extension Redacted {
    /// The value without its secrets.
    public var description: String {
        let fields = visibleFields.map { "\($0.key): \($0.value)" } + ["…"]
        return "\(Self.self)(\(fields.joined(separator: ", ")))"
    }

    /// The value without its secrets.
    public var debugDescription: String { description }

    /// The value without its secrets.
    public var customMirror: Mirror {
        Mirror(
            self,
            children: visibleFields.map { (label: Optional($0.key), value: $0.value) },
            ancestorRepresentation: .suppressed)
    }
}

extension Date {
    init(unixSeconds: Int64) {
        self.init(timeIntervalSince1970: TimeInterval(unixSeconds))
    }
}
