package com.mpac.pgw.android

import android.app.Activity
import android.app.Application
import androidx.activity.result.ActivityResultCaller
import com.mpac.pgw.PaymentEvent
import com.mpac.pgw.PaymentEventKind
import com.mpac.pgw.PaymentTerminal
import com.mpac.pgw.TerminalConfig

private val certificate = "3B:0A:9F:21:".repeat(8).dropLast(1)

private val cardApp =
    CardApp(
        packageName = "com.mpac.creditcard",
        certificates = setOf(certificate),
    )

// The examples of the documentation.
class Till : Application() {
    private val vault by lazy { KeystoreVault(this) }
    lateinit var cards: CardBridge

    override fun onCreate() {
        super.onCreate()
        cards = CardBridge(this, cardApp, vault)
    }

    suspend fun openTerminal(): PaymentTerminal {
        val terminal = PaymentTerminal.open(config, vault)
        cards.attach(terminal)
        return terminal
    }

    private val config by lazy { TerminalConfig("https://api.pgw.example", journalFolder(this)) }
}

abstract class TillScreen :
    Activity(),
    ActivityResultCaller {
    private val payByCard = registerForActivityResult(PayByCard()) { handOff -> show(handOff) }

    private fun act(event: PaymentEvent) {
        val kind = event.kind
        if (kind is PaymentEventKind.CardAppRequested) payByCard.launch(kind.request)
    }

    fun follow(events: List<PaymentEvent>) = events.forEach(::act)

    private fun show(handOff: CardHandOff) {
        title = "$handOff"
    }
}
