import Foundation
import MpacPgw
import MpacPgwApp

/// What a screen says: to be understood at arm's length.
struct Message {
    var look: Look
    var title: Word
    var text = ""
    var detail = ""
    /// The first is the one that the staff mostly wants.
    var buttons: [Choice] = []
}

struct Choice {
    let label: Word
    let choose: @MainActor () -> Void
}

enum Look: Sendable {
    case busy, good, bad, ended
    /// The money may have been taken.
    case careful
}

extension Till {
    private var next: Choice { Choice(label: .nextSale, choose: newSale) }
    private var later: Choice { Choice(label: .later, choose: newSale) }

    /// Says where a payment stands. Of `awaitingCustomer` it is the code that is shown.
    func message(_ attempt: any PaymentAttemptProtocol, _ state: PaymentState) -> Message {
        let cancel = Choice(label: .cancel) { self.cancel(attempt) }
        switch state {
        case .confirming, .awaitingCustomer:
            return Message(look: .busy, title: .beginning, buttons: [cancel])
        case .awaitingCardApp(let request):
            let ask = Choice(label: .askCardApp) { self.askCardApp(request) }
            return Message(
                look: .busy, title: .cardApp, text: Word.cardAppHint.text, buttons: [ask, later])
        case .processing:
            return Message(look: .busy, title: .processing, buttons: [later])
        case .authorized:
            return Message(
                look: .good, title: .reserved, text: Word.reservedHint.text, buttons: [next])
        case .cancelling:
            return Message(
                look: .busy, title: .cancelling, text: Word.cancellingHint.text, buttons: [later])
        case .verifying(_, let cause):
            return Message(
                look: .careful, title: .notKnown, text: Word.verifying.text,
                detail: cause.message(), buttons: [later, cancel])
        case .finished(let result):
            return message(attempt, result)
        }
    }

    private func message(_ attempt: any PaymentAttemptProtocol, _ result: PaymentResult) -> Message
    {
        let again = Choice(label: .tryAgain) { self.tryAgain(attempt) }
        switch result {
        case .succeeded(let receipt):
            return Message(look: .good, title: .paid, detail: lines(receipt), buttons: [next])
        case .failed(let code, let reason, _, _):
            let why = CardAppProblem(reason: reason)?.message() ?? code.message()
            return Message(look: .bad, title: .failed, text: why, buttons: [again, next])
        case .cancelled(let by):
            return Message(
                look: .ended, title: .cancelled, text: by.message(), buttons: [next, again])
        case .unresolved(let cause, let nextStep):
            // Of no other will the outcome never come by itself.
            let settle = Choice(label: .settled) { self.settle(attempt) }
            return Message(
                look: .careful, title: .notKnown, text: nextStep.message(),
                detail: cause.message(),
                buttons: nextStep == .refundInCardApp ? [later, settle] : [later])
        }
    }

    private func lines(_ receipt: Receipt) -> String {
        var lines = [method(receipt.method, receipt.provider)]
        if let card = receipt.card {
            lines.append(
                [card.brand, card.lastFour.map { "•••• \($0)" } ?? ""].joined(separator: " "))
            lines.append(Word.approvalCode.text(card.approvalCode.value))
        }
        if let moment = receipt.completedAt {
            lines.append(
                DateFormatter.localizedString(from: moment, dateStyle: .medium, timeStyle: .short))
        }
        return lines.joined(separator: "\n")
    }

    /// Two lines, for a list.
    func summary(_ attempt: any PaymentAttemptProtocol, _ state: PaymentState) -> String {
        let message = message(attempt, state)
        var place = message.title
        if case .awaitingCustomer = state {
            place = .scan
        } else if message.look == .careful {
            place = .outcomeOpen
        }
        // Titles are broken where it reads best when they are big.
        return method(attempt.facts.method, attempt.facts.provider) + "\n" + place.inOneLine
    }

    private func method(_ method: PaymentMethodType, _ provider: String?) -> String {
        let wallet = provider.map { " (\($0))" } ?? ""
        return switch method {
        case .qrMpm: Word.methodQr.text + wallet
        case .qrCpm: Word.methodCode.text + wallet
        case .creditCard: Word.methodCard.text
        case .cash: Word.methodCash.text
        case .unknown(let value): value
        }
    }
}
