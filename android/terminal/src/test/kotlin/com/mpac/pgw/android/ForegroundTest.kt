package com.mpac.pgw.android

import android.app.Activity
import android.os.Looper
import com.mpac.pgw.AttemptSummary
import com.mpac.pgw.ConnectionState
import com.mpac.pgw.PaymentAttempt
import com.mpac.pgw.PaymentFacts
import com.mpac.pgw.PaymentMethodType
import com.mpac.pgw.PaymentState
import com.mpac.pgw.PaymentTerminal
import org.junit.After
import org.junit.Assert.assertEquals
import org.junit.Test
import org.junit.runner.RunWith
import org.robolectric.Robolectric
import org.robolectric.RobolectricTestRunner
import org.robolectric.RuntimeEnvironment
import org.robolectric.Shadows.shadowOf
import java.lang.reflect.Proxy
import java.util.Date

@RunWith(RobolectricTestRunner::class)
class ForegroundTest {
    private val polled = mutableListOf<String>()

    /** Of its three attempts one waits for `recoverPending`. */
    private val terminal =
        fake<PaymentTerminal> { name, arguments ->
            when (name) {
                "attempts" -> listOf("a", "b", "waits").map(::summary)
                "attempt" -> (arguments[0] as String).takeIf { it != "waits" }?.let(::attempt)
                else -> error(name)
            }
        }
    private val watching = terminal.pollInForeground(RuntimeEnvironment.getApplication())

    @After
    fun stop() = watching.close()

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
        assertEquals(List(times) { listOf("a", "b") }.flatten(), polled)
        polled.clear()
    }

    private fun attempt(id: String): PaymentAttempt =
        fake { name, _ ->
            check(name == "pollNow")
            polled += id
            Unit
        }

    private fun summary(id: String) =
        AttemptSummary(
            PaymentFacts(id, "pi_1", 1500, "JPY", PaymentMethodType.Cash, null, null, Date(), null),
            PaymentState.Processing,
            ConnectionState.Connected,
        )
}

/** One that answers what a test asks of it, and nothing else. */
inline fun <reified T> fake(crossinline answer: (name: String, arguments: Array<Any?>) -> Any?): T {
    val type = T::class.java
    return Proxy.newProxyInstance(type.classLoader, arrayOf(type)) { _, method, arguments ->
        answer(method.name, arguments ?: emptyArray())
    } as T
}
