import Foundation
import MpacPgw

/// Where a code's dark modules go: whole pixels, in the middle, with four light modules around.
struct QrLayout {
    private static let quiet = 4

    /// In points; one for each run of dark modules in a row.
    let dark: [CGRect]

    /// - Parameters:
    ///   - matrix: the code.
    ///   - size: the room, in points.
    ///   - scale: pixels in a point.
    init(_ matrix: QrMatrix, in size: CGSize, scale: CGFloat) {
        let modules = matrix.width + 2 * Self.quiet
        let pixels = (min(size.width, size.height) * scale / CGFloat(modules)).rounded(.down)
        // In room for less than a pixel a module nothing can be read.
        guard pixels >= 1 else {
            dark = []
            return
        }
        let side = pixels * CGFloat(modules)
        let left = ((size.width * scale - side) / 2).rounded(.down)
        let top = ((size.height * scale - side) / 2).rounded(.down)
        var dark: [CGRect] = []
        for row in 0..<matrix.width {
            for run in Self.runs(matrix, row) {
                dark.append(
                    CGRect(
                        x: (left + CGFloat(run.lowerBound + Self.quiet) * pixels) / scale,
                        y: (top + CGFloat(row + Self.quiet) * pixels) / scale,
                        width: CGFloat(run.count) * pixels / scale, height: pixels / scale))
            }
        }
        self.dark = dark
    }

    private static func runs(_ matrix: QrMatrix, _ row: Int) -> [Range<Int>] {
        var (runs, start): ([Range<Int>], Int?) = ([], nil)
        // Beyond the last column everything is light, which ends a run.
        for column in 0...matrix.width {
            switch (matrix.isDark(column: column, row: row), start) {
            case (true, nil): start = column
            case (false, let first?):
                runs.append(first..<column)
                start = nil
            default: break
            }
        }
        return runs
    }
}
