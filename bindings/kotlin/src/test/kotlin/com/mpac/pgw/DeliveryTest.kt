package com.mpac.pgw

import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.async
import kotlinx.coroutines.awaitCancellation
import kotlinx.coroutines.cancelAndJoin
import kotlinx.coroutines.flow.collectLatest
import kotlinx.coroutines.flow.first
import kotlinx.coroutines.launch
import kotlinx.coroutines.withContext
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.io.TempDir
import java.io.File
import java.util.concurrent.CountDownLatch

private typealias CodeTest =
    suspend CoroutineScope.(attempt: PaymentAttempt, pay: suspend () -> Unit) -> Unit

/** Each event is handed out once, and what nobody has taken waits. */
class DeliveryTest {
    @TempDir
    lateinit var directory: File

    private val allEvents =
        listOf("status_changed", "qr_ready", "status_changed", "payment_success")

    @Test
    fun `a screen that is made anew goes on where the last one has stopped`() =
        withCode { attempt, pay ->
            val heard = mutableListOf<String>()
            while (attempt.state.value !is PaymentState.Finished || heard.size < allEvents.size) {
                val before = heard.size
                val screen =
                    launch {
                        attempt.events.collect {
                            heard += it.name
                            if (it.kind is PaymentEventKind.QrReady) pay()
                            awaitCancellation()
                        }
                    }
                eventually { heard.size > before }
                screen.cancelAndJoin()
            }
            assertEquals(allEvents, heard)
            assertEquals(emptyList<String>(), attempt.trace())
        }

    @Test
    fun `what one collector leaves is for the next`() =
        withCode { attempt, pay ->
            assertEquals("status_changed", attempt.events.first().name)
            assertEquals("qr_ready", attempt.events.first().name)
            pay()
            assertEquals("payment_success", attempt.events.first { it.isFinal }.name)
            assertEquals(emptyList<String>(), attempt.trace())
        }

    @Test
    fun `two collectors share the events`() =
        withCode { attempt, pay ->
            val collectors =
                List(
                    2,
                ) { async { attempt.trace { if (it.kind is PaymentEventKind.QrReady) pay() } } }
            val heard = collectors.flatMap { it.await() }
            assertEquals(allEvents.sorted(), heard.sorted())
        }

    @Test
    fun `collecting the latest begins with each`() =
        withCode { attempt, pay ->
            val heard = mutableListOf<String>()
            attempt.events.collectLatest {
                heard += it.name
                if (it.kind is PaymentEventKind.QrReady) pay()
                if (!it.isFinal) awaitCancellation()
            }
            assertEquals(allEvents, heard)
        }

    @Test
    fun `a collector that fails has taken its event, and leaves the others`() =
        withCode { attempt, pay ->
            failure<NoSpaceException> { attempt.events.collect { throw NoSpaceException() } }
            val rest = attempt.trace { if (it.kind is PaymentEventKind.QrReady) pay() }
            assertEquals(allEvents.drop(1), rest)
        }

    @Test
    fun `a slow collector holds up neither the state nor other attempts`() =
        withCode { attempt, pay ->
            val free = CountDownLatch(1)
            val slow = launch(Dispatchers.IO) { attempt.trace { free.await() } }
            try {
                attempt.state.first { it is PaymentState.AwaitingCustomer }
                pay()
                assertTrue(attempt.await() is PaymentResult.Succeeded)
            } finally {
                free.countDown()
            }
            slow.join()
        }

    @Test
    fun `closing ends every collector quietly, and whoever waits for a result`() =
        payments {
            val terminal = openTerminal(directory)
            val order = Gateway.create()
            val attempt = terminal.confirmPayment(order.paymentToken, PaymentMethod.QrMpm("PAYPAY"))
            val collectors = List(2) { async { attempt.trace() } }
            val waiting = launch { attempt.await() }
            val shown = attempt.state.first { it is PaymentState.AwaitingCustomer }
            terminal.close()
            terminal.close()
            assertTrue(collectors.sumOf { it.await().size } <= 2)
            assertEquals(emptyList<String>(), attempt.trace())
            waiting.join()
            assertTrue(waiting.isCancelled)
            assertEquals(shown, attempt.state.value)
            refused<TerminalError.ShutDown> {
                terminal.confirmPayment(order.paymentToken, PaymentMethod.Cash)
            }
            refused<TerminalError.ShutDown> { terminal.recoverPending() }
        }

    @Test
    fun `a collector may close the terminal from its own thread`() =
        payments {
            // As on an app's main thread, which has nobody else to go on.
            withContext(Dispatchers.Default.limitedParallelism(1)) {
                openTerminal(directory).use { terminal ->
                    val order = Gateway.create()
                    val attempt =
                        terminal.confirmPayment(order.paymentToken, PaymentMethod.QrMpm("PAYPAY"))
                    val heard =
                        attempt.trace {
                            if (it.kind is PaymentEventKind.QrReady) {
                                terminal
                                    .close()
                            }
                        }
                    assertEquals(listOf("status_changed", "qr_ready"), heard)
                }
            }
        }

    /** A payment by a code that the terminal shows, and the customer who pays it. */
    private fun withCode(test: CodeTest) =
        payments {
            openTerminal(directory).use { terminal ->
                val order = Gateway.create()
                val method = PaymentMethod.QrMpm("PAYPAY")
                val attempt = terminal.confirmPayment(order.paymentToken, method)
                test(attempt) {
                    withContext(Dispatchers.IO) { Gateway.pay(order) }
                    attempt.pollNow()
                }
            }
        }
}
