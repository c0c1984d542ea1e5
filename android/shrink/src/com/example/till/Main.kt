package com.example.till

import com.mpac.pgw.CardOutcome
import com.mpac.pgw.CardRequest
import com.mpac.pgw.CardResult
import com.mpac.pgw.PaymentEventKind
import com.mpac.pgw.PaymentMethod
import com.mpac.pgw.PaymentResult
import com.mpac.pgw.PaymentTerminal
import com.mpac.pgw.Secret
import com.mpac.pgw.TerminalConfig
import com.mpac.pgw.TerminalException
import com.mpac.pgw.Vault
import com.mpac.pgw.fromJson
import com.mpac.pgw.message
import com.mpac.pgw.png
import com.mpac.pgw.toJson
import kotlinx.coroutines.runBlocking
import java.io.File

/** An app that takes a payment by code, by card and in cash, and prints what it took. */
fun main(arguments: Array<String>) =
    runBlocking {
        val (url, folder, gateway) = arguments
        val methods = listOf(PaymentMethod.QrMpm("PAYPAY"), PaymentMethod.CreditCard, PaymentMethod.Cash)
        PaymentTerminal.open(TerminalConfig(url, File(folder)), Mask()).use { terminal ->
            try {
                terminal.confirmPayment("no token", PaymentMethod.Cash)
            } catch (refused: TerminalException) {
                println("refused: ${refused.message}")
            }
            for ((token, method) in arguments.drop(3).zip(methods)) {
                val attempt = terminal.confirmPayment(token, method)
                attempt.events.collect { event ->
                    when (val kind = event.kind) {
                        is PaymentEventKind.QrReady -> {
                            check(kind.qr.png(size = 480).isNotEmpty())
                            scan(gateway, url, token)
                        }
                        is PaymentEventKind.CardAppRequested -> terminal.completeCardPayment(charge(kind.request))
                        is PaymentEventKind.PaymentFailed -> println("not paid: ${kind.code.message()}")
                        else -> println(event.name)
                    }
                }
                check(attempt.await() is PaymentResult.Succeeded)
                attempt.acknowledge()
                println("paid")
            }
        }
    }

/** The customer's part. */
private fun scan(
    gateway: String,
    url: String,
    token: String,
) {
    val id = token.substringBefore("_secret_")
    check(ProcessBuilder(gateway, "pay", "--gateway", url, id).start().waitFor() == 0)
}

/** The card app's part. */
private fun charge(request: CardRequest): CardResult {
    check(request.nonce.value in request.toJson())
    return CardResult.fromJson(
        """{"version":1,"attempt_id":"${request.attemptId}","nonce":"${request.nonce.value}",""" +
            """"outcome":"approved","amount":${request.amount},"currency":"${request.currency}",""" +
            """"approval_code":"A1","card_brand":"VISA"}""",
    )
}

/** Hides nothing: what counts is that it is called. */
private class Mask : Vault {
    override fun seal(plain: ByteArray) = ByteArray(plain.size) { (plain[it].toInt() xor 0x55).toByte() }

    override fun openSealed(sealed: ByteArray) = seal(sealed)
}
