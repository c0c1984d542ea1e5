#if canImport(UIKit)
    import Foundation
    import UIKit

    /// Knows whether the app is in front, where alone it may open another one.
    @MainActor
    final class Front {
        private var waiting: [CheckedContinuation<Void, Never>] = []

        init() {
            NotificationCenter.default.onMain(UIApplication.didBecomeActiveNotification) {
                [weak self] in self?.resume()
            }
        }

        var isInFront: Bool { UIApplication.shared.applicationState == .active }

        /// Whether somebody waits for that.
        var hasWaiting: Bool { !waiting.isEmpty }

        func wait() async {
            while !isInFront {
                await withCheckedContinuation { waiting.append($0) }
            }
        }

        private func resume() {
            for continuation in waiting { continuation.resume() }
            waiting = []
        }
    }
#endif
