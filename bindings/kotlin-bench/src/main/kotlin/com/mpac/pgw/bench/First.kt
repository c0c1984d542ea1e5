package com.mpac.pgw.bench

import java.io.File

// Each in a JVM of its own, which has loaded nothing of it.

/** From the first touch of the SDK to a terminal, and to the gateway's answer. */
suspend fun firstOfTheSdk(gateway: Gateway, folder: File) {
    val order = gateway.create()
    val began = System.nanoTime()
    val terminal = openTerminal(gateway, folder)
    val opened = System.nanoTime()
    terminal.retrievePaymentIntent(order.paymentToken)
    val answered = System.nanoTime()
    row("Kotlin: first load, to an open terminal", "ms", listOf((opened - began) / 1e6))
    row("  to the gateway's first answer", "ms", listOf((answered - began) / 1e6))
}

/** The same request. */
suspend fun firstByHand(gateway: Gateway) {
    val order = gateway.create()
    val took = milliseconds { ByHand(gateway).retrieve(order) }
    row("  by hand, with OkHttp", "ms", listOf(took))
}
