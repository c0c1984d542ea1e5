package com.mpac.pgw.internal

import com.mpac.pgw.PaymentEvent
import com.mpac.pgw.PaymentListener
import kotlinx.coroutines.flow.Flow
import kotlinx.coroutines.flow.MutableStateFlow
import kotlinx.coroutines.flow.StateFlow
import kotlinx.coroutines.flow.combine
import kotlinx.coroutines.flow.mapNotNull
import kotlinx.coroutines.flow.transformWhile
import kotlinx.coroutines.flow.update
import java.util.concurrent.ConcurrentLinkedQueue
import java.util.concurrent.Executor
import com.mpac.pgw.internal.ffi.PaymentAttempt as FfiPaymentAttempt
import com.mpac.pgw.internal.ffi.PaymentEvent as FfiPaymentEvent
import com.mpac.pgw.internal.ffi.PaymentListener as FfiPaymentListener

/**
 * What Rust calls, on a thread for each attempt. It is not held up.
 *
 * @param adopt makes an attempt of a handle.
 */
internal class NativeListener(
    private val adopt: (FfiPaymentAttempt) -> NativeAttempt,
) : FfiPaymentListener {
    private var attempts = emptyMap<String, NativeAttempt>()

    /** Begins attempts. Their events wait until the app can have the attempts. */
    @Synchronized
    fun begin(call: (FfiPaymentListener) -> List<FfiPaymentAttempt>): List<NativeAttempt> {
        val begun = call(this).map(adopt)
        attempts = begun.associateBy { it.id }
        return begun
    }

    override fun onEvent(event: FfiPaymentEvent) {
        val attempt = synchronized(this) { attempts[event.attemptId] }
        attempt?.take(event.toPublic())
    }
}

/** The events of an attempt that no collector has taken yet. */
internal class EventQueue(
    isClosed: StateFlow<Boolean>,
) {
    private val waiting = ConcurrentLinkedQueue<PaymentEvent>()
    private val added = MutableStateFlow(0)
    private val isOver = MutableStateFlow(false)

    val events: Flow<PaymentEvent> =
        combine(added, isOver, isClosed) { _, isOver, isClosed -> isOver || isClosed }
            .transformWhile { isLast ->
                while (waiting.isNotEmpty()) emit(Unit)
                !isLast
            }
            // A channel would lose what it has just handed to a collector that is cancelled.
            .mapNotNull { waiting.poll() }

    fun add(event: PaymentEvent) {
        waiting += event
        added.update { it + 1 }
        if (event.isFinal) end()
    }

    fun end() {
        isOver.value = true
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
            if (!isClosed.value) listener.onPaymentEvent(event)
        } catch (e: Throwable) {
            Thread.currentThread().run { uncaughtExceptionHandler.uncaughtException(this, e) }
        } finally {
            synchronized(this) { isTelling = false }
            tellNext()
        }
    }
}
