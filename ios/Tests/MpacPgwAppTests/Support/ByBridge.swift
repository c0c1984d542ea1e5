import Foundation
import MpacPgw
import UIKit

@testable import MpacCardContract
@testable import MpacPgwApp

/// A scenario's way to the card app and back: the real bridge, on a device.
///
/// - A request goes to the bridge, which opens the card app.
/// - The card app answers by the URL that its library writes; again by the same one.
/// - An app that restarts is killed behind the card app. The answer then comes to the next process; or it
///   is lost, and the app asks for what still waits: then the bridge asks the card app.
/// - An answer that differs is the library's answer to another request. It makes none that lacks
///   something: that is taken out afterwards, as by a card app without the library.
@MainActor
final class ByBridge: HandOff {
    let cardApp: StandInCardApp
    /// How many came.
    private(set) var requests = 0

    private let folder: URL
    private let answerIsLost: Bool
    private let device = UIApplication.shared

    private var bridge: CardBridge?
    private var terminal: PaymentTerminal?
    private var request: MpacPgw.CardRequest?
    /// The process that has handed it over is gone.
    private var isCut = false
    private let (told, tell) = AsyncStream.makeStream(of: CardHandOff.self)

    init(_ folder: URL, answerIsLost: Bool) {
        self.folder = folder
        self.answerIsLost = answerIsLost
        cardApp = StandInCardApp(folder, key: nil)
    }

    func start(_ terminal: PaymentTerminal) async throws {
        let bridge = try CardBridge(
            callback: URL(string: "https://till.example/card") ?? folder, vault: nil,
            folder: folder.appendingPathComponent("cards"), now: { .now })
        bridge.onAnswer = { [tell] in tell.yield($0) }
        (self.bridge, self.terminal) = (bridge, terminal)
        await bridge.attach(terminal)
    }

    func stop() {
        bridge = nil
        isCut = request != nil
    }

    func request(_ request: MpacPgw.CardRequest) async throws {
        self.request = request
        requests += 1
        isCut = false
        try await open(.pay)
        // It takes its time.
        let begin = try cardApp.book.begin(cardApp.request())
        guard begin == .begun else { throw Failure("the card app says \(begin)") }
    }

    func answer(_ answer: Json) async throws {
        if isCut, answerIsLost, isAwaited { try await open(.find) }
        isCut = false
        let url = try url(answer)
        device.comeBack { _ = bridge?.handle(url) }
        let handOff = try await within(.seconds(30), "what became of the answer") { [told] in
            await told.first { _ in true }
        }
        switch handOff {
        case .answered: return
        case .notWaiting: throw TerminalError.cardResultRefused(refusal: .notWaiting)
        case .refused(let refusal): throw TerminalError.cardResultRefused(refusal: refusal)
        default: throw Failure("the bridge says \(String(describing: handOff))")
        }
    }

    /// The app asks the bridge, which opens the card app.
    private func open(_ action: MpacCardContract.CardRequest.Action) async throws {
        guard let bridge, let request else { throw Failure("nothing was requested") }
        device.comeBack()
        let handOff = await bridge.request(request)
        guard handOff == .opened, cardApp.actions.last == action else {
            throw Failure("the bridge says \(handOff), the card app was asked \(cardApp.actions)")
        }
    }

    private var isAwaited: Bool {
        let attempt = terminal?.attempts().first { $0.facts.attemptId == request?.attemptId }
        if case .awaitingCardApp = attempt?.state { return true }
        return false
    }

    /// What the card app opens.
    private func url(_ answer: Json) throws -> URL {
        var changes = answer.members
        changes["outcome"] = nil
        let outcome = try outcome(answer.text("outcome"))
        guard !changes.isEmpty else {
            let asked = try cardApp.request()
            let kept = try cardApp.book.finish(asked, outcome)
            return asked.action == .find
                ? try cardApp.tell() : try cardApp.book.url(kept, for: asked)
        }
        guard outcome.outcome == .approved else { throw Failure("only approvals differ") }
        let ofRequest = changes.filter { ["amount", "attempt_id", "nonce"].contains($0.key) }
        let url = try cardApp.forge(ofRequest.mapValues { try $0.any })
        return try altered(url, changes.filter { ofRequest[$0.key] == nil })
    }

    private func outcome(_ name: String) throws -> CardAnswer {
        switch name {
        case "approved": .approved(approvalCode: approval.code, cardBrand: approval.brand)
        case "declined": .declined()
        case "cancelled": .cancelled()
        case "error": .error("why")
        default: throw Failure("no card app answers \(name)")
        }
    }

    private func altered(_ url: URL, _ changes: [String: Json]) throws -> URL {
        if changes.isEmpty { return url }
        var parts = URLComponents(url: url, resolvingAgainstBaseURL: false)
        let place = parts?.queryItems?.firstIndex { $0.name == "result" }
        guard let place, let json = parts?.queryItems?[place].value.flatMap({ Data(base64URL: $0) })
        else { throw Failure("no result in the URL") }
        let members = try Json(String(decoding: json, as: UTF8.self)).members
        let result = try Json.object(members.merging(changes) { $1 }).compact
        parts?.queryItems?[place].value = Data(result.utf8).base64URL
        guard let url = parts?.url else { throw Failure("not a URL") }
        return url
    }
}

extension Json {
    fileprivate var any: Any {
        get throws {
            if case .number(let number) = self { number } else { try text }
        }
    }
}
