import CryptoKit
import Dispatch
import Foundation
import Testing

@testable import MpacCardContract

struct ChargeBookTests {
    private let approved = CardAnswer.approved(
        approvalCode: "A1", cardBrand: "VISA", maskedPan: cardNumber)

    /// As after a restart, each time.
    private func book(_ folder: URL) -> ChargeBook { ChargeBook(folder: folder, key: nil) }

    @Test func aCardIsChargedOnceAndTheAnswerToldAgain() throws {
        try withFolder { folder in
            let request = try request()
            #expect(try book(folder).begin(request) == .begun)
            #expect(try book(folder).begin(request) == .inProgress)
            #expect(try book(folder).find(request) == .inProgress)
            #expect(try book(folder).answer(to: request) == request.callback)
            #expect(try book(folder).finish(request, approved) == approved)
            let url = try book(folder).url(approved, for: request)
            #expect(try book(folder).answer(to: request) == url)
            guard case .finished(let again) = try book(folder).begin(request) else {
                Issue.record("it was not finished")
                return
            }
            #expect(try book(folder).url(again, for: request) == url)
        }
    }

    @Test func theFirstAnswerStays() throws {
        try withFolder { folder in
            let request = try request()
            _ = try book(folder).begin(request)
            _ = try book(folder).finish(request, approved)
            let second = try book(folder).finish(request, .declined())
            #expect(second.approvalCode == "A1")
        }
    }

    @Test func whatWasNotFoundIsNeverBegun() throws {
        try withFolder { folder in
            let request = try request()
            #expect(try book(folder).find(request) == .notFound)
            let answer = try members(of: book(folder).answer(to: request))
            #expect(answer["outcome"] as? String == "error")
            #expect(try book(folder).begin(request) == .withdrawn)
            #expect(throws: CardRequestError.self) {
                try book(folder).finish(request, approved)
            }
        }
    }

    @Test func anExpiredRequestIsNotBegunButOneThatWasBegunGoesOn() throws {
        try withFolder { folder in
            #expect(try book(folder).begin(expired()) == .withdrawn)
            #expect(try book(folder).find(expired()) == .notFound)
            _ = try book(folder).begin(request(["attempt_id": "other"]))
            let late = try expired(["attempt_id": "other"])
            #expect(try book(folder).begin(late) == .inProgress)
            #expect(try book(folder).finish(late, approved) == approved)
        }
    }

    @Test func whatIsOnlyFinishedWasNotBegun() throws {
        try withFolder { folder in
            #expect(throws: CardRequestError.self) {
                try book(folder).finish(request(), approved)
            }
        }
    }

    @Test func anotherRequestWithTheSameIdIsToldNothing() throws {
        try withFolder { folder in
            let other = try request(["nonce": String(repeating: "f", count: 32)])
            _ = try book(folder).begin(request())
            _ = try book(folder).finish(request(), approved)
            #expect(throws: CardRequestError.self) { try book(folder).begin(other) }
            #expect(throws: CardRequestError.self) { try book(folder).find(other) }
            let capitals = try request(["nonce": "00112233445566778899AABBCCDDEEFF"])
            #expect(try book(folder).find(capitals) != .inProgress)
        }
    }

    @Test(arguments: ["", #"{"nonce":"0011"#])
    func aBeginThatWasCutShortIsNeitherChargedNorCalledNotFound(_ content: String) throws {
        try withFolder { folder in
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            let request = try request()
            try Data(content.utf8).write(to: folder.appendingPathComponent(request.attemptId))
            #expect(try book(folder).begin(request) == .inProgress)
            #expect(try book(folder).find(request) == .inProgress)
        }
    }

    @Test func ofManyAtOnceOneIsBegun() throws {
        try withFolder { folder in
            let request = try request()
            let counter = Counter()
            DispatchQueue.concurrentPerform(iterations: 8) { _ in
                if (try? book(folder).begin(request)) == .begun { counter.add() }
            }
            #expect(counter.count == 1)
        }
    }

    @Test func withoutADiskNothingIsBegun() throws {
        try withFolder { folder in
            try Data("in the way".utf8).write(to: folder)
            #expect(throws: (any Error).self) { try book(folder).begin(request()) }
            #expect(throws: (any Error).self) { try book(folder).find(request()) }
        }
    }

    @Test func whatCannotBeSignedIsNotCharged() throws {
        try withFolder { folder in
            let request = try request(["version": 2])
            #expect(throws: CardRequestError.unsigned) { try book(folder).begin(request) }
            let signing = ChargeBook(folder: folder, key: P256.Signing.PrivateKey())
            #expect(try signing.begin(request) == .begun)
        }
    }

    @Test func whatIsForgottenIsNeverCalledNotFound() throws {
        try withFolder { folder in
            let (old, young) = (try expired(), try request(["attempt_id": "young"]))
            let charged = try request(["attempt_id": "charged"])
            for request in [old, young, charged] { _ = try book(folder).begin(request) }
            _ = try book(folder).finish(charged, approved)
            try book(folder).forget(before: .now)
            #expect(try book(folder).find(old) == .inProgress)
            #expect(try book(folder).find(young) == .inProgress)
            #expect(try book(folder).find(charged) != .inProgress)
            #expect(try book(folder).begin(old) == .inProgress)
            // The acquirer knows.
            #expect(try book(folder).finish(old, approved) == approved)
            #expect(try book(folder).begin(old) == .finished(approved))
            try book(folder).forget(before: charged.expiresAt.addingTimeInterval(1))
            #expect(try book(folder).find(charged) == .inProgress)
            let file = folder.appendingPathComponent("charged").path
            #expect(!FileManager.default.fileExists(atPath: file))
        }
    }

    @Test func noCardNumberIsOnDisk() throws {
        try withFolder { folder in
            _ = try book(folder).begin(request())
            let answer = CardAnswer.approved(
                approvalCode: cardNumber, cardBrand: cardNumber, maskedPan: cardNumber)
            _ = try book(folder).finish(request(), answer)
            let names = try FileManager.default.contentsOfDirectory(atPath: folder.path)
            #expect(!names.isEmpty)
            for name in names {
                let content = try Data(contentsOf: folder.appendingPathComponent(name))
                #expect(content.range(of: Data(cardNumber.utf8)) == nil)
            }
        }
    }

    private final class Counter: @unchecked Sendable {
        private let lock = NSLock()
        private var value = 0

        var count: Int { lock.withLock { value } }
        func add() { lock.withLock { value += 1 } }
    }
}
