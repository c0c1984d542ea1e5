package com.mpac.pgw.android

import android.app.Activity
import android.content.Intent
import android.os.Bundle
import com.mpac.creditcard.contract.ACTION_FIND
import com.mpac.creditcard.contract.ACTION_PAY
import com.mpac.creditcard.contract.CardAnswer
import com.mpac.creditcard.contract.EXTRA_REQUEST
import com.mpac.creditcard.contract.EXTRA_RESULT
import com.mpac.pgw.CardRequest
import com.mpac.pgw.CardResultRefusal
import com.mpac.pgw.PaymentState
import com.mpac.pgw.PaymentTerminal
import com.mpac.pgw.TerminalError
import com.mpac.pgw.TerminalException
import com.mpac.pgw.scenarios.APPROVAL
import com.mpac.pgw.scenarios.BRAND
import com.mpac.pgw.scenarios.HandOff
import com.mpac.pgw.scenarios.text
import kotlinx.serialization.json.JsonObject
import kotlinx.serialization.json.jsonPrimitive
import kotlinx.serialization.json.long
import org.json.JSONObject
import com.mpac.creditcard.contract.CardRequest as RequestRead

/**
 * A scenario's way to the card app and back: the real bridge, on a phone.
 *
 * * A request goes to the bridge, whose screen launches the card app.
 * * An app that restarts is killed with that screen behind the card app. Android brings the screen back
 *   and gives it the answer; or it does not, and the app asks for what still waits: then the bridge asks
 *   the card app.
 * * A card app that answers again is asked again, as only a screen gets an answer. Where nothing waits
 *   any more, the bridge says so by itself.
 * * An answer that differs is the library's answer to another request. It makes none that lacks
 *   something: that is taken out afterwards, as by a card app without the library.
 */
internal class ByBridge(
    private val screenComesBack: Boolean,
) : HandOff {
    val phone = Phone()

    /** How many came. */
    var requests = 0

    private lateinit var terminal: PaymentTerminal
    private lateinit var request: CardRequest

    /** Waits for the card app. */
    private var screen: Phone.Screen? = null

    /** Makes that screen anew, in the next process. */
    private var revive: (() -> Phone.Screen)? = null

    override suspend fun start(terminal: PaymentTerminal) {
        this.terminal = terminal
        phone.start()
        phone.bridge.attach(terminal)
    }

    override suspend fun stop() {
        screen?.let { before ->
            val saved = before.saved()
            revive = { phone.screen(request, saved).also { it.isBehind(before) } }
        }
        screen = null
        phone.stop()
    }

    override suspend fun request(request: CardRequest) {
        this.request = request
        requests += 1
        // It takes its time.
        phone.cardApp.answer = { null }
        screen = open()
    }

    override suspend fun answer(answer: JsonObject) {
        val revived = revive?.takeIf { screenComesBack || !isAwaited() }?.invoke()
        val screen = screen ?: revived ?: open()
        this.screen = null
        revive = null
        screen.asked?.let { screen.comeBack(result(it, answer)) }
        tell(screen.end())
    }

    /** A screen that the app has asked for, behind the card app or at its end. */
    private fun open(): Phone.Screen {
        val screen = phone.screen(request)
        Device.until { screen.hasLaunched() || screen.handOff != null }
        screen.asked?.takeIf { it.action == ACTION_PAY }?.let(phone.cardApp::take)
        return screen
    }

    private fun isAwaited() =
        terminal.attempts().any {
            it.facts.attemptId == request.attemptId && it.state is PaymentState.AwaitingCardApp
        }

    private fun result(asked: Intent, answer: JsonObject): CardAppStandIn.Result {
        val changes = answer - "outcome"
        val outcome = outcome(answer.text("outcome"))
        if (changes.isEmpty()) phone.cardApp.settle(asked, outcome)
        if (changes.isEmpty() && asked.action == ACTION_FIND) return phone.cardApp.take(asked)

        val request = JSONObject(asked.getStringExtra(EXTRA_REQUEST)!!)
        val result = JSONObject()
        for ((member, value) in changes) {
            when (member) {
                "amount" -> request.put(member, value.jsonPrimitive.long)
                "attempt_id", "nonce" -> request.put(member, value.jsonPrimitive.content)
                else -> result.put(member, value.jsonPrimitive.content)
            }
        }
        val read = RequestRead.read(Intent().putExtra(EXTRA_REQUEST, "$request"))
        val data = outcome.toIntent(read)
        val json = JSONObject(data.getStringExtra(EXTRA_RESULT)!!)
        for (member in result.keys()) json.put(member, result.get(member))
        if (result.length() > 0) data.putExtra(EXTRA_RESULT, "$json")
        return CardAppStandIn.Result(Activity.RESULT_OK, data)
    }

    private fun outcome(name: String): CardAnswer =
        when (name) {
            "approved" -> CardAnswer.Approved(APPROVAL, BRAND)
            "declined" -> CardAnswer.Declined()
            "cancelled" -> CardAnswer.Cancelled()
            "error" -> CardAnswer.Error("why")
            else -> error("no card app answers $name")
        }

    /** What the terminal has told the bridge. */
    private fun tell(handOff: CardHandOff) {
        val refusal =
            when (handOff) {
                CardHandOff.Answered -> return
                CardHandOff.NotWaiting -> CardResultRefusal.NotWaiting
                is CardHandOff.Refused -> refusals.single { "$it" == handOff.refusal }
                else -> error("$handOff")
            }
        throw TerminalException(TerminalError.CardResultRefused(refusal))
    }

    private companion object {
        val refusals =
            listOf(
                CardResultRefusal.UnknownAttempt,
                CardResultRefusal.WrongNonce,
                CardResultRefusal.WrongAmount,
                CardResultRefusal.Incomplete,
            )
    }
}
