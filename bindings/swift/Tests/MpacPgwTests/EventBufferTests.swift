import Testing

@testable import MpacPgw

/// Events on their way to loops that come and go, without a core.
@Suite(.timeLimit(.minutes(1)))
struct EventBufferTests {
    private let changes = Changes()

    private func event(_ kind: PaymentEventKind, _ name: String) -> PaymentEvent {
        PaymentEvent(
            attemptId: "a", paymentIntentId: "pi_a", method: .cash, name: name, replayed: false,
            isFinal: kind == .paymentCancelled(by: .terminal), kind: kind)
    }

    private var final: PaymentEvent {
        event(.paymentCancelled(by: .terminal), "payment_cancelled")
    }

    private func events(of buffer: EventBuffer) -> AsyncStream<PaymentEvent> {
        AsyncStream { [changes] in await changes.first { buffer.take() } }
    }

    /// As on a screen that comes and goes: loops are cancelled at any moment, by two at a time.
    @Test(arguments: 0..<20)
    func noEventIsLostOrHandedOutTwiceHoweverLoopsEnd(_ round: Int) async throws {
        let (buffer, count) = (EventBuffer(changes), 200)
        let heard = Journal()
        let telling = Task {
            for number in 0..<count {
                buffer.add(event(.connectionRestored, "\(number)"))
                if number.isMultiple(of: 7) { try? await Task.sleep(for: .microseconds(50)) }
            }
            buffer.add(final)
        }
        while !heard.all.names.contains("payment_cancelled") {
            let loops = (0..<2).map { _ in
                Task { for await event in events(of: buffer) { heard.add(event) } }
            }
            try await Task.sleep(for: .microseconds(Int.random(in: 0..<300)))
            loops.forEach { $0.cancel() }
            for loop in loops { await loop.value }
        }
        await telling.value
        let told = (0..<count).map(String.init) + ["payment_cancelled"]
        #expect(heard.all.names.sorted() == told.sorted())
    }

    @Test func aSingleLoopHearsTheEventsInOrder() async {
        let buffer = EventBuffer(changes)
        let names = (0..<50).map(String.init)
        names.forEach { buffer.add(event(.connectionRestored, $0)) }
        buffer.add(final)
        var heard: [String] = []
        for await event in events(of: buffer) { heard.append(event.name) }
        #expect(heard == names + ["payment_cancelled"])
        for await _ in events(of: buffer) { Issue.record("it was handed out before") }
    }

    @Test func ofWhatNobodyTakesTheLatestIsKept() async {
        let buffer = EventBuffer(changes)
        for number in 0..<1000 { buffer.add(event(.connectionRestored, "\(number)")) }
        buffer.add(final)
        var heard: [String] = []
        for await event in events(of: buffer) { heard.append(event.name) }
        #expect(heard == (745..<1000).map(String.init) + ["payment_cancelled"])
    }

    @Test(arguments: [true, false])
    func everyLoopEndsWithTheAttemptOrTheTerminal(_ isTerminal: Bool) async throws {
        let buffer = EventBuffer(changes)
        let loops = (0..<3).map { _ in Task { for await _ in events(of: buffer) {} } }
        try await Task.sleep(for: .milliseconds(20))
        isTerminal ? changes.close() : buffer.end()
        for loop in loops { await loop.value }
        for await _ in events(of: buffer) { Issue.record("nothing was told") }
    }

    @Test func whatWasToldBeforeTheEndIsStillHandedOut() async {
        let buffer = EventBuffer(changes)
        buffer.add(final)
        changes.close()
        var heard: [String] = []
        for await event in events(of: buffer) { heard.append(event.name) }
        #expect(heard == ["payment_cancelled"])
    }
}
