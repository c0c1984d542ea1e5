import SwiftUI

/// How does the customer pay?
struct MethodsView: View {
    @ObservedObject var till: Till
    /// Why the last way did not begin.
    let problem: Word?

    var body: some View {
        Page {
            AmountText(Money.text(till.amount))
            if let problem {
                Text(problem.text)
                    .font(.title3)
                    .multilineTextAlignment(.center)
                    .foregroundColor(Look.bad.color)
                    .onAppear { Announcement.post(problem.text) }
            }
        } main: {
            VStack {
                Button(Word.showQr.text, action: till.payByQr)
                Button(Word.scanCode.text, action: till.chooseCustomerCode)
                Button(Word.methodCard.text, action: till.payByCard)
                Button(Word.methodCash.text, action: till.chooseCash)
            }
            .buttonStyle(.method)
        } foot: {
            Button(Word.back.text, action: till.newSale)
                .buttonStyle(.second())
        }
    }
}
