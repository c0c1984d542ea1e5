package com.mpac.pgw.scenarios

import com.mpac.pgw.PaymentEvent
import com.mpac.pgw.PaymentEventKind
import com.mpac.pgw.PaymentIntentStatus
import com.mpac.pgw.PaymentMethodType
import com.mpac.pgw.PaymentResult
import com.mpac.pgw.PaymentState
import com.mpac.pgw.QrCode
import com.mpac.pgw.TerminalError
import com.mpac.pgw.TerminalException
import kotlinx.serialization.json.JsonElement
import kotlinx.serialization.json.JsonObject
import kotlinx.serialization.json.JsonPrimitive

/** The codes shown so far: each is named by its number. */
class Codes {
    private val known = mutableListOf<String>()

    fun number(qr: QrCode): Int {
        val content = qr.content.value
        if (content !in known) known += content
        return known.indexOf(content) + 1
    }
}

/** A line of the trace: compact JSON, members in the order in which they are added. */
class Line(
    who: String,
    what: String,
) {
    private val members = linkedMapOf<String, JsonElement>(who to JsonPrimitive(what))

    fun add(name: String, value: JsonElement) = apply { members[name] = value }

    fun text(name: String, value: String) = add(name, JsonPrimitive(value))

    fun number(name: String, value: Number) = add(name, JsonPrimitive(value))

    fun flag(name: String, value: Boolean) = add(name, JsonPrimitive(value))

    fun word(name: String, value: Any) = text(name, word(value))

    fun error(thrown: TerminalException): Line {
        word("error", thrown.error)
        return when (val error = thrown.error) {
            is TerminalError.CardResultRefused -> word("refusal", error.refusal)
            is TerminalError.NoAnswer -> word("cause", error.cause)
            is TerminalError.Gateway -> text("code", error.code)
            else -> this
        }
    }

    fun qr(qr: QrCode, codes: Codes) = text("provider", qr.provider).number("qr", codes.number(qr))

    override fun toString(): String = JsonObject(members).toString()
}

fun did(what: String): Line = Line("app", what)

fun heard(event: PaymentEvent, codes: Codes): Line {
    val name = word(event.kind)
    check(name == event.name) { "$name is called ${event.name}" }
    val line = Line("event", name).word("method", event.method).flag("replayed", event.replayed)
    return when (val kind = event.kind) {
        is PaymentEventKind.QrReady -> line.qr(kind.qr, codes)
        is PaymentEventKind.CardAppRequested ->
            line.number("amount", kind.request.amount).text("currency", kind.request.currency)
        is PaymentEventKind.StatusChanged -> line.word("status", kind.status)
        is PaymentEventKind.SwitchRefused -> line.word("code", kind.code)
        is PaymentEventKind.ConnectionLost -> line.word("cause", kind.cause)
        is PaymentEventKind.PaymentFailed ->
            line.word("code", kind.code).flag("can_retry", kind.canRetry)
        is PaymentEventKind.PaymentCancelled -> line.word("by", kind.by)
        is PaymentEventKind.PaymentUnresolved ->
            line.word("cause", kind.cause).word("next_step", kind.nextStep)
        else -> line
    }
}

fun seen(state: PaymentState, codes: Codes): Line {
    val line = did("sees").word("state", state)
    return when (state) {
        is PaymentState.AwaitingCustomer -> line.qr(state.qr, codes)
        is PaymentState.AwaitingCardApp -> line.number("amount", state.request.amount)
        is PaymentState.Verifying -> line.word("cause", state.cause)
        is PaymentState.Finished -> line.word("result", state.result).result(state.result)
        else -> line
    }
}

private fun Line.result(result: PaymentResult): Line =
    when (result) {
        is PaymentResult.Failed ->
            word("code", result.code).flag("can_retry", result.canRetry)
        is PaymentResult.Cancelled -> word("by", result.by)
        is PaymentResult.Unresolved ->
            word("cause", result.cause).word("next_step", result.nextStep)
        else -> this
    }

/** The name of a variant, in the spelling of the wire: `QrReady` is `qr_ready`. */
fun word(value: Any): String =
    when (value) {
        is PaymentMethodType.Unknown -> value.value
        is PaymentIntentStatus.Unknown -> value.value
        is Enum<*> -> value.name.lowercase()
        else -> {
            val name = value.javaClass.simpleName
            name.replace(Regex("(?<=.)[A-Z]"), "_$0").lowercase()
        }
    }
