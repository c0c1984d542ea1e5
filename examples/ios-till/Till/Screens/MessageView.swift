import SwiftUI

/// One message, to be understood at arm's length, and what can be done about it.
struct MessageView: View {
    private let message: Message
    private let amount: String
    private let isWaiting: Bool

    init(_ message: Message, amount: String = "", isWaiting: Bool = true) {
        self.message = message
        self.amount = amount
        self.isWaiting = isWaiting
    }

    var body: some View {
        VStack {
            // In the middle, and to be scrolled where the letters are large.
            GeometryReader { room in
                ScrollView {
                    words.frame(maxWidth: .infinity, minHeight: room.size.height)
                }
            }
            ForEach(message.buttons, id: \.label) { choice in
                Button(choice.label.text, action: choice.choose)
                    .buttonStyle(.onColor)
            }
        }
        .padding()
        .foregroundColor(.white)
        .background(message.look.color)
        .onAppear { Announcement.post(message.title.inOneLine) }
        .onChange(of: message.title) { Announcement.post($0.inOneLine) }
    }

    private var words: some View {
        VStack {
            sign
            Text(message.title.text)
                .font(.largeTitle.bold())
                .accessibilityAddTraits(.isHeader)
            if !amount.isEmpty { AmountText(amount) }
            if !message.text.isEmpty { Text(message.text).font(.title2.bold()) }
            if !message.detail.isEmpty { Text(message.detail).font(.body) }
        }
        .multilineTextAlignment(.center)
    }

    @ViewBuilder private var sign: some View {
        if let symbol = message.look.symbol {
            Image(systemName: symbol)
                .font(.largeTitle.bold())
                .accessibilityHidden(true)
        } else if isWaiting {
            ProgressView()
                .tint(.white)
                .controlSize(.large)
        }
    }
}
