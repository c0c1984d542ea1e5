package com.mpac.pgw.android

import android.app.Activity
import android.content.Intent
import android.os.Bundle
import android.os.Looper
import android.os.Parcel
import com.mpac.pgw.CardRequest
import com.mpac.pgw.Gateway
import com.mpac.pgw.PaymentMethod
import com.mpac.pgw.PaymentResult
import com.mpac.pgw.PaymentState
import com.mpac.pgw.PaymentTerminal
import com.mpac.pgw.PollingPolicy
import com.mpac.pgw.TerminalConfig
import com.mpac.pgw.Vault
import kotlinx.coroutines.cancel
import kotlinx.coroutines.runBlocking
import org.robolectric.Robolectric
import org.robolectric.RuntimeEnvironment
import org.robolectric.Shadows.shadowOf
import org.robolectric.android.controller.ActivityController
import org.robolectric.util.ReflectionHelpers
import org.robolectric.util.ReflectionHelpers.ClassParameter
import java.util.concurrent.TimeUnit
import kotlin.time.Duration.Companion.seconds

/** A device with a till, a terminal on the real gateway, and the card app. */
internal class Device(
    private val vault: Vault? = null,
    private val folder: (() -> SyncedFolder)? = null,
    private val wrap: (PaymentTerminal) -> PaymentTerminal = { it },
) : AutoCloseable {
    val context = RuntimeEnvironment.getApplication()
    val cardApp = CardAppStandIn()
    lateinit var bridge: CardBridge
    lateinit var terminal: PaymentTerminal

    init {
        CardAppStandIn.install(CardAppStandIn.certificate)
        start()
        open()
        attach()
    }

    /** `Application.onCreate`. */
    fun start() {
        val pinned = CardApp(CardAppStandIn.NAME, setOf(CardAppStandIn.pin))
        val folder = folder?.invoke() ?: SyncedFolder { CardBridge.folder(context) }
        bridge = CardBridge(context, pinned, CardFiles(folder, vault))
    }

    fun open() {
        val polling = PollingPolicy(minInterval = 1.seconds, maxInterval = 1.seconds)
        val config = TerminalConfig(Gateway.url, journalFolder(context), polling = polling)
        terminal = wrap(runBlocking { PaymentTerminal.open(config, vault) })
    }

    fun attach() = runBlocking { bridge.attach(terminal) }

    /** The process is gone, with all it had in memory. */
    fun die() {
        bridge.scope.cancel()
        terminal.close()
        // What was posted to the main thread is gone as well.
        shadowOf(Looper.getMainLooper()).idle()
    }

    fun reboot() {
        die()
        start()
        open()
    }

    override fun close() = terminal.close()

    /** A customer wants to pay by card: what the card app is to be asked. */
    fun order(): CardRequest {
        val token = Gateway.create().paymentToken
        val attempt = runBlocking { terminal.confirmPayment(token, PaymentMethod.CreditCard) }
        var request: CardRequest? = null
        until { awaiting(attempt.id)?.also { request = it } != null }
        return request!!
    }

    fun state(attemptId: String): PaymentState? =
        terminal.attempts().find { it.facts.attemptId == attemptId }?.state

    fun awaiting(attemptId: String): CardRequest? =
        (state(attemptId) as? PaymentState.AwaitingCardApp)?.request

    /** What became of it in the end. */
    fun result(attemptId: String): PaymentResult {
        runBlocking { terminal.recoverPending() }
        until { state(attemptId) is PaymentState.Finished }
        return (state(attemptId) as PaymentState.Finished).result
    }

    fun answers(): List<String> = files().filter { it.endsWith(".answer") }

    fun marks(): List<String> = files().filter { it.endsWith(".launched") }

    private fun files() =
        CardBridge
            .folder(context)
            .list()
            .orEmpty()
            .toList()

    /** What [CardBridge.request] starts, in front, as far as it comes by itself. */
    fun screen(request: CardRequest, saved: Bundle? = null) =
        Screen(CardBridge.intent(context, request), saved)

    /** A [CardPaymentActivity]. */
    inner class Screen(
        intent: Intent,
        saved: Bundle?,
    ) {
        private val controller: ActivityController<CardPaymentActivity> =
            Robolectric.buildActivity(CardPaymentActivity::class.java, intent)

        /** What it has asked of the card app and not got yet. */
        var asked: Intent? = null
        var code = 0

        init {
            controller.create(saved).start()
            saved?.let(controller::restoreInstanceState)
            controller.postCreate(saved).resume()
        }

        val activity: CardPaymentActivity get() = controller.get()

        val handOff: CardHandOff? get() =
            shadowOf(
                activity,
            ).takeIf { activity.isFinishing }?.let { CardHandOff.of(it.resultIntent) }

        /** Whether it has launched the card app by now. */
        fun hasLaunched(): Boolean {
            val launched = shadowOf(activity).nextStartedActivityForResult ?: return asked != null
            check(asked == null) { "launched twice" }
            asked = launched.intent
            code = launched.requestCode
            return true
        }

        fun launch(): Intent {
            until { hasLaunched() }
            return asked!!
        }

        /** The card app is in front, and comes back with this. */
        fun comeBack(result: CardAppStandIn.Result = cardApp.take(launch())) {
            pause()
            asked = null
            deliver(result)
            resume()
        }

        fun deliver(result: CardAppStandIn.Result) {
            ReflectionHelpers.callInstanceMethod<Unit>(
                Activity::class.java,
                activity,
                "onActivityResult",
                ClassParameter.from(Int::class.javaPrimitiveType, code),
                ClassParameter.from(Int::class.javaPrimitiveType, result.code),
                ClassParameter.from(Intent::class.java, result.data),
            )
        }

        fun pause() {
            controller.pause()
        }

        fun resume() {
            if (!activity.isFinishing) controller.resume()
        }

        fun recreate() {
            controller.recreate()
        }

        fun end(): CardHandOff {
            until { activity.isFinishing }
            return handOff!!
        }

        /** What Android keeps of it while the process is gone. */
        fun saved(): Bundle {
            val saved = Bundle()
            controller.pause().stop().saveInstanceState(saved)
            val parcel = Parcel.obtain()
            parcel.writeBundle(saved)
            parcel.setDataPosition(0)
            return parcel.readBundle(javaClass.classLoader)!!
        }
    }

    companion object {
        /** Lets the main thread run until it holds. */
        fun until(condition: () -> Boolean) {
            val end = System.nanoTime() + TimeUnit.SECONDS.toNanos(20)
            while (!condition()) {
                check(System.nanoTime() < end) { "it does not come to that" }
                shadowOf(Looper.getMainLooper()).idle()
                Thread.sleep(2)
            }
        }

        /** Lets everything run that is going to. */
        fun quiet() {
            repeat(30) {
                shadowOf(Looper.getMainLooper()).idle()
                Thread.sleep(5)
            }
        }
    }
}
