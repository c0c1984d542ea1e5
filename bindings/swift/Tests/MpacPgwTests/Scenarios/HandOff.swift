import MpacPgw

/// The way to the card app and back.
protocol HandOff: Sendable {
    /// The app's process has opened a terminal.
    func start(_ terminal: PaymentTerminal) async throws

    /// The process ends, and its terminal is shut down next.
    func stop() async throws

    /// The app is told to hand this to the card app.
    func request(_ request: CardRequest) async throws

    /// The card app answers what it was asked last.
    ///
    /// - Parameter answer: the `outcome`, and what is to differ from a good answer.
    /// - Throws: `TerminalError` when the answer is refused.
    func answer(_ answer: Json) async throws
}

/// Of every approval.
let approval = (code: "APPROVAL1", brand: "VISA")

/// An app without a bridge: it takes the answer to the terminal itself.
actor ByHand: HandOff {
    private var terminal: PaymentTerminal?
    private var asked: CardRequest?

    func start(_ terminal: PaymentTerminal) { self.terminal = terminal }

    func stop() { terminal = nil }

    func request(_ request: CardRequest) { asked = request }

    func answer(_ answer: Json) async throws {
        try await terminal?.completeCardPayment(result(answer))
    }

    private func result(_ changes: Json) throws -> CardResult {
        guard let asked else { throw Failure("the card app was not asked") }
        let outcomes = [CardOutcome.approved, .declined, .cancelled, .error]
        let wanted = try changes.text("outcome")
        guard let outcome = outcomes.first(where: { spelled($0) == wanted }) else {
            throw Failure("there is no card outcome \(wanted)")
        }
        let isApproved = outcome == .approved
        var (attemptId, nonce, amount) = (asked.attemptId, asked.nonce, asked.amount)
        var approvalCode = isApproved ? Secret(approval.code) : nil
        var cardBrand = isApproved ? approval.brand : nil
        for (member, value) in changes.members where member != "outcome" {
            switch member {
            case "amount": amount = try value.number
            case "nonce": nonce = Secret(try value.text)
            case "attempt_id": attemptId = try value.text
            case "approval_code": approvalCode = Secret(try value.text)
            case "card_brand": cardBrand = try value.text
            default: throw Failure("a card result has no \(member)")
            }
        }
        return CardResult(
            version: asked.version, attemptId: attemptId, nonce: nonce, outcome: outcome,
            amount: amount, currency: asked.currency, approvalCode: approvalCode,
            cardBrand: cardBrand, maskedPan: nil, reason: nil, processedAt: nil)
    }
}
