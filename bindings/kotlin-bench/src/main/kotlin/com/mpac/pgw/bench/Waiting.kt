package com.mpac.pgw.bench

import com.mpac.pgw.PaymentAttempt
import com.mpac.pgw.PaymentMethod
import com.mpac.pgw.PaymentState
import com.mpac.pgw.PaymentTerminal
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.Job
import kotlinx.coroutines.delay
import kotlinx.coroutines.flow.first
import kotlinx.coroutines.launch
import java.io.File
import kotlin.time.Duration
import kotlin.time.Duration.Companion.seconds

private const val MANY = 100
private const val CUSTOMERS = 8
private const val SECONDS = 10
private val seldom = 5.seconds
private val often = 1.seconds

/** Customers who look at codes of the SDK, each on a screen that watches. */
private class Till(
    private val terminal: PaymentTerminal,
) {
    private val screens = CoroutineScope(Dispatchers.Default)

    suspend fun show(order: Order): PaymentAttempt {
        val method = PaymentMethod.QrMpm("PAYPAY")
        val attempt = terminal.confirmPayment(order.paymentToken, method)
        screens.launch { attempt.events.collect { } }
        attempt.state.first { it is PaymentState.AwaitingCustomer }
        return attempt
    }
}

/** The same by hand. */
private class TillByHand(
    gateway: Gateway,
) {
    private val byHand = ByHand(gateway)
    private val screens = CoroutineScope(Dispatchers.Default)

    suspend fun show(order: Order, interval: Duration): Job {
        byHand.retrieve(order)
        byHand.confirm(order)
        return screens.launch { byHand.poll(order, interval) }
    }
}

/** Memory and threads of many at once, in a JVM of its own. */
suspend fun waitWithTheSdk(gateway: Gateway, folder: File) {
    val till = Till(openTerminal(gateway, folder, seldom))
    val end: suspend (PaymentAttempt) -> Unit = {
        it.cancel()
        it.acknowledge()
    }
    val taken = takenByMany(gateway, till::show, end)
    row("Kotlin: memory, $MANY waiting attempts", "MiB", listOf(taken.memory), below = 20.0)
    row("Kotlin: threads, $MANY waiting attempts", "", listOf(taken.threads), below = 110.0)
}

suspend fun waitByHand(gateway: Gateway) {
    val till = TillByHand(gateway)
    val taken = takenByMany(gateway, { till.show(it, seldom) }, Job::cancel)
    row("  by hand: memory, $MANY poll loops", "MiB", listOf(taken.memory))
    row("  by hand: threads, $MANY poll loops", "", listOf(taken.threads))
}

/** What the processor does for one question. */
suspend fun polls(gateway: Gateway, folder: File) {
    val orders = gateway.create(CUSTOMERS)
    val terminal = openTerminal(gateway, folder, often)
    val till = Till(terminal)
    orders.forEach { till.show(it) }
    row("Kotlin: processor time for a poll", "ms", listOf(cpuOfPoll()))
    terminal.close()
    val byHand = TillByHand(gateway)
    orders.forEach { byHand.show(it, often) }
    row("  by hand: OkHttp and delay", "ms", listOf(cpuOfPoll()))
}

private suspend fun cpuOfPoll(): Double {
    delay(often / 2)
    val before = cpuMilliseconds()
    delay(often * SECONDS)
    return (cpuMilliseconds() - before) / (SECONDS * CUSTOMERS)
}

private suspend fun <T> takenByMany(
    gateway: Gateway,
    show: suspend (Order) -> T,
    end: suspend (T) -> Unit,
): Usage {
    // One after the other before, for what a JVM takes until it has compiled what it runs.
    for (order in gateway.create(MANY)) end(show(order))
    val orders = gateway.create(MANY)
    delay(seldom)
    val before = Usage.now()
    orders.forEach { show(it) }
    // Until each has asked at least once.
    delay(seldom)
    val after = Usage.now()
    return Usage(after.memory - before.memory, after.threads - before.threads)
}
