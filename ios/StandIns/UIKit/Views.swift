// What is used of UIKit's views.
import Foundation
import SwiftUI

@MainActor open class UIView: UIResponder {
    public struct AutoresizingMask: OptionSet, Sendable {
        public static let flexibleWidth = AutoresizingMask(rawValue: 2)
        public static let flexibleHeight = AutoresizingMask(rawValue: 16)
        public let rawValue: UInt
        public init(rawValue: UInt) { self.rawValue = rawValue }
    }

    open var frame = CGRect.zero
    open var bounds: CGRect { CGRect(origin: .zero, size: frame.size) }
    open var autoresizingMask: AutoresizingMask = []
    open private(set) var subviews: [UIView] = []
    private weak var superview: UIView?

    public override init() {}

    open func addSubview(_ view: UIView) {
        subviews.append(view)
        view.superview = self
    }

    open func removeFromSuperview() {
        superview?.subviews.removeAll { $0 === self }
        superview = nil
    }
}

/// What a test finds in a view that hosts SwiftUI.
public final class StandInHostingView: UIView {
    public let show: @MainActor (StandInScreen) -> Void
    init(_ show: @escaping @MainActor (StandInScreen) -> Void) { self.show = show }
}

@MainActor public struct UIHostingConfiguration<Content: SwiftUI.View> {
    private let content: Content

    public init(@ViewBuilder content: () -> Content) { self.content = content() }

    public func margins(_ edges: Edge.Set = .all, _ length: CGFloat) -> UIHostingConfiguration {
        self
    }

    public func makeContentView() -> UIView {
        let content = content
        return StandInHostingView { $0.update(content) }
    }
}

@MainActor open class UIScreen: NSObject {
    open var brightness: CGFloat = 0.5
}

@MainActor open class UIScene: UIResponder {}

@MainActor open class UIWindowScene: UIScene {
    public let screen = UIScreen()
}

public enum UIAccessibility {
    public struct Notification: Hashable, Sendable {
        public static let announcement = Notification(name: "announcement")
        let name: String
    }

    /// What VoiceOver was given to say, for tests.
    @MainActor public static var said: [String] = []

    @MainActor public static func post(notification: Notification, argument: Any?) {
        said.append(argument as? String ?? "")
    }
}

@MainActor open class UIOpenURLContext: NSObject {
    open var url: URL
    public init(standIn url: URL) { self.url = url }
}

/// Apple's Foundation has it.
open class NSUserActivity: NSObject {
    open var webpageURL: URL?
}
