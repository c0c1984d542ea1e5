import Foundation

/// How long a code can still be paid, in words.
struct QrTime: Hashable {
    /// Below the code, to the second; empty where it is not known.
    let shown: String
    /// What VoiceOver says, to the minute: what changes each second would never let it finish.
    let spoken: String

    /// - Parameters:
    ///   - remaining: nil where it is not known.
    ///   - locale: the language; by default the app's.
    init(_ remaining: Duration?, locale: Locale? = nil) {
        func text(_ key: String) -> String { localized(key, locale) }
        guard let remaining else {
            (shown, spoken) = ("", "")
            return
        }
        // Upwards: until the very end there is a second left.
        let (whole, rest) = remaining.components
        let seconds = Int(whole) + (rest > 0 ? 1 : 0)
        guard seconds > 0 else {
            (shown, spoken) = (text("qr.expired"), text("qr.expired"))
            return
        }
        let digits = String(format: "%d:%02d", seconds / 60, seconds % 60)
        shown = text("qr.time_left").replacingOccurrences(of: "%@", with: digits)
        let minutes = (seconds + 59) / 60
        spoken =
            minutes == 1
            ? text("qr.last_minute")
            : text("qr.minutes_left").replacingOccurrences(of: "%d", with: "\(minutes)")
    }

    /// What VoiceOver calls the code.
    static func name(locale: Locale? = nil) -> String { localized("qr.code", locale) }
}
