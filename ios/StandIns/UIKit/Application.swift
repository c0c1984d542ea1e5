// What is used of Apple's UIKit; the application remembers what it was asked.
import Foundation

public struct UIBackgroundTaskIdentifier: RawRepresentable, Hashable, Sendable {
    public static let invalid = UIBackgroundTaskIdentifier(rawValue: 0)
    public let rawValue: Int
    public init(rawValue: Int) { self.rawValue = rawValue }
}

@MainActor open class UIResponder: NSObject {}

@MainActor open class UIApplication: UIResponder {
    public enum State: Int, Sendable {
        case active, inactive, background
    }

    public struct OpenExternalURLOptionsKey: RawRepresentable, Hashable, Sendable {
        public static let universalLinksOnly = Self(rawValue: "universalLinksOnly")
        public let rawValue: String
        public init(rawValue: String) { self.rawValue = rawValue }
    }

    public static let shared = UIApplication()
    nonisolated public static let didEnterBackgroundNotification = Notification.Name(
        "UIApplicationDidEnterBackgroundNotification")
    nonisolated public static let willEnterForegroundNotification = Notification.Name(
        "UIApplicationWillEnterForegroundNotification")
    nonisolated public static let didBecomeActiveNotification = Notification.Name(
        "UIApplicationDidBecomeActiveNotification")

    nonisolated public static let willResignActiveNotification = Notification.Name(
        "UIApplicationWillResignActiveNotification")

    open var isIdleTimerDisabled = false
    public let connectedScenes: Set<UIScene> = [UIWindowScene()]
    public private(set) var applicationState = State.active

    @discardableResult
    open func open(
        _ url: URL, options: [UIApplication.OpenExternalURLOptionsKey: Any] = [:]
    ) async -> Bool {
        while isBusy { await Task.yield() }
        guard applicationState == .active, !isRefusing, let other = apps[url.scheme ?? ""] else {
            return false
        }
        other(url)
        return true
    }

    open func canOpenURL(_ url: URL) -> Bool { apps[url.scheme ?? ""] != nil }

    open func beginBackgroundTask(
        withName name: String?, expirationHandler handler: (@MainActor @Sendable () -> Void)? = nil
    ) -> UIBackgroundTaskIdentifier {
        tasks += 1
        backgroundTasks[tasks] = .some(handler)
        return UIBackgroundTaskIdentifier(rawValue: tasks)
    }

    open func endBackgroundTask(_ identifier: UIBackgroundTaskIdentifier) {
        backgroundTasks[identifier.rawValue] = nil
    }

    // For tests.

    /// The device's other apps, by scheme: they are told what they are opened with.
    public var apps: [String: @MainActor (URL) -> Void] = [:]
    /// The user, or the device's owner, lets it open nothing.
    public var isRefusing = false
    /// It does not come to open anything.
    public var isBusy = false
    public private(set) var backgroundTasks: [Int: (@MainActor @Sendable () -> Void)?] = [:]
    private var tasks = 0

    /// The user goes somewhere else.
    public func leave() {
        NotificationCenter.default.post(name: Self.willResignActiveNotification, object: self)
        applicationState = .background
        NotificationCenter.default.post(name: Self.didEnterBackgroundNotification, object: self)
    }

    /// The user comes back; `urls` are handed over before the app is active, as on iOS.
    public func comeBack(_ deliver: @MainActor () -> Void = {}) {
        applicationState = .inactive
        NotificationCenter.default.post(name: Self.willEnterForegroundNotification, object: self)
        deliver()
        applicationState = .active
        NotificationCenter.default.post(name: Self.didBecomeActiveNotification, object: self)
    }
}
