import Foundation

extension NotificationCenter {
    /// Calls `body` from now on for each notification of that name. UIKit posts its own on the main
    /// thread. The center keeps `body`, which is to hold nobody.
    func onMain(_ name: Notification.Name, _ body: @escaping @MainActor @Sendable () -> Void) {
        _ = addObserver(forName: name, object: nil, queue: nil) { _ in
            MainActor.assumeIsolated { body() }
        }
    }
}
