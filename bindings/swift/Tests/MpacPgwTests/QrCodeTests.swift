import Foundation
import Testing

@testable import MpacPgw

/// QR codes as pictures. What a decoder reads from them is tested in the core.
struct QrCodeTests {
    private func code(_ content: String) -> QrCode {
        QrCode(content: Secret(content), expiresAt: nil, provider: "PAYPAY")
    }

    @Test(arguments: ["https://qr.paypay.ne.jp/28180104kSKAmWFzKDTnMbbX", "お会計は1500円です"])
    func everyFormShowsTheSameModules(_ content: String) throws {
        let qr = code(content)
        let matrix = try qr.matrix()
        // The finder pattern in the corner: dark ring, light ring, dark heart; then light.
        let row = (-1...8).map { matrix.isDark(column: $0, row: 3) }
        #expect(row == [false, true, false, true, true, true, false, true, false, row[9]])
        #expect(!matrix.isDark(column: matrix.width, row: 0))

        let side = matrix.width + 8
        #expect(try qr.svg().contains("viewBox=\"0 0 \(side) \(side)\""))
        let lines = try qr.text().split(separator: "\n")
        #expect(lines.count == (side + 1) / 2)
        #expect(lines.allSatisfy { $0.count == side })
    }

    @Test func thePngHasTheSizeThatWasAskedFor() throws {
        let png = try code("https://example.test").png(size: 300)
        // Width and height: two big-endian numbers at fixed places of a PNG.
        let numbers = [16, 20].map { start in
            png[start..<start + 4].reduce(0) { $0 << 8 | Int($1) }
        }
        #expect(numbers == [300, 300])
    }

    @Test(arguments: [-1, 0, 28, 4097, Int.min, Int.max])
    func aSizeThatCannotBeDrawnIsRefused(_ size: Int) throws {
        do {
            _ = try code("https://example.test").png(size: size)
            Issue.record("it was drawn")
        } catch TerminalError.invalidArgument("size", let reason) {
            #expect(reason.contains("4096"))
        }
    }

    @Test func contentThatIsTooLongIsRefused() throws {
        let qr = code(String(repeating: "x", count: 3000))
        let drawings: [() throws -> Void] = [
            { _ = try qr.matrix() }, { _ = try qr.svg() }, { _ = try qr.text() },
            { _ = try qr.png(size: 480) },
        ]
        for draw in drawings {
            do {
                try draw()
                Issue.record("it was drawn")
            } catch TerminalError.invalidArgument("content", _) {}
        }
    }
}
