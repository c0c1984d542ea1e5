package com.mpac.pgw.android.example

import com.mpac.creditcard.contract.ACTION_FIND
import com.mpac.creditcard.contract.ACTION_PAY
import com.mpac.pgw.CardRequest
import com.mpac.pgw.Gateway
import com.mpac.pgw.PaymentMethod
import com.mpac.pgw.PaymentResult
import com.mpac.pgw.android.CardAppProblem
import com.mpac.pgw.android.CardAppStandIn
import com.mpac.pgw.android.Device
import com.mpac.pgw.android.message
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.cancel
import org.junit.After
import org.junit.Assert.assertEquals
import org.junit.Assert.assertTrue
import org.junit.Test
import org.junit.runner.RunWith
import org.robolectric.RobolectricTestRunner
import java.util.concurrent.CopyOnWriteArrayList

/** The guide's example with the bridge, on the real gateway, and from one process to the next. */
@RunWith(RobolectricTestRunner::class)
class KilledTillTest {
    private val device = Device()
    private var scope = CoroutineScope(Dispatchers.Default)
    private val saved = CopyOnWriteArrayList<PaymentResult>()
    private val requests = CopyOnWriteArrayList<CardRequest>()
    private val till =
        object : Till {
            override suspend fun save(paymentIntentId: String, result: PaymentResult) {
                saved += result
            }

            override fun launchCardApp(request: CardRequest) {
                requests += request
            }
        }

    private fun model() = PaymentViewModel(device.terminal, scope, till)

    @After
    fun close() {
        scope.cancel()
        device.close()
    }

    @Test
    fun aCardThatWasChargedBeforeAKillIsPaidAfterIt() {
        model().pay(Gateway.create().paymentToken, PaymentMethod.CreditCard)
        Device.until { requests.size == 1 }
        // The card app charges, and the till is killed before it is told.
        device.cardApp.take(device.screen(requests.single()).launch())
        scope.cancel()
        device.reboot()
        scope = CoroutineScope(Dispatchers.Default)
        device.attach()

        model().recover()
        Device.until { requests.size == 2 }
        device.screen(requests.last()).comeBack()
        Device.until { saved.isNotEmpty() }
        assertTrue("$saved", saved.single() is PaymentResult.Succeeded)
        assertEquals(listOf(ACTION_PAY, ACTION_FIND), device.cardApp.actions)
        assertEquals(1, device.cardApp.charges)
    }

    @Test
    fun ofAMissingCardAppTheStaffIsNotToldToTryAgain() {
        CardAppStandIn.uninstall()
        val model = model()
        model.pay(Gateway.create().paymentToken, PaymentMethod.CreditCard)
        Device.until { requests.size == 1 }
        device.screen(requests.single()).end()
        Device.until { saved.isNotEmpty() }
        val shown = checkNotNull(model.attempt.value)
        val context = device.context
        assertEquals(CardAppProblem.NOT_INSTALLED.message(context), shown.state.value.text(context))
    }
}
