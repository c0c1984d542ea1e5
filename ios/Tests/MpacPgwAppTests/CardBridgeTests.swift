import Foundation
import MpacPgw
import Testing
import UIKit

@testable import MpacCardContract
@testable import MpacPgwApp

extension DeviceTests {
    /// The bridge between the real terminal and the card app, by the real library for that.
    @Suite @MainActor struct CardBridgeTests {
        @Test func aCardIsChargedOnceAndThePaymentSucceeds() async throws {
            try await TestTill.with { till in
                let (attempt, request) = try await till.begin()
                #expect(await till.bridge.request(request) == .opened)
                #expect(till.comeBack(with: try till.cardApp.charge()))
                #expect(try await till.result(of: attempt).isSuccess)
                #expect(try await till.answers(1) == [.answered])
                #expect(till.cardApp.charges == 1)
            }
        }

        @Test func theCardAppIsOpenedOnceForAnAttemptAndThenOnlyAsked() async throws {
            try await TestTill.with { till in
                let (attempt, request) = try await till.begin()
                #expect(await till.bridge.request(request) == .opened)
                let lost = try till.cardApp.charge()
                for _ in 1...2 {
                    till.comeBack()
                    till.now = till.now.advanced(by: .seconds(60))
                    #expect(await till.bridge.request(request) == .opened)
                }
                #expect(till.cardApp.actions == [.pay, .find, .find])
                #expect(try till.cardApp.tell() == lost)
                till.comeBack(with: lost)
                #expect(try await till.result(of: attempt).isSuccess)
            }
        }

        @Test func aSecondTapOpensNothing() async throws {
            try await TestTill.with { till in
                let (_, request) = try await till.begin()
                // iOS has not put the card app in front yet.
                till.cardApp.onOpen = { Task { UIApplication.shared.comeBack() } }
                async let first = till.bridge.request(request)
                async let second = till.bridge.request(request)
                let both = await [first, second]
                #expect(both == [.opened, .opened])
                #expect(till.cardApp.actions == [.pay])
            }
        }

        @Test func theMarkIsOnDiskBeforeTheCardAppIsOpened() async throws {
            try await TestTill.with { till in
                let (_, request) = try await till.begin()
                var found: [String] = []
                till.cardApp.onOpen = { found = till.files }
                _ = await till.bridge.request(request)
                #expect(found == ["\(request.attemptId).launched"])
            }
        }

        @Test func theNextProcessAsksAndChargesNothing() async throws {
            try await TestTill.with { till in
                let (_, request) = try await till.begin()
                _ = await till.bridge.request(request)
                _ = try till.cardApp.charge()
                try await till.die()
                till.comeBack()
                let attempt = try #require(try await till.open().first)
                let again = try await till.request(of: attempt)
                #expect(await till.bridge.request(again) == .opened)
                #expect(till.cardApp.actions == [.pay, .find])
                till.comeBack(with: try till.cardApp.tell())
                #expect(try await till.result(of: attempt).isSuccess)
                #expect(till.cardApp.charges == 1)
            }
        }

        @Test func anAnswerThatStartsTheAppIsOnDiskBeforeThereIsATerminal() async throws {
            try await TestTill.with { till in
                let (_, request) = try await till.begin()
                _ = await till.bridge.request(request)
                let answer = try till.cardApp.charge()
                try await till.die()
                #expect(till.comeBack(with: answer))
                #expect(till.files.contains { $0.hasSuffix(".answer") })
                // And before it is handed in, the process ends once more.
                try await till.die()
                let attempt = try #require(try await till.open().first)
                #expect(try await till.result(of: attempt).isSuccess)
                #expect(!till.files.contains { $0.hasSuffix(".answer") })
            }
        }

        @Test func anotherURLIsTheAppsOwnMatter() async throws {
            try await TestTill.with { till in
                let (attempt, request) = try await till.begin()
                _ = await till.bridge.request(request)
                let query = try #require(try till.cardApp.charge().query())
                for address in [
                    "https://till.example/other", "https://shop.example/card", "till:card",
                    "till-example://till.example/card", "https://till.example:8443/card",
                ] {
                    let url = try #require(URL(string: "\(address)?\(query)"))
                    #expect(!till.comeBack(with: url), "\(address)")
                }
                #expect(till.files == ["\(request.attemptId).launched"])
                #expect(attempt.state == .awaitingCardApp(request: request))
            }
        }

