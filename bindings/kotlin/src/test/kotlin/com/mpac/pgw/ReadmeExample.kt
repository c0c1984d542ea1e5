package com.mpac.pgw

import java.io.File

/** What the example needs of an app. */
interface Till {
    fun show(png: ByteArray)

    fun save(paymentIntentId: String, result: PaymentResult)
}

// README:START
suspend fun takePayment(gatewayUrl: String, paymentToken: String, till: Till) {
    PaymentTerminal.open(TerminalConfig(gatewayUrl, File("terminal"))).use { terminal ->
        val attempt = terminal.confirmPayment(paymentToken, PaymentMethod.QrMpm("PAYPAY"))
        attempt.events.collect { event ->
            when (val kind = event.kind) {
                is PaymentEventKind.QrReady -> till.show(kind.qr.png(size = 480))
                is PaymentEventKind.PaymentFailed -> println("not paid: ${kind.code.message()}")
                is PaymentEventKind.PaymentUnresolved -> println("ask: ${kind.nextStep.message()}")
                else -> println(event.name)
            }
        }
        till.save(attempt.paymentIntentId, attempt.await())
        attempt.acknowledge()
    }
}
// README:END
