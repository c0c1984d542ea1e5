package com.mpac.pgw.internal

import com.mpac.pgw.CancelOutcome
import com.mpac.pgw.PaymentAttempt
import com.mpac.pgw.PaymentEvent
import com.mpac.pgw.PaymentMethod
import com.mpac.pgw.PaymentResult
import com.mpac.pgw.PaymentState
import com.mpac.pgw.SwitchOutcome
import com.mpac.pgw.TerminalException
import kotlinx.coroutines.flow.Flow
import kotlinx.coroutines.flow.MutableStateFlow
import kotlinx.coroutines.flow.StateFlow
import kotlinx.coroutines.flow.asStateFlow
import kotlinx.coroutines.flow.combine
import kotlinx.coroutines.flow.emptyFlow
import kotlinx.coroutines.flow.filterNotNull
import kotlinx.coroutines.flow.first
import kotlinx.coroutines.flow.update
import com.mpac.pgw.internal.ffi.PaymentAttempt as FfiPaymentAttempt

/** An attempt that Rust carries out. */
internal class NativeAttempt(
    private val ffi: FfiPaymentAttempt,
    private val terminal: NativeTerminal,
    private val teller: Teller?,
) : PaymentAttempt {
    private val queue = EventQueue(terminal.isClosed)
    private val current = MutableStateFlow(ffi.state().toPublic())

    override val id: String = ffi.id()

    override val paymentIntentId: String = ffi.paymentIntentId()

    override val state: StateFlow<PaymentState> = current.asStateFlow()

    override val events: Flow<PaymentEvent> = if (teller == null) queue.events else emptyFlow()

    override suspend fun await(): PaymentResult =
        combine(state, terminal.isClosed) { state, isClosed ->
            val result = (state as? PaymentState.Finished)?.result
            if (result == null && isClosed) throw TerminalException.Closed()
            result
        }.filterNotNull().first()

    override suspend fun cancel(): CancelOutcome =
        detached { ffi.cancel().also { refresh() } }.toPublic()

    override suspend fun switchMethod(method: PaymentMethod): SwitchOutcome =
        detached { ffi.switchMethod(method.toFfi()).also { refresh() } }.toPublic()

    override fun pollNow() = native { ffi.pollNow() }

    override suspend fun acknowledge(): Boolean =
        detached { ffi.acknowledge().also { isGone -> if (isGone) terminal.forget(id) } }

    /** Takes one event, on the thread of the SDK. */
    fun take(event: PaymentEvent) {
        refresh()
        teller?.tell(event) ?: queue.add(event)
    }

    /** After what may have changed the state. */
    fun refresh() {
        current.update { ffi.state().toPublic() }
    }

    /** The attempt has left the journal. */
    fun forgotten() {
        refresh()
        // A final event ends the events, and may still be on its way.
        val last = state.value
        if (last is PaymentState.Finished && !last.result.isFinal) end()
    }

    /** No event comes any more. */
    fun end() {
        queue.end()
    }

    override fun toString(): String = "PaymentAttempt(id=$id, paymentIntentId=$paymentIntentId)"
}
