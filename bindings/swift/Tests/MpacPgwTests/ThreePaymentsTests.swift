import Foundation
import MpacPgw
import Testing

/// The guide's *Payment Flow by Method*, end to end against the real gateway.
@Suite(.timeLimit(.minutes(2)))
struct ThreePaymentsTests {
    @Test func aQrCodeIsShownAndPaid() async throws {
        let gateway = try await Gateway.shared()
        try await gateway.withTerminal { terminal in
            let intent = try await gateway.createIntent(methods: ["qr_mpm"])
            let attempt = try await terminal.confirmPayment(
                intent.paymentToken, method: .qrMpm(provider: "PAYPAY"))
            let events = try await finalTrace(of: attempt) { event in
                guard case .qrReady(let qr) = event.kind else { return }
                #expect(qr.provider == "PAYPAY")
                #expect(try qr.png(size: 480).starts(with: [0x89, 0x50, 0x4E, 0x47]))
                #expect(try qr.svg().hasPrefix("<svg "))
                #expect(try qr.text().contains("█"))
                #expect(attempt.state == .awaitingCustomer(qr: qr))
                try await gateway.pay(event.paymentIntentId)
            }
            #expect(
                events.names
                    == ["status_changed", "qr_ready", "status_changed", "payment_success"])
            #expect(events.allSatisfy { $0.attemptId == attempt.id && !$0.replayed })
            #expect(events.allSatisfy { $0.paymentIntentId == intent.id })
            #expect(events.allSatisfy { $0.method == .qrMpm })
            #expect(attempt.paymentIntentId == intent.id)
            #expect(try await attempt.result().isSuccess)

            let paid = try await terminal.retrievePaymentIntent(intent.paymentToken)
            #expect(paid.id == intent.id)
            #expect(paid.status == .succeeded)
            #expect(paid.amount == 1500)
            #expect(paid.currency == "JPY")
            #expect(paid.paymentMethodTypes == [.qrMpm])
        }
    }

    @Test func aCardIsTakenByTheCardApp() async throws {
        let gateway = try await Gateway.shared()
        try await gateway.withTerminal { terminal in
            let intent = try await gateway.createIntent(
                amount: 2500, methods: ["qr_mpm", "credit_card"])
            let attempt = try await terminal.confirmPayment(
                intent.paymentToken, method: .creditCard)
            let events = try await finalTrace(of: attempt) { event in
                guard case .cardAppRequested(let request) = event.kind else { return }
                #expect(request.amount == 2500)
                #expect(request.currency == "JPY")
                #expect(request.attemptId == attempt.id)
                #expect(attempt.state == .awaitingCardApp(request: request))
                #expect(try !request.json.contains("_secret_"))
                try await terminal.completeCardPayment(
                    FakeCardApp.answer(request, outcome: .approved))
            }
            #expect(events.names == ["card_app_requested", "status_changed", "payment_success"])
        }
    }

    @Test func theCardAppAnswersByURL() async throws {
        let gateway = try await Gateway.shared()
        let callback = try #require(URL(string: "till://card-result?till=7"))
        try await gateway.withTerminal { terminal in
            let intent = try await gateway.createIntent(methods: ["credit_card"])
            let attempt = try await terminal.confirmPayment(
                intent.paymentToken, method: .creditCard)
            let events = try await finalTrace(of: attempt) { event in
                guard case .cardAppRequested(let request) = event.kind else { return }
                let url = try request.url(callback: callback)
                #expect(url.scheme == "mpaccreditcard")
                let noResult = TerminalError.cardResultRefused(refusal: .malformed(field: "result"))
                #expect(throws: noResult) { try CardResult(url: callback) }
                let answer = try FakeCardApp.answer(url, outcome: .approved)
                #expect(answer.absoluteString.hasPrefix(callback.absoluteString))
                try await terminal.completeCardPayment(CardResult(url: answer))
            }
            #expect(events.last?.kind.isSuccess == true)
        }
    }

    @Test func aRefusedSwitchSaysWhyAndBringsAFreshCode() async throws {
        let gateway = try await Gateway.shared()
        try await gateway.withTerminal { terminal in
            let intent = try await gateway.createIntent(methods: ["qr_mpm", "qr_cpm"])
            let code = try await gateway.customerCode(outcome: "not-enough-balance")
            let attempt = try await terminal.confirmPayment(
                intent.paymentToken, method: .qrMpm(provider: "PAYPAY"))
            let heard = Journal()
            _ = try await finalTrace(of: attempt) { event in
                let isSecondCode = heard.all.names.contains("qr_ready")
                heard.add(event)
                switch event.kind {
                case .qrReady where isSecondCode: try await gateway.pay(intent.id)
                case .qrReady:
                    let scanned = PaymentMethod.qrCpm(
                        provider: "PAYPAY", customerCode: Secret(code))
                    let switched = try await attempt.switchMethod(scanned)
                    #expect(switched == .switching)
                case .switchRefused(let code, let reason):
                    #expect(code == .insufficientFunds)
                    let japanese = code.message(locale: Locale(identifier: "ja_JP"))
                    #expect(japanese != code.message(locale: Locale(identifier: "en_US")))
                    #expect(!reason.isEmpty)
                default: break
                }
            }
            #expect(
                heard.all.names.filter { $0 != "status_changed" }
                    == ["qr_ready", "switch_refused", "qr_ready", "payment_success"])
        }
    }

    @Test func statesLeadToTheResult() async throws {
        let gateway = try await Gateway.shared()
        try await gateway.withTerminal { terminal in
            let intent = try await gateway.createIntent(methods: ["qr_mpm"])
            let attempt = try await terminal.confirmPayment(
                intent.paymentToken, method: .qrMpm(provider: "PAYPAY"))
            let states = try await within {
                var states: [PaymentState] = []
                for await state in attempt.states {
                    states.append(state)
                    guard case .awaitingCustomer = state else { continue }
                    try await gateway.pay(attempt.paymentIntentId)
                }
                return states
            }
            #expect(states.last?.isSuccess == true)
            #expect(zip(states, states.dropFirst()).allSatisfy { $0 != $1 })
            #expect(attempt.state.isSuccess)
            #expect(try await attempt.result().isSuccess)
        }
    }
}
