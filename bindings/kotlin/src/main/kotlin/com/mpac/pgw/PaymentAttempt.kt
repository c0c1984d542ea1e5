package com.mpac.pgw

import kotlinx.coroutines.flow.Flow
import kotlinx.coroutines.flow.StateFlow
import kotlin.time.Duration

/**
 * One attempt to take a payment. It goes on whether or not anyone holds or watches it.
 *
 * **Store the outcome, then [acknowledge] it.** Until then it stays in the journal, and comes again
 * from [PaymentTerminal.recoverPending]: also one that was stored, when the app was killed just
 * after. Book the money under [paymentIntentId] and not under [id], so that it counts once: another
 * attempt for a PaymentIntent that is paid ends as [PaymentResult.Succeeded] too.
 *
 * Everything may be called from any thread. It is an interface so that an app's own tests can
 * replace it; new members may come with any version.
 */
public interface PaymentAttempt {
    /** The attempt's id, the same after a restart. */
    public val id: String

    /** The PaymentIntent, `pi_…`. */
    public val paymentIntentId: String

    /**
     * Where the attempt stands: all that a screen needs, also one that was made anew. It changes on
     * a thread of the SDK, and stays as it is after [acknowledge] and [PaymentTerminal.close].
     */
    public val state: StateFlow<PaymentState>

    /** Whether the gateway answers. It changes as [state] does; nothing is decided by it. */
    public val connection: StateFlow<ConnectionState>

    /** What is known of the payment by now, for a screen: amount, method, times. */
    public val facts: PaymentFacts

    /**
     * How long the code on show can still be paid, by the gateway's clock. Null where none is on show,
     * or it is not known. Zero until the next code comes, which takes a poll; up to a minute where the
     * code was good for less than that.
     */
    public fun remaining(): Duration?

    /**
     * What happens, in order. Each event is handed out once, to one collector; what nobody has taken
     * waits. So no card app is launched twice, and a screen that is made anew goes on where the last
     * one has stopped. An operator such as `buffer` or `shareIn` takes events ahead of its collector.
     *
     * Completes after the final event, after [acknowledge] of an unresolved attempt, and when the
     * terminal is closed. Of what nobody takes at all, the latest 256 are kept.
     */
    public val events: Flow<PaymentEvent>

    /**
     * Waits until [state] is [PaymentState.Finished]. The result may be [PaymentResult.Unresolved],
     * which is not final: show its next step, and go on watching [state] or [events].
     *
     * @throws kotlinx.coroutines.CancellationException when the terminal is closed, or a reserved
     *   payment acknowledged, before there is a result: it ends the coroutine without an error.
     */
    public suspend fun await(): PaymentResult

    /**
     * Asks the gateway to withdraw the payment, and reports what happened: it may have been paid in
     * the meantime. What was never sent is cancelled at once, also without a connection. Otherwise it
     * takes about a second after the connection fails, and three at most, until the answer is
     * [CancelOutcome.QUEUED]: the outcome then comes as an event. The request goes on when the waiting
     * coroutine is cancelled. After [PaymentTerminal.close] nothing is cancelled, and the answer is
     * [CancelOutcome.NOT_CANCELLABLE].
     *
     * A payment that the card app has is ended there, or, where it is certain that no card was charged,
     * by handing in [notCharged].
     */
    public suspend fun cancel(): CancelOutcome

    /**
     * Lets the customer pay another way than by the code on show: by another wallet's code, by a
     * code that the customer shows, or in cash (guide, *Payment Flow by Method*). The old code is
     * withdrawn as part of it; if it was paid in the last moment, that payment wins. The events of
     * this attempt tell. When the new method is refused, [PaymentEventKind.SwitchRefused] says why,
     * [PaymentEventKind.QrReady] brings a code back, and the attempt goes on with that.
     *
     * A card cannot be switched to, since its app charges before the gateway hears of it. Takes at
     * most one request. The switch goes on when the waiting coroutine is cancelled.
     *
     * @throws TerminalException with [TerminalError.InvalidArgument] when the method names no possible provider or
     *   customer's code; then nothing has changed.
     * @throws TerminalException with [TerminalError.Storage] when the switch could not be written down; then nothing has
     *   changed either, and the code on show still counts.
     * @throws TerminalException with [TerminalError.ShutDown] after [PaymentTerminal.close].
     */
    public suspend fun switchMethod(method: PaymentMethod): SwitchOutcome

    /** Asks the gateway at once: for when the app is back in the foreground. Returns at once. */
    public fun pollNow()

    /**
     * Says that the outcome is the app's to remember now: call it once the app has stored it. The
     * outcome is a final result; or a [PaymentResult.Unresolved] that the staff has settled by hand, or
     * [PaymentState.Authorized], which are then asked about no more.
     *
     * What [state] shows when this is called is let go of, and nothing that is found out meanwhile. Takes
     * one file operation; for an unresolved attempt it may also take one request. It goes on when the
     * waiting coroutine is cancelled. Calling it again does no harm.
     *
     * @return whether the attempt has left the journal: not without an outcome, nor where the disk
     *   does not let it, nor after [PaymentTerminal.close].
     */
    public suspend fun acknowledge(): Boolean
}
