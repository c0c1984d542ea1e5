import Foundation
import MpacPgw
import Testing

/// Bad input gets a typed error, and changes nothing.
@Suite(.timeLimit(.minutes(2)))
struct RefusalTests {
    @Test(arguments: ["", "pi_", "pi_01HXY", "pi_01HXY_secret_", "a b c", "pi_01HXY_secret_*"])
    func aMalformedTokenIsRefused(_ token: String) async throws {
        try await withDataDirectory { directory in
            // Nothing listens there: a malformed token must not even be sent.
            let terminal = try await PaymentTerminal.open(
                TerminalConfig(gatewayUrl: "http://127.0.0.1:9", dataDirectory: directory))
            let calls: [@Sendable () async throws -> Void] = [
                { _ = try await terminal.retrievePaymentIntent(token) },
                { _ = try await terminal.confirmPayment(token, method: .cash) },
            ]
            for call in calls {
                let error = await error(of: call)
                guard case .invalidPaymentToken = error else {
                    throw Failure("not refused as a token: \(String(describing: error))")
                }
            }
            #expect(try await terminal.recoverPending().isEmpty)
            await terminal.shutDown()
        }
    }

    @Test func anUnknownTokenIsRefusedByTheGateway() async throws {
        let gateway = try await Gateway.shared()
        try await gateway.withTerminal { terminal in
            let token = "pi_01HXY0000000000000000000AB_secret_0123456789abcdef"
            let error = await error { _ = try await terminal.retrievePaymentIntent(token) }
            guard case .gateway(_, let reason, _, let status) = error else {
                throw Failure("not the gateway's: \(String(describing: error))")
            }
            #expect((400..<500).contains(status))
            #expect(!reason.isEmpty)

            let attempt = try await terminal.confirmPayment(token, method: .cash)
            let result = try await within { try await attempt.result() }
            guard case .failed(code: .unknownToken, _, _, canRetry: false) = result else {
                throw Failure("not refused: \(result)")
            }
        }
    }

    /// A way to get a configuration wrong, and the field that the error has to name.
    struct Mistake: Sendable {
        let field: String
        let make: @Sendable (inout TerminalConfig) -> Void

        init(_ field: String, _ make: @escaping @Sendable (inout TerminalConfig) -> Void) {
            self.field = field
            self.make = make
        }

        static let all = [
            Mistake("gatewayUrl") { $0.gatewayUrl = "http://gateway.example" },
            Mistake("cardAppPublicKeys") { $0.cardAppPublicKeys = ["no key"] },
            Mistake("gatewayUrl") { $0.gatewayUrl = "not a URL" },
            Mistake("dataDirectory") { configuration in
                guard let url = URL(string: "https://example.test/") else { return }
                configuration.dataDirectory = url
            },
            Mistake("dataDirectory") { $0.dataDirectory.appendPathComponent("\u{FFFD}") },
            Mistake("dataDirectory") { configuration in
                guard let url = URL(string: "file:///tmp/%FF") else { return }
                configuration.dataDirectory = url
            },
            Mistake("deviceId") { $0.deviceId = "" },
            Mistake("requestTimeout") { $0.requestTimeout = .seconds(-1) },
            Mistake("requestTimeout") { $0.requestTimeout = .seconds(121) },
            Mistake("requestTimeout") { $0.requestTimeout = .seconds(Int64.max) },
            Mistake("polling.minInterval") { $0.polling.minInterval = .milliseconds(999) },
            Mistake("polling.maxInterval") { $0.polling.maxInterval = .seconds(3) },
            Mistake("polling.backoffAfter") { $0.polling.backoffAfter = .seconds(601) },
            Mistake("polling.backoffInterval") { $0.polling.backoffInterval = .seconds(301) },
            Mistake("polling.unresolvedInterval") { $0.polling.unresolvedInterval = .zero },
            Mistake("polling.expiryGrace") { $0.polling.expiryGrace = .milliseconds(-1) },
        ]
    }

    @Test(arguments: Mistake.all)
    func aConfigurationOutOfBoundsNamesItsField(_ mistake: Mistake) async throws {
        try await withDataDirectory { directory in
            var configuration = TerminalConfig(
                gatewayUrl: "https://api.pgw.example", dataDirectory: directory)
            mistake.make(&configuration)
            let error = await error { [configuration] in
                _ = try await PaymentTerminal.open(configuration)
            }
            guard case .invalidConfiguration(let field, let reason) = error else {
                throw Failure("not a configuration error: \(String(describing: error))")
            }
            #expect(field == mistake.field)
            #expect(!reason.isEmpty)
            let explanation = error?.localizedDescription ?? ""
            #expect(explanation.contains(field) && explanation.contains(reason))
        }
    }

