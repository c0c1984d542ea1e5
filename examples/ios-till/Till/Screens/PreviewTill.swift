import Foundation
import MpacPgw
import MpacPgwApp
import MpacPgwTesting
import SwiftUI

/// A till that takes no money, once it is ready and this has happened at it.
struct PreviewTill: View {
    @StateObject private var till: Till
    private let play: @MainActor (Till) async -> Void

    init(
        script: [FakeStep] = [], refusal: TerminalError? = nil,
        backEnd: any BackEnd = PreviewBackEnd(), play: @escaping @MainActor (Till) async -> Void
    ) {
        let terminal = FakePaymentTerminal()
        terminal.script = script
        terminal.refusal = refusal
        let till = Till(
            services: PreviewServices(terminal), backEnd: backEnd,
            orders: Orders(folder: URL.temporaryDirectory), wallet: "PAYPAY")
        _till = StateObject(wrappedValue: till)
        self.play = play
    }

    var body: some View {
        TillView(till: till).task {
            till.start()
            await till.until { if case .starting = $0 { false } else { true } }
            await play(till)
        }
    }
}

extension Till {
    func enterAmount() {
        type("1500")
        chooseMethod()
    }

    /// Takes a payment, up to its first screen.
    func pay(_ pay: @MainActor (Till) -> Void) async {
        enterAmount()
        pay(self)
        await until { if case .beginning = $0 { false } else { true } }
    }

    func until(_ isShown: (Screen) -> Bool) async {
        while !isShown(screen), !Task.isCancelled {
            try? await Task.sleep(for: .milliseconds(10))
        }
    }
}

private final class PreviewServices: Services {
    var onAnswer: (@MainActor (CardHandOff) -> Void)?
    private let terminal: FakePaymentTerminal

    init(_ terminal: FakePaymentTerminal) {
        self.terminal = terminal
    }

    func openTerminal() async throws -> any PaymentTerminalProtocol { terminal }
    func ask(_ request: CardRequest) async {}
    func lookAfter(_ attempt: any PaymentAttemptProtocol) {}
}

struct PreviewBackEnd: BackEnd {
    var isOut = false

    func createPayment(amount: Int64) async throws -> String {
        if isOut { throw URLError(.cannotConnectToHost) }
        return "pi_preview_secret_preview"
    }
}
