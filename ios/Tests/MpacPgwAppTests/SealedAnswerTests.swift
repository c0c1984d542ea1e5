import Foundation
import MpacPgw
import MpacPgwTesting
import Security
import Testing
import UIKit

@testable import MpacPgwApp

extension DeviceTests {
    /// The card app's answers under the vault, which may be locked or have lost its key.
    @Suite @MainActor struct SealedAnswerTests {
        private let keychain = StandInKeychain.shared

        init() { StandInKeychain.shared.reset() }

        private func answers(of till: TestTill) throws -> [Data] {
            try till.files.filter { $0.hasSuffix(".answer") }.map { name in
                try Data(contentsOf: till.folder.appendingPathComponent("cards/\(name)"))
            }
        }

        @Test func anAnswerOnDiskIsSealed() async throws {
            try await TestTill.with(vault: KeychainVault()) { till in
                let (_, request) = try await till.begin()
                _ = await till.bridge.request(request)
                let answer = try till.cardApp.charge()
                try await till.die()
                till.comeBack(with: answer)
                let kept = try #require(try answers(of: till).first)
                #expect(kept.range(of: Data("result".utf8)) == nil)
                let attempt = try #require(try await till.open().first)
                #expect(try await till.result(of: attempt).isSuccess)
            }
        }

        @Test func anAnswerThatCannotBeWrittenNowIsWrittenLater() async throws {
            try await TestTill.with(vault: KeychainVault()) { till in
                let (attempt, request) = try await till.begin()
                _ = await till.bridge.request(request)
                keychain.set(.beforeFirstUnlock)
                #expect(till.comeBack(with: try till.cardApp.charge()))
                #expect(try answers(of: till).isEmpty)
                keychain.set(.open)
                #expect(try await till.answers(1) == [.answered])
                #expect(try await till.result(of: attempt).isSuccess)
            }
        }

        @Test func anAnswerThatCannotBeReadNowIsKept() async throws {
            try await TestTill.with(vault: KeychainVault()) { till in
                let (_, request) = try await till.begin()
                _ = await till.bridge.request(request)
                let answer = try till.cardApp.charge()
                try await till.die()
                till.comeBack(with: answer)
                keychain.set(.beforeFirstUnlock)
                // The terminal of this test has no vault, and so goes on.
                let attempt = try #require(try await till.open().first)
                #expect(try answers(of: till).count == 1)
                keychain.set(.open)
                #expect(try await till.result(of: attempt).isSuccess)
            }
        }

        @Test func anAnswerThatWasWrittenBeforeThereWasAVaultCounts() async throws {
            try await TestTill.with(vault: KeychainVault()) { till in
                let (_, request) = try await till.begin()
                _ = await till.bridge.request(request)
                let answer = try till.cardApp.charge()
                try await till.die()
                try write(Data(answer.absoluteString.utf8), of: till)
                let attempt = try #require(try await till.open().first)
                #expect(try await till.result(of: attempt).isSuccess)
            }
        }

        @Test func anAnswerThatCannotBeReadStaysWhileItsAttemptWaits() async throws {
            let vault = KeychainVault()
            try await TestTill.with { till in
                let (attempt, request) = try await till.begin()
                _ = await till.bridge.request(request)
                let answer = Data(try till.cardApp.charge().absoluteString.utf8)
                try write(try vault.seal(plain: answer), of: till)
                let terminal = try #require(till.terminal)
                await till.bridge.attach(terminal)
                #expect(try answers(of: till).count == 1)
                try write(answer, of: till)
                await till.bridge.attach(terminal)
                #expect(try await till.result(of: attempt).isSuccess)
            }
        }

        @Test func anAnswerThatCannotBeReadStaysWhileItsAttemptIsUnresolved() async throws {
            try await TestTill.with { till in
                // The card app's time is over. Its late answer still counts.
                let terminal = FakePaymentTerminal(
                    .cardAppRequested, .unresolved(.cardAppSilent, .checkCardApp))
                let attempt = try await terminal.confirmPayment(
                    "pi_1_secret_1", method: .creditCard)
                try await until("it is unresolved") {
                    if case .finished(.unresolved) = attempt.state { true } else { false }
                }
                try write(try KeychainVault().seal(plain: Data("answer".utf8)), of: till)
                await till.bridge.attach(terminal)
                #expect(try answers(of: till).count == 1)
            }
        }

        @Test func anAnswerThatHasToWaitHoldsUpNoOther() async throws {
            try await TestTill.with { till in
                let (first, request) = try await till.begin()
                _ = await till.bridge.request(request)
                let waiting = try till.cardApp.charge()
                try await till.die()
                // Its record cannot be read any more.
                let record = till.folder.appendingPathComponent("journal/\(first.id).attempt")
                try Data("{".utf8).write(to: record)
                try write(Data(waiting.absoluteString.utf8), of: till)
                till.comeBack()
                let (second, another) = try await till.begin()
                _ = await till.bridge.request(another)
                let answer = try till.cardApp.charge()
                try write(Data(answer.absoluteString.utf8), of: till, name: "B.answer")
                await till.bridge.attach(try #require(till.terminal))
                #expect(try await till.result(of: second).isSuccess)
                #expect(till.files.contains("A.answer"))
            }
        }

        @Test func whatAKillLeavesOfAnAnswerIsRemoved() async throws {
            try await TestTill.with { till in
                _ = try await till.begin()
                try write(Data("https".utf8), of: till, name: "A.answer.part")
                try await till.die()
                try await till.open()
                #expect(till.files.isEmpty)
            }
        }

        private func write(_ content: Data, of till: TestTill, name: String = "A.answer") throws {
            let folder = till.folder.appendingPathComponent("cards")
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            try content.write(to: folder.appendingPathComponent(name))
        }

        @Test func anAnswerWhoseKeyIsGoneIsAskedForAgain() async throws {
            try await TestTill.with(vault: KeychainVault()) { till in
                let (_, request) = try await till.begin()
                _ = await till.bridge.request(request)
                let answer = try till.cardApp.charge()
                try await till.die()
                till.comeBack(with: answer)
                keychain.reset()
                let attempt = try #require(try await till.open().first)
                let again = try await till.request(of: attempt)
                #expect(await till.bridge.request(again) == .opened)
                till.comeBack(with: try till.cardApp.tell())
                #expect(try await till.result(of: attempt).isSuccess)
                #expect(till.cardApp.charges == 1)
                try await until("it is removed") {
                    till.files.allSatisfy { !$0.hasSuffix(".answer") }
                }
            }
        }
    }
}
