import Foundation

// How the generated code turns Swift's types into the core's. None of these may trap: the core
// refuses what is out of bounds, by name.

extension Date {
    var unixSeconds: Int64 { Int64(clamping: timeIntervalSince1970) }
}

extension Duration {
    /// Rounded, since `.seconds(4.2)` is a little less than that.
    var wholeMilliseconds: Int64 {
        let (seconds, attoseconds) = components
        return Int64(clamping: (Double(seconds) * 1e3 + Double(attoseconds) / 1e15).rounded())
    }
}

extension URL {
    /// Empty, which the core refuses, where the URL names no file, or one in bytes that are no text:
    /// those would be replaced on the way, and name another.
    var fileSystemPath: String {
        isFileURL && absoluteString.removingPercentEncoding != nil ? path : ""
    }
}

extension Int64 {
    fileprivate init(clamping number: Double) {
        self = Self(exactly: number.rounded(.down)) ?? (number > 0 ? .max : .min)
    }
}
