package com.mpac.pgw.android.example

import android.app.Application
import com.mpac.pgw.PaymentTerminal
import com.mpac.pgw.TerminalConfig
import com.mpac.pgw.android.CardApp
import com.mpac.pgw.android.CardBridge
import com.mpac.pgw.android.KeystoreVault
import com.mpac.pgw.android.journalFolder
import com.mpac.pgw.android.pollInForeground
import kotlinx.coroutines.MainScope
import kotlinx.coroutines.async
import kotlinx.coroutines.sync.Mutex
import kotlinx.coroutines.sync.withLock

private val CERTIFICATE = "3B:0A:9F:21:".repeat(8).dropLast(1)

class TillApp : Application() {
    private val scope = MainScope()
    private val vault by lazy { KeystoreVault(this) }
    private val opening = Mutex()
    private var terminal: PaymentTerminal? = null

    lateinit var cards: CardBridge
        private set

    override fun onCreate() {
        super.onCreate()
        cards = CardBridge(this, CardApp("com.mpac.creditcard", setOf(CERTIFICATE)), vault)
    }

    /** For the first screen. Where it cannot be opened, the next call tries again. */
    suspend fun terminal(): PaymentTerminal =
        // Not in the screen's scope: the screen may end meanwhile.
        scope.async { opening.withLock { terminal ?: open().also { terminal = it } } }.await()

    private suspend fun open(): PaymentTerminal {
        val config = TerminalConfig("https://api.pgw.example", journalFolder(this))
        return PaymentTerminal.open(config, vault).also {
            // First: the card app's answer may have waited since before a restart.
            cards.attach(it)
            it.pollInForeground(this)
        }
    }
}
