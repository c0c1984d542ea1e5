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
    fun `a QR code that was on show is paid after a restart`() =
        payments {
            val order = Gateway.create()
            val (id, qr) =
                openTerminal(directory).use { terminal ->
                    val attempt =
                        terminal.confirmPayment(order.paymentToken, PaymentMethod.QrMpm("PAYPAY"))
                    val shown = attempt.state.first { it is PaymentState.AwaitingCustomer }
                    attempt.id to (shown as PaymentState.AwaitingCustomer).qr
                }
            openTerminal(directory).use { terminal ->
                val attempt = terminal.recoverPending().single()
                assertEquals(id to order.id, attempt.id to attempt.paymentIntentId)
                val shown = attempt.state.first { it is PaymentState.AwaitingCustomer }
                assertEquals(PaymentState.AwaitingCustomer(qr), shown)
                Gateway.pay(order)
                attempt.pollNow()
                assertEquals(PaymentResult.Succeeded, attempt.await())
                assertTrue(attempt.acknowledge())
                assertEquals(emptyList<PaymentAttempt>(), terminal.recoverPending())
            }
        }

    @Test
    fun `the card app's answer arrives after a restart, before the attempt is brought back`() =
        payments {
            val order = Gateway.create()
            val request =
                openTerminal(directory).use { terminal ->
                    val attempt =
                        terminal.confirmPayment(order.paymentToken, PaymentMethod.CreditCard)
                    val event =
                        attempt.events.first {
                            it.kind is PaymentEventKind.CardAppRequested
                        }
                    event.request
                }
            openTerminal(directory).use { terminal ->
                val answer = CardResult.fromJson(FakeCardApp.approve(request.toJson()))
                terminal.completeCardPayment(answer)
                val attempt = terminal.recoverPending().single()
                val trace = attempt.trace()
                assertTrue("card_app_requested" !in trace, "$trace")
                assertEquals("payment_success", trace.last())
            }
        }

    @Test
    fun `a waiting card app is not launched a second time`() =
        payments {
            val order = Gateway.create()
            val request =
                openTerminal(directory).use { terminal ->
                    val attempt =
                        terminal.confirmPayment(order.paymentToken, PaymentMethod.CreditCard)
                    val state = attempt.state.first { it is PaymentState.AwaitingCardApp }
                    (state as PaymentState.AwaitingCardApp).request
                }
            openTerminal(directory).use { terminal ->
                val attempt = terminal.recoverPending().single()
                assertEquals(PaymentState.AwaitingCardApp(request), attempt.state.value)
                assertEquals(CancelOutcome.NOT_CANCELLABLE, attempt.cancel())
                val answer = CardResult.fromJson(FakeCardApp.approve(request.toJson()))
                terminal.completeCardPayment(answer)
                assertEquals(listOf("status_changed", "payment_success"), attempt.trace())
            }
        }

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
    fun `a damaged record is set aside and named`() =
        payments {
            openTerminal(directory).use { terminal ->
                val order = Gateway.create()
                val attempt =
                    terminal.confirmPayment(order.paymentToken, PaymentMethod.CreditCard)
                attempt.state.first { it is PaymentState.AwaitingCardApp }
                assertEquals(emptyList<DamagedRecord>(), terminal.damagedRecords)
            }
            val record = directory.walk().single { it.extension == "attempt" }
            record.writeText(record.readText().drop(10))

            openTerminal(directory).use { terminal ->
                val damaged = terminal.damagedRecords.single()
                assertTrue(File(damaged.path).exists(), "$damaged")
                assertTrue(terminal.settleDamagedRecord(damaged.attemptId))
                assertFalse(terminal.settleDamagedRecord(damaged.attemptId))
                assertEquals(emptyList<DamagedRecord>(), terminal.damagedRecords)
                assertEquals(emptyList<PaymentAttempt>(), terminal.recoverPending())
            }
        }
}
