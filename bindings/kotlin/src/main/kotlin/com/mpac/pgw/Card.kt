@file:JvmName("Cards")

package com.mpac.pgw

import com.mpac.pgw.internal.native

// All but notCharged need the native library, and throw SdkFaultException where it is not there, as in an
// app's unit tests.

/**
 * The JSON to hand to the card app.
 *
 * @throws TerminalException with [TerminalError.InvalidArgument] when the request was made by hand,
 *   with an amount, a currency or an id that there is not.
 */
@Throws(TerminalException::class)
public fun CardRequest.toJson(): String = native("request") { cardRequestToJson(this) }

/**
 * The URL that opens the card app with this request, where the hand-off is by URL, as on iOS. It
 * holds the nonce: don't log it, and open it once.
 *
 * @param callback the app's own URL, such as `myapp://mpac-card-result`. The card app returns to it
 *   with the result added, for [fromUrl].
 * @throws TerminalException with [TerminalError.InvalidArgument] when the card app cannot return to
 *   [callback], or as for [toJson].
 */
@Throws(TerminalException::class)
public fun CardRequest.toUrl(callback: String): String =
    native("request") { cardRequestToUrl(this, callback) }

/**
 * The result to hand in when it is **certain** that no card was charged: the card app could not be
 * launched, or its own history does not have [CardRequest.attemptId]. An app that only does not know
 * hands in nothing, and the attempt goes on waiting. It is the app's own word, and needs no signature:
 * with [TerminalConfig.cardAppPublicKeys], use it only where the card app could not be launched.
 *
 * @param reason what happened, for people.
 */
public fun CardRequest.notCharged(reason: String): CardResult =
    CardResult(
        version = version,
        attemptId = attemptId,
        nonce = nonce,
        outcome = CardOutcome.ERROR,
        amount = amount,
        currency = currency,
        approvalCode = null,
        cardBrand = null,
        maskedPan = null,
        reason = reason,
        processedAt = null,
    )

/**
 * Reads the JSON that the card app returned, in every spelling that means the same. Members that only
 * inform (`masked_pan`, `reason`, `processed_at`) refuse no result. Its signature is looked at by
 * [PaymentTerminal.completeCardPayment].
 *
 * @throws TerminalException with [TerminalError.CardResultRefused] when it is not JSON of contract
 *   version 1 or 2.
 */
@Throws(TerminalException::class)
public fun CardResult.Companion.fromJson(json: String): CardResult =
    native { cardResultFromJson(json) }

/**
 * Reads the URL with which the card app returned. One without a result is refused, also where the card
 * app calls it a cancel: whether the card was charged is then not known, and the attempt goes on
 * waiting.
 *
 * @throws TerminalException with [TerminalError.CardResultRefused] when it holds no result of contract
 *   version 1 or 2.
 */
@Throws(TerminalException::class)
public fun CardResult.Companion.fromUrl(url: String): CardResult = native { cardResultFromUrl(url) }
