package com.mpac.pgw

import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.async
import kotlinx.coroutines.flow.first
import kotlinx.coroutines.launch
import kotlinx.coroutines.withContext
import kotlinx.serialization.json.JsonPrimitive
import org.junit.jupiter.api.AfterEach
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertInstanceOf
import org.junit.jupiter.api.Assertions.assertNull
import org.junit.jupiter.api.Assertions.assertSame
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.BeforeEach
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.io.TempDir
import java.io.File
import java.util.Date
import java.util.concurrent.CountDownLatch
import java.util.concurrent.TimeUnit.SECONDS
import kotlin.time.Duration.Companion.seconds

/** Payments as the guide describes them, against the real gateway. */
class PaymentsTest {
    @TempDir
    lateinit var directory: File

    private lateinit var terminal: PaymentTerminal

    @BeforeEach
    fun open() = payments { terminal = openTerminal(directory) }

    @AfterEach
    fun close() = terminal.close()

    @Test
    fun `a customer pays the QR code on show`() =
        payments {
            val order = Gateway.create(amount = 2500)
            val attempt = terminal.confirmPayment(order.paymentToken, PaymentMethod.QrMpm("PAYPAY"))
            assertEquals(order.id, attempt.paymentIntentId)

            val trace =
                attempt.trace { event ->
                    if (event.kind is PaymentEventKind.QrReady) {
                        assertEquals(PaymentState.AwaitingCustomer(event.qr), attempt.state.value)
                        assertEquals(event.qr.content.value, decode(event.qr.png(size = 300)))
                        assertTrue(event.qr.svg().startsWith("<svg "))
                        assertTrue(event.qr.expiresAt!! > Date())
                        assertEquals("PAYPAY", event.qr.provider)
                        assertTrue(attempt.remaining()!! > 200.seconds)
                        Gateway.pay(order)
                        attempt.pollNow()
                    }
                }

            assertEquals(
                listOf("status_changed", "qr_ready", "status_changed", "payment_success"),
                trace,
            )
            assertTrue(attempt.await() is PaymentResult.Succeeded)
            val receipt = (attempt.await() as PaymentResult.Succeeded).receipt
            assertEquals(
                Triple(2500L, "JPY", "PAYPAY"),
                receipt.run { Triple(amount, currency, provider) },
            )
            assertEquals(PaymentMethodType.QrMpm, attempt.facts.method)
            assertEquals(ConnectionState.Connected, attempt.connection.value)
            assertEquals(
                attempt.id,
                terminal
                    .attempts()
                    .single()
                    .facts.attemptId,
            )
            val intent = terminal.retrievePaymentIntent(order.paymentToken)
            assertEquals(PaymentIntentStatus.Succeeded, intent.status)
            assertEquals(2500 to "JPY", intent.amount.toInt() to intent.currency)
        }

    @Test
    fun `the card app takes the payment`() =
        payments {
            val order = Gateway.create()
            val attempt = terminal.confirmPayment(order.paymentToken, PaymentMethod.CreditCard)

            val trace =
                attempt.trace { event ->
                    if (event.kind is PaymentEventKind.CardAppRequested) {
                        assertEquals(
                            PaymentState.AwaitingCardApp(event.request),
                            attempt.state.value,
                        )
                        val answer = FakeCardApp.approve(event.request.toJson())
                        terminal.completeCardPayment(CardResult.fromJson(answer))
                    }
                }

            assertEquals(listOf("card_app_requested", "status_changed", "payment_success"), trace)
        }

