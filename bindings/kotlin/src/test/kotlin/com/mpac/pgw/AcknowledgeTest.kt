package com.mpac.pgw

import kotlinx.coroutines.CoroutineStart
import kotlinx.coroutines.Job
import kotlinx.coroutines.TimeoutCancellationException
import kotlinx.coroutines.async
import kotlinx.coroutines.awaitCancellation
import kotlinx.coroutines.coroutineScope
import kotlinx.coroutines.delay
import kotlinx.coroutines.flow.collect
import kotlinx.coroutines.flow.collectLatest
import kotlinx.coroutines.flow.first
import kotlinx.coroutines.flow.take
import kotlinx.coroutines.flow.toList
import kotlinx.coroutines.launch
import kotlinx.coroutines.withTimeout
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertFalse
import org.junit.jupiter.api.Assertions.assertNotSame
import org.junit.jupiter.api.Assertions.assertNull
import org.junit.jupiter.api.Assertions.assertSame
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.io.TempDir
import org.junit.jupiter.params.ParameterizedTest
import org.junit.jupiter.params.provider.EnumSource
import java.io.File
import kotlin.time.Duration.Companion.milliseconds

/** An outcome comes back until the app acknowledges it, and then no more. */
class AcknowledgeTest {
    @TempDir
    lateinit var directory: File

    /** What an app may do with an outcome, short of acknowledging it. */
    enum class Way(
        val watch: suspend (PaymentAttempt, PaymentTerminal) -> Unit,
    ) {
        NOTHING({ _, _ -> }),
        COLLECT({ attempt, _ -> attempt.events.collect() }),
        COLLECT_LATEST({ attempt, _ -> attempt.events.collectLatest { delay(1.milliseconds) } }),
        FIRST({ attempt, _ -> attempt.events.first { it.isFinal } }),
        TAKE({ attempt, _ -> attempt.events.take(2).toList() }),
        AWAIT({ attempt, _ -> attempt.await() }),
        TWO_COLLECTORS({ attempt, _ ->
            coroutineScope { repeat(2) { launch { attempt.events.collect() } } }
        }),
        COLLECTOR_FAILS({ attempt, _ ->
            failure<NoSpaceException> {
                attempt.trace { if (it.isFinal) throw NoSpaceException() }
            }
        }),
        COLLECTOR_IS_CANCELLED({ attempt, _ ->
            coroutineScope {
                val reached = Job()
                val collector =
                    launch {
                        attempt.trace {
                            if (it.isFinal) {
                                reached.complete()
                                awaitCancellation()
                            }
                        }
                    }
                reached.join()
                collector.cancel()
            }
        }),
        COLLECTOR_TIMES_OUT({ attempt, _ ->
            failure<TimeoutCancellationException> {
                attempt.events.collect { withTimeout(1.milliseconds) { awaitCancellation() } }
            }
        }),
        COLLECTOR_CLOSES({ attempt, terminal ->
            attempt.trace { if (it.isFinal) terminal.close() }
        }),
    }

    @ParameterizedTest
    @EnumSource
    fun `only acknowledging accepts an outcome`(way: Way) =
        payments {
            val id =
                openTerminal(directory).use { terminal ->
                    val attempt = terminal.payInCash()
                    way.watch(attempt, terminal)
                    attempt.id
                }
            openTerminal(directory).use { terminal ->
                val attempt = terminal.recoverPending().single()
                assertEquals(id, attempt.id)
                val event = attempt.events.first { it.isFinal }
                assertTrue(event.kind is PaymentEventKind.PaymentSuccess, "$event")
                assertTrue(event.replayed || way == Way.NOTHING, "$event")
                assertTrue(attempt.acknowledge())
            }
            assertEquals(emptyList<String>(), pendingIn(directory))
        }

    @Test
    fun `acknowledging again does no harm`() =
        payments {
            val terminal = openTerminal(directory)
            val attempt = terminal.payInCash()
            assertTrue(attempt.await() is PaymentResult.Succeeded)
            assertSame(attempt, terminal.attempt(attempt.id))
            repeat(2) { assertTrue(attempt.acknowledge()) }
            assertNull(terminal.attempt(attempt.id))
            terminal.close()
            assertFalse(attempt.acknowledge(), "a closed terminal has let go of the journal")

            val succeeded = PaymentState.Finished(attempt.await())
            assertEquals(succeeded, attempt.state.value)
            assertTrue(attempt.await() is PaymentResult.Succeeded)
            assertEquals(emptyList<String>(), pendingIn(directory))
        }

