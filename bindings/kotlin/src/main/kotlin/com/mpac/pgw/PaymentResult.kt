package com.mpac.pgw

/** How an attempt ended. Only a status from the gateway, or the card app's own word, ends one. */
public sealed interface PaymentResult {
    /** Whether nothing can change this result any more: all but [Unresolved]. */
    public val isFinal: Boolean get() = this !is Unresolved

    /** Paid: the gateway says so. */
    public data object Succeeded : PaymentResult

    /**
     * Not paid.
     *
     * @property code what kind of failure, for programs.
     * @property reason what happened, for people; in English and free of secrets.
     * @property canRetry whether the same payment token can be used for another attempt.
     */
    public data class Failed(
        public val code: FailureCode,
        public val reason: String,
        public val canRetry: Boolean,
    ) : PaymentResult

    /**
     * Not paid, because it was withdrawn.
     *
     * @property by by whom.
     */
    public data class Cancelled(
        public val by: CancelledBy,
    ) : PaymentResult

    /**
     * Not known. Never treat this as failed: the customer may have been charged. The attempt stays
     * in the journal, is still asked about, and ends in another result once that is known.
     *
     * @property cause why it is not known.
     * @property nextStep what the staff should do now.
     */
    public data class Unresolved(
        public val cause: UncertaintyCause,
        public val nextStep: NextStep,
    ) : PaymentResult
}

/** What kind of failure it was. Later versions may add some: keep an `else`. */
public enum class FailureCode {
    /** The gateway or its provider reports the payment as failed. */
    PAYMENT_FAILED,

    /**
     * The gateway refused the request before anything happened; the reason holds its own words
     * (guide, *Error Handling*).
     */
    GATEWAY_REFUSED,

    /**
     * The wallet would not charge the code that the customer showed: it was used before, has
     * expired, or the balance is not enough. Nothing was charged. Ask the customer for a fresh code,
     * or for another way to pay; the reason holds the gateway's own words.
     */
    CUSTOMER_CODE_REFUSED,

    /** The card was declined. */
    CARD_DECLINED,

    /** The card app could not take the payment, and charged nothing. */
    CARD_APP_ERROR,

    /** This terminal could not write its journal, so nothing was started. */
    STORAGE_UNAVAILABLE,
}

/** Who withdrew a payment. Later versions may add some: keep an `else`. */
public enum class CancelledBy {
    /** This terminal, through [PaymentAttempt.cancel]. */
    TERMINAL,

    /** The customer or the staff, in the card app. */
    CARD_APP,

    /** The merchant's back end, or the gateway itself. */
    GATEWAY,

    /** Nobody paid in time. */
    EXPIRY,
}

/** Why an outcome is not known. Later versions may add some: keep an `else`. */
public enum class UncertaintyCause {
    /** The gateway cannot be reached. */
    CONNECTION_LOST,

    /** The gateway answers with a server error. */
    GATEWAY_ERROR,

    /** The gateway wants to be asked less often. */
    RATE_LIMITED,

    /** The answer is not one a gateway gives: a proxy or a captive portal may be in between. */
    INVALID_RESPONSE,

    /**
     * The gateway's answers contradict each other, or what is known: another amount, another
     * currency, or another payment's id.
     */
    CONTRADICTORY_ANSWER,

    /** The payment's time is over, and the gateway still names no final status. */
    NO_FINAL_STATUS,

    /** The card app has not answered. The card may have been charged. */
    CARD_APP_SILENT,

    /** The card **was charged**, but the gateway would not record it. */
    CARD_CHARGED_NOT_RECORDED,

    /**
     * The card **was charged**, and the gateway says that the payment was paid by card, but not
     * whether it was by this charge. Compare its approval code with the card app's.
     */
    CARD_CHARGE_NOT_MATCHED,
}

/** What the staff should do about an unresolved payment. */
public enum class NextStep {
    /** Get the terminal back on line; the result follows by itself. */
    CHECK_NETWORK,

    /** Look the payment up at the gateway before taking the money again. */
    CHECK_WITH_GATEWAY,

    /** Look in the card app whether the card was charged. */
    CHECK_CARD_APP,

    /**
     * Refund the charge in the card app, or settle it by hand; then call
     * [PaymentAttempt.acknowledge].
     */
    REFUND_IN_CARD_APP,
}

/** The answer to [PaymentAttempt.cancel]. */
public enum class CancelOutcome {
    /** The payment is withdrawn and can no longer be paid. */
    CANCELLED,

    /** Too late: it is paid. Treat it as the success that it is. */
    ALREADY_SUCCEEDED,

    /** It cannot be cancelled now, and goes on. */
    NOT_CANCELLABLE,

    /** The gateway has not answered yet. The SDK keeps trying; the final event tells. */
    UNKNOWN,
}

/** The answer to [PaymentAttempt.switchMethod]. */
public enum class SwitchOutcome {
    /** The attempt goes on with the new method; the old code is withdrawn as part of it. */
    SWITCHING,

    /**
     * The attempt cannot change its method now: its outcome is being found out, the card app has
     * it, or it is over. Nor to a card, nor to a method that the PaymentIntent does not allow.
     */
    NOT_SWITCHABLE,
}
