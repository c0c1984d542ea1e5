package com.mpac.pgw

import java.io.File

// README:START
suspend fun takePayment(gatewayUrl: String, paymentToken: String, show: (ByteArray) -> Unit) {
    PaymentTerminal.open(TerminalConfig(gatewayUrl, File("terminal"))).use { terminal ->
        val attempt = terminal.confirmPayment(paymentToken, PaymentMethod.QrMpm("PAYPAY"))
        attempt.events.collect { event ->
            when (event) {
                is PaymentEvent.QrReady -> show(event.qr.png(sizePx = 480))
                is PaymentEvent.PaymentSuccess -> println("paid")
                is PaymentEvent.PaymentFailed -> println("not paid: ${event.result.reason}")
                is PaymentEvent.PaymentUnresolved -> println("ask: ${event.result.nextStep}")
                else -> println(event.name)
            }
        }
    }
}
// README:END
