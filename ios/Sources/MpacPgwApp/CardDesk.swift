import Foundation
import MpacPgw

/// Hands in what the card app has answered, and forgets what is over.
@MainActor
final class CardDesk {
    let files: CardFiles
    /// Told what became of an answer.
    var onAnswer: (@MainActor (CardHandOff) -> Void)?
    private(set) var terminal: (any PaymentTerminalProtocol)?

    /// How long until what could not be done is tried again.
    var pause = firstPause
    private static let firstPause = Duration.seconds(2)
    private static let longestPause = Duration.seconds(300)

    /// Answers that could not be written down yet.
    private var unkept: [URL] = []
    private var isTryingLater = false
    private var waitForTerminal: [CheckedContinuation<Void, Never>] = []
    private var last: Task<Void, Never>?
    /// How many decisions are not taken yet.
    private(set) var queue = 0

    init(_ files: CardFiles) {
        self.files = files
    }

    func attach(_ terminal: any PaymentTerminalProtocol) async {
        self.terminal = terminal
        for waiting in waitForTerminal { waiting.resume() }
        waitForTerminal = []
        await settle()
    }

    /// Waits until there is one.
    func attached() async -> any PaymentTerminalProtocol {
        while true {
            if let terminal { return terminal }
            await withCheckedContinuation { waitForTerminal.append($0) }
        }
    }

    /// Runs one decision after the other: nothing is opened or called not charged while another is on
    /// its way.
    func inTurn<Value: Sendable>(_ body: @escaping @MainActor () async -> Value) async -> Value {
        let before = last
        queue += 1
        defer { queue -= 1 }
        let task = Task {
            await before?.value
            return await body()
        }
        last = Task { _ = await task.value }
        return await task.value
    }

    /// Writes an answer down, and hands it in when there is a terminal.
    func keep(_ answer: URL) {
        do {
            try files.keep(answer)
            Task { await settle() }
        } catch {
            log("the card app's answer cannot be written down yet", error)
            unkept.append(answer)
            tryLater()
        }
    }

    /// Hands in all that waits, and forgets what is over.
    func settle() async {
        await inTurn { [self] in
            guard let terminal else { return }
            await handIn(to: terminal)
            do {
                try files.removeParts()
                try await forget(terminal)
            } catch {
                log("card payments cannot be settled yet", error)
            }
        }
    }

    /// Hands in the answers, each for the attempt that it names. Only in turn.
    @discardableResult
    func handIn(to terminal: any PaymentTerminalProtocol) async -> [(
        attemptId: String, CardHandOff
    )] {
        var handOffs: [(attemptId: String, CardHandOff)] = []
        var unread: [String] = []
        do {
            for answer in try files.answers() {
                // One that has to wait holds up no other.
                do {
                    guard let url = try files.read(answer) else {
                        unread.append(answer)
                        continue
                    }
                    let handOff = try await handIn(url, to: terminal)
                    handOffs.append(handOff)
                    onAnswer?(handOff.1)
                    try files.remove(answer)
                    pause = Self.firstPause
                } catch {
                    log("a card app's answer cannot be handed in yet", error)
                    tryLater()
                }
            }
            // Nobody knows which attempt they are of: they stay for whoever can read them.
            // The state of an attempt whose answer was just taken follows a moment later.
            let taken = handOffs.filter { $0.1 == .answered || $0.1 == .notWaiting }
                .map(\.attemptId)
            if !unread.isEmpty, try await isNoneAwaited(by: terminal, but: taken) {
                for answer in unread { try files.remove(answer) }
            }
        } catch {
            log("the card app's answers cannot be looked at yet", error)
            tryLater()
        }
        return handOffs
    }

    private func handIn(
        _ url: URL, to terminal: any PaymentTerminalProtocol
    ) async throws -> (attemptId: String, CardHandOff) {
        var attemptId = ""
        do {
            let result = try CardResult(url: url)
            attemptId = result.attemptId.lowercased()
            try await terminal.completeCardPayment(result)
            return (attemptId, .answered)
        } catch TerminalError.cardResultRefused(refusal: let refusal) {
            switch refusal {
            // Handed in before: twice, or killed before its file was removed.
            case .notWaiting: return (attemptId, .notWaiting)
            // The staff will ask for it.
            case .unknownAttempt where isDamaged(attemptId, in: terminal):
                throw TerminalError.cardResultRefused(refusal: refusal)
            default:
                log("the card app's answer was refused: \(refusal)")
                return (attemptId, .refused(refusal))
            }
        }
    }

    /// Whether no answer counts any more.
    private func isNoneAwaited(
        by terminal: any PaymentTerminalProtocol, but taken: [String]
    ) async throws -> Bool {
        for attempt in terminal.attempts() where !taken.contains(attempt.facts.attemptId) {
            // What is unresolved still takes the card app's answer.
            guard case .finished(let result) = attempt.state else { return false }
            if case .unresolved = result { return false }
        }
        guard terminal.damagedRecords.isEmpty else { return false }
        // A terminal that was shut down has no attempts, and throws.
        try await terminal.settleDamagedRecord("")
        return true
    }

    private func isDamaged(_ attemptId: String, in terminal: any PaymentTerminalProtocol) -> Bool {
        terminal.damagedRecords.contains { $0.attemptId == attemptId }
    }

    /// Removes the marks of attempts that the terminal does not have any more.
    private func forget(_ terminal: any PaymentTerminalProtocol) async throws {
        // First: an attempt is older than its mark.
        let marked = try files.marked()
        if marked.isEmpty { return }
        let known = Set(
            terminal.attempts().map(\.facts.attemptId) + terminal.damagedRecords.map(\.attemptId))
        // A terminal that was shut down has fewer, and throws.
        try await terminal.settleDamagedRecord("")
        for attemptId in marked where !known.contains(attemptId) { try files.unmark(attemptId) }
    }

    private func tryLater() {
        guard !isTryingLater else { return }
        isTryingLater = true
        let pause = pause
        self.pause = min(pause * 2, Self.longestPause)
        Task {
            try? await Task.sleep(for: pause)
            isTryingLater = false
            let answers = unkept
            unkept = []
            for answer in answers { keep(answer) }
            await settle()
        }
    }
}

/// Without secrets: of an error only its kind, for its text may hold anything.
func log(_ what: String, _ error: (any Error)? = nil) {
    let kind = error.map { ": \(type(of: $0))" } ?? ""
    #if canImport(os)
        SystemLog.logger.warning("\(what + kind, privacy: .public)")
    #endif
}