    @Test
    fun `the card app answers by URL`() =
        payments {
            val callback = "till://card-result?lane=7&shop=a%20b"
            val order = Gateway.create()
            val attempt = terminal.confirmPayment(order.paymentToken, PaymentMethod.CreditCard)

            val trace =
                attempt.trace { event ->
                    if (event.kind is PaymentEventKind.CardAppRequested) {
                        val opened = event.request.toUrl(callback)
                        assertTrue(opened.startsWith("mpaccreditcard://x-callback-url/pay?"))
                        val answer = FakeCardApp.approveByUrl(opened)
                        assertTrue(answer.startsWith(callback))
                        val result = CardResult.fromUrl(answer)
                        assertEquals(
                            CardOutcome.APPROVED to "VISA",
                            result.outcome to result.cardBrand,
                        )
                        terminal.completeCardPayment(result)
                    }
                }

            assertEquals(listOf("card_app_requested", "status_changed", "payment_success"), trace)
        }

    @Test
    fun `a URL that is no way back is refused, and a return without a result too`() =
        payments {
            val order = Gateway.create()
            val attempt = terminal.confirmPayment(order.paymentToken, PaymentMethod.CreditCard)
            val state = attempt.state.first { it is PaymentState.AwaitingCardApp }
            val request = (state as PaymentState.AwaitingCardApp).request
            for (callback in listOf("", "till", "http://canary.example/", "till://a?result=1")) {
                val e = refused<TerminalError.InvalidArgument> { request.toUrl(callback) }
                assertEquals("callback", e.field)
                assertTrue("canary" !in e.toString(), "$e")
            }
            for (url in listOf("", "till://a", "till://a?result=", "till://a?result=canary&x=1")) {
                val e = refused<TerminalError.CardResultRefused> { CardResult.fromUrl(url) }
                assertEquals(CardResultRefusal.Malformed("result"), e.refusal)
                assertTrue("canary" !in e.toString(), "$e")
            }
            assertEquals(PaymentState.AwaitingCardApp(request), attempt.state.value)
        }

    @Test
    fun `a customer who cannot scan shows a code instead`() =
        payments {
            val order = Gateway.create()
            val attempt = terminal.confirmPayment(order.paymentToken, PaymentMethod.QrMpm("PAYPAY"))
            attempt.state.first { it is PaymentState.AwaitingCustomer }

            val method = PaymentMethod.QrCpm("PAYPAY", Gateway.customerCode())
            assertEquals(SwitchOutcome.SWITCHING, attempt.switchMethod(method))
            assertTrue(attempt.await() is PaymentResult.Succeeded)
            assertInstanceOf(
                IllegalStateException::class.java,
                runCatching { Gateway.pay(order) }.exceptionOrNull(),
            )
        }

    @Test
    fun `a declined card ends the attempt, and the same order is paid in cash`() =
        payments {
            val order = Gateway.create()
            val card = terminal.confirmPayment(order.paymentToken, PaymentMethod.CreditCard)

            val trace =
                card.trace { event ->
                    if (event.kind is PaymentEventKind.CardAppRequested) {
                        val answer = FakeCardApp.decline(event.request.toJson())
                        terminal.completeCardPayment(CardResult.fromJson(answer))
                    }
                }
            assertEquals(listOf("card_app_requested", "payment_failed"), trace)
            val failure = card.await() as PaymentResult.Failed
            assertEquals(FailureCode.CARD_DECLINED to true, failure.code to failure.canRetry)
            assertEquals("the card has expired", failure.providerReason)

            val cash = terminal.confirmPayment(order.paymentToken, PaymentMethod.Cash)
            assertTrue(cash.await() is PaymentResult.Succeeded)
        }

    @Test
    fun `cancelling a coroutine stops watching, not the payment`() =
        payments {
            val order = Gateway.create()
            val attempt = terminal.confirmPayment(order.paymentToken, PaymentMethod.QrMpm("PAYPAY"))
            val watching = launch { attempt.trace() }
            attempt.state.first { it is PaymentState.AwaitingCustomer }
            watching.cancel()
            watching.join()
            Gateway.pay(order)

            assertTrue(attempt.await() is PaymentResult.Succeeded)
        }

