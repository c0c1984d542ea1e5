package com.mpac.pgw.internal

import com.mpac.pgw.CardResult
import com.mpac.pgw.DamagedRecord
import com.mpac.pgw.LogLevel
import com.mpac.pgw.PaymentAttempt
import com.mpac.pgw.PaymentIntent
import com.mpac.pgw.PaymentListener
import com.mpac.pgw.PaymentMethod
import com.mpac.pgw.PaymentTerminal
import com.mpac.pgw.TerminalConfig
import com.mpac.pgw.TerminalException
import com.mpac.pgw.Vault
import com.mpac.pgw.internal.ffi.enablePlatformLogging
import kotlinx.coroutines.SupervisorJob
import java.util.concurrent.ConcurrentHashMap
import java.util.concurrent.Executor
import com.mpac.pgw.internal.ffi.LogLevel as FfiLogLevel
import com.mpac.pgw.internal.ffi.PaymentAttempt as FfiPaymentAttempt
import com.mpac.pgw.internal.ffi.PaymentTerminal as FfiPaymentTerminal
import com.mpac.pgw.internal.ffi.Vault as FfiVault
import com.mpac.pgw.internal.ffi.VaultException as FfiVaultException

/** A terminal that Rust runs. */
internal class NativeTerminal private constructor(
    private val ffi: FfiPaymentTerminal,
) : PaymentTerminal,
    WatchOwner {
    /** Ends everyone who waits for an attempt, on either side. */
    override val lifetime = SupervisorJob()

    /** By id, until the final event is accepted. */
    private val attempts = ConcurrentHashMap<String, NativeAttempt>()

    override val damagedRecords: List<DamagedRecord> = ffi.damagedRecords().map { it.toPublic() }

    override suspend fun retrievePaymentIntent(paymentToken: String): PaymentIntent =
        detached { ffi.retrievePaymentIntent(paymentToken) }.toPublic()

    override suspend fun confirmPayment(
        paymentToken: String,
        method: PaymentMethod,
    ): PaymentAttempt = confirm(paymentToken, method, null)

    override suspend fun confirmPayment(
        paymentToken: String,
        method: PaymentMethod,
        executor: Executor,
        listener: PaymentListener,
    ): PaymentAttempt = confirm(paymentToken, method, AppListener(executor, listener))

    override suspend fun completeCardPayment(result: CardResult) {
        try {
            detached {
                ffi.completeCardPayment(result.toFfi())
                attempts[result.attemptId]?.refresh()
            }
        } catch (_: TerminalException.Internal) {
            throw CardMessages.impossible("result")
        }
    }

    override suspend fun recoverPending(): List<PaymentAttempt> = recover(null)

    override suspend fun recoverPending(
        executor: Executor,
        listener: PaymentListener,
    ): List<PaymentAttempt> = recover(AppListener(executor, listener))

    override fun attempt(id: String): PaymentAttempt? = attempts[id]

    override fun close() {
        native { ffi.shutDown() }
        // Not before: someone may be just accepting a final event, and Rust waits for that.
        lifetime.cancel()
        attempts.clear()
    }

    private suspend fun confirm(
        paymentToken: String,
        method: PaymentMethod,
        listener: AppListener?,
    ): PaymentAttempt =
        uncancellable {
            val watch = Watch(this, listener)
            val listener = NativeListener { watch }
            adopt(ffi.confirmPayment(paymentToken, method.toFfi(), listener), watch)
        }

    private suspend fun recover(listener: AppListener?): List<PaymentAttempt> =
        uncancellable {
            val watches = Watches { Watch(this, listener) }
            val handles =
                try {
                    ffi.recoverPending(NativeListener(watches::of))
                } catch (e: Exception) {
                    watches.abandon()
                    throw e
                }
            handles.map { adopt(it, watches.of(it.id())) }
        }

    private fun adopt(handle: FfiPaymentAttempt, watch: Watch): NativeAttempt {
        val attempt = NativeAttempt(handle, watch)
        attempts[attempt.id] = attempt
        watch.attach(handle)
        return attempt
    }

    override fun settled(watch: Watch) {
        attempts.values.removeIf { it.watch === watch }
    }

    override fun toString(): String = "PaymentTerminal(attempts=${attempts.keys})"

    companion object {
        fun enableLogging(level: LogLevel) {
            val ffiLevel =
                when (level) {
                    LogLevel.WARN -> FfiLogLevel.WARN
                    LogLevel.INFO -> FfiLogLevel.INFO
                    LogLevel.DEBUG -> FfiLogLevel.DEBUG
                }
            native { enablePlatformLogging(ffiLevel) }
        }

        suspend fun open(config: TerminalConfig, vault: Vault?): PaymentTerminal {
            val ffiConfig = config.toFfi()
            return uncancellable {
                NativeTerminal(FfiPaymentTerminal.open(ffiConfig, vault?.let(::NativeVault)))
            }
        }
    }
}

/** The app's vault, for Rust to call. */
private class NativeVault(
    private val vault: Vault,
) : FfiVault {
    override fun seal(plain: ByteArray): ByteArray = guarded { vault.seal(plain) }

    override fun openSealed(sealed: ByteArray): ByteArray = guarded { vault.openSealed(sealed) }

    // An Error would pass through the generated code, and Rust would take it for a success.
    @Suppress("TooGenericExceptionCaught", "SwallowedException")
    private inline fun guarded(call: () -> ByteArray): ByteArray =
        try {
            call()
        } catch (e: Throwable) {
            throw FfiVaultException.Unavailable()
        }
}
