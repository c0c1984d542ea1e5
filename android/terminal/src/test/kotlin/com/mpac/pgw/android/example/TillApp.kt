package com.mpac.pgw.android.example

import android.app.Application
import com.mpac.pgw.PaymentTerminal
import com.mpac.pgw.TerminalConfig
import com.mpac.pgw.android.KeystoreVault
import com.mpac.pgw.android.journalFolder
import com.mpac.pgw.android.pollInForeground
import kotlinx.coroutines.MainScope
import kotlinx.coroutines.async

class TillApp : Application() {
    private val scope = MainScope()
    val terminal by lazy { scope.async { openTerminal(this@TillApp, "https://api.pgw.example") } }
}

suspend fun openTerminal(app: Application, gatewayUrl: String): PaymentTerminal {
    val config = TerminalConfig(gatewayUrl, journalFolder(app))
    return PaymentTerminal.open(config, KeystoreVault(app)).also { it.pollInForeground(app) }
}
