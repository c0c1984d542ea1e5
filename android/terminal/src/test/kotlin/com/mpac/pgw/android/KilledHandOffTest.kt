package com.mpac.pgw.android

import android.os.Bundle
import android.os.Looper
import com.mpac.creditcard.contract.ACTION_PAY
import com.mpac.pgw.CardRequest
import com.mpac.pgw.CardResult
import com.mpac.pgw.PaymentResult
import com.mpac.pgw.PaymentTerminal
import org.junit.Assert.assertEquals
import org.junit.Assert.assertTrue
import org.junit.Test
import org.junit.runner.RunWith
import org.robolectric.RobolectricTestRunner
import org.robolectric.RuntimeEnvironment
import org.robolectric.Shadows.shadowOf
import java.time.Duration

/** The process is killed at each step of a hand-off: the card is charged once, and that is known. */
@RunWith(RobolectricTestRunner::class)
class KilledHandOffTest {
    /** The steps of a process until it is killed. Nothing happens in it afterwards. */
    private class Life(
        private val length: Int,
    ) {
        private var steps = 0

        @Volatile
        var lastStep: String? = null

        val isOver get() = lastStep != null

        @Synchronized
        fun step(name: String) {
            if (steps++ == length) lastStep = name
            if (isOver) throw Killed()
        }

        fun <T> around(name: String, call: () -> T): T {
            step("before $name")
            return call().also { step("after $name") }
        }
    }

    private class Killed : RuntimeException()

    private class MortalFolder(
        private val life: Life,
    ) : SyncedFolder({ CardBridge.folder(RuntimeEnvironment.getApplication()) }) {
        override fun create(name: String) = life.around("mark") { super.create(name) }

        override fun write(name: String, content: ByteArray) =
            life.around("write") { super.write(name, content) }

        override fun remove(name: String) = life.around("remove") { super.remove(name) }
    }

    private class MortalTerminal(
        private val real: PaymentTerminal,
        private val life: Life,
    ) : PaymentTerminal by real {
        override suspend fun completeCardPayment(result: CardResult) {
            life.step("before hand-in")
            real.completeCardPayment(result)
            life.step("after hand-in")
        }
    }

    @Test
    fun ofAHandOffThatIsKilledAnywhereNothingIsLostOrDoneTwice() {
        val expected =
            listOf("mark", "launch", "charge", "write", "hand-in", "remove").flatMap {
                listOf("before $it", "after $it")
            }
        // Whether Android brings the screen back, or the app asks once more.
        for (comesBack in listOf(true, false)) {
            val steps = generateSequence(0) { it + 1 }.map { killed(it, comesBack) }
            assertEquals(expected, steps.takeWhile { it != null }.toList())
        }
    }

    /** Kills the process at that step, and tells its name; null when there are no so many. */
    private fun killed(length: Int, comesBack: Boolean): String? {
        val first = Life(length)
        val lives = sequenceOf(first, Life(Int.MAX_VALUE)).iterator()
        var life = lives.next()
        val context = RuntimeEnvironment.getApplication()
        context.noBackupFilesDir.deleteRecursively()
        return Device(null, { MortalFolder(life) }, { MortalTerminal(it, life) }).use { device ->
            val request = device.order()
            val screen = device.screen(request)
            // What Android has of the screen, and what it will give it.
            var saved: Bundle? = null
            var result: CardAppStandIn.Result? = null
            var isGiven = false
            try {
                Device.until { screen.hasLaunched() || life.isOver }
                life.around("launch") { saved = screen.saved() }
                life.around("charge") { result = device.cardApp.take(screen.asked!!) }
                isGiven = true
                screen.deliver(result!!)
                Device.until { screen.handOff != null || life.isOver }
            } catch (_: Killed) {
                // Then the screen is of no use any more.
            }
            if (first.isOver) {
                life = lives.next()
                device.reboot()
                device.attach()
                val restored = if (comesBack) device.screen(request, saved) else null
                if (restored != null && saved != null && !isGiven) {
                    // The card app goes on without the till, and Android keeps its result.
                    restored.code = screen.code
                    restored.comeBack(result ?: device.cardApp.take(screen.asked!!))
                }
                goOn(device, request, restored)
            }
            check(device, request, "killed ${first.lastStep}")
            first.lastStep
        }
    }

    /** Until the attempt does not wait for the card app any more. */
    private fun goOn(device: Device, request: CardRequest, restored: Phone.Screen?) {
        var screen = restored
        while (device.awaiting(request.attemptId) != null) {
            val now = screen ?: device.screen(request)
            screen = now
            // A result that was lost is missed after a moment.
            shadowOf(Looper.getMainLooper()).idleFor(Duration.ofSeconds(2))
            Device.until { now.hasLaunched() || now.handOff != null }
            if (now.asked != null) now.comeBack()
            if (now.handOff != null) screen = null
        }
    }

    private fun check(device: Device, request: CardRequest, step: String) {
        val result = device.result(request.attemptId)
        val launches = device.cardApp.actions.count { it == ACTION_PAY }
        assertTrue("$step: $launches launches", launches <= 1)
        assertTrue("$step: ${device.cardApp.charges} charges", device.cardApp.charges <= 1)
        assertEquals(step, device.cardApp.charges == 1, result is PaymentResult.Succeeded)
    }
}
