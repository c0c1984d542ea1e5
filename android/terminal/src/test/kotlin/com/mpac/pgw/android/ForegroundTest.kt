package com.mpac.pgw.android

import android.app.Activity
import android.os.Looper
import com.mpac.pgw.PaymentAttempt
import com.mpac.pgw.PaymentMethod
import com.mpac.pgw.PaymentTerminal
import com.mpac.pgw.testing.FakePaymentTerminal
import kotlinx.coroutines.runBlocking
import org.junit.After
import org.junit.Assert.assertEquals
import org.junit.Test
import org.junit.runner.RunWith
import org.robolectric.Robolectric
import org.robolectric.RobolectricTestRunner
import org.robolectric.RuntimeEnvironment
import org.robolectric.Shadows.shadowOf

@RunWith(RobolectricTestRunner::class)
class ForegroundTest {
    private val polled = mutableListOf<String>()
    private val fake = FakePaymentTerminal()

    /** One that waits for `recoverPending`, and two that run. */
    private val ids =
        runBlocking { List(3) { fake.confirmPayment("pi_${it}_secret_1", method).id } }

    private val terminal =
        object : PaymentTerminal by fake {
            override fun attempt(id: String): PaymentAttempt? =
                fake.attempt(id)?.takeIf { id != ids.first() }?.let(::noting)
        }
    private val watching = terminal.pollInForeground(RuntimeEnvironment.getApplication())

    @After
    fun stop() {
        watching.close()
        fake.close()
    }

    @Test
    fun everyRunningAttemptIsPolledWhenTheAppComesToTheForeground() {
        val first = Robolectric.buildActivity(Activity::class.java).setup()
        assertPolled(1)
        // From screen to screen the app stays there.
        val second = Robolectric.buildActivity(Activity::class.java).setup()
        first.pause().stop()
        first.restart().resume()
        second.pause().stop().destroy()
        assertPolled(0)

        first.pause().stop()
        assertPolled(0)
        first.restart().resume()
        assertPolled(1)
    }

    @Test
    fun aScreenThatIsTurnedIsNoReturn() {
        val activity = Robolectric.buildActivity(Activity::class.java).setup()
        assertPolled(1)
        activity.recreate()
        assertPolled(0)
        activity.pause().stop()
        activity.restart().resume()
        assertPolled(1)
    }

    @Test
    fun anAppThatIsThereAlreadyCountsFromItsNextReturn() {
        watching.close()
        val before = Robolectric.buildActivity(Activity::class.java).setup()
        terminal.pollInForeground(RuntimeEnvironment.getApplication()).use {
            before.pause().stop()
            assertPolled(0)
            before.restart().resume()
            assertPolled(1)
        }
        before.pause().stop()
        before.restart().resume()
        assertPolled(0)
    }

    private fun assertPolled(times: Int) {
        shadowOf(Looper.getMainLooper()).idle()
        assertEquals(List(times) { ids.drop(1) }.flatten(), polled)
        polled.clear()
    }

    private fun noting(attempt: PaymentAttempt) =
        object : PaymentAttempt by attempt {
            override fun pollNow() {
                polled += id
            }
        }

    private companion object {
        val method = PaymentMethod.QrMpm("PAYPAY")
    }
}
