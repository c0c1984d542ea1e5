@file:JvmName("Messages")

package com.mpac.pgw

import com.mpac.pgw.internal.nativeOr
import java.util.Locale

// A sentence for the staff in Japanese or, for every other locale, in English; without secrets. In an
// app's unit tests, where the native library is not there, it is the code's own name.

/** What happened, and what to do. */
@JvmOverloads
public fun FailureCode.message(locale: Locale = Locale.getDefault()): String =
    nativeOr(name) { failureMessage(this, locale.language) }

/** Who withdrew the payment. */
@JvmOverloads
public fun CancelledBy.message(locale: Locale = Locale.getDefault()): String =
    nativeOr(name) { cancelledMessage(this, locale.language) }

/** Why the outcome is not known. */
@JvmOverloads
public fun UncertaintyCause.message(locale: Locale = Locale.getDefault()): String =
    nativeOr(name) { causeMessage(this, locale.language) }

/** What to do about a payment whose outcome is not known. */
@JvmOverloads
public fun NextStep.message(locale: Locale = Locale.getDefault()): String =
    nativeOr(name) { nextStepMessage(this, locale.language) }

/**
 * What the staff should do about it. In an app's unit tests, where the native library is not there, it
 * is always the same.
 */
public val UncertaintyCause.nextStep: NextStep
    get() = nativeOr(NextStep.CHECK_NETWORK) { causeNextStep(this) }
