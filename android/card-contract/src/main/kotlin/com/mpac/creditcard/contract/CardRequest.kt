package com.mpac.creditcard.contract

import android.content.Intent
import org.json.JSONException
import org.json.JSONObject
import java.util.Currency
import java.util.Date

/**
 * What a terminal asks of the card app. Each is for one charge.
 *
 * ```
 * override fun onCreate(savedInstanceState: Bundle?) {
 *     super.onCreate(savedInstanceState)
 *     try {
 *         val request = CardRequest.read(intent, signer)
 *         when (val begin = book.begin(request)) {
 *             is Begin.Begun -> charge(request)
 *             is Begin.Finished -> tell(request, begin.answer)
 *             is Begin.InProgress -> askTheAcquirer(request)
 *             is Begin.Withdrawn -> tell(request, CardAnswer.Error("too late"))
 *         }
 *     } catch (e: Exception) {
 *         Log.e(TAG, "nothing was charged", e)
 *         finish()
 *     }
 * }
 * ```
 *
 * @property attemptId what the charge is remembered by.
 * @property paymentIntentId the payment at the gateway, for the card app's records.
 * @property amount in minor units: 1500 is ¥1500, or $15.00. [ChargeBook] and [CardAnswer] repeat it.
 * @property currency ISO 4217.
 * @property merchantStoreId the store, where the merchant has named one.
 * @property merchantTerminalId the terminal, where the merchant has named one.
 * @property expiresAt charge nothing from this moment on. [ChargeBook.begin] looks at it.
 */
public class CardRequest private constructor(
    /** For whom answers are signed. */
    internal val signer: CardSigner?,
    public val attemptId: String,
    internal val nonce: String,
    public val paymentIntentId: String,
    public val amount: Long,
    public val currency: String,
    public val merchantStoreId: String?,
    public val merchantTerminalId: String?,
    public val expiresAt: Date,
) {
    /** Without the nonce, which is a secret of the terminal and the card app. */
    override fun toString(): String =
        "CardRequest(attemptId=$attemptId, paymentIntentId=$paymentIntentId, amount=$amount, " +
            "currency=$currency, expiresAt=$expiresAt)"

    /** Reads requests. */
    public companion object {
        /**
         * The request of an Intent with [ACTION_PAY] or [ACTION_FIND].
         *
         * It may have expired: an activity that Android has made anew reads it again, after it has
         * charged.
         *
         * Any app may send one. A card app that wants to know who asks checks its activity's
         * `callingPackage`, and that package's signature, before it charges: Android names the caller
         * that waits for the result, and nobody (null) where none waits.
         *
         * @param signer signs the answers, where the terminal asks for that. Without it, such a request
         *   is refused, before anything is charged: the terminal would not take the answer.
         * @throws CardRequestException when it is not one, or of another version. There is nothing to
         *   answer then: finish without a result.
         */
        @JvmStatic
        @JvmOverloads
        @Throws(CardRequestException::class)
        public fun read(intent: Intent?, signer: CardSigner? = null): CardRequest {
            // An Intent that cannot be unpacked asks nothing; below Android 13 one bad extra is enough.
            val json =
                runCatching { intent?.getStringExtra(EXTRA_REQUEST) }.getOrNull()
                    ?: refuse("request", "is not there, or cannot be unpacked")
            val members =
                try {
                    JSONObject(json)
                } catch (_: JSONException) {
                    refuse("request", "is not a JSON object")
                } catch (_: StackOverflowError) {
                    refuse("request", "is nested too deep")
                }
            // First: another version may have another form.
            val isSigned = members.opt("version") == SIGNED_CONTRACT_VERSION
            if (!isSigned && members.opt("version") != CONTRACT_VERSION) {
                refuse("version", "is neither $CONTRACT_VERSION nor $SIGNED_CONTRACT_VERSION")
            }
            if (isSigned && signer == null) {
                refuse("version", "asks for a signed answer, and there is no CardSigner")
            }
            return CardRequest(
                signer = signer.takeIf { isSigned },
                attemptId = members.text("attempt_id", ID),
                nonce = members.text("nonce", NONCE),
                paymentIntentId = members.text("payment_intent_id", ID),
                amount = members.amount(),
                currency = members.currency(),
                merchantStoreId = members.optionalText("merchant_store_id"),
                merchantTerminalId = members.optionalText("merchant_terminal_id"),
                expiresAt =
                    Timestamps.parse(members.opt("expires_at"))
                        ?: refuse("expires_at", "is not a moment such as 2025-12-08T10:30:00Z"),
            )
        }

        private fun JSONObject.text(field: String, form: Regex): String {
            val text = opt(field) as? String ?: refuse(field, "is not there, or no text")
            if (!form.matches(text)) refuse(field, "is not of the form $form")
            return text
        }

        private fun JSONObject.optionalText(field: String): String? {
            if (isNull(field)) return null
            return opt(field) as? String ?: refuse(field, "is no text")
        }

        private fun JSONObject.amount(): Long {
            val number = opt("amount")
            val amount = (number as? Long) ?: (number as? Int)?.toLong() ?: 0
            if (amount <= 0) refuse("amount", "is not a whole number above 0")
            return amount
        }

        private fun JSONObject.currency(): String {
            val code = text("currency", Regex("[A-Z]{3}"))
            try {
                Currency.getInstance(code)
            } catch (_: IllegalArgumentException) {
                refuse("currency", "is not of ISO 4217")
            }
            return code
        }

        private fun refuse(field: String, reason: String): Nothing =
            throw CardRequestException(field, "the request's `$field` $reason")

        // The first names a file.
        private val ID = Regex("[A-Za-z0-9_-]{1,64}")
        private val NONCE = Regex("[0-9A-Fa-f]{32}")
    }
}

/**
 * An Intent holds no request that can be carried out.
 *
 * @property field the member at fault, such as `amount`; `request` when there is no JSON object at all.
 */
public class CardRequestException internal constructor(
    public val field: String,
    message: String,
) : Exception(message)
