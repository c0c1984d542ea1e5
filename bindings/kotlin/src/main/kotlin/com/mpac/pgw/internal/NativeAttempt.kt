package com.mpac.pgw.internal

import com.mpac.pgw.CancelOutcome
import com.mpac.pgw.PaymentAttempt
import com.mpac.pgw.PaymentEvent
import com.mpac.pgw.PaymentMethod
import com.mpac.pgw.PaymentResult
import com.mpac.pgw.PaymentResult.Unresolved
import com.mpac.pgw.PaymentState
import com.mpac.pgw.SwitchOutcome
import com.mpac.pgw.TerminalException
import com.mpac.pgw.internal.EventStream.End
import kotlinx.coroutines.flow.Flow
import kotlinx.coroutines.flow.StateFlow
import kotlinx.coroutines.flow.asStateFlow
import kotlinx.coroutines.flow.combine
import kotlinx.coroutines.flow.filterNotNull
import kotlinx.coroutines.flow.first
import com.mpac.pgw.internal.ffi.PaymentAttempt as FfiPaymentAttempt

/** An attempt that Rust carries out. */
internal class NativeAttempt(
    private val ffi: FfiPaymentAttempt,
    val watch: Watch,
) : PaymentAttempt {
    override val id: String = ffi.id()

    override val paymentIntentId: String = ffi.paymentIntentId()

    override val state: StateFlow<PaymentState> = watch.state.asStateFlow()

    override val events: Flow<PaymentEvent> get() = watch.stream.events

    override suspend fun await(): PaymentResult {
        val stream = watch.stream
        val result =
            combine(state, stream.log) { state, log ->
                // A final state alone is not enough: its event may not be on disk yet.
                val unresolved = (state as? PaymentState.Finished)?.result as? Unresolved
                val result = log.final?.result ?: unresolved
                if (result == null && log.end == End.CLOSED) throw TerminalException.Closed()
                result
            }.filterNotNull().first()
        if (result.isFinal) stream.finalCollected()
        return result
    }

    override suspend fun cancel(): CancelOutcome =
        detached { ffi.cancel().also { watch.refresh(ffi) } }.toPublic()

    override suspend fun switchMethod(method: PaymentMethod): SwitchOutcome =
        detached { ffi.switchMethod(method.toFfi()).also { watch.refresh(ffi) } }.toPublic()

    override fun pollNow() = native { ffi.pollNow() }

    override suspend fun acknowledge(): Boolean =
        detached {
            ffi.acknowledge().also { wasUnresolved ->
                if (wasUnresolved) watch.acknowledged()
            }
        }

    /** After a call that may have changed the state without an event. */
    fun refresh() {
        watch.refresh(ffi)
    }

    override fun toString(): String = "PaymentAttempt(id=$id, paymentIntentId=$paymentIntentId)"
}
