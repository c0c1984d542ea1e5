import Foundation

/// Drawing takes about a millisecond, so any thread will do. Content that is too long for a QR code
/// is ``TerminalError/invalidArgument(field:reason:)``.
extension QrCode {
    /// The code's modules, without the quiet zone, for drawing it yourself: leave four light
    /// modules around it.
    public func matrix() throws -> QrMatrix {
        let modules = try rethrowing { try qrModules(content: content.value) }
        return QrMatrix(modules: modules)
    }

    /// The code as a square PNG, quiet zone included.
    ///
    /// Every module is the same whole number of pixels, so the picture is crisp; what is left over
    /// widens the quiet zone.
    ///
    /// - Parameter size: the picture's side in pixels (not points), at most 4096.
    /// - Returns: the PNG file.
    /// - Throws: ``TerminalError/invalidArgument(field:reason:)``, also for a size at which the
    ///   modules would not be crisp.
    public func png(size: Int) throws -> Data {
        try rethrowing { try qrPng(content: content.value, size: Int32(clamping: size)) }
    }

    /// The code as an SVG document, quiet zone included; one unit a module, to be scaled at will.
    public func svg() throws -> String {
        try rethrowing { try qrSvg(content: content.value) }
    }

    /// The code as text for a terminal with light text on a dark ground, quiet zone included.
    public func text() throws -> String {
        try rethrowing { try qrText(content: content.value) }
    }
}

/// The modules of a QR code, without its quiet zone.
public struct QrMatrix: Sendable, Hashable {
    /// Modules per side.
    public let width: Int

    /// Row by row; 1 is dark. Kept as what shows only its length in a description.
    private let modules: Data

    init(modules: Data) {
        self.modules = modules
        width = Int(Double(modules.count).squareRoot())
    }

    /// Whether a module is dark. Outside of the code, everything is light.
    public func isDark(column: Int, row: Int) -> Bool {
        guard (0..<width).contains(column), (0..<width).contains(row) else { return false }
        return modules[modules.startIndex + row * width + column] != 0
    }
}

extension QrMatrix: CustomStringConvertible, CustomReflectable {
    /// The width only: the modules are the content.
    public var description: String { "QrMatrix(width: \(width))" }

    /// The width only.
    public var customMirror: Mirror { Mirror(self, children: ["width": width]) }
}
