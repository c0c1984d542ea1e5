package com.mpac.pgw.scenarios

import com.mpac.pgw.PaymentAttempt
import com.mpac.pgw.PaymentEvent
import com.mpac.pgw.PaymentEventKind
import com.mpac.pgw.PaymentMethod
import com.mpac.pgw.PaymentTerminal
import com.mpac.pgw.PollingPolicy
import com.mpac.pgw.Secret
import com.mpac.pgw.TerminalConfig
import com.mpac.pgw.TerminalException
import com.mpac.pgw.reopen
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.Job
import kotlinx.coroutines.cancelAndJoin
import kotlinx.coroutines.channels.Channel
import kotlinx.coroutines.flow.first
import kotlinx.coroutines.job
import kotlinx.coroutines.joinAll
import kotlinx.coroutines.launch
import kotlinx.coroutines.withTimeoutOrNull
import kotlinx.serialization.json.JsonElement
import kotlinx.serialization.json.JsonObject
import kotlinx.serialization.json.jsonObject
import kotlinx.serialization.json.jsonPrimitive
import kotlinx.serialization.json.long
import java.io.File
import kotlin.time.Duration.Companion.seconds

/** An app with a terminal. */
class App private constructor(
    private val directory: File,
    private val handOff: HandOff,
    private var terminal: PaymentTerminal,
) {
    val trace = mutableListOf<String>()
    private val codes = Codes()
    private var attempt: PaymentAttempt? = null

    private val ears = CoroutineScope(Dispatchers.Default)
    private var told = Channel<PaymentEvent>(Channel.UNLIMITED)

    /** What the app does. Everything else is somebody else's. */
    suspend fun act(name: String, argument: JsonElement) {
        val unknown = (argument as? JsonObject)?.keys.orEmpty() - steps.getValue(name)
        check(unknown.isEmpty()) { "`$name` has no member $unknown" }
        when (name) {
            "app restarts" -> restart(argument.jsonObject)
            "app confirms" ->
                note("confirms") {
                    val method = method(argument)
                    hold(listOf(terminal.confirmPayment(argument.text("token"), method)))
                    this
                }
            "app recovers" -> {
                attempt = null
                val attempts = hold(terminal.recoverPending())
                note("recovers") { number("attempts", attempts.size) }
            }
            "app retrieves" ->
                note("retrieves") {
                    val intent = terminal.retrievePaymentIntent(argument.text("token"))
                    word("status", intent.status).number("amount", intent.amount)
                }
            "app hears" -> hear(argument.jsonPrimitive.content)
            "app sees" -> see(argument.jsonPrimitive.content)
            "app cancels" -> note("cancels") { word("outcome", attempt().cancel()) }
            "app switches" ->
                note("switches") { word("outcome", attempt().switchMethod(method(argument))) }
            "app acknowledges" -> note("acknowledges") { flag("gone", attempt().acknowledge()) }
            "app polls" -> attempt().pollNow()
            "card app answers" ->
                note("answers", "card app") {
                    handOff.answer(argument.jsonObject)
                    this
                }
            "disk fails" -> check(directory.deleteRecursively())
            else -> error("the app does no such thing")
        }
    }

    /** Closes the app, and writes down what nobody has listened to. */
    suspend fun end(): List<String> {
        handOff.stop()
        terminal.close()
        // What is told before the end is handed out before the end.
        ears.coroutineContext.job.children
            .toList()
            .joinAll()
        while (true) trace += "${heard(told.tryReceive().getOrNull() ?: break, codes)}"
        return trace
    }

    private suspend fun restart(argument: JsonObject) {
        handOff.stop()
        terminal.close()
        // What the old one has told and nobody has heard is lost with it.
        for (ear in ears.coroutineContext.job.children) ear.cancelAndJoin()
        told = Channel(Channel.UNLIMITED)
        attempt = null
        terminal = reopen(config(directory, argument))
        handOff.start(terminal)
        note("restarts") { this }
    }

    /** Listens to attempts, of which the first is *the* attempt. */
    private fun hold(attempts: List<PaymentAttempt>): List<PaymentAttempt> {
        attempts.firstOrNull()?.let { attempt = it }
        val told = told
        for (attempt in attempts) ears.launch { attempt.events.collect { told.send(it) } }
        return attempts
    }

    /** Waits for an event, and writes down all that come before it. */
    private suspend fun hear(name: String) {
        do {
            val event =
                checkNotNull(withTimeoutOrNull(PATIENCE) { told.receive() }) { "not heard: $name" }
            trace += "${heard(event, codes)}"
            (event.kind as? PaymentEventKind.CardAppRequested)?.let { handOff.request(it.request) }
            check(event.name == name || !event.isFinal) { "${event.name} instead of $name" }
        } while (event.name != name)
    }

    private suspend fun see(name: String) {
        val states = attempt().state
        val state = withTimeoutOrNull(PATIENCE) { states.first { word(it) == name } }
        trace += "${seen(checkNotNull(state) { "${word(states.value)} instead of $name" }, codes)}"
    }

    private fun attempt(): PaymentAttempt = checkNotNull(attempt) { "there is no attempt" }

    /** Writes down what was done, or why it could not be. */
    private suspend fun note(what: String, who: String = "app", does: suspend Line.() -> Line) {
        val line = Line(who, what)
        trace +=
            try {
                "${line.does()}"
            } catch (e: TerminalException) {
                "${line.error(e)}"
            }
    }

    companion object {
        /** How long the app waits for something that is sure to come. */
        private val PATIENCE = 30.seconds

        private val method = setOf("method", "provider", "customer_code")

        private val options =
            setOf("gateway_url", "request_timeout_s", "poll_s", "backoff_after_s")

        private val answer =
            setOf("outcome", "amount", "nonce", "attempt_id", "approval_code", "card_brand")

        /** What the app does, and by which members each step says how. */
        val steps =
            mapOf(
                "app restarts" to options,
                "app confirms" to method + "token",
                "app recovers" to emptySet(),
                "app retrieves" to setOf("token"),
                "app hears" to emptySet(),
                "app sees" to emptySet(),
                "app cancels" to emptySet(),
                "app switches" to method,
                "app acknowledges" to emptySet(),
                "app polls" to emptySet(),
                "card app answers" to answer,
                "disk fails" to emptySet(),
            )

        suspend fun open(directory: File, argument: JsonObject, handOff: HandOff): App {
            val terminal = PaymentTerminal.open(config(directory, argument))
            handOff.start(terminal)
            return App(directory, handOff, terminal)
        }

        private fun config(directory: File, argument: JsonObject): TerminalConfig {
            val seconds = { name: String -> argument[name]?.jsonPrimitive?.long?.seconds }
            // Ask as often as that, whatever happens.
            val interval = seconds("poll_s") ?: 1.seconds
            val polling =
                PollingPolicy(
                    minInterval = interval,
                    maxInterval = interval,
                    backoffInterval = interval,
                    unresolvedInterval = interval,
                    expiryGrace = 1.seconds,
                    backoffAfter = seconds("backoff_after_s"),
                )
            return TerminalConfig(
                gatewayUrl = argument.text("gateway_url"),
                dataDirectory = directory,
                polling = polling,
                requestTimeout = seconds("request_timeout_s") ?: 20.seconds,
            )
        }

        private fun method(argument: JsonElement): PaymentMethod =
            when (val method = argument.text("method")) {
                "qr_mpm" -> PaymentMethod.QrMpm(argument.text("provider"))
                "qr_cpm" -> {
                    val code = Secret(argument.text("customer_code"))
                    PaymentMethod.QrCpm(argument.text("provider"), code)
                }
                "credit_card" -> PaymentMethod.CreditCard
                "cash" -> PaymentMethod.Cash
                else -> error("there is no method $method")
            }
    }
}

internal fun JsonElement.text(member: String): String =
    checkNotNull(jsonObject[member]) { "no $member" }.jsonPrimitive.content
