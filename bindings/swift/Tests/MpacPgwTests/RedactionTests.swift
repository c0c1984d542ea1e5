import Foundation
import MpacPgw
import Testing

/// Secrets appear in no text that Swift makes of a value.
@Suite(.timeLimit(.minutes(2)))
struct RedactionTests {
    /// Everything that `print`, `debugPrint`, `dump`, interpolation and a look into the mirror show.
    private func texts(of value: Any) -> [String] {
        var dumped = ""
        dump(value, to: &dumped)
        var texts = ["\(value)", String(describing: value), String(reflecting: value), dumped]
        for child in Mirror(reflecting: value).children {
            texts.append("\(child.label ?? ""): \(child.value)")
        }
        if let error = value as? any Error { texts.append(error.localizedDescription) }
        return texts
    }

    private func expectNone(
        of canaries: [String], in value: Any, _ location: SourceLocation = #_sourceLocation
    ) {
        for text in texts(of: value) {
            for canary in canaries {
                #expect(!text.contains(canary), sourceLocation: location)
            }
        }
    }

    @Test func noSecretOfAQrPayment() async throws {
        let gateway = try await Gateway.shared()
        try await gateway.withTerminal { terminal in
            let intent = try await gateway.createIntent(methods: ["qr_mpm"])
            let token = intent.paymentToken
            let secret = String(token.drop { $0 != "_" }.dropFirst())
            let attempt = try await terminal.confirmPayment(
                token, method: .qrMpm(provider: "PAYPAY"))
            _ = try await finalTrace(of: attempt) { event in
                guard case .qrReady(let qr) = event.kind else { return }
                let canaries = [token, secret, qr.content.value]
                let values: [Any] = [
                    event, [event], event.kind, qr, Optional(qr) as Any, try qr.matrix(),
                    attempt, attempt.state, attempt.states, attempt.events, terminal,
                    try await terminal.retrievePaymentIntent(token),
                ]
                values.forEach { expectNone(of: canaries, in: $0) }
                #expect("\(qr)".contains("PAYPAY"))
                try await gateway.pay(intent.id)
            }
            expectNone(of: [token, secret], in: attempt)
            #expect(attempt.description.contains(attempt.id))
        }
    }

    @Test func noSecretOfACardPayment() async throws {
        let gateway = try await Gateway.shared()
        try await gateway.withTerminal { terminal in
            let intent = try await gateway.createIntent(methods: ["credit_card"])
            let attempt = try await terminal.confirmPayment(
                intent.paymentToken, method: .creditCard)
            _ = try await finalTrace(of: attempt) { event in
                guard case .cardAppRequested(let request) = event.kind else { return }
                let result = try FakeCardApp.answer(request, outcome: .approved)
                #expect(result.approvalCode?.value == FakeCardApp.approvalCode)
                #expect(result.maskedPan?.value == FakeCardApp.maskedPan)
                #expect(result.nonce == request.nonce)
                let canaries = [
                    intent.paymentToken, request.nonce.value, FakeCardApp.approvalCode,
                    FakeCardApp.maskedPan,
                ]
                let values: [Any] = [
                    request, [request], result, ["result": result], event, attempt,
                    attempt.state,
                ]
                values.forEach { expectNone(of: canaries, in: $0) }
                #expect("\(result)".contains("approved"))
                try await terminal.completeCardPayment(result)
            }
        }
    }

    @Test(arguments: ["approved", "not-enough-balance"])
    func noSecretOfAScannedCode(_ outcome: String) async throws {
        let gateway = try await Gateway.shared()
        try await gateway.withTerminal { terminal in
            let intent = try await gateway.createIntent(methods: ["qr_cpm"])
            let code = try await gateway.customerCode(outcome: outcome)
            let method = PaymentMethod.qrCpm(provider: "PAYPAY", customerCode: Secret(code))
            let attempt = try await terminal.confirmPayment(intent.paymentToken, method: method)
            let events = try await finalTrace(of: attempt)
            let values: [Any] = [
                method, [method], Optional(method) as Any, attempt, attempt.state, terminal, events,
                try await attempt.result(),
            ]
            values.forEach { expectNone(of: [code, intent.paymentToken], in: $0) }
            #expect("\(method)".contains("qrCpm") && "\(method)".contains("PAYPAY"))
        }
    }

    @Test func noTokenInAnError() async throws {
        try await withDataDirectory { directory in
            let terminal = try await PaymentTerminal.open(
                TerminalConfig(gatewayUrl: "http://127.0.0.1:9", dataDirectory: directory))
            for token in ["pi_01HXY_secret_CANARY-", "CANARY", "pi_01HXY_secret_CANARY"] {
                do {
                    _ = try await terminal.retrievePaymentIntent(token)
                    Issue.record("nothing was refused")
                } catch {
                    expectNone(of: ["CANARY"], in: error)
                }
            }
            do {
                _ = try CardResult(json: #"{"version":1,"nonce":"CANARY","amount":"#)
                Issue.record("nothing was refused")
            } catch {
                expectNone(of: ["CANARY"], in: error)
            }
            await terminal.shutDown()
        }
    }
}
