package com.mpac.creditcard.contract

import android.app.Activity
import android.content.Intent
import org.json.JSONException
import org.json.JSONObject
import java.util.Date

/**
 * What became of the card. [ChargeBook.finish] writes it down; then tell it:
 *
 * ```
 * private fun tell(request: CardRequest, answer: CardAnswer) {
 *     answer.replyTo(this, request)
 *     finish()
 * }
 * ```
 *
 * An app that does not know whether the card was charged tells nothing: it finishes without a result.
 *
 * No text here keeps or sends a card's number: it is masked but for its last four digits.
 *
 * @property processedAt when the card app was done.
 */
public sealed class CardAnswer(
    internal val outcome: String,
    reason: String?,
    public val processedAt: Date,
) {
    /** Why the card was not charged, for people. */
    public val reason: String? = reason?.let(CardNumbers::redact)

    /**
     * The card was charged with the amount of the request.
     *
     * @param approvalCode what the acquirer calls the charge: the merchant finds it by this.
     * @property cardBrand such as `VISA`.
     * @param maskedPan the card's number; its last four digits are kept.
     */
    public class Approved
        @JvmOverloads
        constructor(
            approvalCode: String,
            public val cardBrand: String,
            maskedPan: String? = null,
            processedAt: Date = Date(),
        ) : CardAnswer(APPROVED, null, processedAt) {
            init {
                require(approvalCode.isNotBlank()) { "an approval has an approval code" }
                require(cardBrand.isNotBlank()) { "an approval has a card brand" }
            }

            /** What the acquirer calls the charge. */
            public val approvalCode: String = CardNumbers.redact(approvalCode)

            /** A mask that ends in at most the card number's last four digits. */
            public val maskedPan: String? = maskedPan?.let(CardNumbers::mask)
        }

    /** The issuer or the card has said no. */
    public class Declined
        @JvmOverloads
        constructor(
            reason: String? = null,
            processedAt: Date = Date(),
        ) : CardAnswer(DECLINED, reason, processedAt)

    /** The customer or the staff has given up before the card was charged. */
    public class Cancelled
        @JvmOverloads
        constructor(
            reason: String? = null,
            processedAt: Date = Date(),
        ) : CardAnswer(CANCELLED, reason, processedAt)

    /** The card app could not take the payment, and has charged **nothing for certain**. */
    public class Error
        @JvmOverloads
        constructor(
            reason: String,
            processedAt: Date = Date(),
        ) : CardAnswer(ERROR, reason, processedAt)

    /**
     * The JSON of the contract, for [EXTRA_RESULT], signed where the request asks for that. It holds the
     * request's secret: don't log it.
     *
     * @throws java.security.ProviderException when it is to be signed and the key cannot do that now:
     *   finish without a result, and the terminal will ask again. So for the calls below.
     */
    public fun toJson(request: CardRequest): String {
        val members =
            members()
                .put("attempt_id", request.attemptId)
                .put("nonce", request.nonce)
                .put("amount", request.amount)
                .put("currency", request.currency)
        val signer = request.signer ?: return "${members.put("version", CONTRACT_VERSION)}"
        members.put("version", SIGNED_CONTRACT_VERSION)
        return "${members.put("signature", signer.sign(members))}"
    }

    /** What to hand to [Activity.setResult], with `RESULT_OK`. */
    public fun toIntent(request: CardRequest): Intent =
        Intent().putExtra(EXTRA_RESULT, toJson(request))

    /** Makes this the activity's result. */
    public fun replyTo(activity: Activity, request: CardRequest): Unit =
        activity.setResult(Activity.RESULT_OK, toIntent(request))

    /** What is the answer's own, and is kept. */
    internal fun members(): JSONObject {
        val approved = this as? Approved
        return JSONObject()
            .put("outcome", outcome)
            .putOpt("approval_code", approved?.approvalCode)
            .putOpt("card_brand", approved?.cardBrand?.let(CardNumbers::redact))
            .putOpt("masked_pan", approved?.maskedPan)
            .putOpt("reason", reason)
            .put("processed_at", Timestamps.format(processedAt))
    }

    override fun toString(): String = "CardAnswer($outcome)"

    internal companion object {
        private const val APPROVED = "approved"
        private const val DECLINED = "declined"
        private const val CANCELLED = "cancelled"
        private const val ERROR = "error"

        /** @throws JSONException when it is not what [members] writes. */
        fun of(members: JSONObject): CardAnswer {
            val at =
                Timestamps.parse(members.opt("processed_at")) ?: throw JSONException("processed_at")
            val text = { name: String -> if (members.has(name)) members.getString(name) else null }
            val reason = text("reason")
            return when (members.getString("outcome")) {
                APPROVED ->
                    Approved(
                        members.getString("approval_code"),
                        members.getString("card_brand"),
                        text("masked_pan"),
                        at,
                    )
                DECLINED -> Declined(reason, at)
                CANCELLED -> Cancelled(reason, at)
                ERROR -> Error(reason.orEmpty(), at)
                else -> throw JSONException("outcome")
            }
        }
    }
}
