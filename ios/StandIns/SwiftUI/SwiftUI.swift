// What is used of Apple's SwiftUI. Views keep what they are made of, for `StandInScreen` to show.
@_exported import Combine
@_exported import Foundation

@MainActor @preconcurrency public protocol View {
    associatedtype Body: View
    @ViewBuilder @MainActor @preconcurrency var body: Body { get }
}

extension Never: View {
    public var body: Never { fatalError("there is none") }
}

/// A view that has no body: it shows itself.
@MainActor public protocol StandInView: View where Body == Never {
    func show(on screen: StandInScreen)
}

extension StandInView {
    public var body: Never { fatalError("it shows itself") }
}

@resultBuilder public struct ViewBuilder {
    public static func buildBlock() -> EmptyView { EmptyView() }

    public static func buildBlock<Content: View>(_ content: Content) -> Content { content }

    public static func buildBlock<First: View, Second: View>(
        _ first: First, _ second: Second
    ) -> TupleView<First, Second> {
        TupleView(first: first, second: second)
    }

    public static func buildExpression<Content: View>(_ content: Content) -> Content { content }

    public static func buildIf<Content: View>(_ content: Content?) -> Content? { content }
}

extension Optional: View where Wrapped: View {
    public var body: Never { fatalError("it shows itself") }
}

extension Optional: StandInView where Wrapped: View {
    public func show(on screen: StandInScreen) { if let self { screen.show(self) } }
}

/// What the main actor uses, made wherever a view is.
struct Kept<Value>: @unchecked Sendable {
    let value: Value
}

public struct EmptyView: StandInView {
    nonisolated public init() {}
    public func show(on screen: StandInScreen) {}
}

public struct TupleView<First: View, Second: View>: StandInView {
    private let first: Kept<First>
    private let second: Kept<Second>

    nonisolated init(first: First, second: Second) {
        self.first = Kept(value: first)
        self.second = Kept(value: second)
    }

    public func show(on screen: StandInScreen) {
        screen.show(first.value)
        screen.show(second.value)
    }
}

public struct VStack<Content: View>: StandInView {
    private let content: Content
    public init(@ViewBuilder content: () -> Content) { self.content = content() }
    public func show(on screen: StandInScreen) { screen.show(content) }
}

public struct Text: StandInView, Equatable, Sendable {
    let content: String
    public init(verbatim content: String) { self.content = content }
    public func show(on screen: StandInScreen) { screen.texts.append(content) }
}

public struct Color: Hashable, Sendable {
    public static let white = Color(luminance: 255)
    public static let black = Color(luminance: 0)
    let luminance: UInt8
}

public struct Font: Hashable, Sendable {
    public static let body = Font()
    public func monospacedDigit() -> Font { self }
}

public struct Edge {
    public struct Set: OptionSet, Sendable {
        public static let bottom = Set(rawValue: 1)
        public static let all = Set(rawValue: 15)
        public let rawValue: Int8
        public init(rawValue: Int8) { self.rawValue = rawValue }
    }
}

public protocol TimelineSchedule {}

public struct PeriodicTimelineSchedule: TimelineSchedule, Sendable {}

extension TimelineSchedule where Self == PeriodicTimelineSchedule {
    public static func periodic(
        from start: Date, by interval: TimeInterval
    ) -> PeriodicTimelineSchedule {
        PeriodicTimelineSchedule()
    }
}

public struct TimelineViewDefaultContext: Sendable {
    public let date: Date
}

public struct TimelineView<Schedule: TimelineSchedule, Content: View>: StandInView {
    public typealias Context = TimelineViewDefaultContext
    private let content: (Context) -> Content

    public init(_ schedule: Schedule, @ViewBuilder content: @escaping (Context) -> Content) {
        self.content = content
    }

    public func show(on screen: StandInScreen) { screen.show(content(Context(date: .now))) }
}

public enum ContentMode: Hashable, Sendable { case fit, fill }

public struct AccessibilityTraits: OptionSet, Sendable {
    public static let isImage = AccessibilityTraits(rawValue: 1)
    public let rawValue: UInt
    public init(rawValue: UInt) { self.rawValue = rawValue }
}

public struct AccessibilityChildBehavior: Hashable, Sendable {
    public static let ignore = AccessibilityChildBehavior()
}

public struct EnvironmentValues: Sendable {
    @TaskLocal static var current = EnvironmentValues()
    public var displayScale: CGFloat = 1
}

@MainActor @preconcurrency public protocol DynamicProperty {}

@propertyWrapper public struct Environment<Value>: DynamicProperty {
    private let path: KeyPath<EnvironmentValues, Value>
    public init(_ keyPath: KeyPath<EnvironmentValues, Value>) { path = keyPath }
    public var wrappedValue: Value { EnvironmentValues.current[keyPath: path] }
}

@MainActor @preconcurrency @propertyWrapper
public struct ObservedObject<ObjectType: ObservableObject>: DynamicProperty {
    public var wrappedValue: ObjectType
    public init(wrappedValue: ObjectType) { self.wrappedValue = wrappedValue }
}
