import Foundation
internal import MpacPgwCore

/// A QR code to show to the customer (guide, *QR MPM (PayPay, LINE Pay, etc.)*).
///
/// It is drawn on the terminal from its content, never fetched from a URL. Drawing takes a few
/// milliseconds, so any thread will do. Its descriptions leave the content out: whoever reads it
/// can pay the order, or learn about it.
public struct QrCode: Sendable, Hashable {
    /// What the code holds, byte for byte.
    public let content: String
    /// When it can no longer be paid, if the gateway says so. The SDK then fetches a new one.
    public let expiresAt: Date?
    /// The wallet that pays it, such as `PAYPAY`.
    public let provider: String

    /// The code's modules, without the quiet zone, for drawing it yourself: leave four light
    /// modules around it.
    ///
    /// - Throws: ``QrError/contentTooLong(bytes:)``.
    public func matrix() throws -> QrMatrix {
        let matrix = try QrError.rethrow { try qrMatrix(content: content) }
        return QrMatrix(width: Int(matrix.width), modules: matrix.modules)
    }

    /// The code as a square PNG, quiet zone included.
    ///
    /// Every module is the same whole number of pixels, so the picture is crisp; what is left over
    /// widens the quiet zone.
    ///
    /// - Parameter size: the picture's side in pixels (not points), at most 4096.
    /// - Returns: the PNG file.
    /// - Throws: ``QrError``.
    public func png(size: Int) throws -> Data {
        guard let pixels = UInt32(exactly: size) else {
            // The core names the bounds; a size it cannot even be told is out of them.
            return try QrError.rethrow {
                try qrPng(content: content, size: size < 0 ? 0 : .max)
            }
        }
        return try QrError.rethrow { try qrPng(content: content, size: pixels) }
    }

    /// The code as an SVG document, quiet zone included; one unit a module, to be scaled at will.
    ///
    /// - Throws: ``QrError/contentTooLong(bytes:)``.
    public func svg() throws -> String {
        try QrError.rethrow { try qrSvg(content: content) }
    }

    /// The code as text for a terminal with light text on a dark ground, quiet zone included.
    ///
    /// - Throws: ``QrError/contentTooLong(bytes:)``.
    public func text() throws -> String {
        try QrError.rethrow { try qrText(content: content) }
    }
}

/// The modules of a QR code, without its quiet zone.
///
/// Its descriptions show the width only: the modules are the content.
public struct QrMatrix: Sendable, Hashable {
    /// Modules per side.
    public let width: Int
    /// `width * width` modules, row by row; `true` is dark.
    public let modules: [Bool]

    /// Whether a module is dark. Outside of the code, everything is light.
    public subscript(column column: Int, row row: Int) -> Bool {
        guard (0..<width).contains(column), (0..<width).contains(row) else { return false }
        return modules[row * width + column]
    }
}

/// Why a QR code cannot be drawn.
public enum QrError: Error, Sendable, Hashable {
    /// More content than a QR code holds.
    case contentTooLong(bytes: UInt64)
    /// A picture of that size, in pixels, cannot be drawn crisply.
    case invalidSize(asked: UInt32, smallest: UInt32, largest: UInt32)
}

extension QrError: LocalizedError {
    /// What is wrong, and what would be right, in English.
    public var errorDescription: String? {
        switch self {
        case .contentTooLong(let bytes):
            "The content is too long for a QR code: \(bytes) bytes."
        case .invalidSize(let asked, let smallest, let largest):
            "The size must be from \(smallest) to \(largest) pixels for this code, not \(asked)."
        }
    }
}

extension QrCode: Redacted {
    var visibleFields: KeyValuePairs<String, Any> {
        ["provider": provider, "expiresAt": expiresAt as Any]
    }
}

extension QrMatrix: Redacted {
    var visibleFields: KeyValuePairs<String, Any> { ["width": width] }
}

extension QrCode {
    init(_ core: MpacPgwCore.QrCode) {
        content = core.content
        expiresAt = core.expiresAt.map(Date.init(unixSeconds:))
        provider = core.provider
    }
}

extension QrError {
    static func rethrow<Value>(_ body: () throws -> Value) throws -> Value {
        do {
            return try body()
        } catch let error as MpacPgwCore.QrError {
            switch error {
            case .ContentTooLong(let bytes):
                throw Self.contentTooLong(bytes: bytes)
            case .InvalidSize(let asked, let smallest, let largest):
                throw Self.invalidSize(asked: asked, smallest: smallest, largest: largest)
            }
        } catch {
            throw TerminalError.internalError
        }
    }
}