    @Test func oneTerminalHoldsADirectory() async throws {
        try await withDataDirectory { directory in
            let configuration = TerminalConfig(
                gatewayUrl: "https://api.pgw.example", dataDirectory: directory)
            let first = try await PaymentTerminal.open(configuration)
            await #expect(throws: TerminalError.directoryInUse) {
                try await PaymentTerminal.open(configuration)
            }
            await first.shutDown()
            let second = try await PaymentTerminal.open(configuration)
            #expect(second.damagedRecords.isEmpty)
            await second.shutDown()
        }
    }

    @Test func aSecondAttemptForTheSameIntentIsRefused() async throws {
        let gateway = try await Gateway.shared()
        try await gateway.withTerminal { terminal in
            let intent = try await gateway.createIntent(methods: ["qr_mpm", "cash"])
            let attempt = try await terminal.confirmPayment(
                intent.paymentToken, method: .qrMpm(provider: "PAYPAY"))
            await #expect(throws: TerminalError.attemptInProgress(attemptId: attempt.id)) {
                try await terminal.confirmPayment(intent.paymentToken, method: .cash)
            }
        }
    }

    @Test(arguments: ["", "CANARY\r\nCANARY", String(repeating: "CANARY", count: 86)])
    func whatIsNoCustomersCodeIsRefusedAndNotRepeated(_ code: String) async throws {
        let gateway = try await Gateway.shared()
        let scanned = PaymentMethod.qrCpm(provider: "PAYPAY", customerCode: Secret(code))
        try await gateway.withTerminal { terminal in
            let intent = try await gateway.createIntent(methods: ["qr_mpm", "qr_cpm"])
            let attempt = try await terminal.confirmPayment(
                intent.paymentToken, method: .qrMpm(provider: "PAYPAY"))
            let calls: [@Sendable () async throws -> Void] = [
                { _ = try await terminal.confirmPayment(intent.paymentToken, method: scanned) },
                { _ = try await attempt.switchMethod(scanned) },
            ]
            for call in calls {
                let error = await error(of: call)
                guard case .invalidArgument("method.customerCode", let reason) = error else {
                    throw Failure("not refused as a code: \(String(describing: error))")
                }
                #expect(!reason.contains("CANARY"))
            }
            #expect(await attempt.cancel() == .cancelled)
        }
    }

    @Test func aForeignCardResultIsRefusedAndChangesNothing() async throws {
        let gateway = try await Gateway.shared()
        try await gateway.withTerminal { terminal in
            let intent = try await gateway.createIntent(methods: ["credit_card"])
            let attempt = try await terminal.confirmPayment(
                intent.paymentToken, method: .creditCard)
            let forgeries: [(CardResultRefusal, [String: any Sendable])] = [
                (.wrongNonce, ["nonce": "00000000000000000000000000000000"]),
                (.wrongAmount, ["amount": 1]),
                (.wrongAmount, ["currency": "USD"]),
                (.incomplete, ["approval_code": ""]),
                (.unknownAttempt, ["attempt_id": "2f1d5f0e-0000-4000-8000-000000000000"]),
            ]
            let events = try await finalTrace(of: attempt) { event in
                guard case .cardAppRequested(let request) = event.kind else { return }
                for (refusal, fields) in forgeries {
                    let forged = try FakeCardApp.answer(
                        request, outcome: .approved, changing: fields)
                    await #expect(throws: TerminalError.cardResultRefused(refusal: refusal)) {
                        try await terminal.completeCardPayment(forged)
                    }
                }
                #expect(attempt.state == .awaitingCardApp(request: request))
                try await terminal.completeCardPayment(
                    FakeCardApp.answer(request, outcome: .cancelled))
            }
            #expect(events.last?.kind == .paymentCancelled(by: .cardApp))
        }
    }

    @Test(
        arguments: [
            ("", .malformed(field: "result")), ("{}", .malformed(field: "version")),
            (#"{"version":1}"#, .malformed(field: "attempt_id")),
            (#"{"version":3}"#, .unsupportedVersion),
        ] as [(String, CardResultRefusal)])
    func aCardResultThatIsNoneIsRefused(_ json: String, _ refusal: CardResultRefusal) {
        #expect(throws: TerminalError.cardResultRefused(refusal: refusal)) {
            try CardResult(json: json)
        }
    }

    private func error(of call: @Sendable () async throws -> Void) async -> TerminalError? {
        do {
            try await call()
            return nil
        } catch {
            return error as? TerminalError
        }
    }
}
