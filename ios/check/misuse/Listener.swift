// A listener is told from another thread.
import MpacPgw

final class Till: PaymentListener {
    var last: PaymentEvent?  // error: stored property 'last' of 'Sendable'-conforming class 'Till' is mutable

    func onEvent(event: PaymentEvent) { last = event }
}
