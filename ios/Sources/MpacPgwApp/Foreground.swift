#if canImport(UIKit)
    import Foundation
    import MpacPgw
    import UIKit

    /// Asks about running payments at once when the app is back in front, and asks iOS for a moment
    /// more when it leaves, so that a request under way may end.
    ///
    /// One for each process, kept for as long as the app runs. Nothing depends on it: what iOS stops is
    /// asked about again later.
    @MainActor
    public final class Foreground {
        private var attempts: [String: any PaymentAttemptProtocol] = [:]
        private var task = UIBackgroundTaskIdentifier.invalid

        /// Begins to listen to the application.
        public init() {
            let center = NotificationCenter.default
            center.onMain(UIApplication.didEnterBackgroundNotification) { [weak self] in
                self?.hold()
            }
            center.onMain(UIApplication.willEnterForegroundNotification) { [weak self] in
                self?.comeBack()
            }
        }

        /// Looks after an attempt until its final result.
        public func watch(_ attempt: some PaymentAttemptProtocol) {
            guard attempts.updateValue(attempt, forKey: attempt.id) == nil else { return }
            Task { [weak self] in
                for await _ in attempt.states {}
                self?.forget(attempt.id)
            }
        }

        private func forget(_ attemptId: String) {
            attempts[attemptId] = nil
            if attempts.isEmpty { release() }
        }

        private func hold() {
            guard !attempts.isEmpty, task == .invalid else { return }
            task = UIApplication.shared.beginBackgroundTask(withName: "mpac-pgw") { [weak self] in
                self?.release()
            }
        }

        private func release() {
            guard task != .invalid else { return }
            UIApplication.shared.endBackgroundTask(task)
            task = .invalid
        }

        private func comeBack() {
            release()
            for attempt in attempts.values { attempt.pollNow() }
        }
    }
#endif
