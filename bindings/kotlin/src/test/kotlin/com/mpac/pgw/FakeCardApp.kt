package com.mpac.pgw

import kotlinx.serialization.json.Json
import kotlinx.serialization.json.JsonElement
import kotlinx.serialization.json.JsonObject
import kotlinx.serialization.json.JsonPrimitive
import kotlinx.serialization.json.jsonObject

/** MPACCreditCard, as far as the hand-off goes: a request in, a result out, both as JSON. */
object FakeCardApp {
    fun approve(request: String, vararg changes: Pair<String, JsonElement>): String =
        answer(
            request,
            "outcome" to JsonPrimitive("approved"),
            "approval_code" to JsonPrimitive("A1B2C3"),
            "card_brand" to JsonPrimitive("VISA"),
            "masked_pan" to JsonPrimitive("411111******1111"),
            "processed_at" to JsonPrimitive("2026-11-22T05:00:00Z"),
            *changes,
        )

    fun decline(request: String): String =
        answer(
            request,
            "outcome" to JsonPrimitive("declined"),
            "reason" to JsonPrimitive("the card has expired"),
        )

    private fun answer(request: String, vararg fields: Pair<String, JsonElement>): String {
        val asked = Json.parseToJsonElement(request).jsonObject
        val repeated = listOf("version", "attempt_id", "nonce", "amount", "currency")
        return JsonObject(repeated.associateWith(asked::getValue) + fields).toString()
    }
}
