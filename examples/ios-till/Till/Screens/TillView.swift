import SwiftUI

/// Shows what the till has to show.
struct TillView: View {
    @ObservedObject var till: Till

    var body: some View {
        switch till.screen {
        case .starting:
            MessageView(Message(look: .busy, title: .starting))
        case .notReady(let error):
            MessageView(notReady(error))
        case .amount:
            AmountView(till: till)
        case .methods(let problem):
            MethodsView(till: till, problem: problem)
        case .customerCode:
            CustomerCodeView(till: till)
        case .cash:
            MessageView(cash, amount: Money.text(till.amount), isWaiting: false)
        case .beginning:
            MessageView(
                Message(look: .busy, title: .beginning), amount: Money.text(till.amount))
        case .payment(let attempt, let notice):
            PaymentView(till: till, attempt: attempt, notice: notice)
                .id(attempt.id)
        case .payments(let attempts):
            PaymentsView(till: till, attempts: attempts)
        }
    }

    private func notReady(_ error: any Error) -> Message {
        // The detail is for whoever is called: it holds no secret.
        Message(
            look: .bad, title: .notReady, text: Word.notReadyHint.text,
            detail: error.localizedDescription,
            buttons: [Choice(label: .startAgain, choose: till.start)])
    }

    private var cash: Message {
        Message(
            look: .busy, title: .takeCash,
            buttons: [
                Choice(label: .cashReceived, choose: till.payInCash),
                Choice(label: .back, choose: till.chooseMethod),
            ])
    }
}