    @Test
    fun `acknowledging takes no event away`() =
        payments {
            openTerminal(directory).use { terminal ->
                val attempt = terminal.payInCash()
                attempt.await()
                assertTrue(attempt.acknowledge())
                assertEquals(listOf("status_changed", "payment_success"), attempt.trace())
            }
        }

    @Test
    fun `acknowledging goes on without the coroutine that has asked for it`() =
        payments {
            openTerminal(directory).use { terminal ->
                val attempt = terminal.payInCash()
                attempt.await()
                launch(start = CoroutineStart.UNDISPATCHED) { attempt.acknowledge() }.cancel()
                eventually { terminal.attempt(attempt.id) == null }
            }
            assertEquals(emptyList<String>(), pendingIn(directory))
        }

    @Test
    fun `before there is an outcome, nothing is acknowledged`() =
        payments {
            openTerminal(directory).use { terminal ->
                val order = Gateway.create()
                val attempt =
                    terminal.confirmPayment(order.paymentToken, PaymentMethod.QrMpm("PAYPAY"))
                assertFalse(attempt.acknowledge())
                attempt.state.first { it is PaymentState.AwaitingCustomer }
                assertFalse(attempt.acknowledge())
                assertSame(attempt, terminal.attempt(attempt.id))

                Gateway.pay(order)
                attempt.pollNow()
                assertTrue(attempt.await() is PaymentResult.Succeeded)
                assertTrue(attempt.acknowledge())
            }
        }

    @Test
    fun `what this process has not acknowledged comes back to it`() =
        payments {
            openTerminal(directory).use { terminal ->
                val before = terminal.payInCash()
                assertEquals("payment_success", before.trace().last())

                lateinit var again: PaymentAttempt
                eventually {
                    val found = terminal.recoverPending()
                    found.forEach { again = it }
                    found.isNotEmpty()
                }
                assertEquals(before.id, again.id)
                assertNotSame(before, again)
                assertSame(again, terminal.attempt(before.id))
                val event = again.events.first { it.isFinal }
                assertTrue(
                    event.kind is PaymentEventKind.PaymentSuccess && event.replayed,
                    "$event",
                )

                assertTrue(before.acknowledge(), "either handle will do")
                assertNull(terminal.attempt(before.id))
                assertTrue(again.acknowledge())
                assertEquals(emptyList<PaymentAttempt>(), terminal.recoverPending())
            }
        }

    @Test
    fun `an unresolved attempt is over once the staff has settled it`() =
        payments {
            val unresolved =
                PaymentResult.Unresolved(
                    UncertaintyCause.CARD_CHARGED_NOT_RECORDED,
                    NextStep.REFUND_IN_CARD_APP,
                )
            openTerminal(directory).use { terminal ->
                val order = Gateway.create()
                val attempt = terminal.confirmPayment(order.paymentToken, PaymentMethod.CreditCard)
                val asked = attempt.events.first()
                Gateway.cancel(order)
                val answer = FakeCardApp.approve(asked.request.toJson())
                terminal.completeCardPayment(CardResult.fromJson(answer))
                assertEquals(unresolved, attempt.await())
                val told = attempt.events.first { it.name == "payment_unresolved" }
                assertEquals(
                    unresolved.cause,
                    (told.kind as PaymentEventKind.PaymentUnresolved).cause,
                )

                val rest = async { attempt.trace() }
                assertTrue(attempt.acknowledge())
                assertFalse("payment_unresolved" in rest.await())
                assertEquals(PaymentState.Finished(unresolved), attempt.state.value)
                assertEquals(unresolved, attempt.await())
                assertNull(terminal.attempt(attempt.id))
                assertTrue(attempt.acknowledge(), "again does no harm here either")
            }
            assertEquals(emptyList<String>(), pendingIn(directory))
        }

    private suspend fun PaymentTerminal.payInCash(): PaymentAttempt =
        confirmPayment(Gateway.create().paymentToken, PaymentMethod.Cash)
}
