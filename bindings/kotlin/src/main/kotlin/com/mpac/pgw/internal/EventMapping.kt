package com.mpac.pgw.internal

import com.mpac.pgw.EventOrigin
import com.mpac.pgw.PaymentEvent
import com.mpac.pgw.PaymentResult
import com.mpac.pgw.internal.ffi.PaymentEvent as FfiPaymentEvent
import com.mpac.pgw.internal.ffi.PaymentEventKind as Kind

internal fun FfiPaymentEvent.toPublic(): PaymentEvent {
    val origin = EventOrigin(attemptId, paymentIntentId, methodType(method), replayed)
    return when (val kind = kind) {
        is Kind.QrReady -> PaymentEvent.QrReady(origin, kind.qr.toPublic())
        is Kind.CardAppRequested -> PaymentEvent.CardAppRequested(origin, kind.request.toPublic())
        is Kind.StatusChanged -> PaymentEvent.StatusChanged(origin, intentStatus(kind.status))
        is Kind.SwitchRefused ->
            PaymentEvent.SwitchRefused(origin, kind.code.toPublic(), kind.reason)
        is Kind.ConnectionLost -> PaymentEvent.ConnectionLost(origin, kind.cause.toPublic())
        Kind.ConnectionRestored -> PaymentEvent.ConnectionRestored(origin)
        Kind.PaymentSuccess -> PaymentEvent.PaymentSuccess(origin)
        is Kind.PaymentFailed -> PaymentEvent.PaymentFailed(origin, kind.toResult())
        is Kind.PaymentCancelled -> PaymentEvent.PaymentCancelled(origin, kind.toResult())
        is Kind.PaymentUnresolved -> PaymentEvent.PaymentUnresolved(origin, kind.toResult())
    }
}

private fun Kind.PaymentFailed.toResult() = PaymentResult.Failed(code.toPublic(), reason, canRetry)

private fun Kind.PaymentCancelled.toResult() = PaymentResult.Cancelled(by.toPublic())

private fun Kind.PaymentUnresolved.toResult() =
    PaymentResult.Unresolved(cause.toPublic(), nextStep.toPublic())
