import CryptoKit
import Foundation
import MpacPgw
import Testing
import UIKit

@testable import MpacCardContract
@testable import MpacPgwApp

extension DeviceTests {
    /// A terminal that knows the card app's key, and another app that has seen the request.
    @Suite @MainActor struct SignedCardTests {
        private let key: SecureEnclave.P256.Signing.PrivateKey

        init() throws { key = try SecureEnclave.P256.Signing.PrivateKey() }

        @Test func whatTheCardAppHasSignedIsTaken() async throws {
            try await TestTill.with(key: key) { till in
                let (attempt, request) = try await till.begin()
                _ = await till.bridge.request(request)
                #expect(try till.cardApp.request().version == 2)
                till.comeBack(with: try till.cardApp.charge())
                #expect(try await till.result(of: attempt).isSuccess)
            }
        }

        @Test func aForeignSignatureIsRefusedAndTheTrueAnswerStillCounts() async throws {
            try await TestTill.with(key: key) { till in
                let (attempt, request) = try await till.begin()
                _ = await till.bridge.request(request)
                let foreign = P256.Signing.PrivateKey()
                till.comeBack(with: try till.cardApp.forge(key: foreign))
                #expect(try await till.answers(1) == [.refused(.wrongSignature)])
                #expect(attempt.state == .awaitingCardApp(request: request))
                till.comeBack(with: try till.cardApp.charge(.declined("no")))
                guard case .failed(.cardDeclined, _, _, _) = try await till.result(of: attempt)
                else {
                    Issue.record("it ended as \(attempt.state)")
                    return
                }
            }
        }

        @Test func whatIsNotSignedIsRefused() async throws {
            try await TestTill.with(key: key) { till in
                let (attempt, request) = try await till.begin()
                _ = await till.bridge.request(request)
                till.comeBack(with: try till.cardApp.forge(["version": 1]))
                #expect(try await till.answers(1) == [.refused(.missingSignature)])
                #expect(attempt.state == .awaitingCardApp(request: request))
            }
        }

        @Test func aCardAppThatIsAskedSignsToo() async throws {
            try await TestTill.with(key: key) { till in
                let (attempt, request) = try await till.begin()
                _ = await till.bridge.request(request)
                till.comeBack()
                till.now = till.now.advanced(by: .seconds(60))
                _ = await till.bridge.request(request)
                till.comeBack(with: try till.cardApp.tell())
                guard case .failed(.cardAppError, _, _, _) = try await till.result(of: attempt)
                else {
                    Issue.record("it ended as \(attempt.state)")
                    return
                }
            }
        }

        @Test func aCardAppThatIsNotThereHasStillChargedNothing() async throws {
            try await TestTill.with(key: key) { till in
                till.cardApp.remove()
                let (_, request) = try await till.begin()
                #expect(await till.bridge.request(request) == .notCharged(.notInstalled))
            }
        }
    }
}
