package com.mpac.pgw.bench

import com.mpac.pgw.PaymentEventKind
import com.mpac.pgw.PaymentMethod
import kotlinx.coroutines.flow.first
import java.io.File

private const val PAYMENTS = 200

/** From the app's call to the code on show, beside the same two requests by hand. */
suspend fun payments(gateway: Gateway, folder: File) {
    val terminal = openTerminal(gateway, folder)
    val byHand = ByHand(gateway)
    val shown = mutableListOf<Double>()
    val requests = mutableListOf<Double>()
    repeat(PAYMENTS) {
        val (mine, theirs) = gateway.create(2)
        requests +=
            milliseconds {
                byHand.retrieve(theirs)
                byHand.confirm(theirs)
            }
        val began = System.nanoTime()
        val attempt = terminal.confirmPayment(mine.paymentToken, PaymentMethod.QrMpm("PAYPAY"))
        attempt.events.first { it.kind is PaymentEventKind.QrReady }
        shown += (System.nanoTime() - began) / 1e6
        // It would poll while the next one is measured.
        attempt.cancel()
        attempt.acknowledge()
    }
    terminal.close()
    row("Kotlin: confirmPayment to qr_ready", "ms", shown)
    row("  by hand: the same two requests, OkHttp", "ms", requests)
    row("  above these, syncs included", "ms", shown.zip(requests) { a, b -> a - b })
}
