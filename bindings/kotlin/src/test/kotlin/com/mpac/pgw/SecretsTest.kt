package com.mpac.pgw

import kotlinx.coroutines.flow.first
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertFalse
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.io.TempDir
import java.io.File
import java.util.Date

/** Secrets are searched for in everything that can be printed. */
class SecretsTest {
    private val moment = Date(1_764_000_000_000)
    private val qr = QrCode(Secret("https://qr.example/canary"), moment, "PAYPAY")
    private val request =
        CardRequest(1, "a1", Secret("canary"), "pi_1", 1500, "JPY", "store", "terminal", moment)
    private val result =
        CardResult(
            version = 1,
            attemptId = "a1",
            nonce = Secret("canary"),
            outcome = CardOutcome.APPROVED,
            amount = 1500,
            currency = "JPY",
            approvalCode = Secret("canary"),
            cardBrand = "VISA",
            maskedPan = Secret("canary"),
            reason = "declined",
            processedAt = moment,
        )

    @Test
    fun `no toString tells a secret`() {
        val printed =
            listOf(
                qr,
                qr.matrix(),
                request,
                result,
                PaymentState.AwaitingCustomer(qr),
                PaymentState.AwaitingCardApp(request),
                PaymentEventKind.QrReady(qr),
                PaymentEventKind.CardAppRequested(request),
                PaymentMethod.QrCpm("PAYPAY", Secret("canary")),
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
                if (event.kind is PaymentEventKind.QrReady) {
                    val again =
                        failure<TerminalException> {
                            terminal.confirmPayment(order.paymentToken, PaymentMethod.Cash)
                        }
                    printed += again.stackTraceToString()
                    val content = event.qr.content.value
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
                assertFalse(printed.any { method.customerCode.value in "$it" }, "$printed")
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
                listOf(
                    result.approvalCode?.value,
                    result.cardBrand,
                    result.maskedPan?.value,
                    result.reason,
                )
            assertFalse(kept.any { "11111" in it.orEmpty() })
        }

    @Test
    fun `a result that is no result is not repeated`() =
        payments {
            val e =
                refused<TerminalError.CardResultRefused> { CardResult.fromJson("{canary") }
            assertFalse("canary" in "$e", "$e")
        }
}
