package com.mpac.pgw

import kotlin.time.Instant

/** Where an attempt stands: what an app shows. */
public sealed interface PaymentState {
    /** The gateway is being asked. There is nothing to show yet but progress. */
    public data object Confirming : PaymentState

    /**
     * The customer is to scan a code.
     *
     * @property qr the code to show.
     */
    public data class AwaitingCustomer(
        public val qr: QrCode,
    ) : PaymentState

    /**
     * The card app has the payment. To launch it, wait for [PaymentEvent.CardAppRequested]: this
     * state also holds after a restart, when the card app may have charged the card already. What to
     * do then is told at [PaymentTerminal].
     *
     * @property request what was asked of the card app.
     */
    public data class AwaitingCardApp(
        public val request: CardRequest,
    ) : PaymentState

    /** The customer has done their part, and the provider works on the payment. */
    public data object Processing : PaymentState

    /**
     * The outcome is not known at the moment: the payment may or may not have happened. The SDK
     * keeps asking.
     *
     * @property since since when.
     * @property cause why.
     */
    public data class Verifying(
        public val since: Instant,
        public val cause: UncertaintyCause,
    ) : PaymentState

    /**
     * There is a result. All but [PaymentResult.Unresolved] are final.
     *
     * @property result the result.
     */
    public data class Finished(
        public val result: PaymentResult,
    ) : PaymentState
}
