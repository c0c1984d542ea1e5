import Foundation
import MpacPgw
import Testing

// README:START
func takePayment(gateway: String, folder: URL, token: String, till: Till) async throws {
    let terminal = try await PaymentTerminal.open(.init(gatewayUrl: gateway, dataDirectory: folder))
    let attempt = try await terminal.confirmPayment(token, method: .qrMpm(provider: "PAYPAY"))
    for await event in attempt.events {
        switch event.kind {
        case .qrReady(let qr): await till.show(picture: try qr.png(size: 480))
        case .paymentSuccess: await till.show("Paid. Thank you!")
        case .paymentUnresolved(_, let nextStep): await till.show(nextStep.message())
        default: await till.show(event.name)
        }
        guard event.isFinal else { continue }
        try await till.orders.save(event)
        await attempt.acknowledge()
    }
}
// README:END

/// What an app has: a screen, and a place for its outcomes.
protocol Till: Sendable {
    var orders: Orders { get }
    func show(picture: Data) async
    func show(_ text: String) async
}

@Suite(.timeLimit(.minutes(2)))
struct ReadmeExampleTests {
    private actor OrderBook: Orders {
        private(set) var saved: [PaymentEvent] = []

        func save(_ event: PaymentEvent) {
            saved.append(event)
        }
    }

    /// A till with a customer in front of it, who pays when there is a code.
    private actor PayingTill: Till {
        private(set) var texts: [String] = []
        let book = OrderBook()
        nonisolated var orders: Orders { book }
        private let pay: @Sendable () async throws -> Void

        init(pay: @escaping @Sendable () async throws -> Void) {
            self.pay = pay
        }

        func show(picture: Data) async {
            await #expect(throws: Never.self) { try await pay() }
        }

        func show(_ text: String) {
            texts.append(text)
        }
    }

    @Test func theExampleTakesAPayment() async throws {
        let gateway = try await Gateway.shared()
        try await withDataDirectory { directory in
            let intent = try await gateway.createIntent(methods: ["qr_mpm"])
            let till = PayingTill { try await gateway.pay(intent.id) }
            try await within {
                try await takePayment(
                    gateway: gateway.url, folder: directory, token: intent.paymentToken,
                    till: till)
            }
            #expect(await till.texts.last == "Paid. Thank you!")
            #expect(await till.book.saved.map(\.kind.isSuccess) == [true])
            #expect(try journaledAttempts(in: directory).isEmpty)
        }
    }

    @Test func theExampleFitsTheReadme() throws {
        let lines = try String(contentsOfFile: #filePath, encoding: .utf8)
            .split(separator: "\n", omittingEmptySubsequences: false)
        let markers = lines.indices.filter { lines[$0].hasPrefix("// README:") }
        try #require(markers.count == 2)
        #expect(markers[1] - markers[0] - 1 <= 15)
    }
}
