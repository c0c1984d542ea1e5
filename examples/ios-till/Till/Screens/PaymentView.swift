import MpacPgw
import MpacPgwApp
import SwiftUI

/// A payment: its code while there is one to scan, otherwise where it stands.
struct PaymentView: View {
    @ObservedObject private var till: Till
    @StateObject private var model: PaymentModel
    private let notice: Word?

    init(till: Till, attempt: any PaymentAttemptProtocol, notice: Word?) {
        self.till = till
        self.notice = notice
        _model = StateObject(wrappedValue: PaymentModel(attempt))
    }

    var body: some View {
        VStack(spacing: 0) {
            if !banner.isEmpty {
                Text(banner)
                    .font(.body)
                    .multilineTextAlignment(.center)
                    .padding()
                    .frame(maxWidth: .infinity)
                    .foregroundColor(.black)
                    .background(Look.banner)
            }
            content
        }
        .task { await model.watch() }
        .onChange(of: banner) { Announcement.post($0) }
    }

    @ViewBuilder private var content: some View {
        if case .awaitingCustomer(let qr) = model.state {
            Page {
                AmountText(model.attempt.money)
                Text(Word.scan.text)
                    .font(.title2)
                    .multilineTextAlignment(.center)
            } main: {
                QrCodeView(qr) { model.remaining }
            } foot: {
                Button(Word.cancel.text) { till.cancel(model.attempt) }
                    .buttonStyle(.second())
            }
            .foregroundColor(.black)
            .background(Color.white)
        } else {
            MessageView(
                till.message(model.attempt, model.state), amount: model.attempt.money)
        }
    }

    private var banner: String {
        var lines: [String] = []
        // What is over has nothing to be added.
        if let notice, !model.state.isFinished { lines.append(notice.text) }
        // In the other it is part of the message.
        if case .lost(_, let cause) = model.connection, !model.state.isVerifying {
            lines.append(cause.message())
        }
        return lines.joined(separator: "\n")
    }
}

extension PaymentState {
    fileprivate var isVerifying: Bool {
        if case .verifying = self { true } else { false }
    }

    fileprivate var isFinished: Bool {
        if case .finished = self { true } else { false }
    }
}
