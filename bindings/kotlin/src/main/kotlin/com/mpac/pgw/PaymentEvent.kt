package com.mpac.pgw

/**
 * Where an event comes from.
 *
 * @property attemptId the attempt, the same after a restart.
 * @property paymentIntentId the PaymentIntent, `pi_…`.
 * @property method how the customer pays.
 * @property replayed whether the app may have had this event before, and
 *   [PaymentTerminal.recoverPending] has brought it back.
 */
public data class EventOrigin(
    public val attemptId: String,
    public val paymentIntentId: String,
    public val method: PaymentMethodType,
    public val replayed: Boolean,
)

/**
 * One event of an attempt. Later versions may add some: keep an `else`.
 *
 * @property name the stable name, the same in every language, such as `payment_success`.
 */
public sealed class PaymentEvent(
    public val name: String,
) {
    /** Where it comes from. */
    public abstract val origin: EventOrigin

    /** The attempt, the same after a restart. */
    public val attemptId: String get() = origin.attemptId

    /** The PaymentIntent, `pi_…`. */
    public val paymentIntentId: String get() = origin.paymentIntentId

    /** How the customer pays. */
    public val method: PaymentMethodType get() = origin.method

    /** Whether the app may have had this event before, and it was brought back. */
    public val replayed: Boolean get() = origin.replayed

    /** The result that this event brings, if it brings one. */
    public open val result: PaymentResult? get() = null

    /** Whether the attempt is over with this event. */
    public val isFinal: Boolean get() = result?.isFinal == true

    /**
     * `qr_ready`: show this code. A later one replaces it.
     *
     * @property qr the code to show.
     */
    public data class QrReady(
        override val origin: EventOrigin,
        public val qr: QrCode,
    ) : PaymentEvent("qr_ready")

    /**
     * `card_app_requested`: launch MPACCreditCard with this request, once (guide, *Credit Card*).
     *
     * @property request what to hand over.
     */
    public data class CardAppRequested(
        override val origin: EventOrigin,
        public val request: CardRequest,
    ) : PaymentEvent("card_app_requested")

    /**
     * `status_changed`: the gateway reports another status (guide, *PaymentIntent Status Flow*).
     *
     * @property status the status now.
     */
    public data class StatusChanged(
        override val origin: EventOrigin,
        public val status: PaymentIntentStatus,
    ) : PaymentEvent("status_changed")

    /**
     * `switch_refused`: the method of [PaymentAttempt.switchMethod] is not taken, and the attempt
     * goes on as before. [QrReady] follows, with the code to pay by.
     *
     * @property code what kind of refusal, for programs.
     * @property reason what happened, for people.
     */
    public data class SwitchRefused(
        override val origin: EventOrigin,
        public val code: FailureCode,
        public val reason: String,
    ) : PaymentEvent("switch_refused")

    /**
     * `connection_lost`: the gateway does not answer. Nothing is decided by that.
     *
     * @property cause why.
     */
    public data class ConnectionLost(
        override val origin: EventOrigin,
        public val cause: UncertaintyCause,
    ) : PaymentEvent("connection_lost")

    /** `connection_restored`: the gateway answers again. */
    public data class ConnectionRestored(
        override val origin: EventOrigin,
    ) : PaymentEvent("connection_restored")

    /** `payment_success`: paid. */
    public data class PaymentSuccess(
        override val origin: EventOrigin,
    ) : PaymentEvent("payment_success") {
        override val result: PaymentResult get() = PaymentResult.Succeeded
    }

    /**
     * `payment_failed`: not paid.
     *
     * @property result the failure.
     */
    public data class PaymentFailed(
        override val origin: EventOrigin,
        override val result: PaymentResult.Failed,
    ) : PaymentEvent("payment_failed")

    /**
     * `payment_cancelled`: not paid, because withdrawn.
     *
     * @property result by whom.
     */
    public data class PaymentCancelled(
        override val origin: EventOrigin,
        override val result: PaymentResult.Cancelled,
    ) : PaymentEvent("payment_cancelled")

    /**
     * `payment_unresolved`: not known, and never to be treated as failed. It is not final: the
     * attempt goes on being asked about.
     *
     * @property result why, and what the staff should do.
     */
    public data class PaymentUnresolved(
        override val origin: EventOrigin,
        override val result: PaymentResult.Unresolved,
    ) : PaymentEvent("payment_unresolved")
}

/** Receives the events of attempts, where a [PaymentAttempt.events] flow is not wanted. */
public fun interface PaymentListener {
    /**
     * Takes one event, on the executor that came with the listener. The events of an attempt come
     * one at a time and in order, and no more of them once the terminal is closed. A slow listener
     * delays nothing but its own events. It may call back into the SDK.
     *
     * Returning accepts nothing: store the outcome, then call [PaymentAttempt.acknowledge]. What this
     * throws goes to the thread's uncaught exception handler, and the next event comes all the same.
     */
    public fun onPaymentEvent(event: PaymentEvent)
}
