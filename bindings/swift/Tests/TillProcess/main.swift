import Foundation
import MpacPgw

// A process that takes a payment, for the tests to kill on the way: gateway, data directory,
// payment token and method are its arguments. It tells on stdout what it does.

func tell(_ name: String, _ attempt: PaymentAttempt, _ detail: String = "") {
    FileHandle.standardOutput.write(Data("\(name) \(attempt.id) \(detail)\n".utf8))
}

let methods: [String: PaymentMethod] = [
    "qr_mpm": .qrMpm(provider: "PAYPAY"), "credit_card": .creditCard, "cash": .cash,
]
let arguments = CommandLine.arguments.dropFirst()
guard arguments.count >= 4, let method = methods[arguments[4]] else {
    fatalError("usage: TillProcess <gateway> <directory> <payment token> <method> [acknowledge]")
}
let configuration = TerminalConfig(
    gatewayUrl: arguments[1], dataDirectory: URL(fileURLWithPath: arguments[2]))
let terminal = try await PaymentTerminal.open(configuration)
let attempt = try await terminal.confirmPayment(arguments[3], method: method)
for await event in attempt.events {
    if case .cardAppRequested(let request) = event.kind {
        tell(event.name, attempt, try request.json)
    } else {
        tell(event.name, attempt)
    }
}
if arguments.last == "acknowledge", await attempt.acknowledge() { tell("acknowledged", attempt) }
// Whatever becomes of the tests, it does not stay.
_ = FileHandle.standardInput.readDataToEndOfFile()
exit(1)
