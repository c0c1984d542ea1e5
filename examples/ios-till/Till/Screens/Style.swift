import SwiftUI
import UIKit

extension Look {
    // Behind white text, each with a contrast above 5 to 1.
    var color: Color {
        switch self {
        case .busy: Color(red: 0.05, green: 0.28, blue: 0.63)
        case .good: Color(red: 0.11, green: 0.37, blue: 0.13)
        case .bad: Color(red: 0.72, green: 0.11, blue: 0.11)
        case .ended: Color(red: 0.26, green: 0.26, blue: 0.26)
        case .careful: Color(red: 0.60, green: 0.20, blue: 0.07)
        }
    }

    /// Behind black text.
    static var banner: Color { Color(red: 1, green: 0.84, blue: 0.31) }

    var symbol: String? {
        switch self {
        case .busy: nil
        case .good: "checkmark"
        case .bad: "xmark"
        case .ended: "minus"
        case .careful: "exclamationmark.triangle.fill"
        }
    }
}

/// An amount, to be read from the other side of the counter.
struct AmountText: View {
    private let text: String

    init(_ text: String) {
        self.text = text
    }

    var body: some View {
        Text(text)
            .font(.system(size: 52, weight: .bold))
            .lineLimit(1)
            .minimumScaleFactor(0.4)
    }
}

/// VoiceOver says at once what has changed.
enum Announcement {
    static func post(_ text: String) {
        if !text.isEmpty { UIAccessibility.post(notification: .announcement, argument: text) }
    }
}
