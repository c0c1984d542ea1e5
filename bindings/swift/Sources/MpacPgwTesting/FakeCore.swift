import Foundation
import MpacPgw

/// What stands in for the core, below the SDK's own streams.
final class FakeCore: TerminalCore {
    let settings: Locked<FakeSettings>
    let all: Locked<[FakeAttempt]>

    /// Beside the one of the process before, which stays closed.
    init(after before: FakeCore? = nil) {
        var settings = before?.settings.withLock { $0 } ?? FakeSettings()
        settings.isShutDown = false
        self.settings = Locked(settings)
        all = before?.all ?? Locked([])
    }

    private func check() throws {
        try settings.withLock { settings in
            if settings.isShutDown { throw TerminalError.shutDown }
            defer { settings.refusal = nil }
            if let refusal = settings.refusal { throw refusal }
        }
    }

    func retrievePaymentIntent(paymentToken: String) throws -> PaymentIntent {
        let intent = try intent(of: paymentToken)
        try check()
        return intent
    }

    private func intent(of token: String) throws -> PaymentIntent {
        guard let parts = token.wholeMatch(of: /(pi_\w+?)_secret_[A-Za-z0-9]+/) else {
            throw TerminalError.invalidPaymentToken(reason: "it must be pi_…_secret_…")
        }
        let intent = settings.withLock { $0.paymentIntent }
        return PaymentIntent(
            id: String(parts.1), status: intent.status,
            amount: intent.amount, currency: intent.currency,
            paymentMethodTypes: intent.paymentMethodTypes, expiresAt: intent.expiresAt)
    }

    func confirm(
        _ paymentToken: String, _ method: PaymentMethod, _ listener: any PaymentListener
    ) throws -> any AttemptCore {
        let intent = try intent(of: paymentToken)
        try method.check()
        try check()
        let running = all.withLock { $0 }.first {
            $0.isRunning && $0.paymentIntentId() == intent.id
        }
        if let running { throw TerminalError.attemptInProgress(attemptId: running.id()) }
        let attempt = FakeAttempt(intent, method, listener, self)
        all.withLock { $0.append(attempt) }
        let script = settings.withLock { $0.script }
        attempt.follow(script.isEmpty ? method.script : script)
        return attempt
    }

    func recover(_ listener: any PaymentListener) throws -> [any AttemptCore] {
        try check()
        let pending = all.withLock { $0 }.filter { $0.isLeft(for: self) }
        pending.forEach { $0.recover(listener, self) }
        return pending
    }

    func completeCardPayment(result: CardResult) throws {
        try check()
        guard let attempt = all.withLock({ $0 }).first(where: { $0.id() == result.attemptId })
        else { throw TerminalError.cardResultRefused(refusal: .unknownAttempt) }
        try attempt.complete(result)
    }

    func attempts() -> [AttemptSummary] {
        all.withLock { $0 }.filter(\.isPending).map {
            AttemptSummary(facts: $0.facts(), state: $0.state(), connection: $0.connection())
        }
    }

    func damagedRecords() -> [DamagedRecord] { settings.withLock { $0.damagedRecords } }

    func settleDamagedRecord(attemptId: String) throws -> Bool {
        try check()
        return settings.withLock { settings in
            let before = settings.damagedRecords.count
            settings.damagedRecords.removeAll { $0.attemptId == attemptId }
            return settings.damagedRecords.count < before
        }
    }

    func shutDown() { settings.withLock { $0.isShutDown = true } }
}

/// One attempt that follows a script.
final class FakeAttempt: AttemptCore {
    private struct Progress {
        var core: FakeCore
        var listener: any PaymentListener
        var method: PaymentMethod
        var state = PaymentState.confirming
        var connection = ConnectionState.connected
        var script: [FakeStep] = []
        var outcome: PaymentEventKind?
        var isOver = false
        var isAcknowledged = false
        /// What the card app has answered.
        var card: CardResult?

        var cardReceipt: CardReceipt? {
            card.map {
                CardReceipt(brand: $0.cardBrand ?? "", lastFour: "4242", approvalCode: "FAKE42")
            }
        }
    }

    private let request: CardRequest
    private let createdAt = Date.now
    private let progress: Locked<Progress>

    init(
        _ intent: PaymentIntent, _ method: PaymentMethod, _ listener: any PaymentListener,
        _ core: FakeCore
    ) {
        request = CardRequest(
            version: 1, attemptId: UUID().uuidString.lowercased(),
            nonce: Secret(UUID().uuidString), paymentIntentId: intent.id, amount: intent.amount,
            currency: intent.currency, merchantStoreId: nil, merchantTerminalId: nil,
            expiresAt: intent.expiresAt)
        progress = Locked(Progress(core: core, listener: listener, method: method))
    }

