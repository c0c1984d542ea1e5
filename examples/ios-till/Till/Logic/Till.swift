import Combine
import MpacPgw
import MpacPgwApp

/// The till without its screens, which come and go.
///
/// Payments go on without it: it watches them, stores what becomes of them, and only then
/// acknowledges.
@MainActor
final class Till: ObservableObject {
    private static let highest: Int64 = 9_999_999

    @Published private(set) var screen = Screen.starting
    /// Of the sale at hand.
    @Published private(set) var amount: Int64 = 0
    /// The payments that are not over, or not settled.
    @Published private(set) var openPayments: [any PaymentAttemptProtocol] = []

    private let services: any Services
    private let backEnd: any BackEnd
    private let orders: Orders
    private let wallet: String

    private var terminal: (any PaymentTerminalProtocol)?
    /// Of the sale at hand, once the back end has made one.
    private var token: String?
    /// By attempt: what is good for another attempt when the SDK says so.
    private var tokens: [String: String] = [:]
    /// By attempt: ends when its outcome is stored and acknowledged.
    private var watches: [String: Task<Void, Never>] = [:]
    /// Of the attempt that is tried again.
    private var earlier: Task<Void, Never>?

    init(services: any Services, backEnd: any BackEnd, orders: Orders, wallet: String) {
        self.services = services
        self.backEnd = backEnd
        self.orders = orders
        self.wallet = wallet
        services.onAnswer = { [weak self] in self?.heard($0) }
    }

    /// Opens the terminal, and brings back what an earlier process has left. May be called again.
    func start() {
        screen = .starting
        Task {
            do {
                let terminal = try await services.openTerminal()
                self.terminal = terminal
                let recovered = try await terminal.recoverPending()
                for attempt in recovered { watch(attempt) }
                if recovered.isEmpty { newSale() } else { screen = .payments(recovered) }
            } catch {
                screen = .notReady(error)
            }
        }
    }

    // MARK: The sale

    func newSale() {
        amount = 0
        token = nil
        earlier = nil
        screen = .amount
    }

    func type(_ digits: String) {
        guard let typed = Int64("\(amount)\(digits)"), typed <= Self.highest else { return }
        amount = typed
    }

    func erase() {
        amount /= 10
    }

    func chooseMethod() {
        if amount > 0 { screen = .methods() }
    }

    func chooseCustomerCode() {
        screen = .customerCode
    }

    func chooseCash() {
        screen = .cash
    }

    func payByQr() { pay(.qrMpm(provider: wallet)) }

    func payByCustomerCode(_ code: String) {
        pay(.qrCpm(provider: wallet, customerCode: Secret(code)))
    }

    func payByCard() { pay(.creditCard) }

    /// To be called with the money in hand.
    func payInCash() { pay(.cash) }

    private func pay(_ method: PaymentMethod) {
        // Whoever presses twice, or two buttons at once, pays once.
        guard let terminal, screen.isOfSale else { return }
        screen = .beginning
        Task {
            guard let token = await tokenOfSale() else {
                screen = .methods(problem: .problemBackEnd)
                return
            }
            // Until then it is the payment's attempt: nobody is to pay twice.
            await earlier?.value
            do {
                let attempt = try await terminal.confirmPayment(token, method: method)
                tokens[attempt.id] = token
                watch(attempt)
                show(attempt)
            } catch TerminalError.attemptInProgress(let attemptId) {
                let running = openPayments.first { $0.id == attemptId }
                if let running { show(running) } else { screen = .methods(problem: .problemOther) }
            } catch {
                screen = .methods(problem: problem(error))
            }
        }
    }

    private func tokenOfSale() async -> String? {
        if token == nil { token = try? await backEnd.createPayment(amount: amount) }
        return token
    }

    private func problem(_ error: any Error) -> Word {
        switch error {
        case TerminalError.invalidArgument: .problemCode
        case TerminalError.storage: .problemStorage
        default: .problemOther
        }
    }

    // MARK: Payments

    func showOpenPayments() {
        screen = .payments(openPayments)
    }

    func show(_ attempt: any PaymentAttemptProtocol) {
        screen = .payment(attempt)
    }

    /// What became of it comes from the attempt: it may have been paid in the meantime.
    func cancel(_ attempt: any PaymentAttemptProtocol) {
        Task {
            let outcome = await attempt.cancel()
            if outcome == .notCancellable, screen.attempt?.id == attempt.id {
                screen = .payment(attempt, notice: .notCancellable)
            }
        }
    }

    /// Asks the card app what became of the card.
    func askCardApp(_ request: CardRequest) {
        Task { await services.ask(request) }
    }

    /// The payment goes on waiting for an answer that counts.
    private func heard(_ handOff: CardHandOff) {
        if case .refused = handOff, let attempt = screen.attempt,
            case .awaitingCardApp = attempt.state
        {
            screen = .payment(attempt, notice: .answerRefused)
        }
    }

    /// Another way to pay the same, after this one has failed.
    func tryAgain(_ attempt: any PaymentAttemptProtocol) {
        if case .finished(.failed(_, _, _, canRetry: true)) = attempt.state {
            token = tokens[attempt.id]
            earlier = watches[attempt.id]
        } else {
            token = nil
            earlier = nil
        }
        amount = attempt.facts.amount ?? 0
        screen = amount > 0 ? .methods() : .amount
    }

    /// The staff has set an unresolved payment right by hand.
    func settle(_ attempt: any PaymentAttemptProtocol) {
        Task { await keep(attempt, "settled by hand") }
        newSale()
    }

    private func watch(_ attempt: any PaymentAttemptProtocol) {
        guard !openPayments.contains(where: { $0.id == attempt.id }) else { return }
        openPayments.append(attempt)
        services.lookAfter(attempt)
        watches[attempt.id] = Task {
            for await event in attempt.events {
                switch event.kind {
                case .cardAppRequested(let request): askCardApp(request)
                // The shop takes the money later, and not by this till.
                case .paymentAuthorized: await keep(attempt, "reserved")
                default: break
                }
            }
            switch try? await attempt.result() {
            case .succeeded: await keep(attempt, "paid")
            case .failed(let code, _, _, _): await keep(attempt, "failed: \(code)")
            case .cancelled(let by): await keep(attempt, "cancelled: \(by)")
            // It was settled; or the terminal is shut down.
            case .unresolved, nil: break
            }
        }
    }

    /// What is not stored is not acknowledged: it comes back after the next start.
    private func keep(_ attempt: any PaymentAttemptProtocol, _ outcome: String) async {
        guard await orders.store(attempt, outcome), await attempt.acknowledge() else { return }
        openPayments.removeAll { $0.id == attempt.id }
    }
}
