package com.mpac.pgw

import kotlinx.coroutines.flow.toList
import kotlinx.coroutines.runBlocking
import org.junit.jupiter.api.AfterEach
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertNull
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.io.TempDir
import java.io.File
import java.util.concurrent.ConcurrentLinkedQueue
import java.util.concurrent.CountDownLatch
import java.util.concurrent.Executor
import java.util.concurrent.Executors
import java.util.concurrent.RejectedExecutionException
import java.util.concurrent.TimeUnit.MILLISECONDS
import java.util.concurrent.atomic.AtomicInteger
import kotlin.time.Duration.Companion.milliseconds
import kotlin.time.measureTime

/** A listener is told every event, one at a time, and decides nothing. */
class ListenerTest {
    @TempDir
    lateinit var directory: File

    private val thrown = ConcurrentLinkedQueue<Throwable>()
    private val pool =
        Executors.newFixedThreadPool(4) { task ->
            Thread(task, "the-app").apply { setUncaughtExceptionHandler { _, e -> thrown += e } }
        }
    private val direct = Executor { it.run() }
    private val heard = ConcurrentLinkedQueue<String>()

    /** How long a closing terminal would wait for a listener. */
    private val patience = 500.milliseconds
    private val both = listOf("status_changed", "payment_success")

    @AfterEach
    fun shutDown() {
        pool.shutdownNow()
    }

    @Test
    fun `it runs on its executor, one event at a time`() =
        payments {
            val atOnce = AtomicInteger()
            val threads = ConcurrentLinkedQueue<String>()
            openTerminal(directory).use { terminal ->
                val order = Gateway.create()
                val method = PaymentMethod.QrMpm("PAYPAY")
                val attempt =
                    terminal.confirmPayment(order.paymentToken, method, pool) { event ->
                        check(atOnce.incrementAndGet() == 1)
                        threads += Thread.currentThread().name
                        if (event.kind is PaymentEventKind.QrReady) Gateway.pay(order)
                        atOnce.decrementAndGet()
                        heard += event.name
                    }
                eventually { "payment_success" in heard }
                assertEquals(List(4) { "the-app" }, threads.toList())
                assertTrue(attempt.await() is PaymentResult.Succeeded)
                assertEquals(heard.toList(), attempt.events.toList().map { it.name })
                assertTrue(attempt.acknowledge())
            }
            assertEquals(emptyList<Throwable>(), thrown.toList())
            assertEquals(emptyList<String>(), pendingIn(directory))
        }

    @Test
    fun `what it returns or throws decides nothing`() =
        payments {
            val failures = listOf(NoSpaceException(), AssertionError("an Error, no Exception"))
            val ids =
                openTerminal(directory).use { terminal ->
                    val left = ArrayDeque(failures)
                    val failing =
                        terminal.payInCash(pool) {
                            heard += it.name
                            throw left.removeFirst()
                        }
                    eventually { thrown.size == failures.size }
                    assertEquals(both, heard.toList())
                    val returning = terminal.payInCash(pool) { heard += it.name }
                    eventually { heard.toList() == both + both }
                    assertEquals(failing, terminal.attempt(failing.id))
                    listOf(failing.id, returning.id)
                }
            assertEquals(failures, thrown.toList())
            assertEquals(ids.sorted(), pendingIn(directory).sorted())
        }

    @Test
    fun `one that throws on a thread of the SDK hears on`() =
        payments {
            openTerminal(directory).use { terminal ->
                terminal.payInCash(direct) {
                    Thread.currentThread().setUncaughtExceptionHandler { _, e -> thrown += e }
                    heard += it.name
                    throw NoSpaceException()
                }
                eventually { thrown.size == 2 }
                assertEquals(both, heard.toList())
            }
        }

    @Test
    fun `a slow one holds up neither the state, nor other attempts, nor closing`() =
        payments {
            val free = CountDownLatch(1)
            val terminal = openTerminal(directory)
            val slow =
                terminal.payInCash(pool) {
                    heard += it.name
                    free.await()
                }
            assertTrue(slow.await() is PaymentResult.Succeeded)
            assertTrue(terminal.payInCash(direct) {}.await() is PaymentResult.Succeeded)
            assertEquals(both.take(1), heard.toList())

            val took = measureTime { terminal.close() }
            assertTrue(took < patience, "$took")
            free.countDown()
            pool.shutdown()
            assertTrue(pool.awaitTermination(10_000, MILLISECONDS))
            assertEquals(both.take(1), heard.toList(), "a closed terminal tells nothing")
        }

    @Test
    fun `what its executor rejects is tried again with the next event`() =
        payments {
            val rejections = AtomicInteger()
            val reluctant =
                Executor {
                    if (rejections.getAndIncrement() == 0) throw RejectedExecutionException()
                    it.run()
                }
            openTerminal(directory).use { terminal ->
                terminal.payInCash(reluctant) { heard += it.name }
                eventually { heard.toList() == both }
            }
        }

    @Test
    fun `it may acknowledge, and close the terminal`() =
        payments {
            for (executor in listOf(direct, pool)) {
                val terminal = openTerminal(directory)
                val took = CountDownLatch(1)
                terminal.payInCash(executor) { event ->
                    val attempt = checkNotNull(terminal.attempt(event.attemptId))
                    if (event.isFinal) {
                        check(runBlocking { attempt.acknowledge() })
                        assertNull(terminal.attempt(event.attemptId))
                        check(measureTime { terminal.close() } < patience)
                        took.countDown()
                    }
                }
                eventually { took.count == 0L }
                assertEquals(emptyList<String>(), pendingIn(directory))
            }
            assertEquals(emptyList<Throwable>(), thrown.toList())
        }

    private suspend fun PaymentTerminal.payInCash(
        executor: Executor,
        listener: PaymentListener,
    ): PaymentAttempt =
        confirmPayment(Gateway.create().paymentToken, PaymentMethod.Cash, executor, listener)
}
