/// Text that no log, error or description shows: a customer's code, a nonce, an approval code.
///
/// Interpolation, `print`, `debugPrint`, `dump` and the debugger's summary show `(hidden)`.
public struct Secret: Sendable, Hashable, ExpressibleByStringLiteral {
    /// The text itself.
    public let value: String

    /// Hides a text.
    public init(_ value: String) {
        self.value = value
    }

    /// Hides a literal.
    public init(stringLiteral value: String) {
        self.init(value)
    }
}

extension Secret: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// Always the same.
    public var description: String { "(hidden)" }

    /// Always the same.
    public var debugDescription: String { description }

    /// Without children.
    public var customMirror: Mirror { Mirror(self, children: EmptyCollection<Mirror.Child>()) }
}
