package com.mpac.pgw

import kotlinx.coroutines.CompletableDeferred
import kotlinx.coroutines.async
import kotlinx.coroutines.flow.collect
import kotlinx.coroutines.flow.first
import kotlinx.coroutines.flow.take
import kotlinx.coroutines.flow.toList
import kotlinx.coroutines.launch
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertFalse
import org.junit.jupiter.api.Assertions.assertNull
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.io.TempDir
import org.junit.jupiter.params.ParameterizedTest
import org.junit.jupiter.params.provider.EnumSource
import java.io.File
import java.util.concurrent.ConcurrentLinkedQueue
import java.util.concurrent.Executor
import java.util.concurrent.Executors
import java.util.concurrent.RejectedExecutionException
import java.util.concurrent.atomic.AtomicInteger

/** A final event is delivered until the app has it, and then no more. */
class DeliveryTest {
    @TempDir
    lateinit var directory: File

    private val direct = Executor { it.run() }

    /** The ways of an app to have the final event. */
    enum class Way(
        val take: suspend (PaymentAttempt) -> Unit,
    ) {
        COLLECT({ it.events.collect() }),
        AWAIT({ it.await() }),
        FIRST({ attempt -> attempt.events.first { it.isFinal } }),
        TAKE({ it.events.take(2).toList() }),
    }

    @ParameterizedTest
    @EnumSource
    fun `what the app has taken does not come again`(way: Way) =
        payments {
            openTerminal(directory).use { terminal ->
                val attempt = terminal.payInCash()
                way.take(attempt)
                assertNull(terminal.attempt(attempt.id))
            }
            assertTrue(journalIsEmpty(), "closing at once loses nothing that was accepted")
            openTerminal(directory).use { assertEquals(emptyList<Any>(), it.recoverPending()) }
        }

    @Test
    fun `what nobody has taken comes again after a restart`() =
        payments {
            val id =
                openTerminal(directory).use { terminal ->
                    val attempt = terminal.payInCash()
                    attempt.refuse()
                    attempt.id
                }
            openTerminal(directory).use { terminal ->
                val attempt = terminal.recoverPending().single()
                assertEquals(id, attempt.id)
                // The gateway is asked before the result from disk is told.
                val event = attempt.events.first()
                assertTrue(event is PaymentEvent.PaymentSuccess && event.replayed, "$event")
                assertEquals(PaymentState.Finished(PaymentResult.Succeeded), attempt.state.value)
                eventually { journalIsEmpty() }
            }
        }

    @Test
    fun `a collector that fails at the final event has not taken it`() =
        payments {
            openTerminal(directory).use { terminal ->
                val attempt = terminal.payInCash()
                attempt.refuse()
                assertFalse(journalIsEmpty())

                assertEquals(listOf("payment_success"), attempt.trace())
                eventually { journalIsEmpty() }
            }
        }

    @Test
    fun `a collector that is cancelled at the final event has not taken it`() =
        payments {
            openTerminal(directory).use { terminal ->
                val attempt = terminal.payInCash()
                val reached = CompletableDeferred<Unit>()
                val watching =
                    launch {
                        attempt.trace {
                            if (it.isFinal) {
                                reached.complete(Unit)
                                CompletableDeferred<Unit>().await()
                            }
                        }
                    }
                reached.await()
                watching.cancel()
                watching.join()
                assertFalse(journalIsEmpty())

                assertEquals(PaymentResult.Succeeded, attempt.await())
                eventually { journalIsEmpty() }
            }
        }

    @Test
    fun `a listener that throws gets the final event again, and no other`() =
        payments {
            val names = ConcurrentLinkedQueue<String>()
            val thrown = listOf(NoSpaceException(), AssertionError("an Error, not an Exception"))
            val failures = ArrayDeque<Throwable>(thrown)
            openTerminal(directory).use { terminal ->
                val order = Gateway.create()
                val attempt =
                    terminal.confirmPayment(order.paymentToken, PaymentMethod.Cash, direct) {
                        names += it.name
                        if (!it.isFinal) throw NoSpaceException()
                        failures.removeFirstOrNull()?.let { failure -> throw failure }
                    }
                eventually { terminal.attempt(attempt.id) == null }
                val expected = listOf("status_changed") + List(3) { "payment_success" }
                assertEquals(expected, names.toList())
                eventually { journalIsEmpty() }
            }
        }

