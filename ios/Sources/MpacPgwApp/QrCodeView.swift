#if canImport(SwiftUI)
    import MpacPgw
    import SwiftUI

    #if canImport(UIKit)
        import UIKit
    #endif

    /// A code for the customer to scan, and how long it can still be paid.
    ///
    /// ```swift
    /// if case .awaitingCustomer(let qr) = model.state {
    ///     QrCodeView(qr) { model.remaining }
    /// }
    /// ```
    ///
    /// The code is crisp and has its quiet zone, on white also in dark mode. While it can be seen, the
    /// screen is at its brightest and stays on. VoiceOver is told the time left by the minute.
    public struct QrCodeView: View {
        private let matrix: QrMatrix?
        private let remaining: @MainActor () -> Duration?

        @Environment(\.displayScale) private var scale

        /// - Parameters:
        ///   - code: what is on show. One that is too long for a QR code leaves the view white.
        ///   - remaining: how long it can still be paid, such as `PaymentModel.remaining`: asked every
        ///     second. Without it no time is shown.
        public init(
            _ code: QrCode, remaining: @escaping @MainActor () -> Duration? = { nil }
        ) {
            matrix = try? code.matrix()
            self.remaining = remaining
        }

        /// The code, and the time below it.
        public var body: some View {
            TimelineView(.periodic(from: .now, by: 1)) { _ in
                picture(QrTime(remaining()))
            }
            .background(Color.white)
            .brightScreen()
        }

        private func picture(_ time: QrTime) -> some View {
            VStack {
                Canvas(opaque: true) { context, size in
                    draw(in: &context, size)
                }
                .aspectRatio(1, contentMode: .fit)
                if !time.shown.isEmpty {
                    Text(verbatim: time.shown)
                        .font(.body.monospacedDigit())
                        .foregroundColor(.black)
                        .padding(.bottom)
                }
            }
            .accessibilityElement(children: .ignore)
            .accessibilityLabel(Text(verbatim: QrTime.name()))
            .accessibilityValue(Text(verbatim: time.spoken))
            .accessibilityAddTraits(.isImage)
            .announced(time.spoken)
        }

        private func draw(in context: inout GraphicsContext, _ size: CGSize) {
            context.fill(Path(CGRect(origin: .zero, size: size)), with: .color(.white))
            guard let matrix else { return }
            var modules = Path()
            for dark in QrLayout(matrix, in: size, scale: scale).dark { modules.addRect(dark) }
            context.fill(modules, with: .color(.black), style: FillStyle(antialiased: false))
        }
    }

    extension View {
        @ViewBuilder fileprivate func brightScreen() -> some View {
            #if canImport(UIKit)
                onAppear { ScreenLight.shared.begin() }
                    .onDisappear { ScreenLight.shared.end() }
            #else
                self
            #endif
        }

        /// VoiceOver says it when it changes.
        @ViewBuilder fileprivate func announced(_ text: String) -> some View {
            #if canImport(UIKit)
                onChange(of: text) { text in
                    UIAccessibility.post(notification: .announcement, argument: text)
                }
            #else
                self
            #endif
        }
    }

    #if canImport(UIKit)
        /// ``QrCodeView`` for UIKit. It is empty until ``show(_:remaining:)``.
        @MainActor
        public final class QrCodeUIView: UIView {
            private var content: UIView?

            /// Shows a code, or none.
            ///
            /// - Parameters:
            ///   - code: what is on show.
            ///   - remaining: how long it can still be paid, such as `PaymentAttempt.remaining`: asked
            ///     every second. Without it no time is shown.
            public func show(
                _ code: QrCode?, remaining: @escaping @MainActor () -> Duration? = { nil }
            ) {
                content?.removeFromSuperview()
                content = nil
                guard let code else { return }
                let configuration = UIHostingConfiguration {
                    QrCodeView(code, remaining: remaining)
                }
                let content: UIView = configuration.margins(.all, 0).makeContentView()
                content.frame = bounds
                content.autoresizingMask = [.flexibleWidth, .flexibleHeight]
                addSubview(content)
                self.content = content
            }
        }
    #endif
#endif
