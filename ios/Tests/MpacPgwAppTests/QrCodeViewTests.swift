import Foundation
import MpacPgw
import SwiftUI
import Testing
import UIKit

@testable import MpacPgwApp

extension DeviceTests {
    /// What a customer's camera, VoiceOver and the screen get of a code.
    @Suite @MainActor struct QrCodeViewTests {
        nonisolated private static let contents = [
            "https://qr.paypay.ne.jp/28180104kSKAmWFzKDTnMbbX", "お会計は1500円です",
        ]
        private let device = UIApplication.shared

        init() {
            UIApplication.shared.comeBack()
            UIAccessibility.said = []
        }

        private var screen: UIScreen? {
            device.connectedScenes.compactMap { $0 as? UIWindowScene }.first?.screen
        }

        private func code(_ content: String = contents[0]) -> QrCode {
            QrCode(content: Secret(content), expiresAt: nil, provider: "PAYPAY")
        }

        @Test(
            arguments: contents,
            [(320.0, 1.0), (240.0, 2.0), (393.0, 3.0), (250.5, 2.0), (61.0, 3.0)])
        func everyModuleIsOfWholePixelsInBlackOnWhite(
            _ content: String, _ size: (side: Double, scale: Double)
        ) throws {
            let (side, scale) = size
            let shown = StandInScreen(canvas: CGSize(width: side + 40, height: side), scale: scale)
            defer { shown.close() }
            shown.update(QrCodeView(code(content)))
            let picture = try #require(shown.pictures.first)
            #expect(picture.blurred == 0)
            #expect(Set(picture.pixels) == [0, 255])
            try hold(picture, against: code(content).matrix())
            try keep(picture, of: content, name: "\(content.utf8.count)-\(side)-\(scale)")
        }

        @Test func inTooLittleRoomNothingIsDrawnRatherThanSomethingBlurred() throws {
            let shown = StandInScreen(canvas: CGSize(width: 20, height: 20), scale: 1)
            defer { shown.close() }
            shown.update(QrCodeView(code()))
            #expect(Set(try #require(shown.pictures.first).pixels) == [255])
        }

        @Test func aCodeThatIsTooLongLeavesTheViewWhite() throws {
            let shown = StandInScreen(canvas: CGSize(width: 200, height: 200), scale: 2)
            defer { shown.close() }
            shown.update(QrCodeView(code(String(repeating: "x", count: 10_000))))
            #expect(Set(try #require(shown.pictures.first).pixels) == [255])
        }

        @Test func theTimeRunsAndEndsInWords() {
            let shown = StandInScreen(canvas: CGSize(width: 200, height: 200), scale: 2)
            defer { shown.close() }
            let left = Left(.seconds(299))
            let view = QrCodeView(code()) { left.time }
            for (remaining, text) in [
                (Duration.seconds(299), "Time left 4:59"), (.milliseconds(1), "Time left 0:01"),
                (.zero, "This code has expired."), (.seconds(-1), "This code has expired."),
            ] {
                left.time = remaining
                shown.update(view)
                #expect(shown.texts == [text])
            }
            left.time = nil
            shown.update(view)
            #expect(shown.texts.isEmpty)
        }

        @Test func voiceOverIsToldByTheMinute() {
            let shown = StandInScreen(canvas: CGSize(width: 200, height: 200), scale: 2)
            defer { shown.close() }
            let left = Left(.seconds(240))
            let view = QrCodeView(code()) { left.time }
            for second in stride(from: 240, through: 0, by: -1) {
                left.time = .seconds(second)
                shown.update(view)
                #expect(shown.labels == ["QR code to pay with"])
                #expect(shown.traits == .isImage)
            }
            #expect(
                UIAccessibility.said == [
                    "3 minutes left", "2 minutes left", "Less than a minute left",
                    "This code has expired.",
                ])
            #expect(shown.values == ["This code has expired."])
        }

        @Test func theScreenIsBrightWhileTheCodeIsSeenAndThenAsBefore() throws {
            let screen = try #require(screen)
            screen.brightness = 0.3
            let one = StandInScreen(canvas: .zero, scale: 2)
            let two = StandInScreen(canvas: .zero, scale: 2)
            one.update(QrCodeView(code()))
            #expect(screen.brightness == 1)
            #expect(device.isIdleTimerDisabled)
            // The next code is on show before the last one goes.
            two.update(QrCodeView(code()))
            one.close()
            #expect(screen.brightness == 1)
            device.leave()
            #expect(screen.brightness == 0.3)
            #expect(!device.isIdleTimerDisabled)
            device.comeBack()
            #expect(screen.brightness == 1)
            two.close()
            #expect(screen.brightness == 0.3)
            #expect(!device.isIdleTimerDisabled)
        }

        @Test func whatSomebodyHasSetMeanwhileStays() throws {
            let screen = try #require(screen)
            screen.brightness = 0.3
            let shown = StandInScreen(canvas: .zero, scale: 2)
            shown.update(QrCodeView(code()))
            screen.brightness = 0.6
            shown.close()
            #expect(screen.brightness == 0.6)
        }

        @Test func uiKitShowsTheSameAndNoneWhereThereIsNone() throws {
            let view = QrCodeUIView()
            view.frame = CGRect(x: 0, y: 0, width: 200, height: 240)
            view.show(code()) { .seconds(90) }
            view.show(code()) { .seconds(60) }
            #expect(view.subviews.count == 1)
            let content = try #require(view.subviews.first as? StandInHostingView)
            #expect(content.frame == view.bounds)
            let shown = StandInScreen(canvas: CGSize(width: 200, height: 200), scale: 2)
            content.show(shown)
            try hold(try #require(shown.pictures.first), against: code().matrix())
            #expect(shown.texts == ["Time left 1:00"])
            view.show(nil)
            #expect(view.subviews.isEmpty)
        }

        private final class Left {
            var time: Duration?
            init(_ time: Duration?) { self.time = time }
        }

        /// Finds the modules in the pixels again.
        private func hold(_ picture: StandInPicture, against matrix: QrMatrix) throws {
            let dark = picture.pixels.indices.filter { picture.pixels[$0] == 0 }
            let columns = dark.map { $0 % picture.width }
            let left = try #require(columns.min())
            let top = try #require(dark.first) / picture.width
            let right = try #require(columns.max()) + 1
            #expect((right - left) % matrix.width == 0)
            let unit = (right - left) / matrix.width
            let quiet = 4 * unit
            #expect(left >= quiet && picture.width - right >= quiet)
            #expect(top >= quiet && picture.height - top - matrix.width * unit >= quiet)
            var wrong = 0
            for row in 0..<matrix.width {
                for column in 0..<matrix.width {
                    let pixel = (top + row * unit) * picture.width + left + column * unit
                    let isDark = picture.pixels[pixel] == 0
                    if isDark != matrix.isDark(column: column, row: row) { wrong += 1 }
                }
            }
            #expect(wrong == 0)
        }

        /// For a decoder that knows nothing of all this: `cargo xtask test swift` runs one.
        private func keep(_ picture: StandInPicture, of content: String, name: String) throws {
            let folder = URL(fileURLWithPath: #filePath)
                .appendingPathComponent("../../../.build/pictures").standardized
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            let file = folder.appendingPathComponent(name)
            var bytes = Data("P5 \(picture.width) \(picture.height) 255\n".utf8)
            bytes += Data(picture.pixels)
            try bytes.write(to: file.appendingPathExtension("pgm"))
            try Data(content.utf8).write(to: file.appendingPathExtension("txt"))
        }
    }
}
