package com.mpac.pgw

import com.mpac.pgw.internal.toFfi
import kotlinx.coroutines.flow.first
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertFalse
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.io.TempDir
import java.io.File
import kotlin.time.Instant

/** Secrets are searched for in everything that can be printed. */
class SecretsTest {
    private val moment = Instant.fromEpochSeconds(1_764_000_000)
    private val qr = QrCode("https://qr.example/canary", moment, "PAYPAY")
    private val request =
        CardRequest(1, "a1", "canary", "pi_1", 1500, "JPY", "store", "terminal", moment)
    private val result =
        CardResult(
            version = 1,
            attemptId = "a1",
            nonce = "canary",
            outcome = CardOutcome.APPROVED,
            amount = 1500,
            currency = "JPY",
            approvalCode = "canary",
            cardBrand = "canary",
            maskedPan = "canary",
            reason = "canary",
            processedAt = moment,
        )

    @Test
    fun `no toString tells a secret`() {
        val origin = EventOrigin("a1", "pi_1", PaymentMethodType.QrMpm, replayed = false)
        val printed =
            listOf(
                qr,
                qr.matrix(),
                request,
                result,
                PaymentState.AwaitingCustomer(qr),
                PaymentState.AwaitingCardApp(request),
                PaymentEvent.QrReady(origin, qr),
                PaymentEvent.CardAppRequested(origin, request),
                PaymentMethod.QrCpm("PAYPAY", "canary"),
                PaymentMethod.QrCpm("PAYPAY", "canary").toFfi(),
            ).map { "$it" }
        for (text in printed) {
            assertFalse("canary" in text, text)
        }
        assertTrue("a1" in "$request" && "a1" in "$result", "the ids are there to find things by")
    }

    @Test
    fun `a request goes to the card app whole`() {
        val json = request.toJson()
        assertEquals(2, json.split("canary").size)
        assertFalse("payment_token" in json)
    }

    @Test
    fun `nothing of a running payment tells a secret`(
        @TempDir directory: File,
    ) = payments {
        openTerminal(directory).use { terminal ->
            val order = Gateway.create()
            val secret = order.paymentToken.substringAfter("_secret_")
            val attempt = terminal.confirmPayment(order.paymentToken, PaymentMethod.QrMpm("PAYPAY"))
            val printed = mutableListOf<Any?>(terminal, attempt)
            attempt.trace { event ->
                printed += event
                printed += attempt.state.value
                if (event is PaymentEvent.QrReady) {
                    val again =
                        failure<TerminalException> {
                            terminal.confirmPayment(order.paymentToken, PaymentMethod.Cash)
                        }
                    printed += again.stackTraceToString()
                    val content = event.qr.content
                    assertFalse(printed.any { content in "$it" }, "$printed")
                    Gateway.pay(order)
                    attempt.pollNow()
                }
            }
            assertFalse(printed.any { secret in "$it" }, "$printed")
        }
    }

    @Test
    fun `nothing of a scanned code is told, whether it is charged or refused`(
        @TempDir directory: File,
    ) = payments {
        openTerminal(directory).use { terminal ->
            for (outcome in listOf("approved", "not-enough-balance")) {
                val order = Gateway.create()
                val method = PaymentMethod.QrCpm("PAYPAY", Gateway.customerCode(outcome))
                val attempt = terminal.confirmPayment(order.paymentToken, method)
                val printed = mutableListOf<Any?>(method, terminal, attempt)
                attempt.trace { event ->
                    printed += event
                    printed += attempt.state.value
                }
                printed += attempt.await()
                assertFalse(printed.any { method.customerCode in "$it" }, "$printed")
            }
        }
    }

    @Test
    fun `a card number in the wrong member is not kept`() =
        payments {
            val number = "4111" + "1".repeat(12)
            val members = listOf("approval_code", "card_brand", "masked_pan", "reason")
            val json =
                """{"version": 1.0, "attempt_id": "a", "nonce": "n", "outcome": "approved", """ +
                    """"amount": 1.28e4, "currency": "JPY", """ +
                    members.joinToString(", ") { "\"$it\": \"a $number\"" } + "}"
            val result = CardResult.fromJson(json)
            assertEquals(12_800L, result.amount)
            val kept =
                listOf(result.approvalCode, result.cardBrand, result.maskedPan, result.reason)
            assertFalse(kept.any { "11111" in it.orEmpty() })
        }

    @Test
    fun `a result that is no result is not repeated`() =
        payments {
            val e =
                failure<TerminalException.CardResultRefused> { CardResult.fromJson("{canary") }
            assertFalse("canary" in e.stackTraceToString(), "$e")
        }
}
