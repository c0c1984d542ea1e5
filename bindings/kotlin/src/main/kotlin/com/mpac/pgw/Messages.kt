@file:JvmName("Messages")

package com.mpac.pgw

import com.mpac.pgw.internal.native
import java.util.Locale

// A sentence for the staff in Japanese or, for every other locale, in English; without secrets. In an
// app's unit tests, where the native library is not there, it is the code's own name.

/** What happened, and what to do. */
@JvmOverloads
public fun FailureCode.message(locale: Locale = Locale.getDefault()): String =
    sentence(this) { failureMessage(this, locale.language) }

/** Who withdrew the payment. */
@JvmOverloads
public fun CancelledBy.message(locale: Locale = Locale.getDefault()): String =
    sentence(this) { cancelledMessage(this, locale.language) }

/** Why the outcome is not known. */
@JvmOverloads
public fun UncertaintyCause.message(locale: Locale = Locale.getDefault()): String =
    sentence(this) { causeMessage(this, locale.language) }

/** What to do about a payment whose outcome is not known. */
@JvmOverloads
public fun NextStep.message(locale: Locale = Locale.getDefault()): String =
    sentence(this) { nextStepMessage(this, locale.language) }

/**
 * What the staff should do about it. In an app's unit tests, where the native library is not there, it
 * is always the same.
 */
public val UncertaintyCause.nextStep: NextStep
    get() =
        try {
            native { causeNextStep(this) }
        } catch (_: SdkFaultException) {
            NextStep.CHECK_NETWORK
        }

private inline fun sentence(code: Enum<*>, call: () -> String): String =
    try {
        native(call = call)
    } catch (_: SdkFaultException) {
        code.name
    }
