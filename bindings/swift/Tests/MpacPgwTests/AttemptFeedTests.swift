import Testing

@testable import MpacPgw

/// Events between the core and several watchers, without a core.
@Suite(.timeLimit(.minutes(1)))
struct AttemptFeedTests {
    private final class Cursor {}

    private func event(_ kind: PaymentEvent.Kind, _ name: String) -> PaymentEvent {
        PaymentEvent(
            attemptID: "a", paymentIntentID: "pi_a", method: .cash, name: name, replayed: false,
            kind: kind)
    }

    private var restored: PaymentEvent { event(.connectionRestored, "connection_restored") }
    private var success: PaymentEvent { event(.paymentSuccess, "payment_success") }

    private func name(_ step: AttemptFeed.Step) -> String {
        switch step {
        case .event(let event): event.name
        case .end: "end"
        case .wait: "wait"
        }
    }

    private func walk(_ feed: AttemptFeed, _ cursor: Cursor, _ steps: Int) -> [String] {
        (0..<steps).map { _ in name(feed.step(ObjectIdentifier(cursor))) }
    }

    @Test func everyOpenStreamGetsEveryEvent() {
        let (feed, one, two) = (AttemptFeed(listener: nil), Cursor(), Cursor())
        #expect(walk(feed, one, 1) + walk(feed, two, 1) == ["wait", "wait"])
        #expect(feed.deliver(restored))
        #expect(walk(feed, one, 2) == ["connection_restored", "wait"])
        #expect(walk(feed, two, 2) == ["connection_restored", "wait"])
    }

    @Test func whatOneStreamWasHandedALaterOneDoesNotGet() {
        let (feed, one, two) = (AttemptFeed(listener: nil), Cursor(), Cursor())
        #expect(feed.deliver(restored))
        #expect(walk(feed, one, 1) == ["connection_restored"])
        feed.leave(ObjectIdentifier(one))
        #expect(feed.deliver(restored))
        #expect(walk(feed, two, 2) == ["connection_restored", "wait"])
    }

    @Test func theFinalEventStaysOnOfferUntilALoopHasEnded() {
        let (feed, one, two, three) = (AttemptFeed(listener: nil), Cursor(), Cursor(), Cursor())
        #expect(!feed.deliver(success), "nobody watches")
        #expect(walk(feed, one, 1) == ["payment_success"])
        feed.leave(ObjectIdentifier(one))
        #expect(!feed.deliver(success), "the loop was left on the final event")
        #expect(walk(feed, two, 2) == ["payment_success", "end"])
        #expect(feed.deliver(success))
        #expect(walk(feed, three, 2) == ["payment_success", "end"], "however late")
    }

    @Test func theFinalEventWaitsForWhoeverHoldsTheAttempt() async {
        let feed = AttemptFeed(listener: nil)
        feed.hold()
        feed.hold()
        let success = success
        let delivery = Task { await offload { feed.deliver(success) } }
        await published(feed)
        feed.release()
        feed.accept()
        #expect(await delivery.value)

        let dropped = AttemptFeed(listener: nil)
        dropped.hold()
        let inVain = Task { await offload { dropped.deliver(success) } }
        await published(dropped)
        dropped.release()
        #expect(await !inVain.value)
    }

    /// Waits until the final event is on offer.
    private func published(_ feed: AttemptFeed) async {
        while true {
            let now = feed.now
            if now.final != nil { return }
            await feed.changed(since: now.version)
        }
    }

    @Test func aFeedNobodyWatchesKeepsTheLatestEvents() {
        let (feed, cursor) = (AttemptFeed(listener: nil), Cursor())
        for _ in 0..<1000 { #expect(feed.deliver(restored)) }
        #expect(!feed.deliver(success))
        let heard = walk(feed, cursor, 257)
        #expect(heard[0...254].allSatisfy { $0 == "connection_restored" })
        #expect(heard[255...] == ["payment_success", "end"])
    }

    @Test func closingEndsEveryStream() async {
        let (feed, cursor) = (AttemptFeed(listener: nil), Cursor())
        guard case .wait(let version) = feed.step(ObjectIdentifier(cursor)) else {
            Issue.record("there was something to hear")
            return
        }
        let sleeping = Task { await feed.changed(since: version) }
        feed.close()
        await sleeping.value
        #expect(walk(feed, cursor, 1) == ["end"])
        #expect(!feed.deliver(success))
    }

    /// Shuts its terminal down from within, and only then returns.
    private struct Closing: PaymentListener {
        let close: @Sendable () -> Void

        func paymentEvent(_ event: PaymentEvent) async throws {
            close()
            try await Task.sleep(for: .seconds(3600))
        }
    }

    @Test func aListenerThatShutsDownDoesNotWaitForItself() async throws {
        let box = Locked<AttemptFeed?>(nil)
        let feed = AttemptFeed(listener: Closing { box.withLock { $0 }?.close() })
        box.withLock { $0 = feed }
        let success = success
        let accepted = try await within(.seconds(20)) {
            await offload { feed.deliver(success) }
        }
        #expect(!accepted)
    }
}
