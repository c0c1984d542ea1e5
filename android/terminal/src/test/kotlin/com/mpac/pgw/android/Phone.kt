package com.mpac.pgw.android

import android.app.Activity
import android.content.Intent
import android.os.Bundle
import android.os.Parcel
import com.mpac.pgw.CardRequest
import com.mpac.pgw.Vault
import kotlinx.coroutines.cancel
import org.robolectric.Robolectric
import org.robolectric.RuntimeEnvironment
import org.robolectric.Shadows.shadowOf
import org.robolectric.android.controller.ActivityController
import org.robolectric.util.ReflectionHelpers
import org.robolectric.util.ReflectionHelpers.ClassParameter

/** A phone with the bridge of a till, and the card app. */
internal open class Phone(
    private val vault: Vault? = null,
    private val folder: () -> SyncedFolder = ::cardFolder,
) {
    val context = RuntimeEnvironment.getApplication()
    val cardApp = CardAppStandIn()
    lateinit var bridge: CardBridge

    init {
        CardAppStandIn.install(CardAppStandIn.certificate)
        start()
    }

    /** `Application.onCreate`. */
    fun start() {
        val pinned = CardApp(CardAppStandIn.NAME, setOf(CardAppStandIn.pin))
        bridge = CardBridge(context, pinned, CardFiles(folder(), vault))
    }

    /** The till's process is gone. */
    fun stop() = bridge.scope.cancel()

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
            Device.until { hasLaunched() }
            return asked!!
        }

        /** It is that screen, made anew: what was asked stays asked. */
        fun isBehind(before: Screen) {
            asked = before.asked
            code = before.code
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
            Device.until { activity.isFinishing }
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
}

/** Where the bridge keeps its files. */
internal fun cardFolder() = SyncedFolder { CardBridge.folder(RuntimeEnvironment.getApplication()) }
