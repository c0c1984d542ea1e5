package com.mpac.pgw.internal

import com.mpac.pgw.CancelOutcome
import com.mpac.pgw.CancelledBy
import com.mpac.pgw.DamagedRecord
import com.mpac.pgw.FailureCode
import com.mpac.pgw.NextStep
import com.mpac.pgw.PaymentIntent
import com.mpac.pgw.PaymentIntentStatus
import com.mpac.pgw.PaymentMethod
import com.mpac.pgw.PaymentMethodType
import com.mpac.pgw.PaymentResult
import com.mpac.pgw.PaymentState
import com.mpac.pgw.QrCode
import com.mpac.pgw.SwitchOutcome
import com.mpac.pgw.UncertaintyCause
import kotlin.time.Instant
import com.mpac.pgw.internal.ffi.CancelOutcome as FfiCancelOutcome
import com.mpac.pgw.internal.ffi.CancelledBy as FfiCancelledBy
import com.mpac.pgw.internal.ffi.DamagedRecord as FfiDamagedRecord
import com.mpac.pgw.internal.ffi.FailureCode as FfiFailureCode
import com.mpac.pgw.internal.ffi.NextStep as FfiNextStep
import com.mpac.pgw.internal.ffi.PaymentIntent as FfiPaymentIntent
import com.mpac.pgw.internal.ffi.PaymentMethod as FfiPaymentMethod
import com.mpac.pgw.internal.ffi.PaymentResult as FfiPaymentResult
import com.mpac.pgw.internal.ffi.PaymentState as FfiPaymentState
import com.mpac.pgw.internal.ffi.QrCode as FfiQrCode
import com.mpac.pgw.internal.ffi.SwitchOutcome as FfiSwitchOutcome
import com.mpac.pgw.internal.ffi.UncertaintyCause as FfiUncertaintyCause

// Every `when` here is exhaustive: a variant that is new in Rust does not compile.

internal fun instant(unixSeconds: Long): Instant = Instant.fromEpochSeconds(unixSeconds)

internal fun PaymentMethod.toFfi(): FfiPaymentMethod =
    when (this) {
        is PaymentMethod.QrMpm -> FfiPaymentMethod.QrMpm(provider)
        is PaymentMethod.QrCpm -> FfiPaymentMethod.QrCpm(provider, customerCode)
        PaymentMethod.CreditCard -> FfiPaymentMethod.CreditCard
        PaymentMethod.Cash -> FfiPaymentMethod.Cash
    }

internal fun methodType(value: String): PaymentMethodType =
    listOf(
        PaymentMethodType.QrMpm,
        PaymentMethodType.QrCpm,
        PaymentMethodType.CreditCard,
        PaymentMethodType.Cash,
    ).find { it.value == value } ?: PaymentMethodType.Unknown(value)

internal fun intentStatus(value: String): PaymentIntentStatus =
    listOf(
        PaymentIntentStatus.RequiresPaymentMethod,
        PaymentIntentStatus.RequiresAction,
        PaymentIntentStatus.Processing,
        PaymentIntentStatus.Succeeded,
        PaymentIntentStatus.Failed,
        PaymentIntentStatus.Cancelled,
    ).find { it.value == value } ?: PaymentIntentStatus.Unknown(value)

internal fun FfiPaymentIntent.toPublic(): PaymentIntent =
    PaymentIntent(
        id = id,
        status = intentStatus(status),
        amount = amount,
        currency = currency,
        paymentMethodTypes = paymentMethodTypes.map(::methodType),
        expiresAt = instant(expiresAt),
    )

internal fun FfiDamagedRecord.toPublic(): DamagedRecord = DamagedRecord(path, reason)

internal fun FfiQrCode.toPublic(): QrCode = QrCode(content, expiresAt?.let(::instant), provider)

internal fun FfiPaymentState.toPublic(): PaymentState =
    when (this) {
        FfiPaymentState.Confirming -> PaymentState.Confirming
        is FfiPaymentState.AwaitingCustomer -> PaymentState.AwaitingCustomer(qr.toPublic())
        is FfiPaymentState.AwaitingCardApp -> PaymentState.AwaitingCardApp(request.toPublic())
        FfiPaymentState.Processing -> PaymentState.Processing
        is FfiPaymentState.Verifying -> PaymentState.Verifying(instant(since), cause.toPublic())
        is FfiPaymentState.Finished -> PaymentState.Finished(result.toPublic())
    }

