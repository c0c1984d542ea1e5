package com.mpac.pgw

import kotlinx.coroutines.CompletableDeferred
import kotlinx.coroutines.coroutineScope
import kotlinx.coroutines.flow.first
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.io.TempDir
import java.io.File

/** The guide in the documentation of [PaymentTerminal] does what it says. */
class GuideExampleTest {
    @TempDir
    lateinit var directory: File

    @Test
    fun `a card payment that was begun is finished with what the card app's history has`() =
        payments {
            val result =
                recovered { request ->
                    val answer = FakeCardApp.approve(request.toJson())
                    Found.Finished(CardResult.fromJson(answer))
                }
            assertTrue(result is PaymentResult.Succeeded)
        }

    @Test
    fun `a card payment that never began has failed, and may be retried`() =
        payments {
            val failure = recovered { Found.Nothing } as PaymentResult.Failed
            assertEquals(FailureCode.CARD_APP_ERROR to true, failure.code to failure.canRetry)
            assertTrue("never begun" in listOf(failure.reason, failure.providerReason), "$failure")
        }

    @Test
    fun `the guide's code is the code that is tested`() {
        val sources = File(System.getProperty("basedir"), "src")
        val tested =
            sources
                .resolve("test/kotlin/com/mpac/pgw/GuideExample.kt")
                .readText()
                .split(Regex(" *// GUIDE\n"))
                .filterIndexed { index, _ -> index % 2 == 1 }
        assertEquals(3, tested.size)
        val guide = sources.resolve("main/kotlin/com/mpac/pgw/PaymentTerminal.kt").readText()
        for (code in tested) {
            val quoted = code.trimIndent().trim().prependIndent(" * ")
            assertTrue(quoted in guide, quoted)
        }
    }

    /** What becomes of a card payment when the app restarts while the card app has it. */
    private suspend fun recovered(history: (CardRequest) -> Found): PaymentResult {
        val order = Gateway.create()
        val request =
            openTerminal(directory).use { terminal ->
                val attempt = terminal.confirmPayment(order.paymentToken, PaymentMethod.CreditCard)
                val state = attempt.state.first { it is PaymentState.AwaitingCardApp }
                (state as PaymentState.AwaitingCardApp).request
            }
        val config = TerminalConfig(Gateway.url, directory, polling = quickPolling)
        val stored = CompletableDeferred<PaymentResult>()
        return coroutineScope {
            val find =
                CardHistory { id ->
                    history(request).also { assertEquals(request.attemptId, id) }
                }
            val till =
                startTill(config, find, act = {}) { id, result ->
                    assertEquals(request.paymentIntentId, id)
                    stored.complete(result)
                }
            till.use {
                eventually { till.attempt(request.attemptId) == null }
                stored.await()
            }
        }
    }
}
