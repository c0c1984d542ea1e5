package com.example.till

import android.content.Context
import android.view.View
import android.view.ViewGroup
import com.mpac.pgw.Gateway
import com.mpac.pgw.Order
import com.mpac.pgw.PaymentResult
import com.mpac.pgw.PaymentState
import org.junit.After
import org.junit.Assert.assertEquals
import org.junit.Assert.assertFalse
import org.junit.Assert.assertNull
import org.junit.Assert.assertTrue
import org.junit.Before
import org.junit.Test
import org.junit.runner.RunWith
import org.robolectric.RobolectricTestRunner
import java.io.IOException

/** The staff takes payments, against the real gateway. */
@RunWith(RobolectricTestRunner::class)
class PaymentsTest {
    private lateinit var device: Device
    private lateinit var order: Order

    @Before
    fun open() {
        device = Device()
        device.app.create = { amount -> Gateway.create(amount).also { order = it }.paymentToken }
        device.start()
    }

    @After
    fun close() = device.close()

    private fun stored() = Orders(device.app).find(device.attempt.paymentIntentId)

    @Test
    fun aCustomerPaysTheCodeOnShow() {
        device.enterAmount()
        device.press(R.id.qr)
        device.untilState<PaymentState.AwaitingCustomer>()
        assertTrue(device.sees(R.id.qr_code))
        Gateway.pay(order)
        device.attempt.pollNow()
        device.untilTitle(R.string.paid)
        assertTrue(device.text(R.id.detail), "PAYPAY" in device.text(R.id.detail))
        Device.until("stored") {
            device.till.openPayments.value
                .isEmpty()
        }
        assertEquals("paid 1500 JPY ${order.id}", stored())
        device.press(R.id.first)
        assertTrue(device.sees(R.id.keys))
    }

    @Test
    fun whatIsPaidIsBookedOnceThoughAnotherAttemptSucceedsToo() {
        val attempts = mutableSetOf<String>()
        repeat(2) {
            device.enterAmount()
            device.press(R.id.qr)
            if (it == 0) {
                device.untilState<PaymentState.AwaitingCustomer>()
                Gateway.pay(order)
                device.attempt.pollNow()
            }
            device.untilTitle(R.string.paid)
            attempts += device.attempt.id
            Device.until("stored") {
                device.till.openPayments.value
                    .isEmpty()
            }
            // The back end makes no other.
            device.app.create = { order.paymentToken }
            device.press(R.id.first)
        }
        assertEquals(2, attempts.size)
        val books = device.app.getSharedPreferences("orders", Context.MODE_PRIVATE).all
        assertEquals(mapOf(order.id to "paid 1500 JPY ${order.id}"), books)
    }

    @Test
    fun theStaffScansTheCustomersCode() {
        device.enterAmount()
        device.press(R.id.code)
        device.type(R.id.customer_code, " ${Gateway.customerCode().value} ")
        device.press(R.id.pay)
        device.untilTitle(R.string.paid)
    }

    @Test
    fun anotherCodeIsTakenForTheSamePayment() {
        device.enterAmount()
        device.press(R.id.code)
        device.type(R.id.customer_code, Gateway.customerCode("not-enough-balance").value)
        device.press(R.id.pay)
        device.untilTitle(R.string.failed)
        device.press(R.id.first)
        device.press(R.id.code)
        device.type(R.id.customer_code, Gateway.customerCode().value)
        device.press(R.id.pay)
        device.untilTitle(R.string.paid)
        assertEquals("one PaymentIntent", 1, device.app.tokens.size)
    }

    @Test
    fun cashIsRecordedOnceWhoeverPressesTwice() {
        device.enterAmount()
        device.press(R.id.cash)
        device.untilTitle(R.string.take_cash)
        val received = device.view<View>(R.id.first)
        received.performClick()
        received.performClick()
        device.untilTitle(R.string.paid)
        assertEquals(1, device.app.tokens.size)
    }

