package com.mpac.pgw.android.example

import com.mpac.pgw.CancelledBy
import com.mpac.pgw.CardRequest
import com.mpac.pgw.FailureCode
import com.mpac.pgw.NextStep
import com.mpac.pgw.PaymentMethod
import com.mpac.pgw.PaymentResult
import com.mpac.pgw.PaymentState
import com.mpac.pgw.TerminalError
import com.mpac.pgw.UncertaintyCause
import com.mpac.pgw.message
import com.mpac.pgw.testing.FakePaymentTerminal
import com.mpac.pgw.testing.FakeStep
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.cancel
import kotlinx.coroutines.delay
import kotlinx.coroutines.flow.first
import kotlinx.coroutines.runBlocking
import kotlinx.coroutines.withTimeout
import org.junit.After
import org.junit.Assert.assertEquals
import org.junit.Assert.assertNotEquals
import org.junit.Assert.assertNull
import org.junit.Assert.assertTrue
import org.junit.Test
import org.junit.runner.RunWith
import org.robolectric.RobolectricTestRunner
import org.robolectric.RuntimeEnvironment
import java.io.File
import java.util.Locale
import java.util.concurrent.CopyOnWriteArrayList

/** The guide's example does what it says. */
@RunWith(RobolectricTestRunner::class)
class PaymentViewModelTest {
    private val fake = FakePaymentTerminal()
    private val scope = CoroutineScope(Dispatchers.Default)
    private val token = "pi_1_secret_1"
    private val qr = PaymentMethod.QrMpm("PAYPAY")
    private val saved = CopyOnWriteArrayList<PaymentResult>()
    private val till =
        object : Till {
            override suspend fun save(paymentIntentId: String, result: PaymentResult) {
                saved += result
            }

            override fun launchCardApp(request: CardRequest) = fake.cardApp.approve()
        }
    private val model = PaymentViewModel(fake, scope, till)

    @After
    fun close() {
        scope.cancel()
        fake.close()
    }

    @Test
    fun eachWayToPayIsSavedAndAcknowledged() =
        payments {
            model.pay(token, qr).join()
            model.shows { it is PaymentState.AwaitingCustomer }
            fake.approve()
            until { saved.size == 1 && fake.pending.isEmpty() }
            model.pay(token, PaymentMethod.CreditCard)
            until { saved.size == 2 && fake.pending.isEmpty() }
            model.pay(token, PaymentMethod.Cash)
            until { saved.size == 3 && fake.pending.isEmpty() }
            assertTrue(saved.all { it is PaymentResult.Succeeded })
        }

    @Test
    fun whatIsNotKnownIsShownWithItsNextStepAndSavedOnceItIs() =
        payments {
            val (cause, step) = UncertaintyCause.NO_FINAL_STATUS to NextStep.CHECK_WITH_GATEWAY
            fake.script = listOf(FakeStep.unresolved(cause, step), FakeStep.Wait)
            model.pay(token, qr).join()
            val shown = model.shows { it is PaymentState.Finished }
            val english = "${cause.message(Locale.ENGLISH)}\n${step.message(Locale.ENGLISH)}"
            assertEquals(english, shown.text(RuntimeEnvironment.getApplication()))
            assertEquals(emptyList<Any>(), saved)

            fake.tell(FakeStep.fail(FailureCode.PAYMENT_FAILED))
            until { saved.size == 1 && fake.pending.isEmpty() }
        }

    @Test
    fun anotherScreenGoesOnWithThePaymentThatIsThere() =
        payments {
            model.pay(token, qr).join()
            val begun = checkNotNull(model.attempt.value)
            fake.refusal = TerminalError.AttemptInProgress(begun.id)
            val other = PaymentViewModel(fake, scope, till)
            other.pay(token, qr).join()
            assertEquals(begun, other.attempt.value)
            assertNull(other.refusal.value)
            other.cancel().join()
            until { saved.any { it == PaymentResult.Cancelled(CancelledBy.TERMINAL) } }
        }

    @Test
    fun aRefusalIsShownAndTheNextCallClearsIt() =
        payments {
            val refusal = TerminalError.Storage("the disk is full")
            fake.refusal = refusal
            model.pay(token, qr).join()
            assertEquals(refusal, model.refusal.value)
            assertNull(model.attempt.value)
            model.pay(token, qr).join()
            assertNull(model.refusal.value)
            assertNotEquals(null, model.attempt.value)
        }

    @Test
    fun afterARestartItGoesOn() =
        payments {
            model.pay(token, qr).join()
            val again = fake.reopened()
            val next = PaymentViewModel(again, scope, till)
            next.recover().join()
            next.shows { it is PaymentState.AwaitingCustomer }
            again.approve()
            until { saved.isNotEmpty() && again.pending.isEmpty() }
        }

    @Test
    fun aPaymentWhoseScreenHasEndedGoesOnWithTheNextOne() =
        payments {
            val screen = CoroutineScope(Dispatchers.Default)
            PaymentViewModel(fake, screen, till).pay(token, qr).join()
            screen.cancel()
            val next = PaymentViewModel(fake, scope, till)
            next.recover().join()
            next.shows { it is PaymentState.AwaitingCustomer }
            fake.approve()
            until { saved.isNotEmpty() && fake.pending.isEmpty() }
            assertTrue("$saved", saved.single() is PaymentResult.Succeeded)
        }

    @Test
    fun whoeverFollowsAPaymentTwiceSavesItOnce() =
        payments {
            model.pay(token, qr).join()
            model.recover().join()
            fake.approve()
            until { fake.pending.isEmpty() }
            assertEquals(1, saved.size)
        }

    @Test
    fun theGuideShowsWhatIsCompiledHere() {
        val module = File(System.getProperty("basedir"))
        val folder = "src/test/kotlin/com/mpac/pgw/android/example"
        val sources =
            listOf("TillApp", "PaymentViewModel").joinToString("\n") {
                module.resolve("$folder/$it.kt").readText()
            }
        val guide = module.resolve("../README.md").readText()
        val blocks = guide.split("```kotlin\n").drop(1).map { it.substringBefore("```") }
        val shown = blocks.filter { it.startsWith("class ") }
        assertEquals(2, shown.size)
        for (block in shown) assertTrue(block, block in sources)
    }

    private suspend fun PaymentViewModel.shows(wanted: (PaymentState) -> Boolean): PaymentState =
        checkNotNull(attempt.value).state.first(wanted)

    private suspend fun until(condition: () -> Boolean) {
        while (!condition()) delay(5)
    }

    private fun payments(test: suspend CoroutineScope.() -> Unit) {
        runBlocking { withTimeout(60_000, test) }
    }
}
