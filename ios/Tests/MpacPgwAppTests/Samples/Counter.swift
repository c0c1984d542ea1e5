import Foundation
import MpacPgw
import UIKit

@testable import MpacCardContract
@testable import MpacPgwApp
@testable import SampleCardApp
@testable import SampleTill

/// The shop's counter: a device with the sample till and the sample card app, and who uses them.
@MainActor
final class Counter {
    let shop: ShopServer
    private(set) var till: SampleTill.Till
    private(set) var desk: Desk
    /// How often the card app was ended by its button.
    private(set) var deaths = 0
    /// What the card app was opened for.
    private(set) var asked: [MpacCardContract.CardRequest.Action] = []

    private let folder: URL
    private var services: DeviceServices
    private let orders: Orders
    private let key: any CardKey
    private let keys: [String]
    private let vault = KeychainVault(service: UUID().uuidString)
    private let device = UIApplication.shared
    private var now = ContinuousClock.now

    /// Runs `body` with a till that stands ready, on a device on which nothing has happened yet. The till
    /// knows those card apps' keys; without any, that of its own card app.
    static func with(
        keys: [String]? = nil, _ body: @MainActor (Counter) async throws -> Void
    ) async throws {
        let folder = FileManager.default.temporaryDirectory
            .appendingPathComponent("counter-\(UUID().uuidString)", isDirectory: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let counter = try Counter(
            ShopServer(try await Gateway.shared()), folder, SigningKey.load(), otherKeys: keys)
        try await counter.untilScreen("the keys") { if case .amount = $0 { true } else { false } }
        try await body(counter)
        await counter.services.terminal?.shutDown()
    }

    private init(
        _ shop: ShopServer, _ folder: URL, _ signing: SigningKey, otherKeys: [String]?
    ) {
        key = signing.key
        let keys = otherKeys ?? [signing.publicKey]
        self.keys = keys
        self.shop = shop
        self.folder = folder
        orders = Orders(folder: folder.appendingPathComponent("orders"))
        services = Self.services(shop, folder, keys, vault) { .now }
        till = SampleTill.Till(services: services, backEnd: shop, orders: orders, wallet: "PAYPAY")
        desk = Self.desk(folder, key, { _ in false }, {})
        startTill()
        startCardApp()
        device.comeBack()
        device.apps = [
            CardContract.scheme: { [weak self] url in
                guard let self else { return }
                if let request = try? MpacCardContract.CardRequest(url: url) {
                    asked.append(request.action)
                }
                device.leave()
                desk.handle(url)
            }
        ]
    }

    private static func services(
        _ shop: ShopServer, _ folder: URL, _ keys: [String], _ vault: any Vault,
        now: @escaping @MainActor () -> ContinuousClock.Instant
    ) -> DeviceServices {
        let journal = folder.appendingPathComponent("journal")
        var configuration = shop.gateway.configuration(journal)
        configuration.cardAppPublicKeys = keys
        return DeviceServices(configuration: { [configuration] in configuration }, vault: vault) {
            let callback = URL(string: Shop().callback) ?? folder
            let bridge = try CardBridge(
                callback: callback, vault: vault, folder: folder.appendingPathComponent("cards"),
                now: { MainActor.assumeIsolated(now) })
            bridge.desk.pause = .milliseconds(10)
            return bridge
        }
    }

    private static func desk(
        _ folder: URL, _ key: any CardKey, _ open: @escaping @MainActor (URL) async -> Bool,
        _ die: @escaping @MainActor () -> Void
    ) -> Desk {
        let charges = folder.appendingPathComponent("charges")
        return Desk(
            book: ChargeBook(folder: charges, key: key), key: key,
            pending: Pending(folder: folder.appendingPathComponent("card-app")), open: open,
            die: die)
    }

    // MARK: The device

    private func startTill() {
        services = Self.services(shop, folder, keys, vault) { [weak self] in self?.now ?? .now }
        till = SampleTill.Till(services: services, backEnd: shop, orders: orders, wallet: "PAYPAY")
        till.start()
    }

    private func startCardApp() {
        let open: @MainActor (URL) async -> Bool = { [weak self] in
            self?.comeBack(with: $0) ?? false
        }
        desk = Self.desk(folder, key, open) { [weak self] in self?.deaths += 1 }
        desk.start()
    }

    /// The till's process ends, and it is started again.
    func restartTill() async {
        await services.terminal?.shutDown()
        startTill()
    }

    /// The card app's process ends, and its user opens it again.
    func restartCardApp() {
        startCardApp()
    }

    /// The user goes back to the till, which is opened with a URL or with none.
    @discardableResult
    func comeBack(with url: URL? = nil) -> Bool {
        // People take their time.
        now = now.advanced(by: .seconds(60))
        var isOurs = false
        device.comeBack { if let url { isOurs = services.handle(url) } }
        return isOurs
    }

    // MARK: The staff

    /// Types 1500, and goes on to the methods.
    func enterAmount() {
        for digits in ["1", "5", "00"] { till.type(digits) }
        till.chooseMethod()
    }

    /// A card payment, up to the buttons of the card app.
    func payByCard() async throws {
        enterAmount()
        till.payByCard()
        try await until("the card app") { self.desk.request != nil }
    }

    /// The payment on the screen.
    func attempt() throws -> any PaymentAttemptProtocol {
        guard let attempt = till.screen.attempt else { throw Failure("there is no payment") }
        return attempt
    }

    /// What the screen says of it.
    var message: Message? {
        till.screen.attempt.map { till.message($0, $0.state) }
    }

    func press(_ word: SampleTill.Word) throws {
        guard let choice = message?.buttons.first(where: { $0.label == word }) else {
            throw Failure("there is no button \(word) in \(String(describing: message))")
        }
        choice.choose()
    }

    func untilTitle(_ word: SampleTill.Word) async throws {
        try await until("\(word)") { self.message?.title == word }
    }

    func untilScreen(
        _ what: String, _ isShown: @escaping @MainActor (Screen) -> Bool
    ) async throws {
        try await until(what) { isShown(self.till.screen) }
    }

    func untilCode() async throws {
        try await until("a code") {
            if case .awaitingCustomer = self.till.screen.attempt?.state { true } else { false }
        }
    }

    func until(_ what: String, _ condition: @escaping @MainActor () -> Bool) async throws {
        let end = ContinuousClock.now.advanced(by: .seconds(60))
        while !condition() {
            guard ContinuousClock.now < end else {
                throw Failure(
                    "waited for \(what), and there is \(till.screen), \(desk.problem as Any)")
            }
            try await Task.sleep(for: .milliseconds(10))
        }
    }

    /// What the shop's books say of a payment.
    func stored(_ attempt: any PaymentAttemptProtocol) async -> String? {
        await orders.find(attempt.id)
    }
}

/// The shop's server, which knows the gateway.
@MainActor
final class ShopServer: BackEnd {
    let gateway: Gateway
    private(set) var payments: [CreatedIntent] = []
    /// Whether nobody can reach it.
    var isOut = false
    /// How the next payments are created.
    var options: [String] = []

    init(_ gateway: Gateway) {
        self.gateway = gateway
    }

    func createPayment(amount: Int64) async throws -> String {
        if isOut { throw Failure("no route") }
        let intent = try await gateway.createIntent(
            amount: Int(amount), methods: ["qr_mpm", "qr_cpm", "credit_card", "cash"],
            options: options)
        payments.append(intent)
        return intent.paymentToken
    }
}
