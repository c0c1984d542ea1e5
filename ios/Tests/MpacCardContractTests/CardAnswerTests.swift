import CryptoKit
import Foundation
import Testing

@testable import MpacCardContract

struct CardAnswerTests {
    private let moment = Date(timeIntervalSince1970: 1_765_189_800)

    @Test func anAnswerRepeatsWhatTheRequestIsKnownBy() throws {
        let answer = CardAnswer.approved(
            approvalCode: "A1", cardBrand: "VISA", maskedPan: "411111******1111",
            processedAt: moment)
        let url = try answer.url(for: request(), signedBy: nil)
        #expect(url.absoluteString.hasPrefix("till-example://card?order=1&result="))
        let expected = [
            "version": "1", "attempt_id": "6b0f4c1e-7f0a-4a53-9d58-0c0c0c0c0c0c",
            "nonce": "00112233445566778899aabbccddeeff", "outcome": "approved", "amount": "1500",
            "currency": "JPY", "approval_code": "A1", "card_brand": "VISA",
            "masked_pan": "************1111", "processed_at": "2025-12-08T10:30:00Z",
        ]
        #expect(try members(of: url).mapValues { "\($0)" } == expected)
        #expect(!"\(answer)".contains("A1"))
    }

    @Test func noOutcomeLosesItsReason() throws {
        let answers = [
            "declined": CardAnswer.declined("no money"), "cancelled": .cancelled("no money"),
            "error": .error("no money"),
        ]
        for (outcome, answer) in answers {
            let written = try members(of: answer.url(for: request(), signedBy: nil))
            #expect(written["outcome"] as? String == outcome)
            #expect(written["reason"] as? String == "no money")
        }
    }

    @Test func noCardNumberIsSent() throws {
        let spaced = "4111 1111 1111 1111"
        let wide = cardNumber.map { digit in
            "０１２３４５６７８９".first { $0.wholeNumberValue == digit.wholeNumberValue } ?? digit
        }
        for number in [cardNumber, spaced, String(wide), "PAN\(cardNumber);"] {
            let answers = [
                CardAnswer.approved(approvalCode: number, cardBrand: number, maskedPan: number),
                .declined("card \(number)"),
            ]
            for answer in answers {
                let json = try answer.json(for: request(), signedBy: nil)
                for digits in [number, "41111111", "4111 1111"] { #expect(!json.contains(digits)) }
            }
        }
        let kept = CardAnswer.approved(approvalCode: "A-2512081030002", cardBrand: "VISA")
        #expect(kept.approvalCode == "A-2512081030002")
    }

    @Test func anApprovalIsNeverWithoutItsCode() {
        let answer = CardAnswer.approved(approvalCode: " ", cardBrand: "")
        #expect(answer.approvalCode == "UNKNOWN")
        #expect(answer.cardBrand == "UNKNOWN")
    }

    @Test func aRequestThatWantsASignatureIsAnsweredBySignedBytesOnly() throws {
        let signed = try request(["version": 2])
        #expect(throws: CardRequestError.unsigned) {
            try CardAnswer.declined().url(for: signed, signedBy: nil)
        }
        let written = try members(
            of: CardAnswer.declined().url(for: signed, signedBy: P256.Signing.PrivateKey()))
        #expect(written["version"] as? Int == 2)
        #expect(written["signature"] is String)
    }

    /// The bytes that are signed are those of every other implementation.
    @Test func whatIsSignedIsInTheFormOfTheContract() throws {
        let file = URL(fileURLWithPath: #filePath)
            .appendingPathComponent("../../../../tests/vectors/card_results.json").standardized
        struct Vectors: Decodable {
            struct Result: Decodable {
                let name: String
                let signed: String
            }
            let privateKey: String
            let publicKey: String
            let results: [Result]
        }
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        let vectors = try decoder.decode(Vectors.self, from: Data(contentsOf: file))
        #expect(!vectors.results.isEmpty)
        for result in vectors.results {
            let read = try JSONSerialization.jsonObject(with: Data(result.signed.utf8))
            let members = try #require(read as? [String: Any]).mapValues { value in
                (value as? String).map { CanonicalJSON.Value.text($0) }
                    ?? .number((value as? NSNumber)?.int64Value ?? 0)
            }
            #expect(CanonicalJSON.write(members) == result.signed, "\(result.name)")
        }
        let bytes = stride(from: 0, to: 64, by: 2).compactMap { place in
            UInt8(vectors.privateKey.dropFirst(place).prefix(2), radix: 16)
        }
        let key = try P256.Signing.PrivateKey(rawRepresentation: Data(bytes))
        #expect(key.publicKey.derRepresentation.base64EncodedString() == vectors.publicKey)
    }
}
