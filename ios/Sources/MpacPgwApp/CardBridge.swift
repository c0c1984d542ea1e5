#if canImport(UIKit)
    import Foundation
    import MpacPgw
    import MpacPgwFiles
    import UIKit

    /// Takes card payments to the card app and its answers back, also where iOS ends the process in the
    /// middle of it: the card app is opened for each attempt once, and no answer is lost.
    ///
    /// **One for each process**, made when the app starts. Then open the terminal, whenever that is, and
    /// attach it before its attempts are brought back:
    ///
    /// ```swift
    /// let vault = KeychainVault()
    /// let cards = try CardBridge(callback: callback, vault: vault)
    /// Task {
    ///     let terminal = try await PaymentTerminal.open(configuration, vault: vault)
    ///     await cards.attach(terminal)
    ///     for attempt in try await terminal.recoverPending() { follow(attempt) }
    /// }
    /// ```
    ///
    /// On `PaymentEventKind.cardAppRequested`, and for an attempt that is in
    /// `PaymentState.awaitingCardApp` after a restart, call ``request(_:)``. It is the same call: where
    /// the card app was opened before, it is asked what became of the payment, and charges nothing.
    /// Give ``handle(_:)`` every URL that the app is opened with. What becomes of the payment comes from
    /// the attempt.
    ///
    /// A card app that is missing has charged nothing: the attempt ends as failed, with a
    /// ``CardAppProblem``. One that comes back without an answer may have charged the card: the attempt
    /// goes on waiting.
    @MainActor
    public final class CardBridge {
        private let callback: URL
        let desk: CardDesk
        let front = Front()
        private let now: () -> ContinuousClock.Instant
        /// How long iOS may take to open the card app.
        var patience = Duration.seconds(30)
        /// When the card app was opened last, and for which attempt.
        private var opened: (attemptId: String, at: ContinuousClock.Instant)?

        /// - Parameters:
        ///   - callback: the app's own URL, where the card app returns to. Prefer a universal link, such
        ///     as `https://till.example/card`: iOS gives it to no other app. A scheme of the app's own,
        ///     such as `till-example://card`, can be claimed by any app, which then gets the answers.
        ///   - vault: seals the card app's answers on disk: give it the terminal's, of
        ///     `PaymentTerminal.open`. Without it they lie there as plain text. What was written without
        ///     one is read with one, too.
        /// - Throws: `TerminalError.invalidArgument` when the callback cannot serve, and what
        ///   `FileManager` throws where the app's folder cannot be made.
        public convenience init(callback: URL, vault: (any Vault)? = nil) throws {
            try self.init(
                callback: callback, vault: vault,
                folder: PrivateFolder.make("mpac-pgw-card"), now: { .now })
        }

        init(
            callback: URL, vault: (any Vault)?, folder: URL,
            now: @escaping () -> ContinuousClock.Instant
        ) throws {
            // Any request shows whether the callback can serve.
            let sample = CardRequest(
                version: 1, attemptId: "any", nonce: "any", paymentIntentId: "pi_any", amount: 1,
                currency: "JPY", merchantStoreId: nil, merchantTerminalId: nil, expiresAt: .now)
            _ = try sample.url(callback: callback)
            self.callback = callback
            self.now = now
            desk = CardDesk(
                CardFiles(SyncedFolder(folder), vault: vault, scheme: callback.scheme ?? ""))
        }

        /// Is told what became of each answer that came through ``handle(_:)``.
        public var onAnswer: (@MainActor (CardHandOff) -> Void)? {
            get { desk.onAnswer }
            set { desk.onAnswer = newValue }
        }

        /// Hands the answers that wait to the terminal, and from now on every other. Call it as soon as
        /// the terminal is open, and again when another is opened in its place, on the same folder.
        public func attach(_ terminal: any PaymentTerminalProtocol) async {
            await desk.attach(terminal)
        }

        /// Takes a request to the card app: opens it, once for each attempt. Where it was opened before,
        /// asks it what became of the payment.
        ///
        /// Waits until a terminal is attached and the app is in front: iOS opens nothing from behind.
        ///
        /// - Parameter request: of `PaymentEventKind.cardAppRequested` or
        ///   `PaymentState.awaitingCardApp`.
        /// - Returns: what to show meanwhile.
        public func request(_ request: CardRequest) async -> CardHandOff {
            while true {
                _ = await desk.attached()
                await front.wait()
                if Task.isCancelled { return .unknown }
                let handOff = await desk.inTurn { [self] in
                    // Another may have been opened in its place meanwhile.
                    guard let terminal = desk.terminal else { return CardHandOff?.none }
                    return await proceed(request.attemptId, terminal)
                }
                if let handOff { return handOff }
            }
        }

        /// Takes a URL that the app was opened with: for SwiftUI's `onOpenURL`, for a scene's or an
        /// application's delegate, and of a universal link the `webpageURL` of the user activity. An
        /// answer is on disk when this returns, a few milliseconds later, and is handed to the terminal
        /// once there is one. One that comes twice does no harm.
        ///
        /// - Parameter url: what the app was opened with.
        /// - Returns: whether it is the card app's; every other is the app's own matter.
        @discardableResult
        public func handle(_ url: URL) -> Bool {
            guard isCallback(url) else { return false }
            opened = nil
            do {
                _ = try CardResult(url: url)
                desk.keep(url)
            } catch TerminalError.cardResultRefused(refusal: let refusal) {
                // Nothing is known then: the attempt goes on waiting.
                log("the card app came back without an answer: \(refusal)")
                desk.onAnswer?(holdsResult(url) ? .refused(refusal) : .unknown)
            } catch {
                log("the card app's answer cannot be read", error)
                desk.onAnswer?(.unknown)
            }
            return true
        }

        /// One step, in turn; nil when it has to be taken again, in front.
        private func proceed(
            _ attemptId: String, _ terminal: any PaymentTerminalProtocol
        ) async -> CardHandOff? {
            let handOffs = await desk.handIn(to: terminal)
            if let handOff = handOffs.last(where: { $0.attemptId == attemptId }) {
                return handOff.1
            }
            guard let request = waiting(terminal, attemptId) else { return .notWaiting }
            // A second tap, while iOS is just opening it.
            if let opened, opened.attemptId == attemptId,
                opened.at.duration(to: now()) < Self.openingTime
            {
                return .opened
            }
            do {
                let pay = try request.url(callback: callback)
                guard front.isInFront else { return nil }
                // Before, so that nobody takes what was begun for new.
                let isNew = try desk.files.mark(attemptId)
                opened = (attemptId, now())
                let url = isNew ? pay : try Self.find(pay)
                guard let isOpened = await open(url) else { return .unknown }
                if isOpened { return .opened }
                opened = nil
                // One that was opened may have charged the card, and was removed since. One that is
                // there was refused, by the user or by iOS: it is asked next.
                guard isNew, !UIApplication.shared.canOpenURL(url) else { return .unknown }
                return try await tellMissing(request, terminal)
            } catch TerminalError.cardResultRefused {
                return .notWaiting
            } catch {
                log("the card app was not asked", error)
                return .unknown
            }
        }

        /// Nothing was opened, and nothing charged.
        private func tellMissing(
            _ request: CardRequest, _ terminal: any PaymentTerminalProtocol
        ) async throws -> CardHandOff {
            let missing = CardAppProblem.notInstalled
            do {
                try await terminal.completeCardPayment(request.notCharged(reason: missing.reason))
                return .notCharged(missing)
            } catch TerminalError.cardResultRefused {
                return .notWaiting
            } catch {
                // It is as new as before.
                try desk.files.unmark(request.attemptId)
                throw error
            }
        }

        /// Whether iOS has opened it; nil when iOS does not say so for long. Other answers wait meanwhile.
        private func open(_ url: URL) async -> Bool? {
            let (answers, answer) = AsyncStream.makeStream(of: Bool?.self)
            Task { _ = answer.yield(await UIApplication.shared.open(url, options: [:])) }
            let end = Task { [patience] in
                try await Task.sleep(for: patience)
                _ = answer.yield(nil)
            }
            defer { end.cancel() }
            for await isOpened in answers { return isOpened }
            return nil
        }

        private static let openingTime = Duration.seconds(3)

        /// What the card app is to do, while the attempt waits for it.
        private func waiting(_ terminal: any PaymentTerminalProtocol, _ attemptId: String)
            -> CardRequest?
        {
            let attempt = terminal.attempts().first { $0.facts.attemptId == attemptId }
            guard case .awaitingCardApp(let request) = attempt?.state else { return nil }
            return request
        }

        /// The URL that asks what became of a payment.
        private static func find(_ pay: URL) throws -> URL {
            var parts = URLComponents(url: pay, resolvingAgainstBaseURL: false)
            parts?.path = "/find"
            guard let url = parts?.url else { throw URLError(.badURL) }
            return url
        }

        private func isCallback(_ url: URL) -> Bool {
            url.scheme?.lowercased() == callback.scheme?.lowercased()
                && url.host?.lowercased() == callback.host?.lowercased()
                && url.port == callback.port && url.path == callback.path
        }

        private func holdsResult(_ url: URL) -> Bool {
            let parts = URLComponents(url: url, resolvingAgainstBaseURL: false)
            return parts?.queryItems?.contains { $0.name == "result" } ?? false
        }
    }
#endif
