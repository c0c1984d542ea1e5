package com.mpac.pgw

import kotlinx.coroutines.flow.first
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.io.TempDir
import java.io.File

/** What a killed process leaves behind is brought to its end by the next one. */
class KilledProcessTest {
    @TempDir
    lateinit var directory: File

    @Test
    fun `a code on show when the process is killed is paid later`() =
        payments {
            val order = Gateway.create()
            val before = TillProcess.start(directory, order, "qr_mpm").killAt("qr_ready")

            openTerminal(directory).use { terminal ->
                val attempt = terminal.recoverPending().single()
                assertEquals(before.attemptId, attempt.id)
                attempt.state.first { it is PaymentState.AwaitingCustomer }
                Gateway.pay(order)
                attempt.pollNow()
                assertEquals("payment_success" to false, attempt.lastEvent())
            }
            assertNothingIsLeft()
        }

    @Test
    fun `the card app's answer is taken by the process after the killed one`() =
        payments {
            val order = Gateway.create()
            val before =
                TillProcess.start(directory, order, "credit_card").killAt("card_app_requested")

            openTerminal(directory).use { terminal ->
                val attempt = terminal.recoverPending().single()
                assertEquals(before.attemptId, attempt.id)
                val state = attempt.state.value
                assertTrue(state is PaymentState.AwaitingCardApp, "$state")
                assertEquals(
                    before.cardRequest,
                    (state as PaymentState.AwaitingCardApp).request.toJson(),
                )
                val answer = FakeCardApp.approve(before.cardRequest)
                terminal.completeCardPayment(CardResult.fromJson(answer))
                assertEquals("payment_success" to false, attempt.lastEvent())
            }
            assertNothingIsLeft()
        }

    @Test
    fun `a success comes again when the process is killed before it acknowledges`() =
        payments {
            val order = Gateway.create()
            val before = TillProcess.start(directory, order, "cash").killAt("payment_success")

            openTerminal(directory).use { terminal ->
                val attempt = terminal.recoverPending().single()
                assertEquals(before.attemptId, attempt.id)
                assertEquals("payment_success" to true, attempt.lastEvent())
                val intent = terminal.retrievePaymentIntent(order.paymentToken)
                assertEquals(PaymentIntentStatus.Succeeded, intent.status)
            }
            assertNothingIsLeft()
        }

    @Test
    fun `a success does not come again when the process is killed after that`() =
        payments {
            val order = Gateway.create()
            TillProcess.start(directory, order, "cash", "acknowledge").killAt("acknowledged")
            assertNothingIsLeft()
        }

    /** The name of the final event, and whether it was replayed. It is acknowledged. */
    private suspend fun PaymentAttempt.lastEvent(): Pair<String, Boolean> {
        val event = events.first { it.isFinal }
        assertEquals(id, event.attemptId)
        assertTrue(acknowledge())
        return event.name to event.replayed
    }

    private suspend fun assertNothingIsLeft() {
        assertEquals(emptyList<String>(), pendingIn(directory))
    }
}
