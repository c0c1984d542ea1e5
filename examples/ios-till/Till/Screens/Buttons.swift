import SwiftUI

/// A button that a finger finds at arm's length.
struct TillButtonStyle: ButtonStyle {
    let text: Color
    let ground: Color
    let height: CGFloat
    var grows = false

    func makeBody(configuration: Configuration) -> some View {
        TillButton(style: self, configuration: configuration)
    }
}

private struct TillButton: View {
    let style: TillButtonStyle
    let configuration: ButtonStyleConfiguration
    @Environment(\.isEnabled) private var isEnabled

    var body: some View {
        configuration.label
            .font(.title2.bold())
            .multilineTextAlignment(.center)
            .padding(8)
            .frame(
                maxWidth: .infinity, minHeight: style.height,
                maxHeight: style.grows ? .infinity : nil
            )
            .foregroundColor(style.text)
            .background(style.ground)
            .opacity(configuration.isPressed || !isEnabled ? 0.5 : 1)
    }
}

extension ButtonStyle where Self == TillButtonStyle {
    /// What the staff mostly wants.
    static var main: Self {
        Self(text: .white, ground: Look.busy.color, height: 72)
    }

    /// As many as there are ways to pay, in all the room that there is.
    static var method: Self {
        Self(text: .white, ground: Look.busy.color, height: 56, grows: true)
    }

    /// The other way.
    static func second(_ look: Look? = nil) -> Self {
        Self(text: look?.color ?? .black, ground: Color(white: 0.9), height: 64)
    }

    static var key: Self {
        Self(text: .black, ground: Color(white: 0.9), height: 48, grows: true)
    }

    /// On a message's color.
    static var onColor: Self {
        Self(text: .black, ground: .white, height: 72)
    }
}
