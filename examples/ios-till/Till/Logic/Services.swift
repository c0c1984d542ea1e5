import MpacPgw
import MpacPgwApp

/// What the till needs of the device around it. Previews have their own.
@MainActor
protocol Services: AnyObject {
    /// The terminal, opened once for each process.
    func openTerminal() async throws -> any PaymentTerminalProtocol
    /// Has the card app charge the card, or tell what it did.
    func ask(_ request: CardRequest) async
    /// Is told what became of each answer of the card app.
    var onAnswer: (@MainActor (CardHandOff) -> Void)? { get set }
    /// Keeps an attempt going while the app comes and goes.
    func lookAfter(_ attempt: any PaymentAttemptProtocol)
}
