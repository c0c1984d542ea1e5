package com.mpac.pgw.device

import android.app.Activity
import android.content.Context
import android.content.Intent
import android.os.Build
import android.os.Looper
import android.security.keystore.KeyInfo
import android.security.keystore.KeyProperties
import android.util.Log
import android.view.WindowManager.LayoutParams.BRIGHTNESS_OVERRIDE_FULL
import androidx.test.platform.app.InstrumentationRegistry
import com.mpac.pgw.FailureCode
import com.mpac.pgw.PaymentAttempt
import com.mpac.pgw.PaymentMethod
import com.mpac.pgw.PaymentResult
import com.mpac.pgw.PaymentState
import com.mpac.pgw.PaymentTerminal
import com.mpac.pgw.PollingPolicy
import com.mpac.pgw.TerminalConfig
import com.mpac.pgw.TerminalError
import com.mpac.pgw.TerminalException
import com.mpac.pgw.android.CardApp
import com.mpac.pgw.android.CardAppProblem
import com.mpac.pgw.android.CardBridge
import com.mpac.pgw.android.KeystoreVault
import com.mpac.pgw.android.QrCodeView
import com.mpac.pgw.android.journalFolder
import com.mpac.pgw.message
import kotlinx.coroutines.delay
import kotlinx.coroutines.flow.first
import kotlinx.coroutines.runBlocking
import kotlinx.coroutines.withTimeout
import org.json.JSONObject
import org.junit.After
import org.junit.Assert.assertEquals
import org.junit.Assert.assertFalse
import org.junit.Assert.assertNotEquals
import org.junit.Assert.assertTrue
import org.junit.Before
import org.junit.Test
import java.net.HttpURLConnection
import java.net.URL
import java.security.GeneralSecurityException
import java.security.KeyStore
import java.security.MessageDigest
import java.util.Locale
import java.util.UUID
import java.util.concurrent.TimeUnit
import javax.crypto.Mac
import javax.crypto.SecretKey
import javax.crypto.SecretKeyFactory
import javax.crypto.spec.SecretKeySpec
import kotlin.time.Duration.Companion.milliseconds
import kotlin.time.Duration.Companion.seconds

/** The AAR on a device, against the real gateway at the other end of `adb reverse`. */
open class DeviceTest {
    /** Another address: `-Pandroid.testInstrumentationRunnerArguments.gateway=http://127.0.0.1:8080`. */
    protected open val gateway: String
        get() =
            InstrumentationRegistry.getArguments().getString("gateway") ?: "http://127.0.0.1:4242"

    /** As the gateway was started with. */
    protected open val merchant: String get() = "test_merchant:sk_test_local"

    private val instrumentation = InstrumentationRegistry.getInstrumentation()
    private val context: Context = instrumentation.targetContext
    private val journal = journalFolder(context)
    private val vault = KeystoreVault(context)
    private var terminal: PaymentTerminal? = null

    @Before
    fun open() {
        for (left in context.noBackupFilesDir.listFiles().orEmpty()) left.deleteRecursively()
        reopen()
    }

    @After
    fun close() {
        terminal?.close()
    }

    @Test
    fun theNativeLibraryIsLoaded() {
        // It has the sentences. Without it there are only the names.
        val code = FailureCode.CARD_DECLINED
        assertNotEquals(code.name, code.message(Locale.JAPANESE))
        Log.i(TAG, "Android API ${Build.VERSION.SDK_INT}, ${Build.SUPPORTED_ABIS.first()}")
    }

    @Test
    fun cashIsPaidAndItsOutcomeComesBackUntilItIsAcknowledged() {
        val order = order()
        val id = pay(order, PaymentMethod.Cash).also(::paid).id
        reopen()
        val again = recovered().single()
        assertEquals(id, again.id)
        assertTrue(waiting { again.events.first { it.isFinal } }.replayed)
        paid(again)
        assertTrue(waiting { again.acknowledge() })
        reopen()
        assertEquals(emptyList<PaymentAttempt>(), recovered())
    }

