package com.mpac.pgw.testing

import com.mpac.pgw.CancelOutcome
import com.mpac.pgw.CardOutcome
import com.mpac.pgw.CardResult
import com.mpac.pgw.DamagedRecord
import com.mpac.pgw.FailureCode
import com.mpac.pgw.PaymentIntent
import com.mpac.pgw.PaymentIntentStatus
import com.mpac.pgw.PaymentMethodType
import com.mpac.pgw.PaymentTerminal
import com.mpac.pgw.Secret
import com.mpac.pgw.SwitchOutcome
import com.mpac.pgw.TerminalError
import com.mpac.pgw.UncertaintyCause
import com.mpac.pgw.internal.NativeTerminal
import java.util.Date

/**
 * A terminal for an app's own tests and previews: in this process, without a gateway, a journal or the
 * native library.
 *
 * What happens to a payment is a script, and then what the test says:
 *
 * ```
 * val fake = FakePaymentTerminal(FakeStep.qrReady(), FakeStep.Wait)
 * val attempt = fake.confirmPayment(token, PaymentMethod.QrMpm("PAYPAY"))
 * fake.approve()
 * assertTrue(attempt.await() is PaymentResult.Succeeded)
 * ```
 *
 * Without a script an attempt shows a code, or requests the card app, and waits; cash is paid at once.
 * Its attempts are those of the SDK: flows, results and acknowledging are the real ones. What needs
 * the native library throws [com.mpac.pgw.SdkFaultException] here: drawing a code, and the JSON and the URLs
 * of the card app. Messages are the codes' names, and the log is silent.
 */
public class FakePaymentTerminal private constructor(
    private val core: FakeCore,
) : PaymentTerminal by NativeTerminal(core) {
    /** A terminal whose attempts follow that script. */
    public constructor(vararg script: FakeStep) : this(FakeCore()) {
        this.script = script.toList()
    }

    /** The card app, and who holds the card. */
    public val cardApp: FakeCardApp = FakeCardApp(core)

    /** What happens to the attempts that begin from now on. */
    public var script: List<FakeStep> by core::script

    /** What every token stands for. The id is the one of the token. */
    public var paymentIntent: PaymentIntent by core::paymentIntent

    /**
     * The answer to a cancel, with its event. Null is as the SDK has it: cancelled, unless the card app has
     * the payment or the money is reserved.
     */
    public var cancelOutcome: CancelOutcome? by core::cancelOutcome

    /** The answer to a switch. */
    public var switchOutcome: SwitchOutcome by core::switchOutcome

    /** Why the next call that can fail does so, once. */
    public var refusal: TerminalError? by core::refusal

    /** What the journal could not read. */
    override var damagedRecords: List<DamagedRecord> by core::damaged

    /** The ids of the attempts that were not acknowledged. */
    public val pending: List<String> get() = core.attempts.filter { it.isPending }.map { it.id() }

    /**
     * Another terminal, as after a restart of the app: what was not acknowledged is pending there. This one
     * is closed.
     */
    public fun reopened(): FakePaymentTerminal {
        close()
        return FakePaymentTerminal(FakeCore(core))
    }

    /**
     * Goes on after a [FakeStep.Wait].
     *
     * @return whether an attempt is running, as for all of these.
     */
    public fun proceed(): Boolean = tell()

    /** The payment succeeds. */
    public fun approve(): Boolean = tell(FakeStep.succeed())

    /** The payment fails. */
    public fun fail(code: FailureCode, canRetry: Boolean = true): Boolean =
        tell(FakeStep.fail(code, canRetry = canRetry))

    /** The gateway does not answer any more. */
    public fun loseConnection(
        cause: UncertaintyCause = UncertaintyCause.CONNECTION_LOST,
    ): Boolean = tell(FakeStep.connectionLost(cause))

    /** The gateway answers again. */
    public fun restoreConnection(): Boolean = tell(FakeStep.connectionRestored())

    /** Anything happens, to every attempt that is running; then its script goes on. */
    public fun tell(vararg steps: FakeStep): Boolean {
        val running = core.attempts.filter { it.isRunning }
        running.forEach { it.follow(steps.toList()) }
        return running.isNotEmpty()
    }

    internal companion object {
        const val MINUTES_30 = 30 * 60 * 1000L

        fun anyIntent() =
            PaymentIntent(
                id = "",
                status = PaymentIntentStatus.RequiresPaymentMethod,
                amount = 1500,
                currency = "JPY",
                paymentMethodTypes =
                    listOf(
                        PaymentMethodType.QrMpm,
                        PaymentMethodType.QrCpm,
                        PaymentMethodType.CreditCard,
                        PaymentMethodType.Cash,
                    ),
                expiresAt = Date(System.currentTimeMillis() + MINUTES_30),
            )
    }
}

/**
 * MPACCreditCard, and who holds the card. [answer] is what the app hands in itself; the other calls
 * hand it in for it.
 */
public class FakeCardApp internal constructor(
    private val core: FakeCore,
) {
    /** The card is charged. */
    public fun approve(): Unit = core.completeCardPayment(answer(CardOutcome.APPROVED))

    /** The issuer says no. */
    public fun decline(): Unit = core.completeCardPayment(answer(CardOutcome.DECLINED))

    /** The customer gives up. */
    public fun cancel(): Unit = core.completeCardPayment(answer(CardOutcome.CANCELLED))

    /** No card was charged, for another reason. */
    public fun fail(): Unit = core.completeCardPayment(answer(CardOutcome.ERROR))

    /**
     * What the card app answers to the latest request, for [PaymentTerminal.completeCardPayment].
     *
     * @throws IllegalStateException when no attempt waits for the card app.
     */
    public fun answer(outcome: CardOutcome): CardResult {
        val request = core.attempts.mapNotNull { it.awaitedCard }.lastOrNull()
        checkNotNull(request) { "no attempt waits for the card app" }
        val isApproved = outcome == CardOutcome.APPROVED
        return CardResult(
            version = request.version,
            attemptId = request.attemptId,
            nonce = request.nonce,
            outcome = outcome,
            amount = request.amount,
            currency = request.currency,
            approvalCode = if (isApproved) Secret("FAKE42") else null,
            cardBrand = if (isApproved) "VISA" else null,
            maskedPan = if (isApproved) Secret("************4242") else null,
            reason = if (isApproved) null else "as the test wants it",
            processedAt = Date(),
        )
    }
}
