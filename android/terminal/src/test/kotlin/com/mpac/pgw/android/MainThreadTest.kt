package com.mpac.pgw.android

import android.os.Looper
import com.mpac.pgw.PaymentMethod
import com.mpac.pgw.testing.FakePaymentTerminal
import kotlinx.coroutines.runBlocking
import org.junit.Assert.assertEquals
import org.junit.Test
import org.junit.runner.RunWith
import org.robolectric.RobolectricTestRunner
import org.robolectric.Shadows.shadowOf
import java.util.concurrent.CopyOnWriteArrayList

@RunWith(RobolectricTestRunner::class)
class MainThreadTest {
    private val heard = CopyOnWriteArrayList<Pair<String, Thread>>()

    @Test
    fun aListenerHearsEverythingOnTheMainThread() {
        val fake = FakePaymentTerminal()
        runBlocking {
            fake.confirmPayment("pi_1_secret_1", PaymentMethod.Cash) {
                heard += it.name to Thread.currentThread()
            }
        }
        assertEquals("never at once", emptyList<Any>(), heard)
        val names = hear()
        assertEquals("payment_success", names.last())

        val again = fake.reopened()
        runBlocking { again.recoverPending { heard += it.name to Thread.currentThread() } }
        assertEquals(listOf("payment_success"), hear())
        again.close()
    }

    private fun hear(): List<String> {
        val main = Looper.getMainLooper()
        val end = System.nanoTime() + 60_000_000_000
        while (heard.none { it.first == "payment_success" } && System.nanoTime() < end) {
            shadowOf(main).idle()
            Thread.sleep(5)
        }
        assertEquals(setOf(main.thread), heard.map { it.second }.toSet())
        return heard.map { it.first }.also { heard.clear() }
    }
}