    @Test
    fun theJournalIsSealedByTheKeystore() {
        val order = order()
        val attempt = pay(order, PaymentMethod.Cash).also(::paid)
        terminal?.close()
        val files = journal.walk().filter { it.isFile }.toList()
        val file = files.single { it.name == "${attempt.id}.attempt" }
        assertTrue(file.readText(Charsets.ISO_8859_1).startsWith("mpac-sealed"))
        for (kept in files) {
            val text = kept.readText(Charsets.ISO_8859_1)
            assertFalse(kept.name, order.token.substringAfter("_secret_") in text)
        }
        val store = KeyStore.getInstance(KEYSTORE).apply { load(null) }
        val keys = store.aliases().toList().filter { it.startsWith("com.mpac.pgw.journal.") }
        assertEquals(1, keys.size)
        val key = store.getKey(keys.single(), null) as SecretKey
        assertEquals("nobody can take the key out", null, key.encoded)
        Log.i(TAG, "the key is in: ${place(key)}")
    }

    @Test
    fun aCodeIsShownAndPaid() {
        val order = order()
        val attempt = pay(order, PaymentMethod.QrMpm("PAYPAY"))
        waiting { attempt.state.first { it is PaymentState.AwaitingCustomer } }
        val activity = screen()
        lateinit var view: QrCodeView
        main {
            view = QrCodeView(activity).also { it.show(attempt) }
            activity.setContentView(view)
        }
        until("the code is seen") {
            view.isShown && activity.window.attributes.screenBrightness == BRIGHTNESS_OVERRIDE_FULL
        }
        assertTrue(view.keepScreenOn)
        assertTrue(view.contentDescription.isNotEmpty())
        post("/_local/payment_intents/${order.id}/pay", """{"outcome":"approved","notify":true}""")
        paid(attempt)
        main {
            view.show(attempt)
            activity.finish()
        }
        assertFalse(view.keepScreenOn)
    }

    @Test
    fun aCardAppThatIsNotInstalledHasChargedNothing() {
        val cardApp = CardApp("com.mpac.creditcard.not.installed", setOf("00".repeat(32)))
        lateinit var bridge: CardBridge
        main { bridge = CardBridge(context, cardApp, vault) }
        waiting { bridge.attach(opened()) }
        val attempt = pay(order(), PaymentMethod.CreditCard)
        val state = waiting { attempt.state.first { it is PaymentState.AwaitingCardApp } }
        start(CardBridge.intent(context, (state as PaymentState.AwaitingCardApp).request))
        until("the payment has ended") { attempt.state.value is PaymentState.Finished }
        val result = waiting { attempt.await() }
        assertEquals(FailureCode.CARD_APP_ERROR, (result as PaymentResult.Failed).code)
        assertEquals(CardAppProblem.NOT_INSTALLED, CardAppProblem.of(result.reason))
    }

    /** A screen in front. */
    protected open fun screen(): Activity = start(Intent(context, Activity::class.java))

    private fun start(intent: Intent): Activity =
        instrumentation.startActivitySync(intent.addFlags(Intent.FLAG_ACTIVITY_NEW_TASK))

    /** As the next process does. */
    private fun reopen() {
        terminal?.close()
        val polling = PollingPolicy(minInterval = 1.seconds, maxInterval = 1.seconds)
        val config = TerminalConfig(gateway, journal, polling = polling)
        terminal = waiting { open(config) }
    }

    /** A disk that is slower than `close` lets go of the folder only later. */
    private suspend fun open(config: TerminalConfig): PaymentTerminal {
        while (true) {
            try {
                return PaymentTerminal.open(config, vault)
            } catch (e: TerminalException) {
                if (e.error != TerminalError.DirectoryInUse) throw e
                delay(20.milliseconds)
            }
        }
    }

    private fun opened(): PaymentTerminal = checkNotNull(terminal)

    private fun recovered(): List<PaymentAttempt> = waiting { opened().recoverPending() }

    private fun pay(order: Order, method: PaymentMethod): PaymentAttempt =
        waiting { opened().confirmPayment(order.token, method) }

    private fun paid(attempt: PaymentAttempt) {
        val result = waiting { attempt.await() }
        assertTrue("$result", result is PaymentResult.Succeeded && result.receipt.amount == AMOUNT)
    }

