package com.mpac.pgw

import kotlinx.coroutines.CompletableDeferred
import kotlinx.coroutines.flow.first
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertFalse
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.io.TempDir
import java.io.File
import java.util.concurrent.Executor

/** What an earlier process began goes on. */
class RecoveryTest {
    @TempDir
    lateinit var directory: File

    @Test
    fun `a listener hears of every attempt that comes back`() =
        payments {
            val orders = List(3) { Gateway.create() }
            openTerminal(directory).use { terminal ->
                for (order in orders) {
                    terminal.confirmPayment(order.paymentToken, PaymentMethod.Cash).await()
                }
            }
            openTerminal(directory).use { terminal ->
                val heard = orders.associate { it.id to CompletableDeferred<PaymentEvent>() }
                val attempts =
                    terminal.recoverPending(Executor { it.run() }) { event ->
                        heard.getValue(event.paymentIntentId).complete(event)
                    }
                assertEquals(heard.keys, attempts.map { it.paymentIntentId }.toSet())
                for (event in heard.values.map { it.await() }) {
                    assertEquals("payment_success" to true, event.name to event.replayed)
                }
            }
        }

    @Test
    fun `a closed terminal says how each attempt stood, and withdraws nothing`() =
        payments {
            val terminal = openTerminal(directory)
            val code = PaymentMethod.QrMpm("PAYPAY")
            val attempt = terminal.confirmPayment(Gateway.create().paymentToken, code)
            attempt.state.first { it is PaymentState.AwaitingCustomer }
            terminal.close()
            assertEquals(attempt.state.value, terminal.attempts().single().state)
            assertEquals(CancelOutcome.NOT_CANCELLABLE, attempt.cancel())
            refused<TerminalError.ShutDown> { attempt.switchMethod(PaymentMethod.Cash) }
            eventually { terminal.attempts().single().state == attempt.state.value }
            openTerminal(directory).use { assertEquals(1, it.recoverPending().size) }
        }

    @Test
    fun `a damaged record is set aside and named`() =
        payments {
            var paymentIntentId = ""
            openTerminal(directory).use { terminal ->
                val order = Gateway.create()
                val attempt =
                    terminal.confirmPayment(order.paymentToken, PaymentMethod.CreditCard)
                attempt.state.first { it is PaymentState.AwaitingCardApp }
                assertEquals(emptyList<DamagedRecord>(), terminal.damagedRecords)
                paymentIntentId = order.id
            }
            val record = directory.walk().single { it.extension == "attempt" }
            record.writeText(record.readText().drop(10))

            openTerminal(directory).use { terminal ->
                val damaged = terminal.damagedRecords.single()
                assertTrue(File(damaged.path).exists(), "$damaged")
                assertEquals(paymentIntentId, damaged.paymentIntentId)
                assertEquals(PaymentMethodType.CreditCard, damaged.method)
                assertTrue(terminal.settleDamagedRecord(damaged.attemptId))
                assertFalse(terminal.settleDamagedRecord(damaged.attemptId))
                assertEquals(emptyList<DamagedRecord>(), terminal.damagedRecords)
                assertEquals(emptyList<PaymentAttempt>(), terminal.recoverPending())
            }
        }
}
