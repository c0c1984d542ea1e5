import Foundation
import MpacPgw
import Testing

/// A terminal that knows the card app's key takes the card app's own word only.
@Suite(.timeLimit(.minutes(2)))
struct SignedCardTests {
    /// `tests/vectors/card_results.json`, which is computed with none of the SDK's code.
    struct Vectors: Decodable {
        let publicKey: String
        let results: [Result]

        struct Result: Decodable {
            let name: String
            let json: String
            let refusal: String?
        }

        static func read() throws -> Vectors {
            let file = URL(filePath: #filePath).deletingLastPathComponent()
                .appending(path: "../../../../tests/vectors/card_results.json")
            let decoder = JSONDecoder()
            decoder.keyDecodingStrategy = .convertFromSnakeCase
            return try decoder.decode(Vectors.self, from: Data(contentsOf: file))
        }
    }

    /// All are for an attempt that this terminal does not have: one that is signed is refused for that.
    @Test func aCardResultWithAForeignSignatureOrNoneIsNotAccepted() async throws {
        let vectors = try Vectors.read()
        #expect(vectors.results.count > 30)
        try await withDataDirectory { directory in
            var config = TerminalConfig(gatewayUrl: "http://127.0.0.1:9", dataDirectory: directory)
            config.cardAppPublicKeys = [vectors.publicKey]
            let terminal = try await PaymentTerminal.open(config)
            for vector in vectors.results {
                let refusal: CardResultRefusal =
                    switch vector.refusal {
                    case "missing_signature": .missingSignature
                    case "wrong_signature": .wrongSignature
                    default: .unknownAttempt
                    }
                let result = try CardResult(json: vector.json)
                await #expect(
                    throws: TerminalError.cardResultRefused(refusal: refusal), "\(vector.name)"
                ) {
                    try await terminal.completeCardPayment(result)
                }
                #expect(!"\(result)".contains("signature"))
            }
            await terminal.shutDown()
        }
    }

    @Test func whatTheTillKnowsItselfNeedsNoSignature() async throws {
        let gateway = try await Gateway.shared()
        let key = try Vectors.read().publicKey
        try await withDataDirectory { directory in
            var config = gateway.configuration(directory)
            config.cardAppPublicKeys = [key]
            let terminal = try await PaymentTerminal.open(config)
            let intent = try await gateway.createIntent(methods: ["credit_card"])
            let attempt = try await terminal.confirmPayment(
                intent.paymentToken, method: .creditCard)
            let events = try await finalTrace(of: attempt) { event in
                guard case .cardAppRequested(let request) = event.kind else { return }
                #expect(request.version == 2)
                let unsigned = try FakeCardApp.answer(request, outcome: .approved)
                await #expect(
                    throws: TerminalError.cardResultRefused(refusal: .missingSignature)
                ) {
                    try await terminal.completeCardPayment(unsigned)
                }
                try await terminal.completeCardPayment(
                    request.notCharged(reason: "it is not installed"))
            }
            guard case .paymentFailed(code: .cardAppError, _, _, canRetry: true) = events.last?.kind
            else { throw Failure("not failed: \(String(describing: events.last))") }
            await terminal.shutDown()
        }
    }
}
