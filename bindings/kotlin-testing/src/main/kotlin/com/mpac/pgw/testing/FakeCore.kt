package com.mpac.pgw.testing

import com.mpac.pgw.AttemptSummary
import com.mpac.pgw.CancelOutcome
import com.mpac.pgw.CancelledBy
import com.mpac.pgw.CardOutcome
import com.mpac.pgw.CardReceipt
import com.mpac.pgw.CardRequest
import com.mpac.pgw.CardResult
import com.mpac.pgw.CardResultRefusal
import com.mpac.pgw.ConnectionState
import com.mpac.pgw.CoreAttempt
import com.mpac.pgw.CoreException
import com.mpac.pgw.CoreTerminal
import com.mpac.pgw.DamagedRecord
import com.mpac.pgw.FailureCode
import com.mpac.pgw.NoHandle
import com.mpac.pgw.PaymentEvent
import com.mpac.pgw.PaymentEventKind
import com.mpac.pgw.PaymentFacts
import com.mpac.pgw.PaymentIntent
import com.mpac.pgw.PaymentIntentStatus
import com.mpac.pgw.PaymentListener
import com.mpac.pgw.PaymentMethod
import com.mpac.pgw.PaymentMethodType
import com.mpac.pgw.PaymentResult
import com.mpac.pgw.PaymentState
import com.mpac.pgw.Receipt
import com.mpac.pgw.Secret
import com.mpac.pgw.SwitchOutcome
import com.mpac.pgw.TerminalError
import java.util.Date
import java.util.UUID
import java.util.concurrent.CopyOnWriteArrayList
import java.util.concurrent.Executors
import kotlin.time.Duration
import kotlin.time.Duration.Companion.milliseconds

/**
 * What stands in for the native library, below the SDK's own flows.
 *
 * @param before the one of the process before.
 */
internal class FakeCore(
    before: FakeCore? = null,
) : CoreTerminal(NoHandle) {
    @Volatile var script: List<FakeStep> = before?.script.orEmpty()

    @Volatile var paymentIntent: PaymentIntent =
        before?.paymentIntent ?: FakePaymentTerminal.anyIntent()

    @Volatile var cancelOutcome: CancelOutcome? = before?.cancelOutcome

    @Volatile var switchOutcome: SwitchOutcome = before?.switchOutcome ?: SwitchOutcome.SWITCHING

    @Volatile var refusal: TerminalError? = before?.refusal

    @Volatile var damaged: List<DamagedRecord> = before?.damaged.orEmpty()

    @Volatile var isShutDown: Boolean = false

    val attempts: MutableList<FakeAttempt> = before?.attempts ?: CopyOnWriteArrayList()

    @Synchronized
    private fun check() {
        val why = if (isShutDown) TerminalError.ShutDown else refusal.also { refusal = null }
        if (why != null) throw refused(why)
    }

    private fun intent(token: String): PaymentIntent {
        val id = TOKEN.matchEntire(token)?.groupValues?.get(1)
        id ?: throw refused(TerminalError.InvalidPaymentToken("it must be pi_…_secret_…"))
        return paymentIntent.copy(id = id)
    }

    override fun retrievePaymentIntent(paymentToken: String): PaymentIntent {
        val intent = intent(paymentToken)
        check()
        return intent
    }

    override fun confirmPayment(
        paymentToken: String,
        method: PaymentMethod,
        listener: PaymentListener,
    ): CoreAttempt {
        val intent = intent(paymentToken)
        method.impossible?.let { throw refused(TerminalError.InvalidArgument(it, "cannot be")) }
        check()
        val running = attempts.find { it.isRunning && it.paymentIntentId() == intent.id }
        running?.let { throw refused(TerminalError.AttemptInProgress(it.id())) }
        val attempt = FakeAttempt(this, intent, method, listener)
        attempts += attempt
        attempt.follow(script.ifEmpty { method.script })
        return attempt
    }

    override fun completeCardPayment(result: CardResult) {
        check()
        val attempt = attempts.find { it.id() == result.attemptId }
        attempt ?: throw refused(CardResultRefusal.UnknownAttempt)
        attempt.complete(result)
    }

    override fun recoverPending(listener: PaymentListener): List<CoreAttempt> {
        check()
        return attempts.filter { it.isLeftFor(this) }.onEach { it.recover(this, listener) }
    }

    override fun settleDamagedRecord(attemptId: String): Boolean {
        check()
        val (settled, left) = damaged.partition { it.attemptId == attemptId }
        damaged = left
        return settled.isNotEmpty()
    }

    override fun damagedRecords(): List<DamagedRecord> = damaged

    override fun attempts(): List<AttemptSummary> =
        attempts
            .filter { it.isPending }
            .map { AttemptSummary(it.facts(), it.state(), it.connection()) }

    override fun shutDown() {
        isShutDown = true
    }

    private companion object {
        val TOKEN = Regex("(pi_[A-Za-z0-9_]+?)_secret_[A-Za-z0-9]+")
    }
}

