import MpacPgw

/// What the till needs of the device around it. Previews have their own.
@MainActor
protocol Services: AnyObject {
    /// The terminal, opened once for each process.
    func openTerminal() async throws -> any PaymentTerminalProtocol
    /// Has the card app charge the card, or tell what it did.
    func ask(_ request: CardRequest) async
    /// Keeps an attempt going while the app comes and goes.
    func lookAfter(_ attempt: any PaymentAttemptProtocol)
}
