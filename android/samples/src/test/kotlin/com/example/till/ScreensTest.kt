package com.example.till

import android.app.Activity
import android.graphics.Bitmap
import android.graphics.Canvas
import android.os.Build
import android.view.View
import android.view.View.MeasureSpec
import android.view.ViewGroup
import android.widget.TextView
import com.example.cardapp.PayActivity
import com.mpac.pgw.CancelledBy
import com.mpac.pgw.ConnectionState
import com.mpac.pgw.FailureCode
import com.mpac.pgw.Gateway
import com.mpac.pgw.NextStep
import com.mpac.pgw.Order
import com.mpac.pgw.PaymentAttempt
import com.mpac.pgw.PaymentFacts
import com.mpac.pgw.PaymentMethodType
import com.mpac.pgw.PaymentResult
import com.mpac.pgw.PaymentState
import com.mpac.pgw.TerminalError
import com.mpac.pgw.TerminalException
import com.mpac.pgw.UncertaintyCause
import com.mpac.pgw.nextStep
import kotlinx.coroutines.awaitCancellation
import kotlinx.coroutines.flow.MutableStateFlow
import kotlinx.coroutines.flow.StateFlow
import org.junit.After
import org.junit.Assert.assertEquals
import org.junit.Assert.assertTrue
import org.junit.Assume.assumeTrue
import org.junit.Before
import org.junit.Test
import org.junit.runner.RunWith
import org.robolectric.Robolectric
import org.robolectric.RobolectricTestRunner
import org.robolectric.RuntimeEnvironment
import java.io.File
import java.io.IOException
import java.lang.reflect.Proxy
import java.util.Date
import com.example.cardapp.R as CardAppR

/** Draws every screen in both languages, into target/screens, to be looked at; and finds text that is cut off. */
@RunWith(RobolectricTestRunner::class)
class ScreensTest {
    private lateinit var device: Device
    private lateinit var order: Order

    @Before
    fun open() {
        // Robolectric draws nothing before.
        assumeTrue(Build.VERSION.SDK_INT >= Build.VERSION_CODES.O)
        device = Device()
        Device.install()
        device.app.create = { amount -> Gateway.create(amount).also { order = it }.paymentToken }
        device.start()
        Device.until("keys") { device.sees(R.id.keys) }
    }

    @After
    fun close() {
        if (::device.isInitialized) device.close()
    }

    private fun shoot(name: String, vararg sizes: String = arrayOf("w360dp-h640dp-port")) {
        for (language in listOf("en", "ja")) {
            for (size in sizes) {
                RuntimeEnvironment.setQualifiers("$language-$size-hdpi")
                device.rotate()
                Device.idle()
                draw(
                    device.activity,
                    if (size ==
                        sizes[0]
                    ) {
                        "$name-$language"
                    } else {
                        "$name-land-$language"
                    },
                )
            }
        }
        RuntimeEnvironment.setQualifiers("en-w360dp-h640dp-port-hdpi")
        device.rotate()
        Device.idle()
    }

    private val bothWays = arrayOf("w360dp-h640dp-port", "w640dp-h360dp-land")

    private fun draw(activity: Activity, name: String) {
        val view = activity.window.decorView
        val picture = Bitmap.createBitmap(view.width, view.height, Bitmap.Config.ARGB_8888)
        view.draw(Canvas(picture))
        val file = File("screens/$name.png").apply { parentFile!!.mkdirs() }
        file.outputStream().use { picture.compress(Bitmap.CompressFormat.PNG, 100, it) }
        assertEquals("cut off in $name", emptyList<String>(), cutOff(view))
    }

    /** Texts that do not fit where they are. */
    private fun cutOff(view: View): List<String> {
        if (!view.isShown) return emptyList()
        if (view is ViewGroup) {
            return (0 until view.childCount).flatMap {
                cutOff(
                    view.getChildAt(it),
                )
            }
        }
        val text = view as? TextView ?: return emptyList()
        val layout = text.layout ?: return emptyList()
        val room = text.height - text.totalPaddingTop - text.totalPaddingBottom
        val isCut =
            layout.height > room ||
                (0 until layout.lineCount).any { layout.getLineMax(it) > layout.width + 1 }
        return if (isCut && text.text.isNotEmpty()) listOf("${text.text}") else emptyList()
    }