/** One attempt that follows a script. */
internal class FakeAttempt(
    private var terminal: FakeCore,
    private val intent: PaymentIntent,
    private var method: PaymentMethod,
    private var listener: PaymentListener,
) : CoreAttempt(NoHandle) {
    private val request =
        CardRequest(
            version = 1,
            attemptId = UUID.randomUUID().toString(),
            nonce = Secret(UUID.randomUUID().toString()),
            paymentIntentId = intent.id,
            amount = intent.amount,
            currency = intent.currency,
            merchantStoreId = null,
            merchantTerminalId = null,
            expiresAt = intent.expiresAt,
        )
    private var state: PaymentState = PaymentState.Confirming

    private var connection: ConnectionState = ConnectionState.Connected
    private var script = emptyList<FakeStep>()
    private var outcome: PaymentEventKind? = null
    private var isOver = false
    private var isAcknowledged = false
    private val createdAt = Date()

    /** What the card app has answered. */
    private var card: CardResult? = null

    val isRunning: Boolean @Synchronized get() = !isOver && !isAcknowledged

    val isPending: Boolean @Synchronized get() = !isAcknowledged

    /** Whether it waits in the journal, and no handle of that terminal goes on with it. */
    @Synchronized
    fun isLeftFor(terminal: FakeCore): Boolean =
        isPending && !(isRunning && this.terminal === terminal)

    val awaitedCard: CardRequest?
        @Synchronized get() = (state as? PaymentState.AwaitingCardApp)?.request

    override fun id(): String = request.attemptId

    override fun paymentIntentId(): String = intent.id

    @Synchronized
    override fun state(): PaymentState = state

    override fun pollNow() = Unit

    @Synchronized
    override fun facts() =
        PaymentFacts(
            attemptId = id(),
            paymentIntentId = intent.id,
            amount = intent.amount,
            currency = intent.currency,
            method = method.type,
            provider = method.provider ?: card?.cardBrand,
            card = cardReceipt(),
            createdAt = createdAt,
            expiresAt = intent.expiresAt,
        )

    @Synchronized
    override fun connection(): ConnectionState = connection

    @Synchronized
    override fun remaining(): Duration? {
        val end = (state as? PaymentState.AwaitingCustomer)?.qr?.expiresAt
        return end?.let { (it.time - System.currentTimeMillis()).coerceAtLeast(0).milliseconds }
    }

    /** Does these steps, and then those that were left. */
    @Synchronized
    fun follow(steps: List<FakeStep>) {
        script = steps + script
        while (!isOver && script.isNotEmpty()) {
            val step = script.first()
            script = script.drop(1)
            when (step) {
                FakeStep.Wait -> return
                FakeStep.CardAppRequested -> tell(PaymentEventKind.CardAppRequested(request))
                FakeStep.Succeed -> tell(success())
                is FakeStep.Event -> tell(step.kind)
            }
        }
    }

    private fun success(): PaymentEventKind = PaymentEventKind.PaymentSuccess(receipt())

    private fun receipt() =
        Receipt(
            amount = intent.amount,
            currency = intent.currency,
            method = method.type,
            provider = method.provider ?: card?.cardBrand,
            card = cardReceipt(),
            completedAt = Date(),
        )

    private fun cardReceipt(): CardReceipt? =
        card?.let { CardReceipt(it.cardBrand.orEmpty(), "4242", Secret("FAKE42")) }

    private fun tell(kind: PaymentEventKind, replayed: Boolean = false) {
        val result = kind.result
        when {
            result != null -> {
                state = PaymentState.Finished(result)
                outcome = kind
                isOver = result !is PaymentResult.Unresolved
            }

            kind is PaymentEventKind.QrReady -> state = PaymentState.AwaitingCustomer(kind.qr)

            kind is PaymentEventKind.CardAppRequested ->
                state = PaymentState.AwaitingCardApp(kind.request)

            kind is PaymentEventKind.ConnectionLost -> {
                val since = Date()
                connection = ConnectionState.Lost(since, kind.cause)
                if (state is PaymentState.Confirming) {
                    state = PaymentState.Verifying(since, kind.cause)
                }
            }

            kind is PaymentEventKind.ConnectionRestored -> {
                connection = ConnectionState.Connected
                if (state is PaymentState.Verifying) state = PaymentState.Confirming
            }

            kind is PaymentEventKind.PaymentAuthorized -> state = PaymentState.Authorized

            kind is PaymentEventKind.StatusChanged ->
                if (kind.status == PaymentIntentStatus.Processing) state = PaymentState.Processing
        }
        val event =
            PaymentEvent(
                attemptId = id(),
                paymentIntentId = intent.id,
                method = method.type,
                name = kind.eventName,
                replayed = replayed,
                isFinal = isOver,
                kind = kind,
            )
        // It may have been told before the call has returned its attempt.
        pump.execute { listener.onEvent(event) }
    }

    @Synchronized
    fun recover(terminal: FakeCore, by: PaymentListener) {
        this.terminal = terminal
        listener = by
        val told = outcome
        val shown = state
        when {
            told != null -> tell(told, replayed = true)

            shown is PaymentState.AwaitingCustomer ->
                tell(PaymentEventKind.QrReady(shown.qr), replayed = true)

            shown is PaymentState.Authorized ->
                tell(PaymentEventKind.PaymentAuthorized, replayed = true)
        }
    }

    @Synchronized
    fun complete(result: CardResult) {
        refusal(result)?.let { throw refused(it) }
        val reason = result.reason.orEmpty()
        if (result.outcome == CardOutcome.APPROVED) card = result
        tell(
            when (result.outcome) {
                CardOutcome.APPROVED -> success()

                CardOutcome.DECLINED ->
                    failed(FailureCode.CARD_DECLINED, reason)

                CardOutcome.CANCELLED -> PaymentEventKind.PaymentCancelled(CancelledBy.CARD_APP)

                CardOutcome.ERROR ->
                    failed(FailureCode.CARD_APP_ERROR, reason)
            },
        )
    }

    private fun failed(code: FailureCode, reason: String) =
        PaymentEventKind.PaymentFailed(code, reason, providerReason = reason, canRetry = true)

    private fun refusal(result: CardResult): CardResultRefusal? =
        when {
            state !is PaymentState.AwaitingCardApp -> CardResultRefusal.NotWaiting

            result.nonce != request.nonce -> CardResultRefusal.WrongNonce

            result.amount != request.amount ||
                !result.currency.equals(request.currency, ignoreCase = true) ->
                CardResultRefusal.WrongAmount

            result.outcome == CardOutcome.APPROVED &&
                (result.approvalCode == null || result.cardBrand == null) ->
                CardResultRefusal.Incomplete

            else -> null
        }

    /** The fake has its answer at once. */
    override fun beginCancel(): CancelOutcome? = cancel()

    @Synchronized
    override fun cancel(): CancelOutcome {
        when ((state as? PaymentState.Finished)?.result) {
            is PaymentResult.Succeeded -> return CancelOutcome.ALREADY_SUCCEEDED
            is PaymentResult.Cancelled -> return CancelOutcome.CANCELLED
            is PaymentResult.Failed -> return CancelOutcome.NOT_CANCELLABLE
            is PaymentResult.Unresolved, null -> {}
        }
        if (terminal.isShutDown) return CancelOutcome.NOT_CANCELLABLE
        val isBeyond = state is PaymentState.AwaitingCardApp || state is PaymentState.Authorized
        val answer =
            terminal.cancelOutcome
                ?: if (isBeyond) CancelOutcome.NOT_CANCELLABLE else CancelOutcome.CANCELLED
        if (answer == CancelOutcome.CANCELLED) {
            tell(PaymentEventKind.PaymentCancelled(CancelledBy.TERMINAL))
        }
        if (answer == CancelOutcome.ALREADY_SUCCEEDED) tell(success())
        if (answer == CancelOutcome.QUEUED) state = PaymentState.Cancelling
        return answer
    }

    override fun switchMethod(method: PaymentMethod): SwitchOutcome {
        method.impossible?.let { throw refused(TerminalError.InvalidArgument(it, "cannot be")) }
        if (terminal.isShutDown) throw refused(TerminalError.ShutDown)
        synchronized(this) {
            val isSwitchable =
                state is PaymentState.AwaitingCustomer && method != PaymentMethod.CreditCard
            if (!isSwitchable) return SwitchOutcome.NOT_SWITCHABLE
            if (terminal.switchOutcome != SwitchOutcome.SWITCHING) return terminal.switchOutcome
            this.method = method
            script = emptyList()
        }
        follow(method.script)
        return SwitchOutcome.SWITCHING
    }

    @Synchronized
    override fun acknowledge(): Boolean {
        val hasOutcome = state is PaymentState.Finished || state is PaymentState.Authorized
        if (terminal.isShutDown || !hasOutcome) return false
        isAcknowledged = true
        return true
    }

    private companion object {
        /** Tells events in order, on a thread that keeps no test alive. */
        val pump =
            Executors.newSingleThreadExecutor { task ->
                Thread(task, "fake-terminal").apply { isDaemon = true }
            }
    }
}

