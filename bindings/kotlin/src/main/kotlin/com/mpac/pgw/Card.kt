package com.mpac.pgw

import com.mpac.pgw.internal.CardMessages
import kotlin.time.Instant

/**
 * What MPACCreditCard is asked to do: version 1 of the hand-off contract (guide, *Credit Card
 * (External via MPACCreditCard)*). It never holds the payment token.
 *
 * @property version the contract version, 1.
 * @property attemptId the attempt that waits for the result.
 * @property nonce 128 random bits in hex, for one use: the result has to repeat them.
 * @property paymentIntentId the PaymentIntent, `pi_…`.
 * @property amount in minor units of [currency]: yen for JPY.
 * @property currency ISO 4217, such as `JPY`.
 * @property merchantStoreId the store, where the PaymentIntent names one.
 * @property merchantTerminalId the terminal, where the PaymentIntent names one.
 * @property expiresAt the card is not to be charged after this: the gateway would not record it.
 */
public data class CardRequest(
    public val version: Int,
    public val attemptId: String,
    public val nonce: String,
    public val paymentIntentId: String,
    public val amount: Long,
    public val currency: String,
    public val merchantStoreId: String?,
    public val merchantTerminalId: String?,
    public val expiresAt: Instant,
) {
    /**
     * The JSON to hand to the card app.
     *
     * @throws TerminalException.InvalidArgument when the request was made by hand, with an amount,
     *   a currency or an id that there is not.
     */
    public fun toJson(): String = CardMessages.toJson(this)

    /**
     * The URL that opens the card app with this request, where the hand-off is by URL, as on iOS.
     * It holds the nonce: don't log it, and open it once.
     *
     * @param callback the app's own URL, such as `myapp://mpac-card-result`. The card app returns
     *   to it with the result added, for [CardResult.fromUrl].
     * @throws TerminalException.InvalidArgument when the card app cannot return to [callback], or
     *   when the request was made by hand, with an amount, a currency or an id that there is not.
     */
    public fun toUrl(callback: String): String = CardMessages.toUrl(this, callback)

    /**
     * The result to hand in when it is **certain** that no card was charged: the card app could not
     * be launched, or its own history does not have [attemptId]. An app that only does not know
     * hands in nothing, and the attempt goes on waiting.
     *
     * @param reason what happened, for people.
     */
    public fun notCharged(reason: String): CardResult =
        CardResult(version, attemptId, nonce, CardOutcome.ERROR, amount, currency, reason = reason)

    /** Without the nonce, which proves that a result is genuine. */
    override fun toString(): String =
        "CardRequest(attemptId=$attemptId, paymentIntentId=$paymentIntentId, amount=$amount, " +
            "currency=$currency, expiresAt=$expiresAt)"
}

/** What became of the card. */
public enum class CardOutcome {
    /** The card was charged. */
    APPROVED,

    /** The issuer or the card said no. */
    DECLINED,

    /** The customer or the staff gave up in the card app. */
    CANCELLED,

    /** The card app could not take the payment, and charged nothing. */
    ERROR,
}

/**
 * What MPACCreditCard answers, for [PaymentTerminal.completeCardPayment].
 *
 * However it is made, the SDK keeps and sends no card's number of it: one in [approvalCode] or
 * [reason] is masked but for its last four digits, one in [cardBrand] is left out. A brand or an
 * approval code of which nothing is left becomes `UNKNOWN`.
 *
 * @property version the contract version, 1.
 * @property attemptId from the request.
 * @property nonce from the request.
 * @property outcome what became of the card.
 * @property amount as charged, in minor units of [currency].
 * @property currency as charged, ISO 4217.
 * @property approvalCode when approved. Goes to the gateway as `external_ref_id`, in at
 *   most 255 characters.
 * @property cardBrand when approved, such as `VISA`. Goes to the gateway as `provider`, in at
 *   most 32 letters, digits, spaces, `_`, `-` and `.`.
 * @property maskedPan a mask that ends in at most the last four digits of the card number.
 * @property reason why it was not approved, for people.
 * @property processedAt when the card app finished, by its clock.
 */
public data class CardResult(
    public val version: Int,
    public val attemptId: String,
    public val nonce: String,
    public val outcome: CardOutcome,
    public val amount: Long,
    public val currency: String,
    public val approvalCode: String? = null,
    public val cardBrand: String? = null,
    public val maskedPan: String? = null,
    public val reason: String? = null,
    public val processedAt: Instant? = null,
) {
    /** Without the nonce and the card's data. */
    override fun toString(): String = "CardResult(attemptId=$attemptId, outcome=$outcome)"

    /** Reads results. */
    public companion object {
        /**
         * Reads the JSON that the card app returned, in every spelling that means the same. Members
         * that only inform ([maskedPan], [reason], [processedAt]) refuse no result.
         *
         * @throws TerminalException.CardResultRefused when it is not JSON of contract version 1.
         */
        public fun fromJson(json: String): CardResult = CardMessages.fromJson(json)

        /**
         * Reads the URL with which the card app returned.
         *
         * A URL without a result is refused, also where the card app calls it a cancel: whether the
         * card was charged is then not known, and the attempt goes on waiting.
         *
         * @throws TerminalException.CardResultRefused when it holds no result of contract version 1.
         */
        public fun fromUrl(url: String): CardResult = CardMessages.fromUrl(url)
    }
}
