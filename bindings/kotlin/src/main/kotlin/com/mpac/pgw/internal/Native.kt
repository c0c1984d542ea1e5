package com.mpac.pgw.internal

import com.mpac.pgw.CoreException
import com.mpac.pgw.InternalException
import com.mpac.pgw.LogLevel
import com.mpac.pgw.LogSink
import com.mpac.pgw.SdkFaultException
import com.mpac.pgw.TerminalError
import com.mpac.pgw.TerminalException
import com.mpac.pgw.Vault
import com.mpac.pgw.VaultException
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.NonCancellable
import kotlinx.coroutines.SupervisorJob
import kotlinx.coroutines.async
import kotlinx.coroutines.future.future
import kotlinx.coroutines.withContext
import java.util.concurrent.CompletableFuture

/**
 * Calls Rust, and turns what it throws into the public exceptions.
 *
 * @param made the argument that an app may have made by hand: Rust lifts no amount, currency or id
 *   that there cannot be.
 */
internal inline fun <T> native(made: String? = null, call: () -> T): T =
    try {
        call()
    } catch (e: CoreException.Refused) {
        throw TerminalException(e.error, e.explanation)
    } catch (_: InternalException) {
        throw fault(made)
    } catch (_: CharacterCodingException) {
        throw refused(made ?: "text", "holds half of a character: it is no Unicode")
    } catch (e: LinkageError) {
        throw SdkFaultException("the native library mpac_pgw_sdk is not there: ${e.message}")
    }

/** The same, and something else in an app's unit tests, where the library is not there. */
internal inline fun <T> nativeOr(substitute: T, call: () -> T): T =
    try {
        native(call = call)
    } catch (_: SdkFaultException) {
        substitute
    }

// A panic. Its text is dropped: it may hold anything.
internal fun fault(made: String?): Exception {
    if (made == null) return SdkFaultException("the payment SDK has a fault; please report it")
    return refused(made, "is, or holds, an amount, currency or id that there cannot be")
}

internal fun refused(argument: String, reason: String): TerminalException =
    TerminalException(
        TerminalError.InvalidArgument(argument, reason),
        "argument `$argument`: $reason",
    )

/** For calls that touch only the disk: a cancelled caller still gets what they made. */
internal suspend fun <T> uncancellable(call: () -> T): T =
    withContext(NonCancellable) { withContext(threads) { native(call = call) } }

/** For calls that wait for the gateway: a cancelled caller leaves at once, the call goes on. */
internal suspend fun <T> detached(made: String? = null, call: () -> T): T =
    calls.async { native(made, call) }.await()

/** For Java. The waiting costs no thread. */
internal fun <T> future(call: suspend () -> T): CompletableFuture<T> = calls.future { call() }

/** Beside the app's own: neither waits where the other blocks all of `Dispatchers.IO`. */
private val threads = Dispatchers.IO.limitedParallelism(64)

private val calls = CoroutineScope(SupervisorJob() + threads)

/** The app's log, for Rust to call: an Error would pass through the generated code. */
internal class GuardedLogSink(
    private val sink: LogSink,
) : LogSink {
    override fun log(level: LogLevel, message: String) {
        runCatching { sink.log(level, message) }
    }
}

/** The app's vault, for Rust to call. */
internal class GuardedVault(
    private val vault: Vault,
) : Vault {
    override fun seal(plain: ByteArray): ByteArray = guarded { vault.seal(plain) }

    override fun openSealed(sealed: ByteArray): ByteArray = guarded { vault.openSealed(sealed) }

    // An Error would pass through the generated code, and Rust would take it for a success.
    @Suppress("TooGenericExceptionCaught", "SwallowedException")
    private inline fun guarded(call: () -> ByteArray): ByteArray =
        try {
            call()
        } catch (e: VaultException) {
            throw e
        } catch (e: Throwable) {
            throw VaultException.Unavailable()
        }
}
