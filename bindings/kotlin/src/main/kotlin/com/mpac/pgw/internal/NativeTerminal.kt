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
import kotlinx.coroutines.flow.MutableStateFlow
import kotlinx.coroutines.flow.StateFlow
import kotlinx.coroutines.flow.asStateFlow
import java.util.concurrent.ConcurrentHashMap
import java.util.concurrent.Executor
import com.mpac.pgw.internal.ffi.LogLevel as FfiLogLevel
import com.mpac.pgw.internal.ffi.PaymentAttempt as FfiPaymentAttempt
import com.mpac.pgw.internal.ffi.PaymentListener as FfiPaymentListener
import com.mpac.pgw.internal.ffi.PaymentTerminal as FfiPaymentTerminal
import com.mpac.pgw.internal.ffi.Vault as FfiVault
import com.mpac.pgw.internal.ffi.VaultException as FfiVaultException

/** A terminal that Rust runs. */
internal class NativeTerminal private constructor(
    private val ffi: FfiPaymentTerminal,
) : PaymentTerminal {
    private val closing = MutableStateFlow(false)

    /** Whether it is closed: frees whoever waits for one of its attempts. */
    val isClosed: StateFlow<Boolean> = closing.asStateFlow()

    /** By id, until they are acknowledged. */
    private val attempts = ConcurrentHashMap<String, NativeAttempt>()

    override val damagedRecords: List<DamagedRecord>
        get() = ffi.damagedRecords().map { it.toPublic() }

    override suspend fun retrievePaymentIntent(paymentToken: String): PaymentIntent =
        detached { ffi.retrievePaymentIntent(paymentToken) }.toPublic()

    override suspend fun confirmPayment(
        paymentToken: String,
        method: PaymentMethod,
    ): PaymentAttempt = confirm(paymentToken, method) { null }

    override suspend fun confirmPayment(
        paymentToken: String,
        method: PaymentMethod,
        executor: Executor,
        listener: PaymentListener,
    ): PaymentAttempt = confirm(paymentToken, method) { Teller(executor, listener, isClosed) }

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

    override suspend fun recoverPending(): List<PaymentAttempt> =
        begin({ null }, ffi::recoverPending)

    override suspend fun recoverPending(
        executor: Executor,
        listener: PaymentListener,
    ): List<PaymentAttempt> = begin({ Teller(executor, listener, isClosed) }, ffi::recoverPending)

    override fun attempt(id: String): PaymentAttempt? = attempts[id]

    override fun close() {
        native { ffi.shutDown() }
        closing.value = true
        attempts.clear()
    }

    private suspend fun confirm(
        paymentToken: String,
        method: PaymentMethod,
        teller: () -> Teller?,
    ): PaymentAttempt =
        begin(teller) { listOf(ffi.confirmPayment(paymentToken, method.toFfi(), it)) }.single()

    private suspend fun begin(
        teller: () -> Teller?,
        call: (FfiPaymentListener) -> List<FfiPaymentAttempt>,
    ): List<NativeAttempt> =
        uncancellable {
            val listener =
                NativeListener { handle ->
                    NativeAttempt(handle, this, teller()).also { attempt ->
                        attempts.put(attempt.id, attempt)?.end()
                    }
                }
            listener.begin(call)
        }

    /** An attempt has left the journal. */
    fun forget(id: String) {
        attempts.remove(id)?.forgotten()
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