    @Test
    fun `an order has one unfinished attempt, which can be found again`() =
        payments {
            val order = Gateway.create()
            val first = terminal.confirmPayment(order.paymentToken, PaymentMethod.QrMpm("PAYPAY"))

            val refused =
                refused<TerminalError.AttemptInProgress> {
                    terminal.confirmPayment(order.paymentToken, PaymentMethod.Cash)
                }
            assertSame(first, terminal.attempt(refused.attemptId))
            assertNull(terminal.attempt("no such attempt"))

            first.cancel()
            first.await()
            assertTrue(first.acknowledge())
            assertNull(terminal.attempt(first.id))
        }

    @Test
    fun `what is no payment token is refused, and not repeated`() =
        payments {
            for (token in listOf(
                "",
                "canary",
                "pi_01HXY",
                "pi_01HXY_secret_",
                "pi 1_secret_canary",
            )) {
                val calls =
                    listOf<suspend () -> Unit>(
                        { terminal.retrievePaymentIntent(token) },
                        { terminal.confirmPayment(token, PaymentMethod.Cash) },
                    )
                for (call in calls) {
                    val e = refused<TerminalError.InvalidPaymentToken> { call() }
                    assertTrue("canary" !in e.toString(), e.toString())
                }
            }
        }

    @Test
    fun `a foreign payment token is refused by the gateway`() =
        payments {
            val id = "pi_01HZZZZZZZZZZZZZZZZZZZZZZZ"
            val token = "${id}_secret_abcdefghijklmnopqrstuvwxyz0123456789ABCD"

            val refused =
                refused<TerminalError.Gateway> { terminal.retrievePaymentIntent(token) }
            assertEquals("payment_not_found" to 404, refused.code to refused.httpStatus)

            val result = terminal.confirmPayment(token, PaymentMethod.Cash).await()
            assertEquals(
                FailureCode.UNKNOWN_TOKEN,
                assertInstanceOf(PaymentResult.Failed::class.java, result).code,
            )
        }

    @Test
    fun `a provider that cannot be is refused`() =
        payments {
            val order = Gateway.create()
            val e =
                refused<TerminalError.InvalidArgument> {
                    terminal.confirmPayment(order.paymentToken, PaymentMethod.QrMpm(""))
                }
            assertEquals("method.provider", e.field)
        }

    @Test
    fun `what is no customer's code is refused, and not repeated`() =
        payments {
            val order = Gateway.create()
            val attempt = terminal.confirmPayment(order.paymentToken, PaymentMethod.QrMpm("PAYPAY"))
            val shown = attempt.state.first { it is PaymentState.AwaitingCustomer }
            for (code in listOf("", "canary\r\ncanary", "canary".repeat(86))) {
                val method = PaymentMethod.QrCpm("PAYPAY", Secret(code))
                val calls =
                    listOf<suspend () -> Unit>(
                        { terminal.confirmPayment(order.paymentToken, method) },
                        { attempt.switchMethod(method) },
                    )
                for (call in calls) {
                    val e = refused<TerminalError.InvalidArgument> { call() }
                    assertEquals("method.customerCode", e.field)
                    assertTrue("canary" !in e.toString(), "$e")
                }
            }
            assertEquals(shown, attempt.state.value)
        }

    @Test
    fun `a result made by hand is taken in any case, or refused by its member's name`() =
        payments {
            val order = Gateway.create()
            val attempt = terminal.confirmPayment(order.paymentToken, PaymentMethod.CreditCard)
            val asked = attempt.events.first { it.kind is PaymentEventKind.CardAppRequested }
            val approved =
                CardResult.fromJson(FakeCardApp.approve(asked.request.toJson()))
            for ((result, member) in listOf(
                approved.copy(amount = -1) to "result.amount",
                approved.copy(amount = Long.MAX_VALUE) to "result.amount",
                approved.copy(currency = "") to "result.currency",
            )) {
                val refused =
                    refused<TerminalError.InvalidArgument> {
                        terminal.completeCardPayment(result)
                    }
                assertEquals(member, refused.field)
            }
            terminal.completeCardPayment(approved.copy(currency = " jpy"))
            assertTrue(attempt.await() is PaymentResult.Succeeded)
        }

