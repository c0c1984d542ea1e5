package com.mpac.pgw

import com.mpac.pgw.internal.GuardedLogSink
import com.mpac.pgw.internal.NativeTerminal
import com.mpac.pgw.internal.nativeOr
import java.util.concurrent.Executor

/**
 * A payment terminal: takes payments, and remembers them across restarts.
 *
 * **Open once.** One terminal for each data directory, for as long as the app runs: in the
 * `Application` or whatever outlives the screens. Before anything else, bring back what an earlier
 * process has left:
 *
 * ```
 * val terminal = PaymentTerminal.open(config)
 * for (attempt in terminal.recoverPending()) {
 *     launch { watch(attempt) }
 *     val state = attempt.state.value
 *     if (state is PaymentState.AwaitingCardApp) afterRestart(terminal, state.request)
 * }
 * ```
 *
 * **Watch, store, acknowledge.** Collect [PaymentAttempt.events] to act, such as to launch the card
 * app, and show [PaymentAttempt.state]. Store the outcome, then call [PaymentAttempt.acknowledge]:
 *
 * ```
 * attempt.events.collect { event -> act(event) }
 * store(attempt.paymentIntentId, attempt.await())
 * attempt.acknowledge()
 * ```
 *
 * Until then the outcome comes back from [recoverPending]. Nothing else accepts it: this may end with
 * its screen, and begin again with the next. The money is booked by the PaymentIntent, which is paid
 * once: each attempt that follows for it succeeds too. An app that prefers it passes a
 * [PaymentListener]. Call [PaymentAttempt.pollNow] when the app is back in the foreground.
 *
 * **Scanned codes.** A customer may show a code of the wallet's own instead of scanning one: scan
 * it, and confirm with [PaymentMethod.QrCpm], or switch to that while a code is on show. The wallet
 * is charged at once. After [FailureCode.CUSTOMER_CODE_EXPIRED] the same payment token takes a
 * fresh code; after a switch, [PaymentEventKind.SwitchRefused] comes instead, and a code to scan.
 *
 * **Card payments.** On [PaymentEventKind.CardAppRequested], launch MPACCreditCard with the request,
 * once, and give its answer to [completeCardPayment]. A card app that cannot be launched has
 * charged nothing: hand in [notCharged]. One that comes back without an answer may have
 * charged the card: hand in nothing. With [TerminalConfig.cardAppPublicKeys] only results count that the
 * card app has signed, and only [notCharged] needs no signature.
 *
 * An attempt that is still in [PaymentState.AwaitingCardApp] after a restart has no such event any
 * more. First ask the card app's own history for the attempt's id. If it has the attempt, hand in
 * its result. If it has not, and is not just taking the card, hand in [notCharged], or
 * launch the card app with the request of that state; with [TerminalConfig.cardAppPublicKeys] it has
 * to sign a result that says so, as anybody could say it else. If it cannot tell, wait: the attempt becomes
 * unresolved when its time is over.
 *
 * ```
 * when (val found = cardApp.find(request.attemptId)) {
 *     is Found.Finished -> terminal.completeCardPayment(found.result)
 *     is Found.Nothing -> terminal.completeCardPayment(request.notCharged("never begun"))
 *     is Found.NoAnswer -> {}
 * }
 * ```
 *
 * **Reserved.** With manual capture the merchant takes the money later, perhaps days later. On
 * [PaymentEventKind.PaymentAuthorized] the customer is done. Go on watching for the capture; or store
 * that it is reserved and call [PaymentAttempt.acknowledge]: nothing more is told then.
 *
 * **Unresolved** is neither paid nor failed. Show "not known yet, don't take the money again" and
 * the next step of [PaymentResult.Unresolved] to the staff, and go on watching: the outcome still
 * comes. After [NextStep.REFUND_IN_CARD_APP] it does not: [PaymentAttempt.acknowledge] ends the
 * attempt when the charge is settled.
 *
 * Everything may be called from any thread, the main thread included: what blocks runs on
 * `Dispatchers.IO`, [close] alone excepted. Cancelling a coroutine stops waiting, never a payment.
 *
 * It is an interface so that an app's own tests can replace it; new members may come with any
 * version.
 */
public interface PaymentTerminal : AutoCloseable {
    /**
     * Files of the journal that could not be read, by now. Each may stand for a payment: look it up in
     * the gateway's dashboard, then [settle][settleDamagedRecord] it. What was only locked is none of
     * them any more once it is opened.
     */
    public val damagedRecords: List<DamagedRecord>

    /**
     * Lets go of a damaged record, once the staff has found out what became of its payment and has set
     * that right by hand: its file is removed for good.
     *
     * @return whether there was one; the second time there is none.
     * @throws TerminalException with [TerminalError.Storage] while it is locked, as it may still be
     *   brought back, and when it cannot be removed.
     */
    public suspend fun settleDamagedRecord(attemptId: String): Boolean

    /**
     * Asks the gateway for the PaymentIntent of a token (guide, *Frontend SDK (payment_token)*).
     *
     * @param paymentToken `pi_…_secret_…`, from the merchant's back end.
     * @throws TerminalException with [TerminalError.InvalidPaymentToken] when it is not a payment token.
     * @throws TerminalException with [TerminalError.Gateway] when the gateway does not know it.
     * @throws TerminalException with [TerminalError.NoAnswer] when the gateway gives no usable answer.
     * @throws TerminalException with [TerminalError.InvalidConfiguration] when what answers is no gateway:
     *   [FailureCode.GATEWAY_MISCONFIGURED] has the sentence for it.
     */
    public suspend fun retrievePaymentIntent(paymentToken: String): PaymentIntent

