package com.mpac.pgw

import kotlinx.coroutines.flow.Flow
import kotlinx.coroutines.flow.StateFlow

/**
 * One attempt to take a payment. It goes on whether or not anyone holds or watches it.
 *
 * **The final event is kept until the app has it.** It counts as accepted when
 * - the block that collects [events] has returned normally for it, or ended the collection with it,
 *   as `first` does; or
 * - [await] has returned its result; or
 * - for an attempt that was started with a [PaymentListener]: when the listener has returned
 *   normally, and in no other way.
 *
 * Until then the event stays in the journal, waits for the next collector, and comes again after a
 * restart from [PaymentTerminal.recoverPending]. Once it is accepted, the attempt leaves the journal:
 * within moments, and before [PaymentTerminal.close] returns. Reading [state] accepts nothing. An
 * operator such as `buffer`, `flowOn` or `shareIn` accepts an event as soon as it has taken it.
 *
 * Everything may be called from any thread. It is an interface so that an app's own tests can
 * replace it; new members may come with any version.
 */
public interface PaymentAttempt {
    /** The attempt's id, the same after a restart. */
    public val id: String

    /** The PaymentIntent, `pi_…`. */
    public val paymentIntentId: String

    /** Where the attempt stands, for the screen. It changes on a thread of the SDK. */
    public val state: StateFlow<PaymentState>

    /**
     * What happens, in order; completes after the final event, and after [acknowledge].
     *
     * A collector gets what no collector has had yet, and then every event as it happens; events
     * wait while there is no collector. With several collectors at a time, each gets every event
     * from its start on. An event is not repeated to a later collector, so that no card app is
     * launched twice; but the final one is, to every collector. [state] shows what is true now.
     *
     * @throws TerminalException.Closed into the collector, when the terminal is closed before the
     *   final event.
     */
    public val events: Flow<PaymentEvent>

    /**
     * Waits for a result. It may be [PaymentResult.Unresolved], which is not final: show its next
     * step, and go on watching [state] or [events].
     *
     * @throws TerminalException.Closed when the terminal is closed before there is one.
     */
    public suspend fun await(): PaymentResult

    /**
     * Asks the gateway to withdraw the payment, and reports what happened: it may have been paid in
     * the meantime. Takes at most twice the request timeout. The request goes on when the waiting
     * coroutine is cancelled.
     */
    public suspend fun cancel(): CancelOutcome

    /**
     * Lets the customer pay another way than by the code on show: by another wallet's code, by a
     * code that the customer shows, or in cash (guide, *Payment Flow by Method*). The old code is
     * withdrawn as part of it; if it was paid in the last moment, that payment wins. The events of
     * this attempt tell. When the new method is refused, [PaymentEvent.SwitchRefused] says why,
     * [PaymentEvent.QrReady] brings a code back, and the attempt goes on with that.
     *
     * A card cannot be switched to, since its app charges before the gateway hears of it. Takes at
     * most one request. The switch goes on when the waiting coroutine is cancelled.
     *
     * @throws TerminalException.InvalidArgument when the method names no possible provider or
     *   customer's code; then nothing has changed.
     * @throws TerminalException.Storage when the switch could not be written down; then nothing has
     *   changed either, and the code on show still counts.
     */
    public suspend fun switchMethod(method: PaymentMethod): SwitchOutcome

    /** Asks the gateway at once: for when the app is back in the foreground. Returns at once. */
    public fun pollNow()

    /**
     * Says that the staff has settled a [PaymentResult.Unresolved] by hand: the attempt is asked
     * about no more and leaves the journal. Does nothing to any other attempt.
     *
     * @return whether the attempt was unresolved.
     */
    public suspend fun acknowledge(): Boolean
}
