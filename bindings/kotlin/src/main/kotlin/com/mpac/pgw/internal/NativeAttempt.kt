package com.mpac.pgw.internal

import com.mpac.pgw.CancelOutcome
import com.mpac.pgw.ConnectionState
import com.mpac.pgw.CoreAttempt
import com.mpac.pgw.PaymentAttempt
import com.mpac.pgw.PaymentEvent
import com.mpac.pgw.PaymentFacts
import com.mpac.pgw.PaymentMethod
import com.mpac.pgw.PaymentResult
import com.mpac.pgw.PaymentState
import com.mpac.pgw.SwitchOutcome
import kotlinx.coroutines.CancellationException
import kotlinx.coroutines.flow.Flow
import kotlinx.coroutines.flow.MutableStateFlow
import kotlinx.coroutines.flow.StateFlow
import kotlinx.coroutines.flow.asStateFlow
import kotlinx.coroutines.flow.combine
import kotlinx.coroutines.flow.filterNotNull
import kotlinx.coroutines.flow.first
import kotlinx.coroutines.flow.update
import kotlin.time.Duration

/** An attempt that Rust carries out. */
internal class NativeAttempt(
    private val core: CoreAttempt,
    private val terminal: NativeTerminal,
    private val teller: Teller?,
) : PaymentAttempt {
    private val queue = EventQueue(terminal.isClosed)
    private val current = MutableStateFlow(core.state())

    override val id: String = core.id()

    override val paymentIntentId: String = core.paymentIntentId()

    override val state: StateFlow<PaymentState> = current.asStateFlow()

    private val reachability = MutableStateFlow(core.connection())

    override val connection: StateFlow<ConnectionState> = reachability.asStateFlow()

    override val facts: PaymentFacts get() = native { core.facts() }

    override fun remaining(): Duration? = native { core.remaining() }

    override val events: Flow<PaymentEvent> = queue.events

    override suspend fun await(): PaymentResult =
        combine(state, terminal.isClosed, queue.isOver) { _, isClosed, isOver ->
            // It is set before either of them.
            val result = (state.value as? PaymentState.Finished)?.result
            if (result == null && (isClosed || isOver)) {
                throw CancellationException("no result comes any more")
            }
            result
        }.filterNotNull().first()

    override suspend fun cancel(): CancelOutcome =
        detached {
            val outcome = core.beginCancel()
            // Nothing else tells that it is being cancelled.
            refresh()
            outcome ?: core.cancel().also { refresh() }
        }

    override suspend fun switchMethod(method: PaymentMethod): SwitchOutcome =
        detached { core.switchMethod(method).also { refresh() } }

    override fun pollNow() = native { core.pollNow() }

    override suspend fun acknowledge(): Boolean =
        detached { core.acknowledge().also { isGone -> if (isGone) terminal.forget(id) } }

    /** Takes one event, on the thread of the SDK. */
    fun take(event: PaymentEvent) {
        refresh()
        queue.add(event)
        teller?.tell(event)
    }

    /** After what may have changed the state. */
    fun refresh() {
        current.update { core.state() }
        reachability.update { core.connection() }
    }

    /** The attempt has left the journal. */
    fun forgotten() {
        refresh()
        // A final event ends the events, and may still be on its way; of another outcome none comes.
        val result = (state.value as? PaymentState.Finished)?.result
        if (result == null || result is PaymentResult.Unresolved) end()
    }

    /** No event comes any more. */
    fun end() {
        queue.end()
    }

    override fun toString(): String = "PaymentAttempt(id=$id, paymentIntentId=$paymentIntentId)"
}