    /**
     * Starts to take a payment, and returns at once (guide, *Payment Flow by Method*). What becomes
     * of it comes through [PaymentAttempt.events], [PaymentAttempt.state] and
     * [PaymentAttempt.await].
     *
     * The attempt is on disk when this returns, and before the gateway is asked for more than how the
     * PaymentIntent stands. Once this call has begun it is not cut short by a cancelled coroutine, so
     * that no payment runs without a handle.
     *
     * @param paymentToken `pi_…_secret_…`, from the merchant's back end.
     * @throws TerminalException with [TerminalError.InvalidPaymentToken] when it is not a payment token.
     * @throws TerminalException with [TerminalError.InvalidArgument] when the method names no possible provider or
     *   customer's code.
     * @throws TerminalException with [TerminalError.AttemptInProgress] when this PaymentIntent already has one.
     * @throws TerminalException with [TerminalError.Storage] when the attempt could not be written down.
     */
    public suspend fun confirmPayment(paymentToken: String, method: PaymentMethod): PaymentAttempt

    /**
     * As above, for an app that prefers a listener to [PaymentAttempt.events].
     *
     * @param executor runs the listener: one event at a time, the next one after it has returned. An
     *   event that it rejects is tried again with the next one.
     * @param listener is told every event.
     */
    public suspend fun confirmPayment(
        paymentToken: String,
        method: PaymentMethod,
        executor: Executor,
        listener: PaymentListener,
    ): PaymentAttempt

    /**
     * Takes the card app's answer, also after a restart and before [recoverPending] (guide, *Credit
     * Card*). Returns once the answer is on disk, which may take one request to the gateway; when
     * the waiting coroutine is cancelled, the answer is taken all the same.
     *
     * @throws TerminalException with [TerminalError.CardResultRefused] when it does not belong to a waiting attempt;
     *   then nothing has changed.
     * @throws TerminalException with [TerminalError.InvalidArgument], which names the member, when it was made by hand
     *   with an amount or a currency that there cannot be. `jpy` is one.
     */
    public suspend fun completeCardPayment(result: CardResult)

    /**
     * Brings back every attempt that was not acknowledged and is not running: each goes on where it
     * was, and its outcome comes again, as [PaymentEvent.replayed]. Those of this process that have
     * their final result are among them; for one that is running, see [attempt]. Call this once after
     * [open].
     *
     * No coroutine cuts it short once it has begun.
     *
     * @throws TerminalException with [TerminalError.Storage] when an attempt could not be resumed, also when all there is
     *   to bring back is locked: call this again once the device is unlocked.
     */
    public suspend fun recoverPending(): List<PaymentAttempt>

    /**
     * As above, for an app that prefers a listener to [PaymentAttempt.events].
     *
     * @param executor runs the listener: for each attempt one event at a time.
     * @param listener is told every event of every recovered attempt.
     */
    public suspend fun recoverPending(
        executor: Executor,
        listener: PaymentListener,
    ): List<PaymentAttempt>

    /**
     * What is running, or waits for [recoverPending], with what is known of each. It starts nothing
     * and asks nobody. What the gateway has to confirm first, an outcome or a code of an earlier process, is
     * [PaymentState.Confirming] until it has. After [close] it says how each stood then.
     */
    public fun attempts(): List<AttemptSummary>

    /**
     * The attempt of this process with that id, until it is acknowledged: for a screen that was made
     * anew, for a listener, or after [TerminalError.AttemptInProgress].
     */
    public fun attempt(id: String): PaymentAttempt?

    /**
     * Stops all attempts and releases the data directory. The journal keeps what is not acknowledged,
     * for [recoverPending]. [PaymentAttempt.events] completes, once it has handed out what waits;
     * [PaymentAttempt.await] is cancelled where there is no result.
     *
     * May be called from anywhere, also from within a collector or a listener. Blocks for up to half
     * a second where the executor runs a listener on a thread of the SDK, and for as long where the
     * disk does not come to the end of a write.
     */
    override fun close()

    /** Opens terminals. */
    public companion object {
        /**
         * Opens the terminal on its data directory, with a few file operations.
         *
         * @param vault seals what is kept on disk. Without one it lies there as plain JSON.
         * @throws TerminalException with [TerminalError.InvalidConfiguration] naming the field.
         * @throws TerminalException with [TerminalError.DirectoryInUse] when another terminal is open there.
         * @throws TerminalException with [TerminalError.Storage] when the data directory cannot be used.
         */
        public suspend fun open(config: TerminalConfig, vault: Vault? = null): PaymentTerminal =
            NativeTerminal.open(config, vault)

        /** How much is logged from now on. It is [LogLevel.WARN] until this is called. */
        public fun setLogLevel(level: LogLevel): Unit =
            nativeOr(Unit) { com.mpac.pgw.setLogLevel(level) }

        /**
         * Sends the SDK's messages, which hold no secrets, to [sink] from now on; without one to
         * logcat, under the tag `mpac-pgw`, or nowhere off Android.
         */
        public fun setLogSink(sink: LogSink?): Unit =
            nativeOr(Unit) { com.mpac.pgw.setLogSink(sink?.let(::GuardedLogSink)) }
    }
}
