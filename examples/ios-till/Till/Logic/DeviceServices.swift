import Foundation
import MpacPgw
import MpacPgwApp

/// Holds what outlives the screens: the terminal, and the bridge to the card app.
@MainActor
final class DeviceServices: Services {
    var onAnswer: (@MainActor (CardHandOff) -> Void)?
    private(set) var terminal: PaymentTerminal?
    private let foreground = Foreground()
    private var cards: CardBridge?

    private let configuration: () throws -> TerminalConfig
    private let vault: any Vault
    private let bridge: () throws -> CardBridge

    /// A test brings its own gateway and folders.
    init(
        configuration: @escaping () throws -> TerminalConfig, vault: any Vault,
        bridge: @escaping () throws -> CardBridge
    ) {
        self.configuration = configuration
        self.vault = vault
        self.bridge = bridge
    }

    convenience init(_ shop: Shop) {
        let vault = KeychainVault()
        self.init(configuration: { try Self.configuration(shop) }, vault: vault) {
            guard let callback = URL(string: shop.callback) else { throw URLError(.badURL) }
            return try CardBridge(callback: callback, vault: vault)
        }
    }

    private static func configuration(_ shop: Shop) throws -> TerminalConfig {
        var configuration = TerminalConfig(
            gatewayUrl: shop.gatewayUrl, dataDirectory: try JournalFolder.make())
        configuration.allowCleartext = shop.allowCleartext
        configuration.cardAppPublicKeys = shop.cardAppPublicKeys
        return configuration
    }

    func openTerminal() async throws -> any PaymentTerminalProtocol {
        if let terminal { return terminal }
        let cards = try cardBridge()
        let opened = try await PaymentTerminal.open(configuration(), vault: vault)
        terminal = opened
        // First of all: an answer of the card app may be waiting since before a restart.
        await cards.attach(opened)
        return opened
    }

    /// Takes what the app was opened with, also before there is a terminal.
    ///
    /// - Returns: whether it is the card app's.
    @discardableResult
    func handle(_ url: URL) -> Bool {
        // Without a bridge the till is not ready either, and says so.
        (try? cardBridge())?.handle(url) ?? false
    }

    func ask(_ request: CardRequest) async {
        // What becomes of the payment comes from the attempt.
        _ = await (try? cardBridge())?.request(request)
    }

    func lookAfter(_ attempt: any PaymentAttemptProtocol) {
        foreground.watch(attempt)
    }

    private func cardBridge() throws -> CardBridge {
        if let cards { return cards }
        let made = try bridge()
        made.onAnswer = { [weak self] in self?.onAnswer?($0) }
        cards = made
        return made
    }
}
