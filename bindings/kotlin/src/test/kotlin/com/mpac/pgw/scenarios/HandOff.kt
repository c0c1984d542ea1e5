package com.mpac.pgw.scenarios

import com.mpac.pgw.CardOutcome
import com.mpac.pgw.CardRequest
import com.mpac.pgw.CardResult
import com.mpac.pgw.PaymentTerminal
import com.mpac.pgw.Secret
import com.mpac.pgw.TerminalException
import com.mpac.pgw.notCharged
import kotlinx.serialization.json.JsonObject
import kotlinx.serialization.json.jsonPrimitive
import kotlinx.serialization.json.long

/** The way to the card app and back. */
interface HandOff {
    /** The app's process has opened a terminal. */
    suspend fun start(terminal: PaymentTerminal)

    /** The process ends, and its terminal is closed next. */
    suspend fun stop()

    /** The app is told to hand this to the card app. */
    suspend fun request(request: CardRequest)

    /**
     * The card app answers what it was asked last.
     *
     * @param answer the `outcome`, and what is to differ from a good answer.
     * @throws TerminalException when the answer is refused.
     */
    suspend fun answer(answer: JsonObject)
}

/** An app without a bridge: it takes the answer to the terminal itself. */
class ByHand : HandOff {
    private lateinit var terminal: PaymentTerminal
    private var asked: CardRequest? = null

    override suspend fun start(terminal: PaymentTerminal) {
        this.terminal = terminal
    }

    override suspend fun stop() = Unit

    override suspend fun request(request: CardRequest) {
        asked = request
    }

    override suspend fun answer(answer: JsonObject) = terminal.completeCardPayment(result(answer))

    private fun result(changes: JsonObject): CardResult {
        val request = checkNotNull(asked) { "the card app was not asked" }
        val outcome = CardOutcome.valueOf(changes.text("outcome").uppercase())
        var result = request.notCharged("").copy(outcome = outcome, reason = null)
        if (outcome == CardOutcome.APPROVED) {
            result = result.copy(approvalCode = Secret(APPROVAL), cardBrand = BRAND)
        }
        for ((member, value) in changes - "outcome") {
            val text = value.jsonPrimitive.content
            result =
                when (member) {
                    "amount" -> result.copy(amount = value.jsonPrimitive.long)
                    "nonce" -> result.copy(nonce = Secret(text))
                    "attempt_id" -> result.copy(attemptId = text)
                    "approval_code" -> result.copy(approvalCode = Secret(text))
                    "card_brand" -> result.copy(cardBrand = text)
                    else -> error("$member is not read")
                }
        }
        return result
    }
}

/** Of every approval. */
const val APPROVAL = "APPROVAL1"
const val BRAND = "VISA"
