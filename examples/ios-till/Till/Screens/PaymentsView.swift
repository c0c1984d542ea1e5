import MpacPgw
import MpacPgwApp
import SwiftUI

/// Payments from before, or that are still open.
struct PaymentsView: View {
    @ObservedObject var till: Till
    let attempts: [any PaymentAttemptProtocol]

    var body: some View {
        VStack {
            Text(Word.payments.text)
                .font(.title.bold())
                .accessibilityAddTraits(.isHeader)
            ScrollView {
                VStack {
                    ForEach(attempts.indices, id: \.self) { index in
                        Row(till: till, attempt: attempts[index])
                            .id(attempts[index].id)
                    }
                }
            }
            Button(Word.nextSale.text, action: till.newSale)
                .buttonStyle(.main)
        }
        .padding()
    }
}

private struct Row: View {
    private let till: Till
    @StateObject private var model: PaymentModel

    init(till: Till, attempt: any PaymentAttemptProtocol) {
        self.till = till
        _model = StateObject(wrappedValue: PaymentModel(attempt))
    }

    var body: some View {
        Button {
            till.show(model.attempt)
        } label: {
            HStack {
                Text(till.summary(model.attempt, model.state))
                    .font(.title3)
                    .multilineTextAlignment(.leading)
                Spacer()
                Text(model.attempt.money).font(.title2.bold())
            }
        }
        .buttonStyle(.second())
        .task { await model.watch() }
    }
}
