package com.mpac.pgw.testing

import com.mpac.pgw.CancelOutcome
import com.mpac.pgw.CancelledBy
import com.mpac.pgw.CardOutcome
import com.mpac.pgw.CardResultRefusal
import com.mpac.pgw.ConnectionState
import com.mpac.pgw.FailureCode
import com.mpac.pgw.LogLevel
import com.mpac.pgw.NextStep
import com.mpac.pgw.PaymentAttempt
import com.mpac.pgw.PaymentEventKind
import com.mpac.pgw.PaymentMethod
import com.mpac.pgw.PaymentResult
import com.mpac.pgw.PaymentState
import com.mpac.pgw.PaymentTerminal
import com.mpac.pgw.SdkFaultException
import com.mpac.pgw.Secret
import com.mpac.pgw.TerminalError
import com.mpac.pgw.TerminalException
import com.mpac.pgw.UncertaintyCause
import com.mpac.pgw.matrix
import com.mpac.pgw.message
import kotlinx.coroutines.CancellationException
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.flow.first
import kotlinx.coroutines.flow.map
import kotlinx.coroutines.flow.toList
import kotlinx.coroutines.runBlocking
import kotlinx.coroutines.withTimeout
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertInstanceOf
import org.junit.jupiter.api.Assertions.assertThrows
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import kotlin.time.Duration.Companion.minutes

/** An app is tested without a gateway, and without the native library. */
class FakePaymentTerminalTest {
    private val token = "pi_1_secret_x"
    private val code = PaymentMethod.QrMpm("PAYPAY")

    private fun test(body: suspend CoroutineScope.() -> Unit) =
        runBlocking { withTimeout(10_000, body) }

    @Test
    fun `a customer pays the code on show`() =
        test {
            val fake = FakePaymentTerminal()
            val attempt = fake.confirmPayment(token, code)
            assertEquals("pi_1", attempt.paymentIntentId)
            attempt.state.first { it is PaymentState.AwaitingCustomer }
            fake.approve()
            assertInstanceOf(PaymentResult.Succeeded::class.java, attempt.await())
            val names = attempt.events.map { it.name }.toList()
            assertEquals(listOf("qr_ready", "payment_success"), names)
            assertEquals(listOf(attempt.id), fake.pending)
            assertTrue(attempt.acknowledge())
            assertEquals(emptyList<String>(), fake.pending)
        }

    @Test
    fun `a script goes on when the test says so`() =
        test {
            val fake =
                FakePaymentTerminal(
                    FakeStep.qrReady(),
                    FakeStep.Wait,
                    FakeStep.connectionLost(),
                    FakeStep.unresolved(
                        UncertaintyCause.NO_FINAL_STATUS,
                        NextStep.CHECK_WITH_GATEWAY,
                    ),
                )
            val attempt = fake.confirmPayment(token, code)
            assertTrue(fake.proceed())
            assertInstanceOf(PaymentResult.Unresolved::class.java, attempt.await())
            assertTrue(fake.fail(FailureCode.PAYMENT_FAILED, canRetry = false))
            attempt.events.first { it.isFinal }
            assertInstanceOf(PaymentResult.Failed::class.java, attempt.await())
        }

    @Test
    fun `acknowledging a reserved payment ends who waits for it`() =
        test {
            val fake = FakePaymentTerminal(FakeStep.authorize(), FakeStep.Wait)
            val attempt = fake.confirmPayment(token, code)
            assertEquals("payment_authorized", attempt.events.first().name)
            assertTrue(attempt.acknowledge())
            assertEquals(emptyList<String>(), attempt.events.map { it.name }.toList())
            val thrown = runCatching { attempt.await() }.exceptionOrNull()
            assertInstanceOf(CancellationException::class.java, thrown)
        }

    @Test
    fun `a lost connection leaves the code on show, and a queued cancel takes it away`() =
        test {
            val fake = FakePaymentTerminal()
            val attempt = fake.confirmPayment(token, code)
            attempt.state.first { it is PaymentState.AwaitingCustomer }
            fake.loseConnection()
            attempt.connection.first { it is ConnectionState.Lost }
            assertInstanceOf(PaymentState.AwaitingCustomer::class.java, attempt.state.value)
            fake.cancelOutcome = CancelOutcome.QUEUED
            assertEquals(CancelOutcome.QUEUED, attempt.cancel())
            assertEquals(PaymentState.Cancelling, attempt.state.value)
            fake.restoreConnection()
            attempt.connection.first { it is ConnectionState.Connected }
            assertEquals(PaymentState.Cancelling, attempt.state.value)
        }

