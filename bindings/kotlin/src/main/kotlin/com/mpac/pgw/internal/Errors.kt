package com.mpac.pgw.internal

import com.mpac.pgw.CardResultRefusal
import com.mpac.pgw.QrException
import com.mpac.pgw.TerminalException
import com.mpac.pgw.internal.ffi.InternalException
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.NonCancellable
import kotlinx.coroutines.SupervisorJob
import kotlinx.coroutines.async
import kotlinx.coroutines.withContext
import com.mpac.pgw.internal.ffi.CardResultRefusal as FfiCardResultRefusal
import com.mpac.pgw.internal.ffi.QrException as FfiQrException
import com.mpac.pgw.internal.ffi.TerminalException as FfiTerminalException

/** Calls Rust, and turns what it throws into the public exceptions. */
internal inline fun <T> native(call: () -> T): T =
    try {
        call()
    } catch (e: FfiTerminalException) {
        throw e.toPublic()
    } catch (e: FfiQrException) {
        throw e.toPublic()
    } catch (_: InternalException) {
        // A panic. Its text is dropped: it may hold anything.
        throw TerminalException.Internal()
    }

/** For calls that touch only the disk: a cancelled caller still gets what they made. */
internal suspend fun <T> uncancellable(call: () -> T): T =
    withContext(NonCancellable) { withContext(threads) { native(call) } }

/** For calls that wait for the gateway: a cancelled caller leaves at once, the call goes on. */
internal suspend fun <T> detached(call: () -> T): T = calls.async { native(call) }.await()

/** Beside the app's own: neither waits where the other blocks all of `Dispatchers.IO`. */
private val threads = Dispatchers.IO.limitedParallelism(64)

private val calls = CoroutineScope(SupervisorJob() + threads)

private fun FfiTerminalException.toPublic(): TerminalException =
    when (this) {
        is FfiTerminalException.InvalidConfiguration ->
            TerminalException.InvalidConfiguration(camelCase(field), reason)
        is FfiTerminalException.InvalidArgument ->
            TerminalException.InvalidArgument(camelCase(field), reason)
        is FfiTerminalException.InvalidPaymentToken -> TerminalException.InvalidPaymentToken(reason)
        is FfiTerminalException.Storage -> TerminalException.Storage(reason)
        is FfiTerminalException.DirectoryInUse -> TerminalException.DirectoryInUse()
        is FfiTerminalException.AttemptInProgress -> TerminalException.AttemptInProgress(attemptId)
        is FfiTerminalException.CardResultRefused ->
            TerminalException.CardResultRefused(
                refusal.toPublic(),
                (refusal as? FfiCardResultRefusal.Malformed)?.field,
            )
        is FfiTerminalException.Gateway ->
            TerminalException.GatewayRefused(code, reason, param, httpStatus.toInt())
        is FfiTerminalException.NoAnswer -> TerminalException.NoAnswer(uncertainty.toPublic())
        is FfiTerminalException.ShutDown -> TerminalException.Closed()
    }

private fun FfiCardResultRefusal.toPublic(): CardResultRefusal =
    when (this) {
        is FfiCardResultRefusal.Malformed -> CardResultRefusal.MALFORMED
        is FfiCardResultRefusal.UnsupportedVersion -> CardResultRefusal.UNSUPPORTED_VERSION
        is FfiCardResultRefusal.UnknownAttempt -> CardResultRefusal.UNKNOWN_ATTEMPT
        is FfiCardResultRefusal.NotWaiting -> CardResultRefusal.NOT_WAITING
        is FfiCardResultRefusal.WrongNonce -> CardResultRefusal.WRONG_NONCE
        is FfiCardResultRefusal.WrongAmount -> CardResultRefusal.WRONG_AMOUNT
        is FfiCardResultRefusal.Incomplete -> CardResultRefusal.INCOMPLETE
    }

private fun FfiQrException.toPublic(): QrException =
    when (this) {
        is FfiQrException.ContentTooLong -> QrException.ContentTooLong(bytes.toLong())
        is FfiQrException.InvalidSize ->
            QrException.InvalidSize(asked.toInt(), smallest.toInt(), largest.toInt())
    }

/** Rust names `polling.min_interval` what is `polling.minInterval` here. */
private fun camelCase(field: String): String =
    Regex("_([a-z])").replace(field) { it.groupValues[1].uppercase() }