    private fun untilShown(what: String, condition: (PaymentState) -> Boolean) =
        Device.until(what) {
            (device.till.screen.value as? Screen.Payment)?.let {
                condition(
                    it.attempt.state.value,
                )
            } ==
                true
        }

    @Test
    fun aSaleInCash() {
        shoot("amount-empty")
        for (digits in listOf("1", "2", "8", "00")) device.till.type(digits)
        Device.idle()
        shoot("amount", *bothWays)
        device.press(R.id.choose_method)
        shoot("methods", *bothWays)
        device.press(R.id.code)
        shoot("code")
        device.press(R.id.back)
        device.press(R.id.cash)
        shoot("cash")
        device.app.create = { awaitCancellation() }
        device.press(R.id.first)
        shoot("beginning")
        device.till.newSale()
        device.app.create = { throw IOException("no route") }
        device.enterAmount()
        device.press(R.id.qr)
        Device.until("the problem") { device.text(R.id.text).isNotEmpty() }
        shoot("methods-problem")
    }

    @Test
    fun aSaleByQr() {
        device.enterAmount()
        device.press(R.id.qr)
        untilShown("QR code") { it is PaymentState.AwaitingCustomer }
        shoot("qr", *bothWays)
        Tools.drop(order.id)
        device.attempt.pollNow()
        Device.until("the banner") { device.sees(R.id.banner) }
        shoot("qr-connection-lost")
        Tools.repair()
        Tools.delayPost(order.id)
        device.press(R.id.cancel)
        device.untilTitle(R.string.cancelling)
        Device.idle()
        draw(device.activity, "cancelling-en")
        RuntimeEnvironment.setQualifiers("+ja")
        device.rotate()
        Device.idle()
        draw(device.activity, "cancelling-ja")
        RuntimeEnvironment.setQualifiers("+en")
        device.rotate()
        device.untilTitle(R.string.cancelled)
        shoot("cancelled")
        device.till.newSale()
        device.enterAmount()
        device.press(R.id.qr)
        untilShown("QR code") { it is PaymentState.AwaitingCustomer }
        Gateway.pay(order)
        device.attempt.pollNow()
        device.untilTitle(R.string.paid)
        shoot("paid-qr")
    }

    @Test
    fun reservedAndVerifying() {
        device.app.create = { Tools.createManual(it) }
        device.enterAmount()
        device.press(R.id.code)
        device.type(R.id.customer_code, Gateway.customerCode().value)
        device.press(R.id.pay)
        device.untilTitle(R.string.reserved)
        shoot("reserved")
        device.till.newSale()
        device.app.create = { amount ->
            order = Gateway.create(amount)
            Tools.drop("${order.id}/confirm")
            order.paymentToken
        }
        device.enterAmount()
        device.press(R.id.cash)
        device.press(R.id.first)
        untilShown("uncertainty") { it is PaymentState.Verifying }
        device.untilTitle(R.string.not_known)
        shoot("verifying")
        Tools.repair()
        device.untilTitle(R.string.paid)
        shoot("paid-cash")
    }