        @Test func theCallbackIsKnownInAnySpelling() async throws {
            try await TestTill.with { till in
                let (attempt, request) = try await till.begin()
                _ = await till.bridge.request(request)
                let query = try #require(try till.cardApp.charge().query())
                let url = try #require(URL(string: "HTTPS://TILL.example/card?\(query)"))
                #expect(till.comeBack(with: url))
                #expect(try await till.result(of: attempt).isSuccess)
            }
        }

        @Test func anAnswerThatComesTwiceDoesNoHarm() async throws {
            try await TestTill.with { till in
                let (attempt, request) = try await till.begin()
                _ = await till.bridge.request(request)
                let answer = try till.cardApp.charge()
                till.comeBack(with: answer)
                till.comeBack(with: answer)
                #expect(try await till.answers(2) == [.answered, .notWaiting])
                #expect(try await till.result(of: attempt).isSuccess)
            }
        }

        @Test func aCardAppThatIsNotThereHasChargedNothing() async throws {
            try await TestTill.with { till in
                till.cardApp.remove()
                let (attempt, request) = try await till.begin()
                #expect(await till.bridge.request(request) == .notCharged(.notInstalled))
                guard
                    case .failed(let code, let reason, _, _) = try await till.result(of: attempt)
                else {
                    Issue.record("it ended as \(attempt.state)")
                    return
                }
                #expect(code == .cardAppError)
                #expect(CardAppProblem(reason: reason) == .notInstalled)
            }
        }

        @Test func aCardAppThatIosDoesNotOpenIsNotMissing() async throws {
            try await TestTill.with { till in
                let (attempt, request) = try await till.begin()
                UIApplication.shared.isRefusing = true
                defer { UIApplication.shared.isRefusing = false }
                #expect(await till.bridge.request(request) == .unknown)
                #expect(attempt.state == .awaitingCardApp(request: request))
                UIApplication.shared.isRefusing = false
                #expect(await till.bridge.request(request) == .opened)
                #expect(till.cardApp.actions == [.find])
            }
        }

        @Test func anOpeningThatDoesNotEndHoldsUpNoAnswer() async throws {
            try await TestTill.with { till in
                let (attempt, request) = try await till.begin()
                _ = await till.bridge.request(request)
                let answer = try till.cardApp.charge()
                till.comeBack()
                till.now = till.now.advanced(by: .seconds(60))
                UIApplication.shared.isBusy = true
                defer { UIApplication.shared.isBusy = false }
                till.bridge.patience = .milliseconds(10)
                #expect(await till.bridge.request(request) == .unknown)
                till.comeBack(with: answer)
                #expect(try await till.result(of: attempt).isSuccess)
            }
        }

        @Test func aCardAppThatWasRemovedAfterwardsMayHaveChargedTheCard() async throws {
            try await TestTill.with { till in
                let (attempt, request) = try await till.begin()
                _ = await till.bridge.request(request)
                _ = try till.cardApp.charge()
                till.cardApp.remove()
                till.comeBack()
                till.now = till.now.advanced(by: .seconds(60))
                #expect(await till.bridge.request(request) == .unknown)
                #expect(attempt.state == .awaitingCardApp(request: request))
            }
        }

        @Test func whoComesBackWithoutAnAnswerHasSaidNothing() async throws {
            try await TestTill.with { till in
                let (attempt, request) = try await till.begin()
                _ = await till.bridge.request(request)
                #expect(till.comeBack(with: try till.cardApp.request().callback))
                #expect(till.answers == [.unknown])
                let cancel = try #require(
                    URL(string: "https://till.example/card?lane=1&errorCode=1"))
                #expect(till.comeBack(with: cancel))
                let broken = try #require(URL(string: "https://till.example/card?result=e30"))
                #expect(till.comeBack(with: broken))
                #expect(till.answers.last == .refused(.malformed(field: "version")))
                #expect(attempt.state == .awaitingCardApp(request: request))
                #expect(till.files == ["\(request.attemptId).launched"])
            }
        }

