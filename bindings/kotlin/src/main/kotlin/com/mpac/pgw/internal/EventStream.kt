package com.mpac.pgw.internal

import com.mpac.pgw.PaymentEvent
import com.mpac.pgw.TerminalException
import kotlinx.coroutines.CancellationException
import kotlinx.coroutines.CompletableDeferred
import kotlinx.coroutines.Job
import kotlinx.coroutines.NonCancellable
import kotlinx.coroutines.flow.Flow
import kotlinx.coroutines.flow.FlowCollector
import kotlinx.coroutines.flow.MutableStateFlow
import kotlinx.coroutines.flow.StateFlow
import kotlinx.coroutines.flow.asStateFlow
import kotlinx.coroutines.flow.first
import kotlinx.coroutines.flow.flow
import kotlinx.coroutines.flow.update
import kotlinx.coroutines.withContext
import java.util.concurrent.atomic.AtomicLong

/**
 * The events of one attempt, from the thread of the SDK to whoever collects them, and the word that
 * the final one was accepted back.
 *
 * @param lifetime the terminal's: with its end, nothing is accepted any more.
 * @param collectorsAccept whether collecting the final event accepts it.
 * @param onAccepted runs once, when a collector has accepted it.
 */
internal class EventStream(
    lifetime: Job,
    private val collectorsAccept: Boolean,
    private val onAccepted: () -> Unit,
) {
    /**
     * What there is to collect. Events have numbers; the oldest ones are dropped, so that an
     * attempt that stays unresolved for weeks does not fill the memory.
     */
    data class Log(
        val first: Long = 0,
        val events: List<PaymentEvent> = emptyList(),
        val end: End? = null,
    ) {
        val next: Long get() = first + events.size
        val final: PaymentEvent? get() = events.lastOrNull()?.takeIf { it.isFinal }

        operator fun plus(event: PaymentEvent): Log {
            val kept = events.takeLast(MAX_EVENTS - 1)
            return copy(first = next - kept.size, events = kept + event)
        }

        operator fun get(number: Long): PaymentEvent = events[(number - first).toInt()]
    }

    /** Why no more events come, though there was no final one. */
    enum class End { ACKNOWLEDGED, CLOSED }

    private val entries = MutableStateFlow(Log())

    /** Every event below this number was handed to a collector. */
    private val unseen = AtomicLong()

    private val accepted = CompletableDeferred<Unit>(lifetime)

    val log: StateFlow<Log> = entries.asStateFlow()

    init {
        accepted.invokeOnCompletion { cause -> if (cause != null) end(End.CLOSED) }
    }

    val events: Flow<PaymentEvent> =
        flow {
            var next =
                log.value.run {
                    if (final ==
                        null
                    ) {
                        unseen.get()
                    } else {
                        minOf(unseen.get(), next - 1)
                    }
                }
            while (true) {
                val snapshot = log.first { it.next > next || it.end != null }
                if (snapshot.next <= next) {
                    if (snapshot.end == End.CLOSED) throw TerminalException.Closed()
                    break
                }
                next = maxOf(next, snapshot.first)
                val event = snapshot[next++]
                unseen.accumulateAndGet(next, ::maxOf)
                if (event.isFinal) {
                    emitFinal(event)
                    break
                }
                emit(event)
            }
        }

    /** Adds an event. A final one that comes again, since nobody accepted it, is there already. */
    fun publish(event: PaymentEvent) {
        entries.update { if (it.final == null) it + event else it }
    }

    fun end(how: End) {
        entries.update { it.copy(end = it.end ?: how) }
    }

    /** Someone who watches has the final event. */
    fun finalCollected() {
        if (collectorsAccept && accepted.complete(Unit)) onAccepted()
    }

    /** Waits for someone to accept the final event. Throws when the terminal is closed. */
    suspend fun awaitAcceptance() {
        accepted.await()
    }

    private suspend fun FlowCollector<PaymentEvent>.emitFinal(event: PaymentEvent) {
        try {
            emit(event)
        } catch (e: CancellationException) {
            if (e.endsCollection()) finalCollected()
            throw e
        }
        finalCollected()
    }

    private companion object {
        const val MAX_EVENTS = 256
    }
}

/**
 * Whether the collector has taken the event and wants no more, as `first` and `take` tell it, and
 * was not itself cancelled. Their exception is private to the coroutines library, so its class is
 * learned from an example.
 */
private suspend fun CancellationException.endsCollection(): Boolean {
    var example: Throwable? = null
    val flow =
        flow {
            try {
                emit(Unit)
            } catch (e: CancellationException) {
                example = e
                throw e
            }
        }
    withContext(NonCancellable) { flow.first() }
    return this::class == example?.let { it::class }
}