    @Test
    fun aPaymentGoesOnWhileTheTillIsRotated() {
        device.enterAmount()
        device.rotate()
        assertEquals("¥1,500", device.text(R.id.amount))
        device.press(R.id.qr)
        device.rotate()
        val shown = device.untilState<PaymentState.AwaitingCustomer>().qr
        device.rotate()
        assertTrue(device.sees(R.id.qr_code))
        assertEquals(shown, (device.attempt.state.value as PaymentState.AwaitingCustomer).qr)
        device.leave()
        Gateway.pay(order)
        device.attempt.pollNow()
        Device.until("paid") { device.attempt.state.value is PaymentState.Finished }
        device.comeBack()
        device.untilTitle(R.string.paid)
        assertEquals(1, device.app.tokens.size)
    }

    @Test
    fun aCancelIsShownAtOnceAndEnds() {
        device.enterAmount()
        device.press(R.id.qr)
        device.untilState<PaymentState.AwaitingCustomer>()
        Tools.delayPost(order.id)
        device.press(R.id.cancel)
        device.untilTitle(R.string.cancelling)
        assertFalse(device.sees(R.id.qr_code))
        device.untilTitle(R.string.cancelled)
        Device.until("stored") { stored() == "cancelled: TERMINAL 1500 JPY ${order.id}" }
    }

    @Test
    fun whatAnEarlierProcessHasBegunIsShownAndGoesOn() {
        device.enterAmount()
        device.press(R.id.qr)
        device.untilState<PaymentState.AwaitingCustomer>()
        val id = device.attempt.id
        assertNull(stored())
        device.restart()
        Device.until("the list") { device.sees(R.id.payments) }
        device.view<ViewGroup>(R.id.payments).getChildAt(0).performClick()
        device.untilState<PaymentState.AwaitingCustomer>()
        assertEquals(id, device.attempt.id)
        Gateway.pay(order)
        device.attempt.pollNow()
        device.untilTitle(R.string.paid)
        Device.until("stored") { stored() == "paid 1500 JPY ${order.id}" }
        Device.until("let go") {
            device.till.openPayments.value
                .isEmpty()
        }
        device.restart()
        Device.until("a new sale") { device.sees(R.id.keys) }
    }

    @Test
    fun whatWasNotAcknowledgedComesBackAndCountsOnce() {
        device.enterAmount()
        device.press(R.id.qr)
        device.untilState<PaymentState.AwaitingCustomer>()
        device.app.terminal!!.close()
        Gateway.pay(order)
        device.restart()
        val books = device.app.getSharedPreferences("orders", Context.MODE_PRIVATE)
        Device.until("stored") { books.all.values.toList() == listOf("paid 1500 JPY ${order.id}") }
    }

    @Test
    fun withoutItsBackEndTheTillSaysSoAndTriesAgain() {
        device.app.create = { throw IOException("no route") }
        device.enterAmount()
        device.press(R.id.qr)
        Device.until("the problem") {
            device.text(R.id.text) ==
                device.app.getString(R.string.problem_back_end)
        }
        device.app.create = { Gateway.create(it).paymentToken }
        device.press(R.id.cash)
        device.press(R.id.first)
        device.untilTitle(R.string.paid)
    }

    @Test
    fun reservedMoneyIsTheShopsToTakeLater() {
        device.app.create = { Tools.createManual(it) }
        device.enterAmount()
        device.press(R.id.code)
        device.type(R.id.customer_code, Gateway.customerCode().value)
        device.press(R.id.pay)
        device.untilTitle(R.string.reserved)
        Device.until("stored") { stored().orEmpty().startsWith("reserved 1500") }
        Device.until("let go") {
            device.till.openPayments.value
                .isEmpty()
        }
        assertEquals(PaymentState.Authorized, device.attempt.state.value)
    }

    @Test
    fun aFailureThatCannotBeTriedAgainTakesANewPayment() {
        device.enterAmount()
        device.press(R.id.qr)
        device.untilState<PaymentState.AwaitingCustomer>()
        Gateway.cancel(order)
        device.attempt.pollNow()
        device.untilTitle(R.string.cancelled)
        assertTrue(
            (device.attempt.state.value as PaymentState.Finished).result is PaymentResult.Cancelled,
        )
        device.press(R.id.second)
        device.press(R.id.cash)
        device.press(R.id.first)
        device.untilTitle(R.string.paid)
        assertEquals(
            2,
            device.app.tokens
                .toSet()
                .size,
        )
    }
}
