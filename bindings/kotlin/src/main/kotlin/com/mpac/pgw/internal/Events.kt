package com.mpac.pgw.internal

import com.mpac.pgw.CoreAttempt
import com.mpac.pgw.PaymentEvent
import com.mpac.pgw.PaymentListener
import kotlinx.coroutines.flow.Flow
import kotlinx.coroutines.flow.MutableStateFlow
import kotlinx.coroutines.flow.StateFlow
import kotlinx.coroutines.flow.asStateFlow
import kotlinx.coroutines.flow.combine
import kotlinx.coroutines.flow.mapNotNull
import kotlinx.coroutines.flow.transformWhile
import kotlinx.coroutines.flow.update
import java.util.concurrent.Executor

/**
 * What Rust calls, on a thread for each attempt. It is not held up.
 *
 * @param adopt makes an attempt of a handle.
 */
internal class Adoption(
    private val adopt: (CoreAttempt) -> NativeAttempt,
) : PaymentListener {
    private var attempts = emptyMap<String, NativeAttempt>()

    /** Begins attempts. Their events wait until the app can have the attempts. */
    @Synchronized
    fun begin(call: (PaymentListener) -> List<CoreAttempt>): List<NativeAttempt> {
        val begun = call(this).map(adopt)
        attempts = begun.associateBy { it.id }
        return begun
    }

    override fun onEvent(event: PaymentEvent) {
        synchronized(this) { attempts[event.attemptId] }?.take(event)
    }
}

/** The events of an attempt that no collector has taken yet: the latest [CAPACITY]. */
internal class EventQueue(
    isClosed: StateFlow<Boolean>,
) {
    private val waiting = ArrayDeque<PaymentEvent>()
    private val added = MutableStateFlow(0)
    private val over = MutableStateFlow(false)

    /** No event comes any more. */
    val isOver: StateFlow<Boolean> = over.asStateFlow()

    val events: Flow<PaymentEvent> =
        combine(added, isOver, isClosed) { _, isOver, isClosed -> isOver || isClosed }
            .transformWhile { isLast ->
                while (synchronized(waiting) { waiting.isNotEmpty() }) emit(Unit)
                !isLast
            }
            // A channel would lose what it has just handed to a collector that is cancelled.
            .mapNotNull { synchronized(waiting) { waiting.removeFirstOrNull() } }

    fun add(event: PaymentEvent) {
        synchronized(waiting) {
            waiting += event
            if (waiting.size > CAPACITY) waiting.removeFirst()
        }
        added.update { it + 1 }
        if (event.isFinal) end()
    }

    fun end() {
        over.value = true
    }

    private companion object {
        /** More than an attempt has, unless its connection comes and goes for hours. */
        const val CAPACITY = 256
    }
}

/** Tells a listener one event at a time, each as a task of its executor. */
internal class Teller(
    private val executor: Executor,
    private val listener: PaymentListener,
    private val isClosed: StateFlow<Boolean>,
) {
    private val waiting = ArrayDeque<PaymentEvent>()
    private var isTelling = false

    fun tell(event: PaymentEvent) {
        synchronized(this) { waiting += event }
        tellNext()
    }

    private fun tellNext() {
        synchronized(this) {
            if (isTelling || waiting.isEmpty()) return
            isTelling = true
        }
        try {
            executor.execute(::run)
        } catch (_: RuntimeException) {
            // Refused: it waits for the next event.
            synchronized(this) { isTelling = false }
        }
    }

    private fun run() {
        val event = synchronized(this) { waiting.removeFirst() }
        try {
            if (!isClosed.value) listener.onEvent(event)
        } catch (e: Throwable) {
            Thread.currentThread().run { uncaughtExceptionHandler.uncaughtException(this, e) }
        } finally {
            synchronized(this) { isTelling = false }
            tellNext()
        }
    }
}