    private fun place(key: SecretKey): String =
        try {
            val factory = SecretKeyFactory.getInstance(key.algorithm, KEYSTORE)
            val info = factory.getKeySpec(key, KeyInfo::class.java) as KeyInfo
            @Suppress("DEPRECATION")
            if (Build.VERSION.SDK_INT < Build.VERSION_CODES.S) {
                if (info.isInsideSecureHardware) "hardware" else "software"
            } else {
                when (info.securityLevel) {
                    KeyProperties.SECURITY_LEVEL_STRONGBOX -> "StrongBox"
                    KeyProperties.SECURITY_LEVEL_SOFTWARE -> "software"
                    else -> "hardware"
                }
            }
        } catch (e: GeneralSecurityException) {
            "not known: $e"
        }

    private fun <T> waiting(call: suspend () -> T): T =
        runBlocking { withTimeout(LIMIT) { call() } }

    private fun until(what: String, condition: () -> Boolean) {
        val end = System.nanoTime() + LIMIT.inWholeNanoseconds
        while (!condition()) {
            check(System.nanoTime() < end) { "not in time: $what" }
            instrumentation.waitForIdleSync()
            TimeUnit.MILLISECONDS.sleep(20)
        }
    }

    private fun main(call: () -> Unit) {
        if (Looper.myLooper() == Looper.getMainLooper()) {
            call()
        } else {
            instrumentation.runOnMainSync(call)
        }
    }

    // The merchant's back end. A real one is on a server: no device has the secret key.

    private class Order(
        val id: String,
        val token: String,
    )

    private fun order(): Order {
        val created =
            JSONObject(
                post(
                    "/v1/payment_intents",
                    """{"merchant_ref_id":"device_${UUID.randomUUID()}","amount":$AMOUNT,""" +
                        """"payment_method_types":["qr_mpm","credit_card","cash"]}""",
                ),
            )
        return Order(created.getString("id"), created.getString("payment_token"))
    }

    private fun post(path: String, body: String): String {
        val (merchantId, secret) = merchant.split(":")
        val time = gatewayTime()
        val hash = MessageDigest.getInstance("SHA-256").digest(body.toByteArray()).hex()
        val mac = Mac.getInstance("HmacSHA256")
        mac.init(SecretKeySpec(secret.toByteArray(), mac.algorithm))
        val signature = mac.doFinal("POST\n$path\n$time\n$hash".toByteArray()).hex()
        val connection = connect(path)
        connection.doOutput = true
        connection.setRequestProperty("Content-Type", "application/json")
        connection.setRequestProperty("Idempotency-Key", UUID.randomUUID().toString())
        // The gateway's own commands are not signed.
        if (path.startsWith("/v1/")) {
            connection.setRequestProperty(
                "Authorization",
                "HMAC-SHA256 $merchantId:$time:$signature",
            )
        }
        connection.outputStream.use { it.write(body.toByteArray()) }
        val isDone = connection.responseCode in 200..299
        val answer = if (isDone) connection.inputStream else connection.errorStream
        val text = answer.bufferedReader().use { it.readText() }
        check(isDone) { "$path: ${connection.responseCode}: $text" }
        return text
    }

    /** So that a device whose clock is wrong can be tested. */
    private fun gatewayTime(): Long {
        val connection = connect("/_local/clock")
        connection.inputStream.use { it.readBytes() }
        return TimeUnit.MILLISECONDS.toSeconds(connection.date)
    }

    private fun connect(path: String): HttpURLConnection {
        val connection = URL(gateway + path).openConnection() as HttpURLConnection
        connection.connectTimeout = LIMIT.inWholeMilliseconds.toInt()
        connection.readTimeout = LIMIT.inWholeMilliseconds.toInt()
        return connection
    }

    private fun ByteArray.hex(): String = joinToString("") { "%02x".format(it) }

    private companion object {
        const val TAG = "mpac-pgw-device"
        const val KEYSTORE = "AndroidKeyStore"
        const val AMOUNT = 1500L
        val LIMIT = 60.seconds
    }
}