    @Test
    fun `with a listener, collecting and waiting accept nothing`() =
        payments {
            val mayReturn = CompletableDeferred<Unit>()
            openTerminal(directory).use { terminal ->
                val order = Gateway.create()
                val attempt =
                    terminal.confirmPayment(order.paymentToken, PaymentMethod.Cash, direct) {
                        check(!it.isFinal || mayReturn.isCompleted) { "not yet" }
                    }
                assertEquals(PaymentResult.Succeeded, attempt.await())
                assertEquals("payment_success", attempt.trace().last())
                assertFalse(journalIsEmpty())

                mayReturn.complete(Unit)
                eventually { journalIsEmpty() }
            }
        }

    @Test
    fun `the listener runs on its executor, one event at a time`() =
        payments {
            val pool = Executors.newFixedThreadPool(4) { Thread(it, "the-app") }
            val threads = ConcurrentLinkedQueue<String>()
            val atOnce = AtomicInteger()
            openTerminal(directory).use { terminal ->
                val order = Gateway.create()
                lateinit var attempt: PaymentAttempt
                val done = CompletableDeferred<Unit>()
                attempt =
                    terminal.confirmPayment(
                        order.paymentToken,
                        PaymentMethod.QrMpm("PAYPAY"),
                        pool,
                    ) { event ->
                        check(atOnce.incrementAndGet() == 1)
                        threads += Thread.currentThread().name
                        if (event is PaymentEvent.QrReady) Gateway.pay(order)
                        atOnce.decrementAndGet()
                        if (event.isFinal) done.complete(Unit)
                    }
                done.await()
                assertEquals(List(4) { "the-app" }, threads.toList())
                assertEquals(PaymentResult.Succeeded, attempt.await())
            }
            pool.shutdown()
        }

    @Test
    fun `an executor that refuses has not taken the event`() =
        payments {
            val refusals = AtomicInteger()
            val reluctant =
                Executor {
                    if (refusals.getAndIncrement() < 2) throw RejectedExecutionException()
                    it.run()
                }
            openTerminal(directory).use { terminal ->
                val done = CompletableDeferred<Unit>()
                val order = Gateway.create()
                terminal.confirmPayment(order.paymentToken, PaymentMethod.Cash, reluctant) {
                    done.complete(Unit)
                }
                done.await()
                eventually { journalIsEmpty() }
            }
        }

    @Test
    fun `collectors share the events before the final one`() =
        payments {
            openTerminal(directory).use { terminal ->
                val order = Gateway.create()
                val attempt =
                    terminal.confirmPayment(order.paymentToken, PaymentMethod.QrMpm("PAYPAY"))
                assertEquals(
                    listOf("status_changed", "qr_ready"),
                    attempt.events
                        .take(2)
                        .toList()
                        .map { it.name },
                )
                // A second collector is not told of the code again: the state shows it.
                val rest = async { attempt.trace() }
                Gateway.pay(order)
                attempt.pollNow()
                assertEquals(listOf("status_changed", "payment_success"), rest.await())
                assertEquals(listOf("payment_success"), attempt.trace())
            }
        }

    @Test
    fun `closing the terminal frees whoever waits`() =
        payments {
            val terminal = openTerminal(directory)
            val order = Gateway.create()
            val attempt = terminal.confirmPayment(order.paymentToken, PaymentMethod.QrMpm("PAYPAY"))
            val waiting =
                listOf<suspend () -> Unit>(
                    { attempt.await() },
                    { attempt.trace() },
                ).map { wait -> async { failure<TerminalException.Closed> { wait() } } }
            attempt.state.first { it is PaymentState.AwaitingCustomer }
            terminal.close()
            terminal.close()
            waiting.forEach { it.await() }
            failure<TerminalException.Closed> {
                terminal.confirmPayment(order.paymentToken, PaymentMethod.Cash)
            }
            failure<TerminalException.Closed> { terminal.recoverPending() }
        }

    private suspend fun PaymentTerminal.payInCash(): PaymentAttempt =
        confirmPayment(Gateway.create().paymentToken, PaymentMethod.Cash)

    private fun journalIsEmpty(): Boolean = directory.walk().none { it.extension == "attempt" }
}
