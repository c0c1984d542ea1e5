import Foundation
import MpacPgw
import Testing

@testable import SampleTill

extension DeviceTests {
    /// The staff takes payments with the sample till, against the real gateway.
    @Suite @MainActor struct SamplePaymentsTests {
        @Test func aCustomerPaysTheCodeOnShow() async throws {
            try await Counter.with { counter in
                counter.enterAmount()
                counter.till.payByQr()
                try await counter.untilCode()
                let attempt = try counter.attempt()
                try await counter.shop.gateway.pay(attempt.paymentIntentId)
                attempt.pollNow()
                try await counter.untilTitle(.paid)
                #expect(counter.message?.detail.contains("PAYPAY") == true)
                try await counter.until("stored") { counter.till.openPayments.isEmpty }
                #expect(
                    await counter.stored(attempt) == "paid 1500 JPY \(attempt.paymentIntentId)")
                try counter.press(.nextSale)
                #expect(counter.till.amount == 0)
                #expect(!counter.till.screen.isOfSale && counter.till.screen.attempt == nil)
            }
        }

        @Test func theStaffScansTheCustomersCode() async throws {
            try await Counter.with { counter in
                counter.enterAmount()
                counter.till.chooseCustomerCode()
                let code = try await counter.shop.gateway.customerCode()
                counter.till.payByCustomerCode(code)
                try await counter.untilTitle(.paid)
            }
        }

        @Test func anotherCodeIsTakenForTheSamePayment() async throws {
            try await Counter.with { counter in
                let gateway = counter.shop.gateway
                counter.enterAmount()
                counter.till.payByCustomerCode(
                    try await gateway.customerCode(outcome: "not-enough-balance"))
                try await counter.untilTitle(.failed)
                try counter.press(.tryAgain)
                counter.till.payByCustomerCode(try await gateway.customerCode())
                try await counter.untilTitle(.paid)
                #expect(counter.shop.payments.count == 1)
            }
        }

        @Test func cashIsRecordedOnceWhoeverPressesTwice() async throws {
            try await Counter.with { counter in
                counter.enterAmount()
                counter.till.chooseCash()
                counter.till.payInCash()
                counter.till.payInCash()
                try await counter.untilTitle(.paid)
                #expect(counter.shop.payments.count == 1)
            }
        }

        @Test func aCancelIsShownAtOnceAndEnds() async throws {
            try await Counter.with { counter in
                counter.enterAmount()
                counter.till.payByQr()
                try await counter.untilCode()
                let attempt = try counter.attempt()
                counter.till.cancel(attempt)
                try await counter.untilTitle(.cancelled)
                try await counter.until("stored") { counter.till.openPayments.isEmpty }
                #expect(
                    await counter.stored(attempt)
                        == "cancelled: terminal 1500 JPY \(attempt.paymentIntentId)")
            }
        }

        @Test func whatAnEarlierProcessHasBegunIsShownAndGoesOn() async throws {
            try await Counter.with { counter in
                counter.enterAmount()
                counter.till.payByQr()
                try await counter.untilCode()
                let before = try counter.attempt()
                await counter.restartTill()
                try await counter.untilScreen("the list") {
                    if case .payments(let attempts) = $0 { attempts.count == 1 } else { false }
                }
                let attempt = try #require(counter.till.openPayments.first)
                #expect(attempt.id == before.id)
                counter.till.show(attempt)
                try await counter.untilCode()
                try await counter.shop.gateway.pay(attempt.paymentIntentId)
                attempt.pollNow()
                try await counter.untilTitle(.paid)
                try await counter.until("let go") { counter.till.openPayments.isEmpty }
                #expect(
                    await counter.stored(attempt) == "paid 1500 JPY \(attempt.paymentIntentId)")
                await counter.restartTill()
                try await counter.untilScreen("a new sale") {
                    if case .amount = $0 { true } else { false }
                }
            }
        }

        @Test func withoutItsBackEndTheTillSaysSoAndTriesAgain() async throws {
            try await Counter.with { counter in
                counter.shop.isOut = true
                counter.enterAmount()
                counter.till.payByQr()
                try await counter.untilScreen("the problem") {
                    if case .methods(problem: .problemBackEnd) = $0 { true } else { false }
                }
                counter.shop.isOut = false
                counter.till.chooseCash()
                counter.till.payInCash()
                try await counter.untilTitle(.paid)
            }
        }

        @Test func reservedMoneyIsTheShopsToTakeLater() async throws {
            try await Counter.with { counter in
                counter.shop.options = ["--capture-method", "manual"]
                counter.enterAmount()
                counter.till.payByCustomerCode(try await counter.shop.gateway.customerCode())
                try await counter.untilTitle(.reserved)
                let attempt = try counter.attempt()
                try await counter.until("let go") { counter.till.openPayments.isEmpty }
                #expect(await counter.stored(attempt)?.hasPrefix("reserved 1500") == true)
            }
        }

        @Test func aPaymentThatWasWithdrawnTakesANewOne() async throws {
            try await Counter.with { counter in
                counter.enterAmount()
                counter.till.payByQr()
                try await counter.untilCode()
                let attempt = try counter.attempt()
                try await counter.shop.gateway.cancel(attempt.paymentIntentId)
                attempt.pollNow()
                try await counter.untilTitle(.cancelled)
                try counter.press(.tryAgain)
                #expect(counter.till.amount == 1500)
                counter.till.payInCash()
                try await counter.untilTitle(.paid)
                #expect(Set(counter.shop.payments.map(\.id)).count == 2)
            }
        }
    }
}