private fun refused(error: TerminalError) = CoreException.Refused(error, "$error")

private fun refused(refusal: CardResultRefusal) = refused(TerminalError.CardResultRefused(refusal))

/** What happens where the test has no script. */
private val PaymentMethod.script: List<FakeStep>
    get() =
        when (this) {
            is PaymentMethod.QrMpm -> {
                val end = Date(System.currentTimeMillis() + MINUTES_5)
                listOf(FakeStep.qrReady(provider = provider, expiresAt = end), FakeStep.Wait)
            }

            is PaymentMethod.QrCpm ->
                listOf(FakeStep.status(PaymentIntentStatus.Processing), FakeStep.Wait)

            PaymentMethod.CreditCard -> listOf(FakeStep.CardAppRequested, FakeStep.Wait)

            PaymentMethod.Cash -> listOf(FakeStep.succeed())
        }

private val PaymentMethod.provider: String?
    get() =
        when (this) {
            is PaymentMethod.QrMpm -> provider
            is PaymentMethod.QrCpm -> provider
            PaymentMethod.CreditCard -> null
            PaymentMethod.Cash -> "CASH"
        }

/** The field that the SDK refuses. */
private val PaymentMethod.impossible: String?
    get() =
        when {
            provider?.matches(Regex("[A-Za-z0-9_]{1,64}")) == false -> "method.provider"
            this is PaymentMethod.QrCpm && customerCode.value.isBlank() -> "method.customerCode"
            else -> null
        }

private const val MINUTES_5 = 5 * 60 * 1000L

private val PaymentMethod.type: PaymentMethodType
    get() =
        when (this) {
            is PaymentMethod.QrMpm -> PaymentMethodType.QrMpm
            is PaymentMethod.QrCpm -> PaymentMethodType.QrCpm
            PaymentMethod.CreditCard -> PaymentMethodType.CreditCard
            PaymentMethod.Cash -> PaymentMethodType.Cash
        }

/** The kind's own name, as the SDK has it: `qr_ready`. */
private val PaymentEventKind.eventName: String
    get() =
        javaClass.simpleName
            .replace(Regex("(?<=.)([A-Z])"), "_$1")
            .lowercase()

private val PaymentEventKind.result: PaymentResult?
    get() =
        when (this) {
            is PaymentEventKind.PaymentSuccess -> PaymentResult.Succeeded(receipt)

            is PaymentEventKind.PaymentFailed ->
                PaymentResult.Failed(code, reason, providerReason, canRetry)

            is PaymentEventKind.PaymentCancelled -> PaymentResult.Cancelled(by)

            is PaymentEventKind.PaymentUnresolved -> PaymentResult.Unresolved(cause, nextStep)

            else -> null
        }