    func id() -> String { request.attemptId }
    func paymentIntentId() -> String { request.paymentIntentId }
    func state() -> PaymentState { progress.withLock { $0.state } }

    func facts() -> PaymentFacts {
        let (method, card) = progress.withLock { ($0.method, $0.cardReceipt) }
        return PaymentFacts(
            attemptId: id(), paymentIntentId: paymentIntentId(), amount: request.amount,
            currency: request.currency, method: method.type,
            provider: method.provider ?? card?.brand, card: card, createdAt: createdAt,
            expiresAt: request.expiresAt)
    }

    func connection() -> ConnectionState { progress.withLock { $0.connection } }

    func remaining() -> Duration? {
        guard case .awaitingCustomer(let qr) = state(), let end = qr.expiresAt else { return nil }
        return .seconds(max(0, end.timeIntervalSinceNow))
    }

    private func success(_ progress: Progress) -> PaymentEventKind {
        let card = progress.cardReceipt
        return .paymentSuccess(
            receipt: Receipt(
                amount: request.amount, currency: request.currency, method: progress.method.type,
                provider: progress.method.provider ?? card?.brand, card: card, completedAt: .now))
    }
    var isRunning: Bool { progress.withLock { !$0.isOver && !$0.isAcknowledged } }
    /// Whether it waits in the journal, and no handle of that terminal goes on with it.
    func isLeft(for core: FakeCore) -> Bool {
        progress.withLock { !$0.isAcknowledged && ($0.isOver || $0.core !== core) }
    }
    var isPending: Bool { progress.withLock { !$0.isAcknowledged } }

    /// Does these steps, and then those that were left.
    func follow(_ steps: [FakeStep]) {
        progress.withLock { progress in
            progress.script.insert(contentsOf: steps, at: 0)
            while !progress.isOver, !progress.script.isEmpty {
                switch progress.script.removeFirst() {
                case .wait: return
                case .pause(let time):
                    Task {
                        try? await Task.sleep(for: time)
                        follow([])
                    }
                    return
                case .cardAppRequested: tell(.cardAppRequested(request: request), &progress)
                case .succeed: tell(success(progress), &progress)
                case .event(let kind): tell(kind, &progress)
                }
            }
        }
    }

    private func tell(
        _ kind: PaymentEventKind, _ progress: inout Progress, replayed: Bool = false
    ) {
        switch kind {
        case .qrReady(let qr): progress.state = .awaitingCustomer(qr: qr)
        case .cardAppRequested(let request): progress.state = .awaitingCardApp(request: request)
        case .statusChanged(.processing): progress.state = .processing
        case .connectionLost(let cause):
            let since = Date.now
            progress.connection = .lost(since: since, cause: cause)
            if progress.state == .confirming {
                progress.state = .verifying(since: since, cause: cause)
            }
        case .connectionRestored:
            progress.connection = .connected
            if case .verifying = progress.state { progress.state = .confirming }
        case .paymentAuthorized: progress.state = .authorized
        default: break
        }
        if let result = kind.result {
            progress.state = .finished(result: result)
            progress.outcome = kind
            if case .unresolved = result {} else { progress.isOver = true }
        }
        // It only hands the event on, to other threads.
        progress.listener.onEvent(
            event: PaymentEvent(
                attemptId: id(), paymentIntentId: paymentIntentId(), method: progress.method.type,
                name: kind.name, replayed: replayed, isFinal: progress.isOver, kind: kind))
    }

    func recover(_ listener: any PaymentListener, _ core: FakeCore) {
        progress.withLock { progress in
            progress.core = core
            progress.listener = listener
            if let outcome = progress.outcome {
                tell(outcome, &progress, replayed: true)
            } else if case .awaitingCustomer(let qr) = progress.state {
                tell(.qrReady(qr: qr), &progress, replayed: true)
            } else if progress.state == .authorized {
                tell(.paymentAuthorized, &progress, replayed: true)
            }
        }
    }

    func complete(_ result: CardResult) throws {
        try progress.withLock { progress in
            if let refusal = refusal(of: result, progress.state) {
                throw TerminalError.cardResultRefused(refusal: refusal)
            }
            if result.outcome == .approved { progress.card = result }
            tell(result.kind ?? success(progress), &progress)
        }
    }

    private func refusal(of result: CardResult, _ state: PaymentState) -> CardResultRefusal? {
        guard state == .awaitingCardApp(request: request) else { return .notWaiting }
        guard result.nonce == request.nonce else { return .wrongNonce }
        guard result.amount == request.amount,
            result.currency.uppercased() == request.currency
        else {
            return .wrongAmount
        }
        let isComplete = result.approvalCode != nil && result.cardBrand != nil
        return result.outcome == .approved && !isComplete ? .incomplete : nil
    }