    @Test
    fun `only the card app's own answer is taken, and once`() =
        payments {
            val order = Gateway.create()
            val attempt = terminal.confirmPayment(order.paymentToken, PaymentMethod.CreditCard)
            val asked = attempt.events.first { it.kind is PaymentEventKind.CardAppRequested }
            val request = asked.request.toJson()

            suspend fun refusal(answer: String) =
                refused<TerminalError.CardResultRefused> {
                    terminal.completeCardPayment(CardResult.fromJson(answer))
                }.refusal

            val forged =
                mapOf(
                    ("nonce" to JsonPrimitive("0".repeat(32))) to CardResultRefusal.WrongNonce,
                    ("amount" to JsonPrimitive(1)) to CardResultRefusal.WrongAmount,
                    ("currency" to JsonPrimitive("USD")) to CardResultRefusal.WrongAmount,
                    ("approval_code" to JsonPrimitive("")) to CardResultRefusal.Incomplete,
                    ("attempt_id" to JsonPrimitive("x")) to CardResultRefusal.UnknownAttempt,
                    ("version" to JsonPrimitive(3)) to CardResultRefusal.UnsupportedVersion,
                    ("outcome" to JsonPrimitive("maybe")) to CardResultRefusal.Malformed("outcome"),
                )
            for ((change, expected) in forged) {
                assertEquals(expected, refusal(FakeCardApp.approve(request, change)), "$change")
            }
            assertEquals(CardResultRefusal.Malformed("result"), refusal("no JSON"))
            val half = "amount" to JsonPrimitive(0.5)
            val refusedHalf = refusal(FakeCardApp.approve(request, half))
            assertEquals(CardResultRefusal.Malformed("amount"), refusedHalf)

            val answer = FakeCardApp.approve(request)
            terminal.completeCardPayment(CardResult.fromJson(answer))
            assertTrue(attempt.await() is PaymentResult.Succeeded)
            val again = refusal(answer)
            val over = listOf(CardResultRefusal.NotWaiting, CardResultRefusal.UnknownAttempt)
            assertTrue(again in over, "$again")
        }

    @Test
    fun `every call returns at once on a thread that must not block`() =
        payments {
            // One thread, as an app's main thread: a blocked call would starve the collector.
            withContext(Dispatchers.Default.limitedParallelism(1)) {
                val order = Gateway.create()
                val attempt =
                    terminal.confirmPayment(order.paymentToken, PaymentMethod.QrMpm("PAYPAY"))
                val trace = async { attempt.trace() }
                attempt.state.first { it is PaymentState.AwaitingCustomer }
                attempt.pollNow()
                assertEquals(CancelOutcome.CANCELLED, attempt.cancel())
                assertEquals("payment_cancelled", trace.await().last())
            }
        }

    @Test
    fun `a screen shows a cancel while the gateway is being asked`() =
        payments {
            val order = Gateway.create()
            val attempt = terminal.confirmPayment(order.paymentToken, PaymentMethod.QrMpm("PAYPAY"))
            attempt.state.first { it is PaymentState.AwaitingCustomer }
            Gateway.delay(order, milliseconds = 2000)
            val answer = async { attempt.cancel() }
            attempt.state.first { it is PaymentState.Cancelling }
            assertTrue(answer.isActive)
            assertEquals(CancelOutcome.CANCELLED, answer.await())
        }

    @Test
    fun `an app that blocks all of its threads holds up no payment`() =
        payments {
            val free = CountDownLatch(1)
            val blocked = List(100) { launch(Dispatchers.IO) { free.await(20, SECONDS) } }
            val order = Gateway.create()
            val attempt = terminal.confirmPayment(order.paymentToken, PaymentMethod.Cash)
            assertTrue(attempt.await() is PaymentResult.Succeeded)
            assertTrue(attempt.acknowledge())
            assertTrue(blocked.all { it.isActive }, "no thread had to be waited for")
            free.countDown()
        }
}
