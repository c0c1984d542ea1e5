package com.mpac.pgw

import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.delay
import kotlinx.coroutines.flow.collect
import kotlinx.coroutines.flow.onEach
import kotlinx.coroutines.runBlocking
import kotlinx.coroutines.withTimeout
import org.junit.jupiter.api.Assertions.assertInstanceOf
import java.io.File
import kotlin.time.Duration.Companion.milliseconds
import kotlin.time.Duration.Companion.seconds

/** The quickest polling that is allowed. */
val quickPolling = PollingPolicy(minInterval = 1.seconds, maxInterval = 1.seconds)

/** A terminal on the shared gateway. */
suspend fun openTerminal(directory: File, vault: Vault? = null): PaymentTerminal =
    reopen(TerminalConfig(Gateway.url, directory, polling = quickPolling), vault)

/** A test that talks to the gateway, and must not take forever. */
fun payments(test: suspend CoroutineScope.() -> Unit) {
    runBlocking { withTimeout(60.seconds, test) }
}

/** Collects all events to the end, acting on them as an app does. Returns their names. */
suspend fun PaymentAttempt.trace(act: suspend (PaymentEvent) -> Unit = {}): List<String> {
    val names = mutableListOf<String>()
    events.onEach { names += it.name }.collect(act)
    return names
}

/** What an app's own code may throw. */
class NoSpaceException : Exception("the app's database is full")

/** The attempts that a new terminal finds there; none is acknowledged. */
suspend fun pendingIn(directory: File): List<String> =
    openTerminal(directory).use { terminal -> terminal.recoverPending().map { it.id } }

/** Waits until something holds. */
suspend fun eventually(condition: suspend () -> Boolean) {
    withTimeout(60.seconds) { while (!condition()) delay(10.milliseconds) }
}

/** The code that the customer is to scan. */
val PaymentEvent.qr: QrCode get() = (kind as PaymentEventKind.QrReady).qr

/** What the card app is asked. */
val PaymentEvent.request: CardRequest get() = (kind as PaymentEventKind.CardAppRequested).request

/** The error of a call that is refused. */
suspend inline fun <reified E : TerminalError> refused(call: suspend () -> Unit): E =
    assertInstanceOf(E::class.java, failure<TerminalException>(call).error)

/** The exception that a call throws, which has to be of that kind. */
suspend inline fun <reified E : Throwable> failure(call: suspend () -> Unit): E {
    val thrown = runCatching { call() }.exceptionOrNull()
    return assertInstanceOf(E::class.java, thrown)
}
