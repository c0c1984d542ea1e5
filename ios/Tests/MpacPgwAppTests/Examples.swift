import Foundation
import MpacPgw
import MpacPgwApp
import SwiftUI
import Testing
import UIKit

// What the guide shows, compiled as it stands there.

@MainActor
final class Till {
    let vault = KeychainVault()
    let foreground = Foreground()
    let cards: CardBridge

    init(callback: URL) throws {
        cards = try CardBridge(callback: callback, vault: vault)
    }

    func open(gateway: String, cardAppKeys: [String]) async throws -> PaymentTerminal {
        var config = TerminalConfig(gatewayUrl: gateway, dataDirectory: try JournalFolder.make())
        config.cardAppPublicKeys = cardAppKeys
        let terminal = try await PaymentTerminal.open(config, vault: vault)
        await cards.attach(terminal)
        return terminal
    }

    func recover(_ terminal: PaymentTerminal) async throws {
        for attempt in try await terminal.recoverPending() {
            follow(attempt)
            if case .awaitingCardApp(let request) = attempt.state {
                Task { show(await cards.request(request)) }
            }
        }
    }

    func follow(_ attempt: PaymentAttempt) {
        foreground.watch(attempt)
        Task {
            for await event in attempt.events {
                if case .cardAppRequested(let request) = event.kind {
                    Task { show(await cards.request(request)) }
                }
                guard event.isFinal else { continue }
                try await save(event)
                await attempt.acknowledge()
            }
        }
    }

    func save(_ event: PaymentEvent) async throws {}
    func show(_ handOff: CardHandOff) {}
}

struct PaymentScreen: View {
    @ObservedObject var payment: PaymentModel

    var body: some View {
        VStack {
            if case .awaitingCustomer(let qr) = payment.state {
                QrCodeView(qr) { payment.remaining }
            }
            if case .verifying(_, let cause) = payment.state {
                Text(verbatim: cause.message())
            }
        }
        .task { await payment.watch() }
    }
}

struct RootView: View {
    let cards: CardBridge

    var body: some View {
        PaymentsScreen().onOpenURL { cards.handle($0) }
    }
}

struct PaymentsScreen: View {
    var body: some View { Text(verbatim: "") }
}

@MainActor
final class SceneDelegate: UIResponder {
    let cards: CardBridge
    init(_ cards: CardBridge) { self.cards = cards }

    func scene(_ scene: UIScene, openURLContexts contexts: Set<UIOpenURLContext>) {
        for context in contexts { cards.handle(context.url) }
    }

    func scene(_ scene: UIScene, continue activity: NSUserActivity) {
        if let url = activity.webpageURL { cards.handle(url) }
    }
}

struct GuideTests {
    /// Each of its examples is above, line by line.
    @Test func whatTheGuideShowsCompiles() throws {
        let here = URL(fileURLWithPath: #filePath)
        func lines(_ file: URL) throws -> [String] {
            try String(contentsOf: file, encoding: .utf8).components(separatedBy: "\n")
                .map { $0.trimmingCharacters(in: .whitespaces) }.filter { !$0.isEmpty }
        }
        let cardApp = here.appendingPathComponent(
            "../../MpacCardContractTests/CardAppExample.swift")
        let compiled = try lines(here) + lines(cardApp.standardized)
        let guide = try lines(here.appendingPathComponent("../../../README.md").standardized)
        var (example, examples): ([String]?, Int) = (nil, 0)
        for line in guide {
            if line.hasPrefix("```") {
                if let example {
                    examples += 1
                    let isThere = compiled.indices.contains {
                        compiled[$0...].starts(with: example)
                    }
                    #expect(isThere, "\(example.first ?? "")")
                }
                example = line == "```swift" ? [] : nil
            } else {
                example?.append(line)
            }
        }
        #expect(examples >= 5)
    }
}
