import Combine
import Foundation
import MpacCardContract

/// Takes card payments for a terminal: the person in front of it decides what becomes of the card.
@MainActor
final class Desk: ObservableObject {
    /// The payment that is to be decided.
    @Published private(set) var request: CardRequest?
    /// Whether the app was ended while it took this card: a real one asks its acquirer then.
    @Published private(set) var isInterrupted = false
    /// What went wrong last.
    @Published private(set) var problem: Word?

    private let book: ChargeBook
    private let key: (any CardKey)?
    private let pending: Pending
    private let open: @MainActor (URL) async -> Bool
    private let die: @MainActor () -> Void
    /// What the app was opened with.
    private var asked: URL?

    /// - Parameters:
    ///   - book: what this app remembers of charges.
    ///   - key: the one of the book.
    ///   - pending: the payment that is not decided yet.
    ///   - open: takes an answer to the terminal's app.
    ///   - die: ends this one.
    init(
        book: ChargeBook, key: (any CardKey)?, pending: Pending,
        open: @escaping @MainActor (URL) async -> Bool, die: @escaping @MainActor () -> Void
    ) {
        self.book = book
        self.key = key
        self.pending = pending
        self.open = open
        self.die = die
    }

    /// Shows again what an earlier process has left.
    func start() {
        guard request == nil, let url = pending.url else { return }
        guard let left = try? CardRequest(url: url) else { return pending.clear() }
        (request, asked, isInterrupted) = (left, url, true)
    }

    /// A terminal has opened this app.
    func handle(_ url: URL) {
        do {
            let request = try CardRequest(url: url)
            problem = nil
            switch request.action {
            // It charges nothing.
            case .find: tell(try book.answer(to: request))
            case .pay: try take(request, url)
            }
        } catch is CardRequestError {
            problem = .notARequest
        } catch {
            problem = .notWrittenDown
        }
    }

    private func take(_ request: CardRequest, _ url: URL) throws {
        // One card at a time. The other is not begun: the till asks, and is told so.
        if let atWork = self.request, atWork.attemptId != request.attemptId {
            return tell(request.callback)
        }
        switch try book.begin(request) {
        case .begun:
            try pending.keep(url)
            (self.request, asked, isInterrupted) = (request, url, false)
        case .inProgress:
            (self.request, asked, isInterrupted) = (request, url, true)
        case .finished(let answer):
            tell(try book.url(answer, for: request))
        case .withdrawn:
            tell(try book.url(.error("the request is not valid any more"), for: request))
        }
    }

    /// The person has decided.
    func decide(_ decision: Decision) {
        guard let request, let asked else { return }
        problem = nil
        do {
            let answer = try carryOut(decision, request, asked)
            if decision.isAnAnswer {
                pending.clear()
                (self.request, self.asked) = (nil, nil)
            }
            if let answer { tell(answer) }
        } catch {
            problem = .notWrittenDown
        }
    }

    /// The URL that goes back to the terminal.
    private func carryOut(
        _ decision: Decision, _ request: CardRequest, _ asked: URL
    ) throws -> URL? {
        switch decision {
        case .approve:
            return try book.url(book.finish(request, .approved()), for: request)
        case .decline:
            let answer = CardAnswer.declined("the card has expired")
            return try book.url(book.finish(request, answer), for: request)
        case .cancel:
            return try book.url(book.finish(request, .cancelled()), for: request)
        case .sayNothing:
            // The terminal has to ask for this answer.
            _ = try book.finish(request, .approved())
            return request.callback
        case .die:
            die()
            return nil
        case .answerTwice:
            // The first is not written down: whoever asks again is given the second.
            _ = try book.finish(request, .approved("SECOND"))
            return try book.url(.approved("FIRST1"), for: request)
        case .wrongAmount:
            return try Forgery.answer(asked, key) { $0["amount"] = request.amount + 1 }
        case .wrongNonce:
            let nonce = String(repeating: "0", count: 32)
            return try Forgery.answer(asked, key) { $0["nonce"] = nonce }
        case .nonsense:
            return Forgery.nonsense(request)
        }
    }

    private func tell(_ answer: URL) {
        Task { if await !open(answer) { problem = .noWayBack } }
    }
}

extension CardAnswer {
    fileprivate static func approved(_ approvalCode: String = "A1B2C3") -> CardAnswer {
        .approved(approvalCode: approvalCode, cardBrand: "VISA", maskedPan: "4111111111111111")
    }
}
