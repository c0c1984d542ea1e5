package com.example.till

import android.app.Application
import com.mpac.pgw.PaymentTerminal
import com.mpac.pgw.TerminalConfig
import com.mpac.pgw.Vault
import com.mpac.pgw.android.CardApp
import com.mpac.pgw.android.CardBridge
import com.mpac.pgw.android.KeystoreVault
import com.mpac.pgw.android.journalFolder
import com.mpac.pgw.android.pollInForeground
import kotlinx.coroutines.MainScope

/** Holds what outlives the screens: the terminal, the bridge to the card app, and the till. */
open class TillApplication : Application() {
    lateinit var cards: CardBridge
        private set

    private var made: Till? = null

    /** Made, and the terminal opened, for the first screen: not in each process of the app. */
    val till: Till get() = made ?: makeTill()

    var terminal: PaymentTerminal? = null
        private set

    private val vault: Vault by lazy { KeystoreVault(this) }

    override fun onCreate() {
        super.onCreate()
        cards = CardBridge(this, cardApp(), vault)
    }

    private fun makeTill(): Till {
        val wallet = getString(R.string.wallet)
        return Till(MainScope(), ::open, backEnd(), Orders(this), wallet).also {
            made = it
            it.start()
        }
    }

    /** The terminal, opened once for each process. */
    private suspend fun open(): PaymentTerminal =
        terminal ?: PaymentTerminal.open(config(), vault).also {
            terminal = it
            // First of all: an answer of the card app may be waiting since before a restart.
            cards.attach(it)
            it.pollInForeground(this)
        }

    /** Only tests and emulators come here. */
    override fun onTerminate() {
        terminal?.close()
        terminal = null
        made = null
        super.onTerminate()
    }

    // Open, so that tests can bring their own gateway and card app.

    protected open fun config(): TerminalConfig =
        TerminalConfig(
            gatewayUrl = getString(R.string.gateway_url),
            dataDirectory = journalFolder(this),
            allowCleartext = resources.getBoolean(R.bool.allow_cleartext),
            cardAppPublicKeys = listOf(getString(R.string.card_app_public_key)).filter { it != "" },
        )

    protected open fun backEnd(): BackEnd = HttpBackEnd(getString(R.string.back_end_url))

    protected open fun cardApp(): CardApp =
        CardApp(
            packageName = getString(R.string.card_app_package),
            certificates = setOf(getString(R.string.card_app_certificate)),
        )
}