    @Test
    fun `the card app answers`() =
        test {
            val fake = FakePaymentTerminal()
            for (outcome in CardOutcome.entries) {
                val attempt = fake.confirmPayment(token, PaymentMethod.CreditCard)
                attempt.state.first { it is PaymentState.AwaitingCardApp }
                val result = fake.cardApp.answer(outcome)
                val forged = result.copy(nonce = Secret("another"))
                val refused = refusal { fake.completeCardPayment(forged) }
                assertEquals(
                    TerminalError.CardResultRefused(CardResultRefusal.WrongNonce),
                    refused,
                )
                fake.completeCardPayment(result)
                val isPaid = attempt.await() is PaymentResult.Succeeded
                assertEquals(outcome == CardOutcome.APPROVED, isPaid)
            }
        }

    @Test
    fun `what was not acknowledged comes back after a restart`() =
        test {
            val fake = FakePaymentTerminal()
            val before = fake.confirmPayment(token, PaymentMethod.Cash)
            before.await()
            val attempt = fake.reopened().recoverPending().single()
            assertEquals(before.id, attempt.id)
            assertTrue(attempt.events.first { it.isFinal }.replayed)
        }

    @Test
    fun `a cancel is answered, and calls are refused, as the test wants it`() =
        test {
            val fake = FakePaymentTerminal()
            val attempt = fake.confirmPayment(token, code)
            assertEquals(CancelOutcome.CANCELLED, attempt.cancel())
            assertEquals(PaymentResult.Cancelled(CancelledBy.TERMINAL), attempt.await())
            fake.refusal = TerminalError.Storage("full")
            assertEquals(
                TerminalError.Storage("full"),
                refusal { fake.confirmPayment(token, code) },
            )
            fake.confirmPayment(token, code)
        }

    @Test
    fun `what the SDK refuses is refused`() =
        test {
            val fake = FakePaymentTerminal()
            assertInstanceOf(
                TerminalError.InvalidPaymentToken::class.java,
                refusal { fake.confirmPayment("nonsense", code) },
            )
            for (method in listOf(PaymentMethod.QrMpm(""), PaymentMethod.QrCpm("A", Secret(" ")))) {
                val refused = refusal { fake.confirmPayment(token, method) }
                assertInstanceOf(TerminalError.InvalidArgument::class.java, refused)
            }
            val attempt = fake.confirmPayment(token, code)
            assertEquals(
                TerminalError.AttemptInProgress(attempt.id),
                refusal { fake.confirmPayment(token, code) },
            )
            assertTrue(attempt.remaining()!! > 4.minutes)
        }

    @Test
    fun `what the card app has is not cancelled here`() =
        test {
            val fake = FakePaymentTerminal()
            val attempt = fake.confirmPayment(token, PaymentMethod.CreditCard)
            attempt.state.first { it is PaymentState.AwaitingCardApp }
            assertEquals(CancelOutcome.NOT_CANCELLABLE, attempt.cancel())
            fake.cardApp.cancel()
            assertEquals(PaymentResult.Cancelled(CancelledBy.CARD_APP), attempt.await())
        }

    @Test
    fun `cash is booked as the gateway books it`() =
        test {
            val attempt = FakePaymentTerminal().confirmPayment(token, PaymentMethod.Cash)
            val paid = assertInstanceOf(PaymentResult.Succeeded::class.java, attempt.await())
            assertEquals("CASH", paid.receipt.provider)
        }

    @Test
    fun `a terminal stays closed when another is opened`() =
        test {
            val old = FakePaymentTerminal()
            val attempt = old.confirmPayment(token, code)
            assertEquals(emptyList<PaymentAttempt>(), old.recoverPending(), "it is running")
            val next = old.reopened()
            val again = refusal { old.confirmPayment("pi_2_secret_x", code) }
            assertEquals(TerminalError.ShutDown, again)
            assertEquals(CancelOutcome.NOT_CANCELLABLE, attempt.cancel())
            assertEquals(TerminalError.ShutDown, refusal { attempt.switchMethod(code) })
            assertEquals(attempt.id, next.recoverPending().single().id)
        }

    @Test
    fun `what needs the native library says so`() {
        PaymentTerminal.setLogLevel(LogLevel.DEBUG)
        PaymentTerminal.setLogSink(null)
        val qr = (FakeStep.qrReady() as FakeStep.Event).kind
        val shown = (qr as PaymentEventKind.QrReady).qr
        assertThrows(SdkFaultException::class.java) { shown.matrix() }
        assertEquals("CARD_DECLINED", FailureCode.CARD_DECLINED.message())
    }

    private suspend fun refusal(call: suspend () -> Unit): TerminalError {
        val thrown = runCatching { call() }.exceptionOrNull()
        return assertInstanceOf(TerminalException::class.java, thrown).error
    }
}
