import Foundation
import MpacPgw

// A process that takes a payment, for the tests to kill on the way: gateway, data directory,
// payment token and method are its arguments.

/// Tells on stdout what it hears, and never accepts the final event.
struct Teller: PaymentListener {
    func paymentEvent(_ event: PaymentEvent) async throws {
        var line = "\(event.name) \(event.attemptID) "
        if case .cardAppRequested(let request) = event.kind { line += request.json }
        FileHandle.standardOutput.write(Data("\(line)\n".utf8))
        if event.isFinal { try await Task.sleep(for: .seconds(3600)) }
    }
}

let methods: [String: PaymentMethod] = [
    "qr_mpm": .qrMpm(provider: "PAYPAY"), "credit_card": .creditCard, "cash": .cash,
]
let arguments = CommandLine.arguments.dropFirst()
guard arguments.count == 4, let method = arguments.last.flatMap({ methods[$0] }) else {
    fatalError("usage: TillProcess <gateway> <data directory> <payment token> <method>")
}
let configuration = TerminalConfiguration(
    gatewayURL: arguments[1], dataDirectory: URL(fileURLWithPath: arguments[2]))
let terminal = try await PaymentTerminal.open(configuration)
_ = try await terminal.confirmPayment(arguments[3], method: method, listener: Teller())
// Whatever becomes of the tests, it does not stay.
_ = FileHandle.standardInput.readDataToEndOfFile()
exit(1)
