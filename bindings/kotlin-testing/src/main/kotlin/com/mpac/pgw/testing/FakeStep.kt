package com.mpac.pgw.testing

import com.mpac.pgw.CancelledBy
import com.mpac.pgw.FailureCode
import com.mpac.pgw.NextStep
import com.mpac.pgw.PaymentEventKind
import com.mpac.pgw.PaymentIntentStatus
import com.mpac.pgw.QrCode
import com.mpac.pgw.Secret
import com.mpac.pgw.UncertaintyCause
import java.util.Date

/** One step of what happens to a payment. */
public sealed class FakeStep {
    /**
     * The attempt tells this event.
     *
     * @property kind any event.
     */
    public data class Event(
        public val kind: PaymentEventKind,
    ) : FakeStep()

    /** `card_app_requested`, with a request for this very attempt. */
    public data object CardAppRequested : FakeStep()

    /** `payment_success`, for what this very attempt was to pay. */
    internal data object Succeed : FakeStep()

    /** Nothing more happens before [FakePaymentTerminal.proceed]. */
    public data object Wait : FakeStep()

    /** The usual steps. */
    public companion object {
        /** `qr_ready`: a code to show. */
        public fun qrReady(
            content: String = "https://qr.example/fake",
            provider: String = "PAYPAY",
            expiresAt: Date? = null,
        ): FakeStep = Event(PaymentEventKind.QrReady(QrCode(Secret(content), expiresAt, provider)))

        /** `status_changed`. */
        public fun status(status: PaymentIntentStatus): FakeStep =
            Event(PaymentEventKind.StatusChanged(status))

        /** `connection_lost`. */
        public fun connectionLost(
            cause: UncertaintyCause = UncertaintyCause.CONNECTION_LOST,
        ): FakeStep = Event(PaymentEventKind.ConnectionLost(cause))

        /** `connection_restored`. */
        public fun connectionRestored(): FakeStep = Event(PaymentEventKind.ConnectionRestored)

        /** `payment_authorized`: the money is reserved. */
        public fun authorize(): FakeStep = Event(PaymentEventKind.PaymentAuthorized)

        /** `payment_success`. */
        public fun succeed(): FakeStep = Succeed

        /** `payment_failed`. */
        public fun fail(
            code: FailureCode,
            reason: String = "as the test wants it",
            canRetry: Boolean = true,
            providerReason: String? = null,
        ): FakeStep = Event(PaymentEventKind.PaymentFailed(code, reason, providerReason, canRetry))

        /** `payment_cancelled`. */
        public fun cancel(by: CancelledBy): FakeStep = Event(PaymentEventKind.PaymentCancelled(by))

        /** `payment_unresolved`. The attempt goes on. */
        public fun unresolved(cause: UncertaintyCause, nextStep: NextStep): FakeStep =
            Event(PaymentEventKind.PaymentUnresolved(cause, nextStep))
    }
}
