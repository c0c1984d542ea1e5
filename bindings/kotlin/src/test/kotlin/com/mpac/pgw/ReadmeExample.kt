package com.mpac.pgw

import java.io.File

/** What the example needs of an app. */
interface Till {
    fun show(png: ByteArray)

    fun save(attemptId: String, result: PaymentResult)
}

// README:START
suspend fun takePayment(gatewayUrl: String, paymentToken: String, till: Till) {
    PaymentTerminal.open(TerminalConfig(gatewayUrl, File("terminal"))).use { terminal ->
        val attempt = terminal.confirmPayment(paymentToken, PaymentMethod.QrMpm("PAYPAY"))
        attempt.events.collect { event ->
            when (event) {
                is PaymentEvent.QrReady -> till.show(event.qr.png(sizePx = 480))
                is PaymentEvent.PaymentFailed -> println("not paid: ${event.result.reason}")
                is PaymentEvent.PaymentUnresolved -> println("ask: ${event.result.nextStep}")
                else -> println(event.name)
            }
        }
        till.save(attempt.id, attempt.await())
        attempt.acknowledge()
    }
}
// README:END
