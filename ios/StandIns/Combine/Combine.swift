// What is used of Apple's Combine.
import Foundation

public protocol Publisher<Output, Failure> {
    associatedtype Output
    associatedtype Failure: Error
}

public final class ObservableObjectPublisher: Publisher, @unchecked Sendable {
    public typealias Output = Void
    public typealias Failure = Never

    private let lock = NSLock()
    private var listener: (@Sendable () -> Void)?

    public init() {}

    public func send() { lock.withLock { listener }?() }

    /// For tests: who listens.
    public func standInListen(_ body: @escaping @Sendable () -> Void) {
        lock.withLock { listener = body }
    }
}

public protocol ObservableObject: AnyObject {
    associatedtype ObjectWillChangePublisher: Publisher = ObservableObjectPublisher
    where ObjectWillChangePublisher.Failure == Never
    var objectWillChange: ObjectWillChangePublisher { get }
}

extension ObservableObject where ObjectWillChangePublisher == ObservableObjectPublisher {
    // Each object has one.
    public var objectWillChange: ObservableObjectPublisher {
        publishers.lock.withLock {
            let known = publishers.all.first { $0.object === self }?.publisher
            if let known { return known }
            let publisher = ObservableObjectPublisher()
            publishers.all.append(.init(object: self, publisher: publisher))
            return publisher
        }
    }
}

private final class Publishers: @unchecked Sendable {
    struct Entry {
        weak var object: AnyObject?
        let publisher: ObservableObjectPublisher
    }

    let lock = NSLock()
    var all: [Entry] = []
}

private let publishers = Publishers()

@propertyWrapper public struct Published<Value> {
    private var value: Value

    public init(wrappedValue: Value) { value = wrappedValue }

    @available(*, unavailable, message: "@Published is only available on properties of classes")
    public var wrappedValue: Value {
        get { fatalError("the subscript is used") }
        set { fatalError("the subscript is used") }
    }

    public static subscript<Object: ObservableObject>(
        _enclosingInstance object: Object,
        wrapped wrapped: ReferenceWritableKeyPath<Object, Value>,
        storage storage: ReferenceWritableKeyPath<Object, Published<Value>>
    ) -> Value {
        get { object[keyPath: storage].value }
        set {
            (object.objectWillChange as? ObservableObjectPublisher)?.send()
            object[keyPath: storage].value = newValue
        }
    }
}
