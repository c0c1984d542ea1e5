package com.example.till

import android.app.Activity
import android.content.ComponentName
import android.content.Intent
import android.content.IntentFilter
import android.content.pm.ApplicationInfo
import android.content.pm.PackageInfo
import android.content.pm.Signature
import android.content.pm.SigningInfo
import android.os.Build
import android.os.Looper
import android.view.View
import android.widget.EditText
import android.widget.TextView
import com.example.cardapp.FindActivity
import com.example.cardapp.PayActivity
import com.mpac.creditcard.contract.ACTION_FIND
import com.mpac.creditcard.contract.ACTION_PAY
import com.mpac.pgw.PaymentAttempt
import com.mpac.pgw.PaymentState
import com.mpac.pgw.android.CardPaymentActivity
import org.robolectric.Robolectric
import org.robolectric.RuntimeEnvironment
import org.robolectric.Shadows.shadowOf
import org.robolectric.android.controller.ActivityController
import org.robolectric.shadow.api.Shadow
import org.robolectric.shadows.ShadowSigningInfo
import java.security.MessageDigest
import java.util.concurrent.TimeUnit.SECONDS

/** A till on the counter: who looks at its screen and presses its buttons. */
class Device(
    qualifiers: String = "en-w360dp-h640dp-xhdpi",
) : AutoCloseable {
    val app: TestTill
    val till get() = app.till
    private var controller: ActivityController<TillActivity>? = null
    val activity: TillActivity get() = controller!!.get()

    init {
        RuntimeEnvironment.setQualifiers("+$qualifiers")
        app = RuntimeEnvironment.getApplication() as TestTill
    }

    /** The staff opens the app. */
    fun start(): Device {
        controller = Robolectric.buildActivity(TillActivity::class.java).setup()
        return this
    }

    /** As when the process is ended: nothing of it is told. */
    fun restart() {
        controller = null
        app.restart()
        start()
    }

    fun rotate() {
        controller!!.recreate()
    }

    fun leave() {
        controller!!.pause().stop()
    }

    fun comeBack() {
        controller!!.restart().start().resume()
    }

    override fun close() {
        controller?.pause()?.stop()?.destroy()
    }

    fun <V : View> view(id: Int): V = activity.findViewById<V>(id)!!

    fun sees(id: Int): Boolean = activity.findViewById<View>(id)?.isShown == true

    fun text(id: Int): String =
        activity
            .findViewById<TextView>(id)
            ?.takeIf {
                it.isShown
            }?.text
            ?.toString()
            .orEmpty()

    fun press(id: Int) {
        until("button ${name(id)}") { sees(id) }
        view<View>(id).performClick()
        idle()
    }

    fun type(id: Int, text: String) {
        until("field ${name(id)}") { sees(id) }
        view<EditText>(id).setText(text)
    }

    /** Waits until a message has that title. */
    fun untilTitle(title: Int) {
        until("title `${app.getString(title)}` and not `${text(R.id.title)}`") {
            text(R.id.title) ==
                app.getString(title)
        }
    }

    private fun name(id: Int) = app.resources.getResourceEntryName(id)

    /** Types 1500, and goes on to the methods. */
    fun enterAmount() {
        until("keys") { sees(R.id.keys) }
        for (digits in listOf("1", "5", "00")) till.type(digits)
        press(R.id.choose_method)
    }

    val attempt: PaymentAttempt get() = (till.screen.value as Screen.Payment).attempt

    inline fun <reified S : PaymentState> untilState(): S {
        until(S::class.java.simpleName) {
            (till.screen.value as? Screen.Payment)?.attempt?.state?.value is S
        }
        idle()
        return attempt.state.value as S
    }

    // The way over to the card app.

    private fun nextStarted(): Intent? = shadowOf(app).nextStartedActivity

    private fun started(what: String, isIt: (Intent) -> Boolean): Intent {
        var found: Intent? = null
        until(what) { nextStarted()?.takeIf(isIt)?.also { found = it } != null }
        return found!!
    }

    private fun isForCardApp(intent: Intent) = intent.component?.packageName == CARD_APP

    /** The bridge's activity, which has launched the card app. */
    inner class HandOff {
        private val bridge: ActivityController<CardPaymentActivity>
        var asked: Intent
            private set

        init {
            val intent =
                started("hand-off") {
                    it.component?.className ==
                        CardPaymentActivity::class.java.name
                }
            controller!!.pause()
            bridge = Robolectric.buildActivity(CardPaymentActivity::class.java, intent).setup()
            asked = started("card app", ::isForCardApp)
        }

        /** The card app, in front of the customer. */
        fun pay(): PayActivity {
            check(asked.action == ACTION_PAY) { "${asked.action}" }
            return Robolectric.buildActivity(PayActivity::class.java, asked).setup().get()
        }

        fun find(): FindActivity {
            check(asked.action == ACTION_FIND) { "${asked.action}" }
            return Robolectric.buildActivity(FindActivity::class.java, asked).create().get()
        }

        /** Back to the till, with what the card app's activity has told. If it is asked, it tells. */
        fun comeBack(cardApp: Activity?) {
            bridge.pause()
            deliver(cardApp)
            if (!bridge.get().isFinishing) bridge.resume()
            until("end of the hand-off") {
                nextStarted()?.takeIf(::isForCardApp)?.let(::answer)
                bridge.get().isFinishing
            }
            bridge.pause().stop().destroy()
            controller!!.resume()
            idle()
        }

        private fun answer(intent: Intent) {
            asked = intent
            deliver(find())
        }

        fun deliver(cardApp: Activity?) {
            val result = cardApp?.let(::shadowOf)
            val code = result?.resultCode ?: Activity.RESULT_CANCELED
            shadowOf(bridge.get()).receiveResult(asked, code, result?.resultIntent)
        }
    }

    /** The bridge's activity, which finds no card app to launch. */
    fun handOffInVain() {
        val intent =
            started("hand-off") {
                it.component?.className ==
                    CardPaymentActivity::class.java.name
            }
        controller!!.pause()
        val bridge = Robolectric.buildActivity(CardPaymentActivity::class.java, intent).setup()
        until("end of the hand-off") { bridge.get().isFinishing }
        bridge.pause().stop().destroy()
        controller!!.resume()
    }

    companion object {
        const val CARD_APP = "com.example.cardapp"
        private val certificate = ByteArray(300) { it.toByte() }
        val pin: String =
            MessageDigest
                .getInstance(
                    "SHA-256",
                ).digest(certificate)
                .joinToString(":") { "%02X".format(it) }

        /** Puts the sample card app on the device, signed by [signer]. */
        fun install(signer: ByteArray = certificate) {
            val manager = shadowOf(RuntimeEnvironment.getApplication().packageManager)
            val info = PackageInfo()
            info.packageName = CARD_APP
            info.applicationInfo = ApplicationInfo().apply { packageName = CARD_APP }
            sign(info, arrayOf(Signature(signer)))
            manager.installPackage(info)
            val activities =
                listOf(
                    PayActivity::class.java to ACTION_PAY,
                    FindActivity::class.java to ACTION_FIND,
                )
            for ((activity, action) in activities) {
                val component = ComponentName(CARD_APP, activity.name)
                manager.addActivityIfNotPresent(component).exported = true
                manager.addIntentFilterForActivity(component, IntentFilter(action))
            }
        }

        @Suppress("DEPRECATION")
        private fun sign(info: PackageInfo, signers: Array<Signature>) {
            info.signatures = signers
            if (Build.VERSION.SDK_INT < Build.VERSION_CODES.P) return
            info.signingInfo =
                Shadow.newInstanceOf(SigningInfo::class.java).also {
                    Shadow.extract<ShadowSigningInfo>(it).setSignatures(signers)
                }
        }

        fun idle() = shadowOf(Looper.getMainLooper()).idle()

        /** Lets the main thread run until it holds. */
        fun until(what: String, condition: () -> Boolean) {
            val end = System.nanoTime() + SECONDS.toNanos(60)
            while (true) {
                idle()
                if (condition()) return
                check(System.nanoTime() < end) { "it does not come to $what" }
                Thread.sleep(5)
            }
        }
    }
}
