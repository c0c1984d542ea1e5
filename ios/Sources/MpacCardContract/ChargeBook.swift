import Foundation
import MpacPgwFiles

/// Remembers what the card app has charged, by the attempt's id, so that no card is charged twice and a
/// terminal can ask after a restart. What a call says is on disk when it returns, where no backup
/// reaches. Calls take a few milliseconds of disk, and may come from any thread.
///
/// ```swift
/// switch request.action {
/// case .find:
///     open(try book.answer(to: request))
/// case .pay:
///     switch try book.begin(request) {
///     case .begun:
///         let answer = try book.finish(request, await acquirer.charge(request))
///         open(try book.url(answer, for: request))
///     case .finished(let answer): open(try book.url(answer, for: request))
///     case .withdrawn: open(try book.url(.error("too late"), for: request))
///     case .inProgress: askTheAcquirer(request)
///     }
/// }
/// ```
///
/// **When a call throws, charge nothing and tell nothing.** Who removes the app's data removes the book
/// with it: do that only while no terminal waits for an answer.
public final class ChargeBook: Sendable {
    /// Whether the card is to be charged.
    public enum Begin: Sendable, Hashable {
        /// It is the first time: charge it, then ``ChargeBook/finish(_:_:)``.
        case begun
        /// It was charged, or not, and that was the answer: tell it again.
        case finished(CardAnswer)
        /// It was begun before, or was forgotten: whether the card was charged is not known. Charge
        /// nothing, ask the acquirer, and ``ChargeBook/finish(_:_:)`` when it knows. Until then return
        /// by ``CardRequest/callback``.
        case inProgress
        /// The request has expired, or a terminal was told that it is not found: charge nothing, and
        /// tell ``CardAnswer/error(_:processedAt:)``.
        case withdrawn
    }

    /// What a terminal that asks is told.
    public enum Found: Sendable, Hashable {
        /// It was charged, or not: that was the answer.
        case finished(CardAnswer)
        /// It was never begun, and now never will be.
        case notFound
        /// It was begun, and nothing more is known; or it was forgotten.
        case inProgress
    }

    /// Of all books of the process: they may share a folder.
    private static let lock = NSLock()
    // No id has a dot.
    private static let forgotten = "forgotten.until"

    private let folder: SyncedFolder
    private let key: (any CardKey)?

    /// Opens the book of this app.
    ///
    /// - Parameter key: signs the answers, where a terminal asks for it.
    /// - Throws: what `FileManager` throws.
    public convenience init(key: (any CardKey)?) throws {
        self.init(folder: try PrivateFolder.make("mpac-pgw-charges"), key: key)
    }

    init(folder: URL, key: (any CardKey)?) {
        self.folder = SyncedFolder(folder)
        self.key = key
    }

    /// Asks to charge the card.
    ///
    /// - Parameter request: what a terminal asks.
    /// - Returns: ``Begin/begun`` for the first time, and only then charge.
    /// - Throws: ``CardRequestError`` for `nonce`, when there was another request with that attempt's
    ///   id, and for `version`, when the answer has to be signed and there is no key; what the disk
    ///   throws.
    public func begin(_ request: CardRequest) throws -> Begin {
        guard request.version < CardContract.signedVersion || key != nil else {
            throw CardRequestError.unsigned
        }
        return try Self.lock.withLock {
            // It may have been charged: nobody knows any more.
            if try isForgotten(request), try known(request) == nil { return .inProgress }
            let isTooLate = request.expiresAt <= .now
            let entry = Entry(request, isWithdrawn: isTooLate)
            let isNew = try folder.create(request.attemptId, entry.json())
            guard let known = isNew ? entry : try known(request) else { return .inProgress }
            if known.isWithdrawn { return .withdrawn }
            if let answer = known.answer { return .finished(answer) }
            return isNew ? .begun : .inProgress
        }
    }

