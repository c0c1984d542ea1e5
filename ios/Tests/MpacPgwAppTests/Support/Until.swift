/// Waits until something is so, and not for ever.
@MainActor
func until(_ what: String, _ isSo: @MainActor () -> Bool) async throws {
    let end = ContinuousClock.now + .seconds(30)
    while !isSo() {
        guard ContinuousClock.now < end else { throw Failure("waited for \(what)") }
        await Task.yield()
    }
}
