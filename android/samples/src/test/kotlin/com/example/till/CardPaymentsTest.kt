package com.example.till

import android.app.Activity
import android.view.View
import com.example.cardapp.PayActivity
import com.mpac.pgw.Gateway
import com.mpac.pgw.NextStep
import com.mpac.pgw.Order
import com.mpac.pgw.PaymentState
import com.mpac.pgw.android.CardAppProblem
import com.mpac.pgw.android.message
import org.junit.After
import org.junit.Assert.assertEquals
import org.junit.Assert.assertTrue
import org.junit.Before
import org.junit.Test
import org.junit.runner.RunWith
import org.robolectric.Robolectric
import org.robolectric.RobolectricTestRunner
import com.example.cardapp.R as CardAppR

/** The card is taken by the sample card app's own activities. */
@RunWith(RobolectricTestRunner::class)
class CardPaymentsTest {
    private lateinit var device: Device
    private lateinit var order: Order

    @Before
    fun open() {
        device = Device()
        Device.install()
        device.app.create = { amount -> Gateway.create(amount).also { order = it }.paymentToken }
        device.start()
    }

    @After
    fun close() = device.close()

    private fun payByCard(): Device.HandOff {
        device.enterAmount()
        device.press(R.id.card)
        device.untilState<PaymentState.AwaitingCardApp>()
        return device.HandOff()
    }

    private fun Activity.press(id: Int): Activity =
        apply { findViewById<View>(id)!!.performClick() }

    /** It waits, and says not to take the money again. */
    private fun assertNotKnown() {
        device.untilTitle(R.string.card_app)
        assertEquals(device.app.getString(R.string.card_app_hint), device.text(R.id.text))
        assertTrue(device.attempt.state.value is PaymentState.AwaitingCardApp)
    }

    private fun askAgain(): Device.HandOff {
        device.press(R.id.first)
        return device.HandOff()
    }

    @Test
    fun anApprovedCardIsPaid() {
        val handOff = payByCard()
        handOff.comeBack(handOff.pay().press(CardAppR.id.approve))
        device.untilTitle(R.string.paid)
        val receipt = device.text(R.id.detail)
        for (part in listOf("VISA •••• 1111", "A1B2C3")) assertTrue(receipt, part in receipt)
    }

    @Test
    fun aDeclinedCardIsNotPaidAndTheSamePaymentTakesAnother() {
        val handOff = payByCard()
        handOff.comeBack(handOff.pay().press(CardAppR.id.decline))
        device.untilTitle(R.string.failed)
        device.press(R.id.first)
        device.press(R.id.card)
        device.untilState<PaymentState.AwaitingCardApp>()
        val second = device.HandOff()
        second.comeBack(second.pay().press(CardAppR.id.approve))
        device.untilTitle(R.string.paid)
        assertEquals(1, device.app.tokens.size)
    }

    @Test
    fun aCancelInTheCardAppCancels() {
        val handOff = payByCard()
        handOff.comeBack(handOff.pay().press(CardAppR.id.cancel))
        device.untilTitle(R.string.cancelled)
    }

    @Test
    fun aCardAppThatSaysNothingIsAskedAndTells() {
        val handOff = payByCard()
        handOff.comeBack(handOff.pay().press(CardAppR.id.say_nothing))
        device.untilTitle(R.string.paid)
    }

    @Test
    fun aCardAppThatDiesIsNotKnownHoweverOftenItIsAsked() {
        val handOff = payByCard()
        // Killing the process would end the tests: Android tells the till just this.
        handOff.pay()
        handOff.comeBack(null)
        assertNotKnown()
        val question = askAgain()
        question.comeBack(question.find())
        assertNotKnown()
    }

    @Test
    fun ofTwoAnswersOneCounts() {
        val handOff = payByCard()
        val cardApp = handOff.pay().press(CardAppR.id.answer_twice)
        handOff.comeBack(cardApp)
        device.untilTitle(R.string.paid)
        assertTrue(device.text(R.id.detail), "FIRST1" in device.text(R.id.detail))
        handOff.deliver(cardApp)
        Device.idle()
        assertTrue("FIRST1" in device.text(R.id.detail))
    }

    @Test
    fun aWrongAnswerIsNoneAndChangesNothing() {
        val handOff = payByCard()
        var question: Device.HandOff? = null
        for (wrong in listOf(
            CardAppR.id.wrong_amount,
            CardAppR.id.wrong_nonce,
            CardAppR.id.nonsense,
        )) {
            val way = question ?: handOff
            // The same buttons: it has not written down what it did.
            val pay = Robolectric.buildActivity(PayActivity::class.java, way.asked)
            way.comeBack(pay.setup().get().press(wrong))
            assertNotKnown()
            question = askAgain()
        }
        question!!.comeBack(question.find())
        assertNotKnown()
    }

    @Test
    fun aMissingOrWrongCardAppHasChargedNothing() {
        Device.install(signer = ByteArray(300) { 7 })
        device.enterAmount()
        device.press(R.id.card)
        device.untilState<PaymentState.AwaitingCardApp>()
        device.handOffInVain()
        device.untilTitle(R.string.failed)
        assertEquals(CardAppProblem.WRONG_SIGNER.message(device.app), device.text(R.id.text))
    }

    @Test
    fun aTillThatDiesMeanwhileAsksTheCardAppAndNeverLaunchesItAgain() {
        val handOff = payByCard()
        handOff.pay().press(CardAppR.id.approve)
        device.restart()
        Device.until("the list") { device.sees(R.id.payments) }
        device.till.show(
            device.till.openPayments.value
                .single(),
        )
        assertNotKnown()
        val question = askAgain()
        question.comeBack(question.find())
        device.untilTitle(R.string.paid)
    }

    @Test
    fun aChargeThatIsNotRecordedIsRefundedByHand() {
        val handOff = payByCard()
        val cardApp = handOff.pay()
        Gateway.cancel(order)
        handOff.comeBack(cardApp.press(CardAppR.id.approve))
        device.untilTitle(R.string.not_known)
        assertEquals(NextStep.REFUND_IN_CARD_APP.message(device.app), device.text(R.id.text))
        val attempt = device.attempt
        // It is still open with the next customer, and after a restart.
        device.press(R.id.first)
        assertEquals("1 payment is open", device.text(R.id.open_payments))
        device.restart()
        Device.until("the list") { device.sees(R.id.payments) }
        device.till.show(
            device.till.openPayments.value
                .single(),
        )
        device.untilTitle(R.string.not_known)
        device.press(R.id.second)
        Device.until("settled") {
            device.till.openPayments.value
                .isEmpty()
        }
        val stored = Orders(device.app).find(attempt.paymentIntentId).orEmpty()
        assertTrue(stored, stored.startsWith("settled by hand 1500"))
        assertTrue(device.sees(R.id.keys))
    }
}
