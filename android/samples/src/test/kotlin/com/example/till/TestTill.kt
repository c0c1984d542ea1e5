package com.example.till

import com.example.cardapp.CardKeys
import com.mpac.creditcard.contract.CardSigner
import com.mpac.pgw.Gateway
import com.mpac.pgw.PollingPolicy
import com.mpac.pgw.TerminalConfig
import com.mpac.pgw.TerminalException
import com.mpac.pgw.android.CardApp
import com.mpac.pgw.android.FakeKeystore
import com.mpac.pgw.android.KeystoreVault
import com.mpac.pgw.android.journalFolder
import com.mpac.pgw.reopen
import kotlinx.coroutines.runBlocking
import java.security.KeyPairGenerator
import java.security.spec.ECGenParameterSpec
import kotlin.time.Duration.Companion.seconds

/** The sample app itself, with the tests' gateway, back end and card app. */
class TestTill : TillApplication() {
    /** What the back end creates next. */
    var create: suspend (Long) -> String = { Gateway.create(it).paymentToken }
    val tokens = mutableListOf<String>()
    var problem: TerminalException? = null

    /** The card app's key. The tests' Keystore has none for signatures. */
    private val signer = CardSigner(keys())

    /** How often a terminal was to be opened. */
    var openings = 0

    init {
        // There is none here; and each device has its own.
        FakeKeystore.install()
        CardKeys.make = { signer }
    }

    private fun keys() =
        KeyPairGenerator.getInstance("EC").run {
            initialize(ECGenParameterSpec("secp256r1"))
            generateKeyPair()
        }

    /** Android ends the process, and the staff starts the app again. */
    fun restart() {
        onTerminate()
        // A process that has ended holds nothing any more; a terminal that is closed may for a moment.
        if (problem == null) runBlocking { reopen(config(), KeystoreVault(this@TestTill)).close() }
        onCreate()
    }

    override fun config(): TerminalConfig {
        openings += 1
        problem?.let { throw it }
        return TerminalConfig(
            Gateway.url,
            journalFolder(this),
            polling = PollingPolicy(minInterval = 1.seconds, maxInterval = 1.seconds),
            requestTimeout = 2.seconds,
            connectTimeout = 2.seconds,
            cardAppPublicKeys = listOf(signer.publicKey),
        )
    }

    override fun backEnd() = BackEnd { amount -> create(amount).also { tokens += it } }

    override fun cardApp() = CardApp(Device.CARD_APP, setOf(Device.pin))
}