    /// Writes down what became of a charge that was ``Begin/begun``, before anybody is told.
    ///
    /// - Parameters:
    ///   - request: what a terminal asked.
    ///   - answer: what became of it.
    /// - Returns: the answer to tell: `answer`, or the one that was written down before.
    /// - Throws: ``CardRequestError`` for `attempt_id` when it was not begun; what the disk throws.
    public func finish(_ request: CardRequest, _ answer: CardAnswer) throws -> CardAnswer {
        try Self.lock.withLock {
            var known = try known(request) ?? unclear(request)
            if known.isWithdrawn { throw CardRequestError("attempt_id", "was not begun") }
            if let answer = known.answer { return answer }
            known.answer = answer
            try folder.replace(request.attemptId, known.json())
            return answer
        }
    }

    /// What became of a charge. One that was not begun is refused by ``begin(_:)`` from now on.
    ///
    /// - Parameter request: what a terminal asks about.
    /// - Returns: what to tell; ``answer(to:)`` puts it into a URL.
    /// - Throws: ``CardRequestError`` for `nonce`, when there was another request with that attempt's
    ///   id; what the disk throws.
    public func find(_ request: CardRequest) throws -> Found {
        try Self.lock.withLock {
            if try isForgotten(request), try known(request) == nil { return .inProgress }
            let withdrawn = Entry(request, isWithdrawn: true)
            _ = try folder.create(request.attemptId, withdrawn.json())
            guard let known = try known(request) else { return .inProgress }
            if known.isWithdrawn { return .notFound }
            return known.answer.map { .finished($0) } ?? .inProgress
        }
    }

    /// The URL to open for a terminal that asks: it says what ``find(_:)`` does.
    ///
    /// - Throws: as ``find(_:)``, and what the key throws.
    public func answer(to request: CardRequest) throws -> URL {
        switch try find(request) {
        case .finished(let answer): try url(answer, for: request)
        case .notFound: try url(.error("the card app never began"), for: request)
        case .inProgress: request.callback
        }
    }

    /// The URL to open with an answer, signed where the terminal asks for it.
    ///
    /// - Throws: as ``CardAnswer/url(for:signedBy:)``.
    public func url(_ answer: CardAnswer, for request: CardRequest) throws -> URL {
        try answer.url(for: request, signedBy: key)
    }

    /// Forgets the charges whose requests expired before a moment, such as 90 days ago. What could be
    /// one of them is from then on neither begun nor told as not found.
    ///
    /// - Throws: what the disk throws.
    public func forget(before moment: Date) throws {
        try Self.lock.withLock {
            guard try moment > forgottenUntil() else { return }
            try folder.replace(Self.forgotten, Data("\(moment.timeIntervalSince1970)".utf8))
            for id in try folder.names() where id != Self.forgotten {
                if let entry = try read(id), entry.expiresAt < moment { try folder.remove(id) }
            }
        }
    }

    private func isForgotten(_ request: CardRequest) throws -> Bool {
        try request.expiresAt < forgottenUntil()
    }

    private func forgottenUntil() throws -> Date {
        let text = try folder.read(Self.forgotten).map { String(decoding: $0, as: UTF8.self) }
        return Date(timeIntervalSince1970: text.flatMap(Double.init) ?? 0)
    }

    /// What is known of that very request.
    private func known(_ request: CardRequest) throws -> Entry? {
        guard let entry = try read(request.attemptId) else { return nil }
        guard entry.nonce.lowercased() == request.nonce.lowercased() else {
            throw CardRequestError("nonce", "is not that of the first request of this attempt_id")
        }
        return entry
    }

    /// What may have been begun, as it was forgotten, or a kill has cut its entry short; else what was
    /// withdrawn.
    private func unclear(_ request: CardRequest) throws -> Entry {
        let mayHaveBegun =
            try isForgotten(request) || folder.names().contains(request.attemptId)
        return Entry(request, isWithdrawn: !mayHaveBegun)
    }

    /// What is not whole was cut short, while it was begun or withdrawn: nobody knows which.
    private func read(_ id: String) throws -> Entry? {
        try folder.read(id).flatMap { try? JSONDecoder().decode(Entry.self, from: $0) }
    }

    private struct Entry: Codable {
        let nonce: String
        let expiresAt: Date
        let isWithdrawn: Bool
        var answer: CardAnswer?

        init(_ request: CardRequest, isWithdrawn: Bool) {
            nonce = request.nonce
            expiresAt = request.expiresAt
            self.isWithdrawn = isWithdrawn
        }

        func json() throws -> Data { try JSONEncoder().encode(self) }
    }
}
