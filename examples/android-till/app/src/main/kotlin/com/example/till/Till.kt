package com.example.till

import com.mpac.pgw.CancelOutcome
import com.mpac.pgw.CardRequest
import com.mpac.pgw.PaymentAttempt
import com.mpac.pgw.PaymentEventKind
import com.mpac.pgw.PaymentMethod
import com.mpac.pgw.PaymentResult
import com.mpac.pgw.PaymentState
import com.mpac.pgw.PaymentTerminal
import com.mpac.pgw.Secret
import com.mpac.pgw.TerminalError
import com.mpac.pgw.TerminalException
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.Job
import kotlinx.coroutines.channels.Channel
import kotlinx.coroutines.flow.Flow
import kotlinx.coroutines.flow.MutableStateFlow
import kotlinx.coroutines.flow.StateFlow
import kotlinx.coroutines.flow.asStateFlow
import kotlinx.coroutines.flow.receiveAsFlow
import kotlinx.coroutines.launch
import java.io.IOException

/** What the till shows. */
sealed interface Screen {
    data object Starting : Screen

    /** The terminal cannot be opened, or its payments not be brought back. */
    class NotReady(
        val cause: TerminalException,
    ) : Screen

    data class Amount(
        val amount: Long,
    ) : Screen

    /** From here a payment begins. */
    sealed interface OfSale : Screen

    /** How does the customer pay? [problem] is why the last way did not begin. */
    data class Methods(
        val amount: Long,
        val problem: Int? = null,
    ) : OfSale

    data class CustomerCode(
        val amount: Long,
    ) : OfSale

    data class Cash(
        val amount: Long,
    ) : OfSale

    data class Beginning(
        val amount: Long,
    ) : Screen

    /** A payment: its own state says what to show. [notice] is what to add. */
    data class Payment(
        val attempt: PaymentAttempt,
        val notice: Int? = null,
    ) : Screen

    /** Payments from before, or that are still open. */
    data class Payments(
        val attempts: List<PaymentAttempt>,
    ) : Screen
}

/**
 * The till without its screens, which come and go: what a ViewModel is in an app that uses AndroidX.
 *
 * For the main thread. Payments go on without it: it watches them, stores what becomes of them, and
 * only then acknowledges.
 */
