/// A view that something is said about.
public struct StandInModified<Content: View>: StandInView {
    let content: Kept<Content>
    let tell: @MainActor (StandInScreen) -> Void

    nonisolated init(content: Content, tell: @escaping @MainActor (StandInScreen) -> Void) {
        self.content = Kept(value: content)
        self.tell = tell
    }

    public func show(on screen: StandInScreen) {
        tell(screen)
        screen.show(content.value)
    }
}

extension View {
    nonisolated private func modified(
        _ tell: @escaping @MainActor (StandInScreen) -> Void = { _ in }
    ) -> StandInModified<Self> {
        StandInModified(content: self, tell: tell)
    }

    nonisolated public func aspectRatio(
        _ ratio: CGFloat? = nil, contentMode: ContentMode
    ) -> some View { modified() }

    nonisolated public func background(_ color: Color) -> some View { modified() }
    nonisolated public func foregroundColor(_ color: Color?) -> some View { modified() }
    nonisolated public func font(_ font: Font?) -> some View { modified() }

    nonisolated public func padding(
        _ edges: Edge.Set = .all, _ length: CGFloat? = nil
    ) -> some View { modified() }

    nonisolated public func accessibilityElement(
        children: AccessibilityChildBehavior = .ignore
    ) -> some View { modified() }

    nonisolated public func accessibilityLabel(_ label: Text) -> some View {
        modified { $0.labels.append(label.content) }
    }

    nonisolated public func accessibilityValue(_ value: Text) -> some View {
        modified { $0.values.append(value.content) }
    }

    nonisolated public func accessibilityAddTraits(_ traits: AccessibilityTraits) -> some View {
        modified { $0.traits.formUnion(traits) }
    }

    nonisolated public func onAppear(perform action: (() -> Void)? = nil) -> some View {
        let action = UncheckedAction(action)
        return modified { $0.appear.append(action) }
    }

    nonisolated public func onDisappear(perform action: (() -> Void)? = nil) -> some View {
        let action = UncheckedAction(action)
        return modified { $0.disappear.append(action) }
    }

    nonisolated public func task(
        priority: TaskPriority = .userInitiated,
        @_inheritActorContext _ action: @escaping @Sendable () async -> Void
    ) -> some View { modified() }

    nonisolated public func onOpenURL(perform action: @escaping (URL) -> Void) -> some View {
        modified()
    }

    @available(iOS, deprecated: 17.0)
    nonisolated public func onChange<V: Equatable>(
        of value: V, perform action: @escaping (_ newValue: V) -> Void
    ) -> some View {
        let (text, change) = ("\(value)", UncheckedAction { action(value) })
        return modified { $0.changed(text, change) }
    }
}

/// What the main actor runs.
struct UncheckedAction: @unchecked Sendable {
    let run: () -> Void
    init(_ run: (() -> Void)?) { self.run = run ?? {} }
}

/// Shows a view, again whenever a test says so.
@MainActor public final class StandInScreen {
    public let canvas: CGSize
    public let scale: CGFloat
    public fileprivate(set) var labels: [String] = []
    public fileprivate(set) var values: [String] = []
    public fileprivate(set) var traits: AccessibilityTraits = []
    public internal(set) var texts: [String] = []
    public internal(set) var pictures: [StandInPicture] = []
    fileprivate var appear: [UncheckedAction] = []
    fileprivate var disappear: [UncheckedAction] = []
    private var last: String?
    private var isShown = false

    /// - Parameters:
    ///   - canvas: the room that a canvas is given, in points.
    ///   - scale: pixels in a point.
    public init(canvas: CGSize, scale: CGFloat) {
        self.canvas = canvas
        self.scale = scale
    }

    public func update(_ view: some View) {
        (labels, values, traits, texts, pictures) = ([], [], [], [], [])
        (appear, disappear) = ([], [])
        var environment = EnvironmentValues()
        environment.displayScale = scale
        EnvironmentValues.$current.withValue(environment) { show(view) }
        guard !isShown else { return }
        isShown = true
        for action in appear { action.run() }
    }

    /// The view is taken away.
    public func close() {
        isShown = false
        for action in disappear { action.run() }
    }

    func show(_ view: some View) {
        if let own = view as? any StandInView {
            own.show(on: self)
        } else {
            show(view.body)
        }
    }

    fileprivate func changed(_ value: String, _ action: UncheckedAction) {
        if let last, last != value { action.run() }
        last = value
    }
}