    @Test
    fun cards() {
        device.enterAmount()
        device.press(R.id.card)
        device.untilState<PaymentState.AwaitingCardApp>()
        val handOff = device.HandOff()
        for (language in listOf("en", "ja")) {
            RuntimeEnvironment.setQualifiers("$language-w360dp-h640dp-port-hdpi")
            draw(handOff.pay(), "card-app-$language")
            RuntimeEnvironment.setQualifiers("$language-w360dp-h1000dp-port-hdpi")
            draw(handOff.pay(), "card-app-whole-$language")
        }
        RuntimeEnvironment.setQualifiers("en-w360dp-h640dp-port-hdpi")
        handOff.comeBack(null)
        device.untilTitle(R.string.card_app)
        shoot("card-app-waiting")
        val pay = Robolectric.buildActivity(PayActivity::class.java, handOff.asked).setup().get()
        pay.findViewById<View>(CardAppR.id.approve)!!.performClick()
        device.press(R.id.first)
        device.HandOff().run { comeBack(find()) }
        device.untilTitle(R.string.paid)
        shoot("paid-card", *bothWays)

        device.till.newSale()
        device.enterAmount()
        device.press(R.id.card)
        device.untilState<PaymentState.AwaitingCardApp>()
        val second = device.HandOff()
        second.comeBack(
            second.pay().apply { findViewById<View>(CardAppR.id.decline)!!.performClick() },
        )
        device.untilTitle(R.string.failed)
        shoot("failed")

        device.till.newSale()
        device.enterAmount()
        device.press(R.id.card)
        device.untilState<PaymentState.AwaitingCardApp>()
        val third = device.HandOff()
        val charging = third.pay()
        Gateway.cancel(order)
        third.comeBack(charging.apply { findViewById<View>(CardAppR.id.approve)!!.performClick() })
        device.untilTitle(R.string.not_known)
        shoot("unresolved-refund", *bothWays)

        device.till.newSale()
        Device.until("open payments") { device.sees(R.id.open_payments) }
        shoot("amount-open-payments")
        device.restart()
        Device.until("the list") { device.sees(R.id.payments) }
        shoot("payments")
    }

    /** Whatever can become of a payment: what is said of it fits. */
    @Test
    fun everyOutcome() {
        val outcomes =
            FailureCode.entries.map { PaymentResult.Failed(it, "", null, true) } +
                CancelledBy.entries.map { PaymentResult.Cancelled(it) } +
                UncertaintyCause.entries.map { PaymentResult.Unresolved(it, it.nextStep) }
        val uncertain = UncertaintyCause.entries.map { PaymentState.Verifying(Date(), it) }
        val state = MutableStateFlow<PaymentState>(PaymentState.Processing)
        device.till.show(attempt(state))
        shoot("processing")
        for (language in listOf("ja", "en")) {
            RuntimeEnvironment.setQualifiers("$language-w360dp-h640dp-port-hdpi")
            device.rotate()
            for (next in uncertain + outcomes.map { PaymentState.Finished(it) }) {
                state.value = next
                Device.idle()
                val view = device.activity.window.decorView
                val exactly = { side: Int ->
                    MeasureSpec.makeMeasureSpec(side, MeasureSpec.EXACTLY)
                }
                view.measure(exactly(view.width), exactly(view.height))
                view.layout(0, 0, view.width, view.height)
                assertEquals("$next", emptyList<String>(), cutOff(view))
                val scroll = device.view<View>(R.id.title).parent.parent as View
                val room = scroll.height - device.view<View>(R.id.text).bottom
                assertTrue("$language: what to do for $next takes no scrolling", room >= 0)
            }
        }
        state.value =
            PaymentState.Finished(
                PaymentResult.Unresolved(UncertaintyCause.CARD_APP_SILENT, NextStep.CHECK_CARD_APP),
            )
        shoot("unresolved-silent", *bothWays)
    }

    /** One that is in that state, whose gateway cannot be had for the asking. */
    private fun attempt(state: StateFlow<PaymentState>): PaymentAttempt {
        val type = PaymentAttempt::class.java
        return Proxy.newProxyInstance(type.classLoader, arrayOf(type)) { _, method, _ ->
            when (method.name) {
                "getState" -> state
                "getConnection" -> MutableStateFlow(ConnectionState.Connected)
                "getFacts" ->
                    PaymentFacts(
                        "pa",
                        "pi",
                        12800,
                        "JPY",
                        PaymentMethodType.CreditCard,
                        null,
                        null,
                        Date(),
                        null,
                    )
                "hashCode" -> 1
                "equals" -> false
                else -> throw NotImplementedError(method.name)
            }
        } as PaymentAttempt
    }

    @Test
    fun notReady() {
        device.app.problem = TerminalException(TerminalError.Storage("the disk is full"))
        device.restart()
        device.untilTitle(R.string.not_ready)
        shoot("not-ready")
        device.app.problem = null
        device.press(R.id.first)
        Device.until("keys") { device.sees(R.id.keys) }
    }
}
