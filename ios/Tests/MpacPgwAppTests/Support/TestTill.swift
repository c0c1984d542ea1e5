import CryptoKit
import Foundation
import MpacPgw
import UIKit

@testable import MpacPgwApp

/// The till's app on the device: one process after the other, with the same files.
@MainActor
final class TestTill {
    static let callback = URL(string: "https://till.example/card?lane=1") ?? URL(filePath: "/")

    let folder: URL
    let cardApp: StandInCardApp
    private(set) var bridge: CardBridge
    private(set) var terminal: PaymentTerminal?
    private(set) var answers: [CardHandOff] = []
    /// What the clock of the bridge says.
    var now = ContinuousClock.now

    private let gateway: Gateway
    private let vault: (any Vault)?
    /// Of the card app, that the terminal is told.
    private let keys: [String]
    private let device = UIApplication.shared
    private let (told, tell) = AsyncStream.makeStream(of: Void.self)

    /// Runs `body` with a device on which nothing has happened yet.
    static func with(
        vault: (any Vault)? = nil, key: SecureEnclave.P256.Signing.PrivateKey? = nil,
        _ body: @MainActor (TestTill) async throws -> Void
    ) async throws {
        let gateway = try await Gateway.shared()
        let folder = FileManager.default.temporaryDirectory
            .appendingPathComponent("till-\(UUID().uuidString)", isDirectory: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        UIApplication.shared.comeBack()
        let till = try TestTill(gateway, folder, vault, key)
        try await body(till)
        await till.terminal?.shutDown()
    }

    private init(
        _ gateway: Gateway, _ folder: URL, _ vault: (any Vault)?,
        _ key: SecureEnclave.P256.Signing.PrivateKey?
    ) throws {
        self.gateway = gateway
        self.folder = folder
        self.vault = vault
        keys = key.map { [$0.publicKey.derRepresentation.base64EncodedString()] } ?? []
        cardApp = StandInCardApp(folder, key: key)
        bridge = try Self.bridge(folder, vault) { .now }
        try restart()
    }

    private static func bridge(
        _ folder: URL, _ vault: (any Vault)?, now: @escaping () -> ContinuousClock.Instant
    ) throws -> CardBridge {
        try CardBridge(
            callback: callback, vault: vault, folder: folder.appendingPathComponent("cards"),
            now: now)
    }

    /// What the bridge has on disk.
    var files: [String] {
        let path = folder.appendingPathComponent("cards").path
        return ((try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []).sorted()
    }

    /// The process begins, with the bridge and without a terminal.
    func restart() throws {
        bridge = try Self.bridge(folder, vault) { [weak self] in self?.now ?? .now }
        bridge.desk.pause = .milliseconds(10)
        bridge.onAnswer = { @MainActor [weak self] handOff in
            self?.answers.append(handOff)
            self?.tell.yield()
        }
    }

    /// The terminal is opened and attached, and its attempts are brought back.
    @discardableResult
    func open() async throws -> [PaymentAttempt] {
        let journal = folder.appendingPathComponent("journal")
        var configuration = gateway.configuration(journal)
        configuration.cardAppPublicKeys = keys
        let terminal = try await reopen(configuration)
        self.terminal = terminal
        await bridge.attach(terminal)
        return try await terminal.recoverPending()
    }

    /// iOS ends the process, and a new one begins.
    func die() async throws {
        await terminal?.shutDown()
        terminal = nil
        try restart()
    }

    /// A card payment, up to the card app.
    func begin() async throws -> (attempt: PaymentAttempt, request: CardRequest) {
        if terminal == nil { try await open() }
        guard let terminal else { throw Failure("there is no terminal") }
        let intent = try await gateway.createIntent(methods: ["credit_card"])
        let attempt = try await terminal.confirmPayment(intent.paymentToken, method: .creditCard)
        return (attempt, try await request(of: attempt))
    }

    /// What the attempt wants of the card app.
    func request(of attempt: PaymentAttempt) async throws -> CardRequest {
        try await within(.seconds(30), "a request to the card app") {
            for await state in attempt.states {
                if case .awaitingCardApp(let request) = state { return request }
            }
            throw Failure("the attempt has ended as \(attempt.state)")
        }
    }

    /// The user comes back to the till, which is opened with a URL or with none.
    @discardableResult
    func comeBack(with url: URL? = nil) -> Bool {
        var isOurs = false
        device.comeBack { if let url { isOurs = bridge.handle(url) } }
        return isOurs
    }

    /// Waits until the bridge has told what became of so many answers.
    func answers(_ count: Int) async throws -> [CardHandOff] {
        try await within(.seconds(30), "\(count) answers") { @MainActor [self] in
            for await _ in told where answers.count >= count { return answers }
            throw Failure("cancelled; heard \(answers)")
        }
    }

    func result(of attempt: PaymentAttempt) async throws -> PaymentResult {
        try await within(.seconds(30), "the result") { try await attempt.result() }
    }
}
