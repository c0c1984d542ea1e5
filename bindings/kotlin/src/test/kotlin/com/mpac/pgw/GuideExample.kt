package com.mpac.pgw

import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.launch

/** What an app knows of its card app. */
fun interface CardHistory {
    suspend fun find(attemptId: String): Found
}

/** What the card app's history says. */
sealed interface Found {
    class Finished(
        val result: CardResult,
    ) : Found

    data object Nothing : Found

    data object NoAnswer : Found
}

/** An app, as the documentation of [PaymentTerminal] has it. */
suspend fun CoroutineScope.startTill(
    config: TerminalConfig,
    cardApp: CardHistory,
    act: suspend (PaymentEvent) -> Unit,
    store: suspend (paymentIntentId: String, result: PaymentResult) -> Unit,
): PaymentTerminal {
    suspend fun watch(attempt: PaymentAttempt) {
        // GUIDE
        attempt.events.collect { event -> act(event) }
        store(attempt.paymentIntentId, attempt.await())
        attempt.acknowledge()
        // GUIDE
    }

    suspend fun afterRestart(terminal: PaymentTerminal, request: CardRequest) {
        // GUIDE
        when (val found = cardApp.find(request.attemptId)) {
            is Found.Finished -> terminal.completeCardPayment(found.result)
            is Found.Nothing -> terminal.completeCardPayment(request.notCharged("never begun"))
            is Found.NoAnswer -> {}
        }
        // GUIDE
    }
    // GUIDE
    val terminal = PaymentTerminal.open(config)
    for (attempt in terminal.recoverPending()) {
        launch { watch(attempt) }
        val state = attempt.state.value
        if (state is PaymentState.AwaitingCardApp) afterRestart(terminal, state.request)
    }
    // GUIDE
    return terminal
}
