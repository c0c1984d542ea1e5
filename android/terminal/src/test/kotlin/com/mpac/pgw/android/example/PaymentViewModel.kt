package com.mpac.pgw.android.example

import android.content.Context
import com.mpac.pgw.CardRequest
import com.mpac.pgw.PaymentAttempt
import com.mpac.pgw.PaymentMethod
import com.mpac.pgw.PaymentResult
import com.mpac.pgw.PaymentState
import com.mpac.pgw.PaymentState.AwaitingCardApp
import com.mpac.pgw.PaymentTerminal
import com.mpac.pgw.TerminalError
import com.mpac.pgw.TerminalException
import com.mpac.pgw.android.CardAppProblem
import com.mpac.pgw.android.message
import com.mpac.pgw.nextStep
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.flow.MutableStateFlow
import kotlinx.coroutines.flow.first
import kotlinx.coroutines.launch
import java.util.concurrent.ConcurrentHashMap

/** What the app does with a payment. */
interface Till {
    /**
     * Books it by the PaymentIntent, which is paid once: another attempt for one that is paid
     * succeeds too. It may come again after a kill.
     */
    suspend fun save(paymentIntentId: String, result: PaymentResult)

    fun launchCardApp(request: CardRequest)
}

/** With AndroidX: `: ViewModel()`, and `viewModelScope` for [scope]. */
class PaymentViewModel(
    private val terminal: PaymentTerminal,
    private val scope: CoroutineScope,
    private val till: Till,
) {
    /** The payment on the screen, which draws its `state`. */
    val attempt = MutableStateFlow<PaymentAttempt?>(null)

    /** Why the last call was not carried out. */
    val refusal = MutableStateFlow<TerminalError?>(null)

    private val followed = ConcurrentHashMap.newKeySet<String>()

    /** What an earlier screen or process has left: once, when this is made. */
    fun recover() =
        call {
            val ids = terminal.attempts().map { it.facts.attemptId }
            ids.mapNotNull(terminal::attempt).forEach(::follow)
            terminal.recoverPending().forEach(::follow)
        }

    fun pay(paymentToken: String, method: PaymentMethod) =
        call { follow(terminal.confirmPayment(paymentToken, method)) }

    fun cancel() = call { attempt.value?.cancel() }

    private fun follow(attempt: PaymentAttempt) {
        this.attempt.value = attempt
        if (!followed.add(attempt.id)) return
        scope.launch {
            // `CardAppRequested` comes once, and not again after a restart. The bridge launches
            // the card app once; from then on it asks what became of the payment.
            val state = attempt.state.first { it is AwaitingCardApp || it is PaymentState.Finished }
            if (state is AwaitingCardApp) till.launchCardApp(state.request)
        }
        scope.launch {
            till.save(attempt.paymentIntentId, attempt.outcome())
            attempt.acknowledge()
        }
    }

    private fun call(call: suspend () -> Unit) =
        scope.launch {
            refusal.value = null
            try {
                call()
            } catch (e: TerminalException) {
                val error = e.error
                // Another screen has begun it.
                val begun = (error as? TerminalError.AttemptInProgress)?.attemptId
                begun?.let(terminal::attempt)?.let(::follow) ?: run { refusal.value = error }
            }
        }
}

/** What is not known yet is no outcome: it is still asked about. */
private suspend fun PaymentAttempt.outcome(): PaymentResult {
    val last = state.first { it is PaymentState.Finished && it.result !is PaymentResult.Unresolved }
    return (last as PaymentState.Finished).result
}

/** What the staff reads, in the language of the context. */
fun PaymentState.text(context: Context): String? =
    when (this) {
        is PaymentState.Verifying ->
            cause.message(context) + "\n" + cause.nextStep.message(context)
        is PaymentState.Finished ->
            when (val result = result) {
                is PaymentResult.Succeeded -> null
                is PaymentResult.Failed -> {
                    val problem = CardAppProblem.of(result.reason)
                    problem?.message(context) ?: result.code.message(context)
                }
                is PaymentResult.Cancelled -> result.by.message(context)
                is PaymentResult.Unresolved ->
                    result.cause.message(context) + "\n" + result.nextStep.message(context)
            }
        else -> null
    }
