package com.mpac.pgw.android

import android.os.Looper
import com.mpac.pgw.CardRequest
import com.mpac.pgw.Gateway
import com.mpac.pgw.PaymentMethod
import com.mpac.pgw.PaymentResult
import com.mpac.pgw.PaymentState
import com.mpac.pgw.PaymentTerminal
import com.mpac.pgw.PollingPolicy
import com.mpac.pgw.TerminalConfig
import com.mpac.pgw.Vault
import com.mpac.pgw.reopen
import kotlinx.coroutines.runBlocking
import org.robolectric.Shadows.shadowOf
import java.util.concurrent.TimeUnit
import kotlin.time.Duration.Companion.seconds

/** A phone with a terminal on the real gateway. */
internal class Device(
    private val vault: Vault? = null,
    folder: () -> SyncedFolder = ::cardFolder,
    private val wrap: (PaymentTerminal) -> PaymentTerminal = { it },
    /** Of the card app. */
    private val keys: List<String> = emptyList(),
) : Phone(vault, folder),
    AutoCloseable {
    lateinit var terminal: PaymentTerminal

    init {
        open()
        attach()
    }

    fun open() {
        val polling = PollingPolicy(minInterval = 1.seconds, maxInterval = 1.seconds)
        val config =
            TerminalConfig(
                Gateway.url,
                journalFolder(context),
                polling = polling,
                cardAppPublicKeys = keys,
            )
        terminal = wrap(runBlocking { reopen(config, vault) })
    }

    fun attach() = runBlocking { bridge.attach(terminal) }

    /** The process is gone, with all it had in memory. */
    fun die() {
        stop()
        terminal.close()
        // What was posted to the main thread is gone as well.
        shadowOf(Looper.getMainLooper()).idle()
    }

    fun reboot() {
        die()
        start()
        open()
    }

    override fun close() = terminal.close()

    /** A customer wants to pay by card: what the card app is to be asked. */
    fun order(): CardRequest {
        val token = Gateway.create().paymentToken
        val attempt = runBlocking { terminal.confirmPayment(token, PaymentMethod.CreditCard) }
        var request: CardRequest? = null
        until { awaiting(attempt.id)?.also { request = it } != null }
        return request!!
    }

    fun state(attemptId: String): PaymentState? =
        terminal.attempts().find { it.facts.attemptId == attemptId }?.state

    fun awaiting(attemptId: String): CardRequest? =
        (state(attemptId) as? PaymentState.AwaitingCardApp)?.request

    /** What became of it in the end. */
    fun result(attemptId: String): PaymentResult {
        runBlocking { terminal.recoverPending() }
        until { state(attemptId) is PaymentState.Finished }
        return (state(attemptId) as PaymentState.Finished).result
    }

    companion object {
        /** Lets the main thread run until it holds. */
        fun until(condition: () -> Boolean) {
            val end = System.nanoTime() + TimeUnit.SECONDS.toNanos(60)
            while (!condition()) {
                check(System.nanoTime() < end) { "it does not come to that" }
                shadowOf(Looper.getMainLooper()).idle()
                Thread.sleep(2)
            }
        }

        /** Lets everything run that is going to. */
        fun quiet() {
            repeat(30) {
                shadowOf(Looper.getMainLooper()).idle()
                Thread.sleep(5)
            }
        }
    }
}