    /// The fake has its answer at once.
    func beginCancel() -> CancelOutcome? { cancel() }

    /// The terminal that has it now, as it answers.
    private var settings: FakeSettings {
        progress.withLock { $0.core }.settings.withLock { $0 }
    }

    func cancel() -> CancelOutcome {
        let settings = self.settings
        return progress.withLock { progress in
            switch progress.state {
            case .finished(.succeeded): return .alreadySucceeded
            case .finished(.cancelled): return .cancelled
            case .finished(.failed): return .notCancellable
            case _ where settings.isShutDown: return .notCancellable
            default: break
            }
            let isBeyond =
                switch progress.state {
                case .awaitingCardApp, .authorized: true
                default: false
                }
            let outcome = settings.cancelOutcome ?? (isBeyond ? .notCancellable : .cancelled)
            if outcome == .cancelled { tell(.paymentCancelled(by: .terminal), &progress) }
            if outcome == .alreadySucceeded { tell(success(progress), &progress) }
            if outcome == .queued { progress.state = .cancelling }
            return outcome
        }
    }

    func switchMethod(method: PaymentMethod) throws -> SwitchOutcome {
        try method.check()
        let settings = self.settings
        if settings.isShutDown { throw TerminalError.shutDown }
        let isSwitchable = progress.withLock { progress in
            guard case .awaitingCustomer = progress.state, settings.switchOutcome == .switching,
                method != .creditCard
            else { return false }
            progress.method = method
            progress.script = []
            return true
        }
        guard isSwitchable else { return .notSwitchable }
        follow(method.script)
        return .switching
    }

    func pollNow() {}

    func acknowledge() -> Bool {
        if settings.isShutDown { return false }
        return progress.withLock { progress in
            switch progress.state {
            case .finished, .authorized: progress.isAcknowledged = true
            default: break
            }
            return progress.isAcknowledged
        }
    }
}

extension PaymentMethod {
    /// What happens where the test has no script.
    fileprivate var script: [FakeStep] {
        switch self {
        case .qrMpm(let provider):
            [.qrReady(provider: provider, expiresAt: .now.addingTimeInterval(300)), .wait]
        case .qrCpm: [.status(.processing), .wait]
        case .creditCard: [.cardAppRequested, .wait]
        case .cash: [.succeed]
        }
    }

    fileprivate var provider: String? {
        switch self {
        case .qrMpm(let provider), .qrCpm(let provider, _): provider
        case .creditCard: nil
        case .cash: "CASH"
        }
    }

    /// What the SDK refuses, the fake refuses too.
    fileprivate func check() throws {
        let refuse = { TerminalError.invalidArgument(field: $0, reason: "cannot be") }
        if let provider, provider.wholeMatch(of: /[A-Za-z0-9_]{1,64}/) == nil {
            throw refuse("method.provider")
        }
        if case .qrCpm(_, let code) = self, code.value.allSatisfy(\.isWhitespace) {
            throw refuse("method.customerCode")
        }
    }

    fileprivate var type: PaymentMethodType {
        switch self {
        case .qrMpm: .qrMpm
        case .qrCpm: .qrCpm
        case .creditCard: .creditCard
        case .cash: .cash
        }
    }
}

extension PaymentEventKind {
    /// The case's name as the core has it: `qr_ready`.
    fileprivate var name: String {
        let name = Mirror(reflecting: self).children.first?.label ?? "\(self)"
        return name.reduce(into: "") { $0 += $1.isUppercase ? "_\($1.lowercased())" : "\($1)" }
    }

    fileprivate var result: PaymentResult? {
        switch self {
        case .paymentSuccess(let receipt): .succeeded(receipt: receipt)
        case .paymentFailed(let code, let reason, let providerReason, let canRetry):
            .failed(
                code: code, reason: reason, providerReason: providerReason, canRetry: canRetry)
        case .paymentCancelled(let by): .cancelled(by: by)
        case .paymentUnresolved(let cause, let nextStep):
            .unresolved(cause: cause, nextStep: nextStep)
        default: nil
        }
    }
}

extension CardResult {
    /// What it ends the attempt with, where it is no success.
    fileprivate var kind: PaymentEventKind? {
        switch outcome {
        case .approved: nil
        case .declined: failed(.cardDeclined)
        case .cancelled: .paymentCancelled(by: .cardApp)
        case .error: failed(.cardAppError)
        }
    }

    private func failed(_ code: FailureCode) -> PaymentEventKind {
        .paymentFailed(
            code: code, reason: reason ?? "", providerReason: reason, canRetry: true)
    }
}
