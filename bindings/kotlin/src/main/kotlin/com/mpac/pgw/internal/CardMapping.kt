package com.mpac.pgw.internal

import com.mpac.pgw.CardOutcome
import com.mpac.pgw.CardRequest
import com.mpac.pgw.CardResult
import com.mpac.pgw.TerminalException
import com.mpac.pgw.internal.ffi.cardRequestToJson
import com.mpac.pgw.internal.ffi.cardRequestToUrl
import com.mpac.pgw.internal.ffi.cardResultFromJson
import com.mpac.pgw.internal.ffi.cardResultFromUrl
import com.mpac.pgw.internal.ffi.CardOutcome as FfiCardOutcome
import com.mpac.pgw.internal.ffi.CardRequest as FfiCardRequest
import com.mpac.pgw.internal.ffi.CardResult as FfiCardResult

/** The messages of the hand-off contract, written and read by Rust. */
internal object CardMessages {
    fun toJson(request: CardRequest): String = write { cardRequestToJson(request.toFfi()) }

    fun toUrl(request: CardRequest, callback: String): String =
        write { cardRequestToUrl(request.toFfi(), callback) }

    fun fromJson(json: String): CardResult = native { cardResultFromJson(json) }.toPublic()

    fun fromUrl(url: String): CardResult = native { cardResultFromUrl(url) }.toPublic()

    private inline fun write(call: () -> String): String =
        try {
            native(call)
        } catch (_: TerminalException.Internal) {
            throw impossible("request")
        }

    /** Rust lifts no amount, currency or id that there cannot be. */
    fun impossible(argument: String) =
        TerminalException.InvalidArgument(argument, "holds an impossible amount, currency or id")
}

internal fun FfiCardRequest.toPublic(): CardRequest =
    CardRequest(
        version = version,
        attemptId = attemptId,
        nonce = nonce,
        paymentIntentId = paymentIntentId,
        amount = amount,
        currency = currency,
        merchantStoreId = merchantStoreId,
        merchantTerminalId = merchantTerminalId,
        expiresAt = instant(expiresAt),
    )

private fun CardRequest.toFfi(): FfiCardRequest =
    FfiCardRequest(
        version = version,
        attemptId = attemptId,
        nonce = nonce,
        paymentIntentId = paymentIntentId,
        amount = amount,
        currency = currency,
        merchantStoreId = merchantStoreId,
        merchantTerminalId = merchantTerminalId,
        expiresAt = expiresAt.epochSeconds,
    )

private fun FfiCardResult.toPublic(): CardResult =
    CardResult(
        version = version,
        attemptId = attemptId,
        nonce = nonce,
        outcome = outcome.toPublic(),
        amount = amount,
        currency = currency,
        approvalCode = approvalCode,
        cardBrand = cardBrand,
        maskedPan = maskedPan,
        reason = reason,
        processedAt = processedAt?.let(::instant),
    )

internal fun CardResult.toFfi(): FfiCardResult =
    FfiCardResult(
        version = version,
        attemptId = attemptId,
        nonce = nonce,
        outcome = outcome.toFfi(),
        amount = amount,
        currency = currency,
        approvalCode = approvalCode,
        cardBrand = cardBrand,
        maskedPan = maskedPan,
        reason = reason,
        processedAt = processedAt?.epochSeconds,
    )

private fun FfiCardOutcome.toPublic(): CardOutcome =
    when (this) {
        FfiCardOutcome.APPROVED -> CardOutcome.APPROVED
        FfiCardOutcome.DECLINED -> CardOutcome.DECLINED
        FfiCardOutcome.CANCELLED -> CardOutcome.CANCELLED
        FfiCardOutcome.ERROR -> CardOutcome.ERROR
    }

private fun CardOutcome.toFfi(): FfiCardOutcome =
    when (this) {
        CardOutcome.APPROVED -> FfiCardOutcome.APPROVED
        CardOutcome.DECLINED -> FfiCardOutcome.DECLINED
        CardOutcome.CANCELLED -> FfiCardOutcome.CANCELLED
        CardOutcome.ERROR -> FfiCardOutcome.ERROR
    }
