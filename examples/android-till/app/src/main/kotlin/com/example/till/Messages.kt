package com.example.till

import android.content.Context
import android.text.format.DateFormat
import com.mpac.pgw.NextStep
import com.mpac.pgw.PaymentAttempt
import com.mpac.pgw.PaymentMethodType
import com.mpac.pgw.PaymentResult
import com.mpac.pgw.PaymentState
import com.mpac.pgw.Receipt
import com.mpac.pgw.android.CardAppProblem
import com.mpac.pgw.android.message
import java.text.NumberFormat
import java.util.Currency

/** What a screen says: to be understood at arm's length. */
class Message(
    val look: Look,
    val title: String,
    val text: String = "",
    val detail: String = "",
    val buttons: List<Choice> = emptyList(),
)

/** The first is the one that the staff mostly wants. */
class Choice(
    val label: Int,
    val choose: () -> Unit,
)

enum class Look(
    val color: Int,
    val symbol: Int?,
) {
    BUSY(R.color.busy, null),
    GOOD(R.color.good, R.drawable.good),
    BAD(R.color.bad, R.drawable.bad),
    ENDED(R.color.ended, R.drawable.ended),

    /** The money may have been taken. */
    CAREFUL(R.color.careful, R.drawable.careful),
}

/** Says where a payment stands. Of [PaymentState.AwaitingCustomer] it is the code that is shown. */
class Messages(
    private val context: Context,
    private val till: Till,
    private val askCardApp: (PaymentState.AwaitingCardApp) -> Unit,
) {
    private val next = Choice(R.string.next_sale, till::newSale)
    private val later = Choice(R.string.later, till::newSale)

    fun of(attempt: PaymentAttempt, state: PaymentState): Message {
        val cancel = Choice(R.string.cancel) { till.cancel(attempt) }
        return when (state) {
            is PaymentState.Confirming, is PaymentState.AwaitingCustomer ->
                Message(Look.BUSY, text(R.string.beginning), buttons = listOf(cancel))
            is PaymentState.AwaitingCardApp ->
                Message(
                    Look.BUSY,
                    text(R.string.card_app),
                    text(R.string.card_app_hint),
                    buttons = listOf(Choice(R.string.ask_card_app) { askCardApp(state) }, later),
                )
            is PaymentState.Processing ->
                Message(Look.BUSY, text(R.string.processing), buttons = listOf(later))
            is PaymentState.Authorized ->
                Message(
                    Look.GOOD,
                    text(R.string.reserved),
                    text(R.string.reserved_hint),
                    buttons = listOf(next),
                )
            is PaymentState.Cancelling ->
                Message(
                    Look.BUSY,
                    text(R.string.cancelling),
                    text(R.string.cancelling_hint),
                    buttons = listOf(later),
                )
            is PaymentState.Verifying ->
                Message(
                    Look.CAREFUL,
                    text(R.string.not_known),
                    text(R.string.verifying),
                    state.cause.message(context),
                    listOf(later, cancel),
                )
            is PaymentState.Finished -> of(attempt, state.result)
        }
    }

    private fun of(attempt: PaymentAttempt, result: PaymentResult): Message {
        val again = Choice(R.string.try_again) { till.tryAgain(attempt) }
        return when (result) {
            is PaymentResult.Succeeded ->
                Message(
                    Look.GOOD,
                    text(R.string.paid),
                    detail = of(result.receipt),
                    buttons = listOf(next),
                )
            is PaymentResult.Failed -> {
                val problem = CardAppProblem.of(result.reason)
                val why = problem?.message(context) ?: result.code.message(context)
                Message(Look.BAD, text(R.string.failed), why, buttons = listOf(again, next))
            }
            is PaymentResult.Cancelled ->
                Message(
                    Look.ENDED,
                    text(R.string.cancelled),
                    result.by.message(context),
                    buttons = listOf(next, again),
                )
            is PaymentResult.Unresolved -> {
                // Of no other will the outcome never come by itself.
                val settle =
                    Choice(R.string.settled) { till.settle(attempt) }
                        .takeIf { result.nextStep == NextStep.REFUND_IN_CARD_APP }
                Message(
                    Look.CAREFUL,
                    text(R.string.not_known),
                    result.nextStep.message(context),
                    result.cause.message(context),
                    listOfNotNull(later, settle),
                )
            }
        }
    }

    private fun of(receipt: Receipt): String {
        val card = receipt.card
        return listOfNotNull(
            method(receipt.method, receipt.provider),
            card?.run { listOfNotNull(brand, lastFour?.let { "•••• $it" }).joinToString(" ") },
            card?.run { context.getString(R.string.approval_code, approvalCode.value) },
            receipt.completedAt?.let {
                DateFormat.getMediumDateFormat(context).format(it) + " " +
                    DateFormat.getTimeFormat(context).format(it)
            },
        ).joinToString("\n")
    }

    /** One line, for a list. */
    fun line(attempt: PaymentAttempt, state: PaymentState): String {
        val message = of(attempt, state)
        val where =
            when {
                state is PaymentState.AwaitingCustomer -> text(R.string.scan)
                message.look == Look.CAREFUL -> text(R.string.outcome_open)
                else -> message.title
            }
        // Titles are broken where it reads best when they are big.
        return method(attempt.facts.method, attempt.facts.provider) + "\n" + where.replace("\n", "")
    }

    private fun method(method: PaymentMethodType, provider: String?): String =
        when (method) {
            is PaymentMethodType.QrMpm -> text(R.string.method_qr) + wallet(provider)
            is PaymentMethodType.QrCpm -> text(R.string.method_code) + wallet(provider)
            is PaymentMethodType.CreditCard -> text(R.string.method_card)
            is PaymentMethodType.Cash -> text(R.string.method_cash)
            is PaymentMethodType.Unknown -> method.value
        }

    private fun wallet(provider: String?) = provider?.let { " ($it)" }.orEmpty()

    private fun text(resource: Int) = context.getString(resource)
}

/** `¥1,500` */
fun money(amount: Long, currency: String = "JPY"): String {
    val format = NumberFormat.getCurrencyInstance()
    format.currency = Currency.getInstance(currency)
    val digits = format.currency?.defaultFractionDigits ?: 0
    format.minimumFractionDigits = digits
    format.maximumFractionDigits = digits
    return format.format(amount.toBigDecimal().movePointLeft(digits))
}

/** The amount of a payment, once the gateway has told it. */
fun PaymentAttempt.money(): String =
    facts.run {
        amount?.let { money(it, currency ?: "JPY") }.orEmpty()
    }