internal fun FfiPaymentResult.toPublic(): PaymentResult =
    when (this) {
        FfiPaymentResult.Succeeded -> PaymentResult.Succeeded
        is FfiPaymentResult.Failed -> PaymentResult.Failed(code.toPublic(), reason, canRetry)
        is FfiPaymentResult.Cancelled -> PaymentResult.Cancelled(by.toPublic())
        is FfiPaymentResult.Unresolved ->
            PaymentResult.Unresolved(cause.toPublic(), nextStep.toPublic())
    }

internal fun FfiFailureCode.toPublic(): FailureCode =
    when (this) {
        FfiFailureCode.PAYMENT_FAILED -> FailureCode.PAYMENT_FAILED
        FfiFailureCode.GATEWAY_REFUSED -> FailureCode.GATEWAY_REFUSED
        FfiFailureCode.CUSTOMER_CODE_REFUSED -> FailureCode.CUSTOMER_CODE_REFUSED
        FfiFailureCode.CARD_DECLINED -> FailureCode.CARD_DECLINED
        FfiFailureCode.CARD_APP_ERROR -> FailureCode.CARD_APP_ERROR
        FfiFailureCode.STORAGE_UNAVAILABLE -> FailureCode.STORAGE_UNAVAILABLE
    }

internal fun FfiCancelledBy.toPublic(): CancelledBy =
    when (this) {
        FfiCancelledBy.TERMINAL -> CancelledBy.TERMINAL
        FfiCancelledBy.CARD_APP -> CancelledBy.CARD_APP
        FfiCancelledBy.GATEWAY -> CancelledBy.GATEWAY
        FfiCancelledBy.EXPIRY -> CancelledBy.EXPIRY
    }

internal fun FfiUncertaintyCause.toPublic(): UncertaintyCause =
    when (this) {
        FfiUncertaintyCause.CONNECTION_LOST -> UncertaintyCause.CONNECTION_LOST
        FfiUncertaintyCause.GATEWAY_ERROR -> UncertaintyCause.GATEWAY_ERROR
        FfiUncertaintyCause.RATE_LIMITED -> UncertaintyCause.RATE_LIMITED
        FfiUncertaintyCause.INVALID_RESPONSE -> UncertaintyCause.INVALID_RESPONSE
        FfiUncertaintyCause.CONTRADICTORY_ANSWER -> UncertaintyCause.CONTRADICTORY_ANSWER
        FfiUncertaintyCause.NO_FINAL_STATUS -> UncertaintyCause.NO_FINAL_STATUS
        FfiUncertaintyCause.CARD_APP_SILENT -> UncertaintyCause.CARD_APP_SILENT
        FfiUncertaintyCause.CARD_CHARGED_NOT_RECORDED -> UncertaintyCause.CARD_CHARGED_NOT_RECORDED
        FfiUncertaintyCause.CARD_CHARGE_NOT_MATCHED -> UncertaintyCause.CARD_CHARGE_NOT_MATCHED
    }

internal fun FfiNextStep.toPublic(): NextStep =
    when (this) {
        FfiNextStep.CHECK_NETWORK -> NextStep.CHECK_NETWORK
        FfiNextStep.CHECK_WITH_GATEWAY -> NextStep.CHECK_WITH_GATEWAY
        FfiNextStep.CHECK_CARD_APP -> NextStep.CHECK_CARD_APP
        FfiNextStep.REFUND_IN_CARD_APP -> NextStep.REFUND_IN_CARD_APP
    }

internal fun FfiCancelOutcome.toPublic(): CancelOutcome =
    when (this) {
        FfiCancelOutcome.CANCELLED -> CancelOutcome.CANCELLED
        FfiCancelOutcome.ALREADY_SUCCEEDED -> CancelOutcome.ALREADY_SUCCEEDED
        FfiCancelOutcome.NOT_CANCELLABLE -> CancelOutcome.NOT_CANCELLABLE
        FfiCancelOutcome.UNKNOWN -> CancelOutcome.UNKNOWN
    }

internal fun FfiSwitchOutcome.toPublic(): SwitchOutcome =
    when (this) {
        FfiSwitchOutcome.SWITCHING -> SwitchOutcome.SWITCHING
        FfiSwitchOutcome.NOT_SWITCHABLE -> SwitchOutcome.NOT_SWITCHABLE
    }