class Till(
    private val scope: CoroutineScope,
    private val open: suspend () -> PaymentTerminal,
    private val backEnd: BackEnd,
    private val orders: Orders,
    private val wallet: String,
) {
    private val shown = MutableStateFlow<Screen>(Screen.Starting)
    private val waiting = Channel<CardRequest>(Channel.UNLIMITED)
    private val watched = MutableStateFlow(emptyList<PaymentAttempt>())

    val screen: StateFlow<Screen> = shown.asStateFlow()

    /** What the card app is to be asked, each once: by the screen in front. */
    val cardRequests: Flow<CardRequest> = waiting.receiveAsFlow()

    /** The payments that are not over, or not settled. */
    val openPayments: StateFlow<List<PaymentAttempt>> = watched.asStateFlow()

    private var terminal: PaymentTerminal? = null
    private var amount = 0L

    /** Of the sale at hand, once the back end has made one. */
    private var token: String? = null

    /** By attempt: what is good for another attempt when the SDK says so. */
    private val tokens = mutableMapOf<String, String>()

    /** By attempt: ends when its outcome is stored and acknowledged. */
    private val watches = mutableMapOf<String, Job>()

    /** Of the attempt that is tried again. */
    private var earlier: Job? = null

    /** Opens the terminal, and brings back what an earlier process has left. May be called again. */
    fun start() {
        shown.value = Screen.Starting
        scope.launch {
            try {
                val terminal = open().also { terminal = it }
                val recovered = terminal.recoverPending()
                recovered.forEach(::watch)
                if (recovered.isEmpty()) newSale() else shown.value = Screen.Payments(recovered)
            } catch (e: TerminalException) {
                shown.value = Screen.NotReady(e)
            }
        }
    }

    fun newSale() {
        amount = 0
        token = null
        earlier = null
        shown.value = Screen.Amount(amount)
    }

    fun type(digits: String) {
        amount = "$amount$digits".toLong().takeIf { it <= HIGHEST } ?: amount
        shown.value = Screen.Amount(amount)
    }

    fun erase() {
        amount /= 10
        shown.value = Screen.Amount(amount)
    }

    fun chooseMethod() {
        if (amount > 0) shown.value = Screen.Methods(amount)
    }

    fun chooseCustomerCode() {
        shown.value = Screen.CustomerCode(amount)
    }

    fun chooseCash() {
        shown.value = Screen.Cash(amount)
    }

    fun showOpenPayments() {
        shown.value = Screen.Payments(watched.value)
    }

    fun show(attempt: PaymentAttempt) {
        shown.value = Screen.Payment(attempt)
    }

    fun payByQr() = pay(PaymentMethod.QrMpm(wallet))

    fun payByCustomerCode(code: String) = pay(PaymentMethod.QrCpm(wallet, Secret(code)))

    fun payByCard() = pay(PaymentMethod.CreditCard)

    /** To be called with the money in hand. */
    fun payInCash() = pay(PaymentMethod.Cash)

    private fun pay(method: PaymentMethod) {
        val terminal = terminal ?: return
        // Whoever presses twice, or two buttons at once, pays once.
        if (shown.value !is Screen.OfSale) return
        shown.value = Screen.Beginning(amount)
        scope.launch {
            try {
                // Until then it is the payment's attempt: nobody is to pay twice.
                earlier?.join()
                val token = token ?: backEnd.createPayment(amount).also { token = it }
                val attempt = terminal.confirmPayment(token, method)
                tokens[attempt.id] = token
                watch(attempt)
                show(attempt)
            } catch (_: IOException) {
                shown.value = Screen.Methods(amount, R.string.problem_back_end)
            } catch (e: TerminalException) {
                val error = e.error
                val running = (error as? TerminalError.AttemptInProgress)?.attemptId
                running?.let(terminal::attempt)?.let { return@launch show(it) }
                shown.value = Screen.Methods(amount, problem(error))
            }
        }
    }

    private fun problem(error: TerminalError) =
        when (error) {
            is TerminalError.InvalidArgument -> R.string.problem_code
            is TerminalError.Storage -> R.string.problem_storage
            else -> R.string.problem_other
        }

    /** What became of it comes from the attempt: it may have been paid in the meantime. */
    fun cancel(attempt: PaymentAttempt) {
        scope.launch {
            val isTooLate = attempt.cancel() == CancelOutcome.NOT_CANCELLABLE
            if (isTooLate && shown.value == Screen.Payment(attempt)) {
                shown.value = Screen.Payment(attempt, R.string.not_cancellable)
            }
        }
    }

    /** Another way to pay the same, after this one has failed. */
    fun tryAgain(attempt: PaymentAttempt) {
        val result = (attempt.state.value as? PaymentState.Finished)?.result
        val canRetry = result is PaymentResult.Failed && result.canRetry
        token = if (canRetry) tokens[attempt.id] else null
        earlier = watches[attempt.id].takeIf { canRetry }
        amount = attempt.facts.amount ?: 0
        shown.value = if (amount > 0) Screen.Methods(amount) else Screen.Amount(amount)
    }

    /** The staff has set an unresolved payment right by hand. */
    fun settle(attempt: PaymentAttempt) {
        scope.launch { keep(attempt, "settled by hand") }
        newSale()
    }

    private fun watch(attempt: PaymentAttempt) {
        if (attempt.id in watched.value.map { it.id }) return
        watched.value += attempt
        watches[attempt.id] =
            scope.launch {
                attempt.events.collect { event ->
                    when (val kind = event.kind) {
                        is PaymentEventKind.CardAppRequested -> waiting.send(kind.request)
                        // The shop takes the money later, and not by this till.
                        is PaymentEventKind.PaymentAuthorized -> keep(attempt, "reserved")
                        else -> {}
                    }
                }
                when (val result = attempt.await()) {
                    is PaymentResult.Succeeded -> keep(attempt, "paid")
                    is PaymentResult.Failed -> keep(attempt, "failed: ${result.code}")
                    is PaymentResult.Cancelled -> keep(attempt, "cancelled: ${result.by}")
                    // It was settled.
                    is PaymentResult.Unresolved -> {}
                }
            }
    }

    /** What is not stored is not acknowledged: it comes back after the next start. */
    private suspend fun keep(attempt: PaymentAttempt, outcome: String) {
        if (orders.store(attempt, outcome) && attempt.acknowledge()) watched.value -= attempt
    }

    private companion object {
        const val HIGHEST = 9_999_999L
    }
}
