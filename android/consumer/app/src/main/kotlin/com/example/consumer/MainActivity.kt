package com.example.consumer

import android.app.Activity
import android.graphics.BitmapFactory
import android.os.Bundle
import android.widget.ImageView
import com.mpac.creditcard.contract.ACTION_PAY
import com.mpac.pgw.PaymentEventKind
import com.mpac.pgw.PaymentMethod
import com.mpac.pgw.PaymentTerminal
import com.mpac.pgw.TerminalConfig
import com.mpac.pgw.android.journalFolder
import com.mpac.pgw.png
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.cancel
import kotlinx.coroutines.launch

/** The least that an app does: it shows a code, and names a resource of the SDK and of the contract. */
class MainActivity : Activity() {
    private val scope = CoroutineScope(Dispatchers.Main)

    override fun onCreate(savedInstanceState: Bundle?) {
        super.onCreate(savedInstanceState)
        val view = ImageView(this)
        view.contentDescription = getString(com.mpac.pgw.android.R.string.mpac_pgw_qr_code)
        title = getString(R.string.app_name) + ACTION_PAY
        setContentView(view)
        val token = intent.getStringExtra("token") ?: return
        scope.launch { pay(token, view) }
    }

    private suspend fun pay(
        token: String,
        view: ImageView,
    ) {
        val config = TerminalConfig("https://pgw.example", journalFolder(this))
        PaymentTerminal.open(config).use { terminal ->
            val attempt = terminal.confirmPayment(token, PaymentMethod.QrMpm("PAYPAY"))
            attempt.events.collect { event ->
                val kind = event.kind
                if (kind is PaymentEventKind.QrReady) {
                    val png = kind.qr.png(size = 480)
                    view.setImageBitmap(BitmapFactory.decodeByteArray(png, 0, png.size))
                }
            }
            attempt.acknowledge()
        }
    }

    override fun onDestroy() {
        scope.cancel()
        super.onDestroy()
    }
}
