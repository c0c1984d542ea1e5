package com.mpac.pgw.internal

import com.mpac.pgw.PaymentEvent
import com.mpac.pgw.PaymentListener
import com.mpac.pgw.PaymentState
import kotlinx.coroutines.CompletableDeferred
import kotlinx.coroutines.Job
import kotlinx.coroutines.flow.MutableStateFlow
import kotlinx.coroutines.runBlocking
import java.util.concurrent.ConcurrentHashMap
import java.util.concurrent.Executor
import com.mpac.pgw.internal.ffi.ListenerException as FfiListenerException
import com.mpac.pgw.internal.ffi.PaymentAttempt as FfiPaymentAttempt
import com.mpac.pgw.internal.ffi.PaymentEvent as FfiPaymentEvent
import com.mpac.pgw.internal.ffi.PaymentListener as FfiPaymentListener

/** A listener of the app's, and where to run it. */
internal class AppListener(
    private val executor: Executor,
    private val listener: PaymentListener,
) {
    /** Tells the app, and waits until it has returned. Throws what it throws. */
    suspend fun tell(event: PaymentEvent, lifetime: Job) {
        val done = CompletableDeferred<Unit>(lifetime)
        try {
            executor.execute {
                // Whatever it throws says that it did not take the event.
                @Suppress("TooGenericExceptionCaught")
                try {
                    listener.onPaymentEvent(event)
                    done.complete(Unit)
                } catch (e: Throwable) {
                    done.completeExceptionally(e)
                }
            }
            done.await()
        } finally {
            // An executor that refuses, or is never heard of again, leaves nothing behind.
            done.cancel()
        }
    }
}

/** What a [Watch] needs of its terminal. */
internal interface WatchOwner {
    /** Ends with the terminal. */
    val lifetime: Job

    /** The app has the final event. */
    fun settled(watch: Watch)
}

/** What this side knows about one attempt. */
internal class Watch(
    private val owner: WatchOwner,
    private val listener: AppListener?,
) {
    val stream = EventStream(owner.lifetime, listener == null, ::settled)
    val state = MutableStateFlow<PaymentState>(PaymentState.Confirming)

    /** Rust holds this, and the handle holds Rust's side: it is let go when all is over. */
    @Volatile
    private var handle: CompletableDeferred<FfiPaymentAttempt>? =
        CompletableDeferred(owner.lifetime)

    /** Gives the handle that Rust has returned for the attempt. */
    fun attach(attempt: FfiPaymentAttempt) {
        refresh(attempt)
        handle?.complete(attempt)
    }

    /** There will be no handle: the call that should have returned it failed. */
    fun abandon() {
        handle?.cancel()
    }

    /** Reads the state. Locked, so that an older one is never written over a newer one. */
    @Synchronized
    fun refresh(attempt: FfiPaymentAttempt) {
        state.value = attempt.state().toPublic()
    }

    /** Takes one event on the thread of the SDK. Returns once it is accepted, or throws. */
    suspend fun take(event: PaymentEvent) {
        // Not before the app can have the handle, which it may want to use.
        handle?.await()?.let(::refresh)
        stream.publish(event)
        listener?.tell(event, owner.lifetime)
        if (!event.isFinal) return
        if (listener == null) stream.awaitAcceptance() else settled()
    }

    /** The staff has settled the attempt by hand. */
    fun acknowledged() {
        stream.end(EventStream.End.ACKNOWLEDGED)
        settled()
    }

    private fun settled() {
        handle = null
        owner.settled(this)
    }
}

/**
 * What Rust calls, on one thread for each attempt.
 *
 * @param watchOf the watch of an attempt id.
 */
internal class NativeListener(
    private val watchOf: (String) -> Watch,
) : FfiPaymentListener {
    // An Error would pass through the generated code, and Rust would take it for a success.
    @Suppress("TooGenericExceptionCaught", "SwallowedException")
    override fun onEvent(event: FfiPaymentEvent) {
        try {
            runBlocking { watchOf(event.attemptId).take(event.toPublic()) }
        } catch (e: Throwable) {
            throw FfiListenerException.NotAccepted()
        }
    }
}

/** The watches of attempts that are made as their ids become known. */
internal class Watches(
    private val make: () -> Watch,
) {
    private val byId = ConcurrentHashMap<String, Watch>()

    fun of(attemptId: String): Watch = byId.computeIfAbsent(attemptId) { make() }

    fun abandon() {
        byId.values.forEach { it.abandon() }
    }
}
