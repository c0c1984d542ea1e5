@file:JvmName("Messages")

package com.mpac.pgw.android

import android.content.Context
import androidx.annotation.StringRes
import com.mpac.pgw.CancelledBy
import com.mpac.pgw.FailureCode
import com.mpac.pgw.NextStep
import com.mpac.pgw.UncertaintyCause

// The SDK's sentences for the staff as resources: in the language of the context, and an app that
// says one otherwise, or in another language, has a resource of the same name.

/** What happened, and what to do. */
public fun FailureCode.message(context: Context): String = context.getString(resource)

/** Who withdrew the payment. */
public fun CancelledBy.message(context: Context): String = context.getString(resource)

/** Why the outcome is not known. */
public fun UncertaintyCause.message(context: Context): String = context.getString(resource)

/** What to do about a payment whose outcome is not known. */
public fun NextStep.message(context: Context): String = context.getString(resource)

/** What is wrong with the card app, and what to do: say it instead of the failure's code. */
public fun CardAppProblem.message(context: Context): String = context.getString(resource)

@get:StringRes
internal val FailureCode.resource: Int
    get() =
        when (this) {
            FailureCode.PAYMENT_FAILED -> R.string.mpac_pgw_failure_payment_failed
            FailureCode.UNKNOWN_TOKEN -> R.string.mpac_pgw_failure_unknown_token
            FailureCode.PAYMENT_INTENT_EXPIRED -> R.string.mpac_pgw_failure_payment_intent_expired
            FailureCode.METHOD_NOT_ALLOWED -> R.string.mpac_pgw_failure_method_not_allowed
            FailureCode.UNKNOWN_PROVIDER -> R.string.mpac_pgw_failure_unknown_provider
            FailureCode.GATEWAY_MISCONFIGURED -> R.string.mpac_pgw_failure_gateway_misconfigured
            FailureCode.INSUFFICIENT_FUNDS -> R.string.mpac_pgw_failure_insufficient_funds
            FailureCode.CUSTOMER_CODE_EXPIRED -> R.string.mpac_pgw_failure_customer_code_expired
            FailureCode.CUSTOMER_CODE_REFUSED -> R.string.mpac_pgw_failure_customer_code_refused
            FailureCode.RATE_LIMITED -> R.string.mpac_pgw_failure_rate_limited
            FailureCode.GATEWAY_REFUSED -> R.string.mpac_pgw_failure_gateway_refused
            FailureCode.CARD_DECLINED -> R.string.mpac_pgw_failure_card_declined
            FailureCode.CARD_APP_ERROR -> R.string.mpac_pgw_failure_card_app_error
            FailureCode.STORAGE_UNAVAILABLE -> R.string.mpac_pgw_failure_storage_unavailable
        }

@get:StringRes
internal val CancelledBy.resource: Int
    get() =
        when (this) {
            CancelledBy.TERMINAL -> R.string.mpac_pgw_cancelled_terminal
            CancelledBy.CARD_APP -> R.string.mpac_pgw_cancelled_card_app
            CancelledBy.GATEWAY -> R.string.mpac_pgw_cancelled_gateway
            CancelledBy.EXPIRY -> R.string.mpac_pgw_cancelled_expiry
        }

@get:StringRes
internal val UncertaintyCause.resource: Int
    get() =
        when (this) {
            UncertaintyCause.CONNECTION_LOST -> R.string.mpac_pgw_cause_connection_lost
            UncertaintyCause.NAME_NOT_RESOLVED -> R.string.mpac_pgw_cause_name_not_resolved
            UncertaintyCause.CLOCK_WRONG -> R.string.mpac_pgw_cause_clock_wrong
            UncertaintyCause.CAPTIVE_PORTAL -> R.string.mpac_pgw_cause_captive_portal
            UncertaintyCause.WRONG_HOST -> R.string.mpac_pgw_cause_wrong_host
            UncertaintyCause.CERTIFICATE_EXPIRED -> R.string.mpac_pgw_cause_certificate_expired
            UncertaintyCause.CERTIFICATE_UNTRUSTED -> R.string.mpac_pgw_cause_certificate_untrusted
            UncertaintyCause.TLS_FAILED -> R.string.mpac_pgw_cause_tls_failed
            UncertaintyCause.PROXY_AUTHENTICATION_REQUIRED ->
                R.string.mpac_pgw_cause_proxy_authentication_required
            UncertaintyCause.GATEWAY_ERROR -> R.string.mpac_pgw_cause_gateway_error
            UncertaintyCause.RATE_LIMITED -> R.string.mpac_pgw_cause_rate_limited
            UncertaintyCause.INVALID_RESPONSE -> R.string.mpac_pgw_cause_invalid_response
            UncertaintyCause.CONTRADICTORY_ANSWER -> R.string.mpac_pgw_cause_contradictory_answer
            UncertaintyCause.NO_FINAL_STATUS -> R.string.mpac_pgw_cause_no_final_status
            UncertaintyCause.CARD_APP_SILENT -> R.string.mpac_pgw_cause_card_app_silent
            UncertaintyCause.CARD_CHARGED_NOT_RECORDED ->
                R.string.mpac_pgw_cause_card_charged_not_recorded
            UncertaintyCause.CARD_CHARGE_NOT_MATCHED ->
                R.string.mpac_pgw_cause_card_charge_not_matched
        }

@get:StringRes
internal val NextStep.resource: Int
    get() =
        when (this) {
            NextStep.CHECK_NETWORK -> R.string.mpac_pgw_step_check_network
            NextStep.SET_CLOCK -> R.string.mpac_pgw_step_set_clock
            NextStep.SIGN_IN_TO_WIFI -> R.string.mpac_pgw_step_sign_in_to_wifi
            NextStep.CALL_ADMINISTRATOR -> R.string.mpac_pgw_step_call_administrator
            NextStep.CHECK_WITH_GATEWAY -> R.string.mpac_pgw_step_check_with_gateway
            NextStep.CHECK_CARD_APP -> R.string.mpac_pgw_step_check_card_app
            NextStep.REFUND_IN_CARD_APP -> R.string.mpac_pgw_step_refund_in_card_app
        }

@get:StringRes
internal val CardAppProblem.resource: Int
    get() =
        when (this) {
            CardAppProblem.NOT_INSTALLED -> R.string.mpac_pgw_card_app_not_installed
            CardAppProblem.WRONG_SIGNER -> R.string.mpac_pgw_card_app_wrong_signer
        }
