#if canImport(UIKit)
    import Foundation
    import UIKit

    /// Keeps the screen on and at its brightest while a code can be seen, and then as it was.
    @MainActor
    final class ScreenLight {
        static let shared = ScreenLight()

        private var codes = 0
        /// What the brightness was, while it is at its brightest.
        private var former: CGFloat?
        private var wasIdleTimerDisabled = false

        private init() {
            let center = NotificationCenter.default
            center.onMain(UIApplication.willResignActiveNotification) { [weak self] in self?.dim() }
            center.onMain(UIApplication.didBecomeActiveNotification) { [weak self] in
                self?.brighten()
            }
        }

        /// A code can be seen.
        func begin() {
            codes += 1
            brighten()
        }

        /// It cannot be seen any more.
        func end() {
            codes = max(0, codes - 1)
            if codes == 0 { dim() }
        }

        private func brighten() {
            guard codes > 0, former == nil, let screen else { return }
            former = screen.brightness
            wasIdleTimerDisabled = UIApplication.shared.isIdleTimerDisabled
            screen.brightness = 1
            UIApplication.shared.isIdleTimerDisabled = true
        }

        private func dim() {
            guard let former else { return }
            self.former = nil
            UIApplication.shared.isIdleTimerDisabled = wasIdleTimerDisabled
            // Not what somebody has set since.
            guard let screen, screen.brightness == 1 else { return }
            screen.brightness = former
        }

        private var screen: UIScreen? {
            let scenes = UIApplication.shared.connectedScenes.compactMap { $0 as? UIWindowScene }
            return scenes.first?.screen
        }
    }
#endif
