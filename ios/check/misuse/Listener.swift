// A listener is told from another thread.
import MpacPgw

final class Till: PaymentListener {
    var last: PaymentEvent?  // error: of 'Sendable'-conforming class 'Till' is mutable

    func onEvent(event: PaymentEvent) { last = event }
}
