package com.mpac.pgw

/**
 * Why a call was not carried out; nothing has changed then. What becomes of a payment is never an
 * exception: it is a [PaymentResult].
 *
 * ```
 * try {
 *     terminal.confirmPayment(token, method)
 * } catch (e: TerminalException) {
 *     when (val error = e.error) {
 *         is TerminalError.AttemptInProgress -> show(terminal.attempt(error.attemptId))
 *         else -> log(e)
 *     }
 * }
 * ```
 *
 * @property error which error it is, with its details. The message is for developers, in English and
 *   free of secrets.
 */
public class TerminalException(
    public val error: TerminalError,
    message: String = error.toString(),
) : Exception(message)

/** A fault of the SDK itself, or its native library is not there. Please report the former. */
public class SdkFaultException internal constructor(
    message: String,
) : IllegalStateException(message)
