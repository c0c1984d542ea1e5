import Foundation
import MpacPgw
import MpacPgwApp
import Testing
import UIKit

@testable import MpacCardContract
@testable import SampleCardApp
@testable import SampleTill

extension DeviceTests {
    /// The sample till's cards are taken by the sample card app.
    @Suite @MainActor struct SampleCardTests {
        /// It waits, and says not to take the money again.
        private func expectNotKnown(_ counter: Counter) async throws {
            try await counter.until("the till in front") {
                UIApplication.shared.applicationState == .active
            }
            #expect(counter.message?.title == .cardApp)
            #expect(counter.message?.text == SampleTill.Word.cardAppHint.text)
        }

        /// The staff has the card app asked, which answers at once.
        private func ask(_ counter: Counter) async throws {
            let before = counter.asked.count
            try counter.press(.askCardApp)
            try await counter.until("a question") { counter.asked.count > before }
            #expect(counter.asked.last == .find)
        }

        /// It says that an answer was refused.
        private func untilRefused(_ counter: Counter) async throws {
            try await counter.untilScreen("a refusal") {
                if case .payment(_, notice: .answerRefused) = $0 { true } else { false }
            }
        }

        @Test func anApprovedCardIsPaid() async throws {
            try await Counter.with { counter in
                try await counter.payByCard()
                counter.desk.decide(.approve)
                try await counter.untilTitle(.paid)
                let receipt = counter.message?.detail ?? ""
                #expect(receipt.contains("VISA •••• 1111"))
                #expect(counter.asked == [.pay])
            }
        }

        @Test func aDeclinedCardIsNotPaidAndTheSamePaymentTakesAnother() async throws {
            try await Counter.with { counter in
                try await counter.payByCard()
                counter.desk.decide(.decline)
                try await counter.untilTitle(.failed)
                try counter.press(.tryAgain)
                counter.till.payByCard()
                try await counter.until("the card app") { counter.desk.request != nil }
                counter.desk.decide(.approve)
                try await counter.untilTitle(.paid)
                #expect(counter.shop.payments.count == 1)
            }
        }

        @Test func aCancelInTheCardAppCancels() async throws {
            try await Counter.with { counter in
                try await counter.payByCard()
                counter.desk.decide(.cancel)
                try await counter.untilTitle(.cancelled)
            }
        }

        @Test func aCardAppThatSaysNothingIsAskedAndTells() async throws {
            try await Counter.with { counter in
                try await counter.payByCard()
                counter.desk.decide(.sayNothing)
                try await expectNotKnown(counter)
                try await ask(counter)
                try await counter.untilTitle(.paid)
            }
        }

        @Test func aCardAppThatDiesIsNotKnownUntilItsUserDecides() async throws {
            try await Counter.with { counter in
                try await counter.payByCard()
                counter.desk.decide(.die)
                #expect(counter.deaths == 1)
                counter.comeBack()
                try await ask(counter)
                try await expectNotKnown(counter)
                counter.restartCardApp()
                #expect(counter.desk.isInterrupted)
                counter.desk.decide(.approve)
                try await counter.untilTitle(.paid)
                #expect(counter.desk.request == nil)
            }
        }

        @Test func ofTwoAnswersOneCounts() async throws {
            try await Counter.with { counter in
                try await counter.payByCard()
                counter.desk.decide(.answerTwice)
                try await counter.untilTitle(.paid)
                #expect(counter.message?.detail.contains("VISA") == true)
                guard case .finished(.succeeded(let receipt)) = try counter.attempt().state else {
                    Issue.record("it is not paid")
                    return
                }
                #expect(receipt.card?.approvalCode.value == "FIRST1")
            }
        }

        @Test(arguments: [Decision.wrongAmount, .wrongNonce, .nonsense])
        func aWrongAnswerIsNoneAndChangesNothing(_ decision: Decision) async throws {
            try await Counter.with { counter in
                try await counter.payByCard()
                counter.desk.decide(decision)
                try await untilRefused(counter)
                try await expectNotKnown(counter)
                // It has not written down what it did.
                try await ask(counter)
                try await expectNotKnown(counter)
                counter.desk.decide(.approve)
                try await counter.untilTitle(.paid)
            }
        }

        @Test func anAnswerOfAnotherCardAppIsRefused() async throws {
            // Nobody has the key that the sample comes with.
            try await Counter.with(keys: Shop().cardAppPublicKeys) { counter in
                try await counter.payByCard()
                counter.desk.decide(.approve)
                try await untilRefused(counter)
                try await expectNotKnown(counter)
            }
        }

        @Test func aMissingCardAppHasChargedNothing() async throws {
            try await Counter.with { counter in
                UIApplication.shared.apps = [:]
                counter.enterAmount()
                counter.till.payByCard()
                try await counter.untilTitle(.failed)
                #expect(counter.message?.text == CardAppProblem.notInstalled.message())
            }
        }

        @Test func aTillThatDiesMeanwhileIsAnsweredAndTheCardIsChargedOnce() async throws {
            try await Counter.with { counter in
                try await counter.payByCard()
                await counter.restartTill()
                counter.desk.decide(.approve)
                try await counter.until("stored") {
                    if case .payments = counter.till.screen {
                        counter.till.openPayments.isEmpty
                    } else {
                        false
                    }
                }
                #expect(counter.asked == [.pay])
            }
        }

        @Test func aTillThatDiesAndHearsNothingAsksAndNeverChargesAgain() async throws {
            try await Counter.with { counter in
                try await counter.payByCard()
                counter.desk.decide(.sayNothing)
                await counter.restartTill()
                try await counter.untilScreen("the list") {
                    if case .payments = $0 { true } else { false }
                }
                counter.till.show(try #require(counter.till.openPayments.first))
                try await expectNotKnown(counter)
                try await ask(counter)
                try await counter.untilTitle(.paid)
                #expect(counter.asked == [.pay, .find])
            }
        }

        @Test func aChargeThatIsNotRecordedIsRefundedByHand() async throws {
            try await Counter.with { counter in
                try await counter.payByCard()
                let attempt = try counter.attempt()
                try await counter.shop.gateway.cancel(attempt.paymentIntentId)
                counter.desk.decide(.approve)
                try await counter.untilTitle(.notKnown)
                #expect(counter.message?.text == NextStep.refundInCardApp.message())
                // It is still open with the next customer, and after a restart.
                try counter.press(.later)
                #expect(counter.till.openPayments.count == 1)
                await counter.restartTill()
                try await counter.untilScreen("the list") {
                    if case .payments = $0 { true } else { false }
                }
                counter.till.show(try #require(counter.till.openPayments.first))
                try await counter.untilTitle(.notKnown)
                try counter.press(.settled)
                try await counter.until("settled") { counter.till.openPayments.isEmpty }
                let stored = await counter.stored(attempt)
                #expect(stored?.hasPrefix("settled by hand 1500") == true)
            }
        }
    }
}
