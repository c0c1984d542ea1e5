import Foundation
import MpacPgw
import Testing

// README:START
func takePayment(gateway: String, folder: URL, token: String, screen: Screen) async throws {
    let terminal = try await PaymentTerminal.open(.init(gatewayURL: gateway, dataDirectory: folder))
    let attempt = try await terminal.confirmPayment(token, method: .qrMpm(provider: "PAYPAY"))
    for await event in attempt.events {
        switch event.kind {
        case .qrReady(let qr): await screen.show(picture: try qr.png(size: 480))
        case .connectionLost: await screen.show("Checking the connection. Don't pay again.")
        case .paymentSuccess: await screen.show("Paid. Thank you!")
        case .paymentFailed(_, let reason, _): await screen.show("Not paid: \(reason)")
        case .paymentUnresolved(_, let nextStep): await screen.show("Ask the staff: \(nextStep)")
        default: break
        }
    }
}
// README:END

/// The screen of a till.
protocol Screen: Sendable {
    func show(picture: Data) async
    func show(_ text: String) async
}

@Suite(.timeLimit(.minutes(2)))
struct ReadmeExampleTests {
    /// A screen with a customer in front of it, who pays when there is a code.
    private actor Till: Screen {
        private(set) var texts: [String] = []
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
            let till = Till { try await gateway.pay(intent.id) }
            try await within {
                try await takePayment(
                    gateway: gateway.url, folder: directory, token: intent.paymentToken,
                    screen: till)
            }
            #expect(await till.texts == ["Paid. Thank you!"])
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
