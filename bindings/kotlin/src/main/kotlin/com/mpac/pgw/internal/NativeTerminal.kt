package com.mpac.pgw.internal

import com.mpac.pgw.AttemptSummary
import com.mpac.pgw.CardResult
import com.mpac.pgw.CoreAttempt
import com.mpac.pgw.CoreTerminal
import com.mpac.pgw.DamagedRecord
import com.mpac.pgw.PaymentAttempt
import com.mpac.pgw.PaymentIntent
import com.mpac.pgw.PaymentListener
import com.mpac.pgw.PaymentMethod
import com.mpac.pgw.PaymentTerminal
import com.mpac.pgw.TerminalConfig
import com.mpac.pgw.Vault
import com.mpac.pgw.openTerminal
import kotlinx.coroutines.flow.MutableStateFlow
import kotlinx.coroutines.flow.StateFlow
import kotlinx.coroutines.flow.asStateFlow
import java.util.concurrent.ConcurrentHashMap
import java.util.concurrent.Executor

/** The member that is to blame, where Rust lifts no such result. */
private val CardResult.doubtful: String
    get() = if (amount in 1..MAX_AMOUNT) "result.currency" else "result.amount"

/** Eleven digits, as in Rust. */
private const val MAX_AMOUNT = 99_999_999_999

/** A terminal that Rust runs. */
internal class NativeTerminal(
    private val core: CoreTerminal,
) : PaymentTerminal {
    private val closing = MutableStateFlow(false)

    /** Whether it is closed: frees whoever waits for one of its attempts. */
    val isClosed: StateFlow<Boolean> = closing.asStateFlow()

    /** By id, until they are acknowledged. */
    private val attempts = ConcurrentHashMap<String, NativeAttempt>()

    override val damagedRecords: List<DamagedRecord>
        get() = native { core.damagedRecords() }

    override fun attempts(): List<AttemptSummary> = native { core.attempts() }

    override suspend fun settleDamagedRecord(attemptId: String): Boolean =
        detached { core.settleDamagedRecord(attemptId) }

    override suspend fun retrievePaymentIntent(paymentToken: String): PaymentIntent =
        detached { core.retrievePaymentIntent(paymentToken) }

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

    override suspend fun completeCardPayment(result: CardResult) =
        detached(result.doubtful) {
            core.completeCardPayment(result)
            attempts[result.attemptId]?.refresh()
            Unit
        }

    override suspend fun recoverPending(): List<PaymentAttempt> =
        begin({ null }, core::recoverPending)

    override suspend fun recoverPending(
        executor: Executor,
        listener: PaymentListener,
    ): List<PaymentAttempt> = begin({ Teller(executor, listener, isClosed) }, core::recoverPending)

    override fun attempt(id: String): PaymentAttempt? = attempts[id]

    override fun close() {
        native { core.shutDown() }
        closing.value = true
        attempts.clear()
    }

    private suspend fun confirm(
        paymentToken: String,
        method: PaymentMethod,
        teller: () -> Teller?,
    ): PaymentAttempt =
        begin(teller) { listOf(core.confirmPayment(paymentToken, method, it)) }.single()

    private suspend fun begin(
        teller: () -> Teller?,
        call: (PaymentListener) -> List<CoreAttempt>,
    ): List<NativeAttempt> =
        uncancellable {
            val adoption =
                Adoption { handle ->
                    NativeAttempt(handle, this, teller()).also { attempt ->
                        attempts.put(attempt.id, attempt)?.end()
                    }
                }
            adoption.begin(call)
        }

    /** An attempt has left the journal. */
    fun forget(id: String) {
        attempts.remove(id)?.forgotten()
    }

    override fun toString(): String = "PaymentTerminal(attempts=${attempts.keys})"

    companion object {
        suspend fun open(config: TerminalConfig, vault: Vault?): PaymentTerminal =
            uncancellable { NativeTerminal(openTerminal(config, vault?.let(::GuardedVault))) }
    }
}
