import MpacCardContract
import SwiftUI

/// What becomes of this card?
struct PaymentView: View {
    let request: CardRequest
    let isInterrupted: Bool
    let decide: @MainActor (Decision) -> Void

    var body: some View {
        VStack {
            Text(Money.text(request.amount, request.currency))
                .font(.largeTitle.bold())
            Text(isInterrupted ? Word.interrupted.text : Word.tap.text)
                .padding(.bottom)
            ForEach(Decision.right, id: \.self) { decision in
                Button {
                    decide(decision)
                } label: {
                    label(decision)
                }
                .buttonStyle(.borderedProminent)
            }
            Text(Word.faults.text)
                .padding(.top)
            ForEach(Decision.wrong, id: \.self) { decision in
                Button {
                    decide(decision)
                } label: {
                    label(decision)
                }
                .buttonStyle(.bordered)
            }
        }
    }

    private func label(_ decision: Decision) -> some View {
        Text(decision.word.text)
            .font(.title3)
            .frame(maxWidth: .infinity, minHeight: 44)
    }
}