        @Test func aCardAppThatNeverBeganHasChargedNothingAndNeverWill() async throws {
            try await TestTill.with { till in
                let (attempt, request) = try await till.begin()
                _ = await till.bridge.request(request)
                let pay = try #require(till.cardApp.opened.first)
                till.comeBack()
                till.now = till.now.advanced(by: .seconds(60))
                _ = await till.bridge.request(request)
                till.comeBack(with: try till.cardApp.tell())
                guard case .failed = try await till.result(of: attempt) else {
                    Issue.record("it ended as \(attempt.state)")
                    return
                }
                #expect(try till.cardApp.book.begin(CardRequest(url: pay)) == .withdrawn)
            }
        }

        @Test func fromBehindNothingIsOpenedAndNothingCalledNotCharged() async throws {
            try await TestTill.with { till in
                let (attempt, request) = try await till.begin()
                UIApplication.shared.leave()
                let bridge = till.bridge
                let asked = Task { await bridge.request(request) }
                try await until("who waits for the front") { till.bridge.front.hasWaiting }
                #expect(till.cardApp.opened.isEmpty)
                #expect(attempt.state == .awaitingCardApp(request: request))
                till.comeBack()
                #expect(await asked.value == .opened)
                #expect(till.cardApp.actions == [.pay])
            }
        }

        @Test func whoLeavesJustBeforeTheCardAppIsOpenedLosesNothing() async throws {
            try await TestTill.with { till in
                let (attempt, request) = try await till.begin()
                let bridge = till.bridge
                let (gate, leave) = AsyncStream.makeStream(of: Void.self)
                let turn = Task { await bridge.desk.inTurn { for await _ in gate {} } }
                try await until("a turn") { bridge.desk.queue == 1 }
                let asked = Task { await bridge.request(request) }
                try await until("the next turn") { bridge.desk.queue == 2 }
                UIApplication.shared.leave()
                leave.finish()
                await turn.value
                try await until("who waits for the front") { bridge.front.hasWaiting }
                #expect(till.cardApp.opened.isEmpty)
                #expect(attempt.state == .awaitingCardApp(request: request))
                till.comeBack()
                #expect(await asked.value == .opened)
            }
        }

        @Test func anotherResultIsRefusedAndTheAttemptGoesOnWaiting() async throws {
            try await TestTill.with { till in
                let (attempt, request) = try await till.begin()
                _ = await till.bridge.request(request)
                let nonce = String(repeating: "0", count: 32)
                till.comeBack(with: try till.cardApp.forge(["nonce": nonce]))
                #expect(try await till.answers(1) == [.refused(.wrongNonce)])
                #expect(attempt.state == .awaitingCardApp(request: request))
                #expect(till.files == ["\(request.attemptId).launched"])
                till.comeBack(with: try till.cardApp.charge())
                #expect(try await till.result(of: attempt).isSuccess)
            }
        }

        @Test func anAttemptThatDoesNotWaitOpensNothing() async throws {
            try await TestTill.with { till in
                let (attempt, request) = try await till.begin()
                _ = await till.bridge.request(request)
                till.comeBack(with: try till.cardApp.charge(.declined("no")))
                _ = try await till.result(of: attempt)
                #expect(await till.bridge.request(request) == .notWaiting)
                #expect(till.cardApp.actions == [.pay])
            }
        }

        @Test func theMarkIsForgottenWithTheAttempt() async throws {
            try await TestTill.with { till in
                let (attempt, request) = try await till.begin()
                _ = await till.bridge.request(request)
                till.comeBack(with: try till.cardApp.charge())
                _ = try await till.result(of: attempt)
                #expect(await attempt.acknowledge())
                try await till.die()
                try await till.open()
                #expect(till.files.isEmpty)
            }
        }

        @Test func withoutADiskNothingIsOpened() async throws {
            try await TestTill.with { till in
                let (attempt, request) = try await till.begin()
                try Data("in the way".utf8).write(to: till.folder.appendingPathComponent("cards"))
                #expect(await till.bridge.request(request) == .unknown)
                #expect(till.cardApp.opened.isEmpty)
                #expect(attempt.state == .awaitingCardApp(request: request))
            }
        }

        @Test(arguments: ["http://till.example/card", "till-example://card#x", "till"])
        func aCallbackThatCannotServeIsRefusedAtOnce(_ text: String) throws {
            let callback = try #require(URL(string: text))
            let folder = FileManager.default.temporaryDirectory
            #expect(throws: TerminalError.self) {
                try CardBridge(callback: callback, vault: nil, folder: folder, now: { .now })
            }
        }
    }
}
