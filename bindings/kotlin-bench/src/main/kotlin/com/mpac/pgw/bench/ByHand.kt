package com.mpac.pgw.bench

import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.delay
import kotlinx.coroutines.withContext
import kotlinx.serialization.json.Json
import kotlinx.serialization.json.JsonObject
import kotlinx.serialization.json.buildJsonObject
import kotlinx.serialization.json.jsonObject
import kotlinx.serialization.json.jsonPrimitive
import kotlinx.serialization.json.put
import okhttp3.MediaType.Companion.toMediaType
import okhttp3.OkHttpClient
import okhttp3.Request
import okhttp3.RequestBody.Companion.toRequestBody
import java.io.IOException
import kotlin.time.Duration

/** What an app would write without the SDK: OkHttp as it comes, and coroutines. */
class ByHand(
    gateway: Gateway,
) {
    private val client = OkHttpClient()
    private val url = "${gateway.url}/v1/payment_intents"

    suspend fun retrieve(order: Order): JsonObject =
        send(Request.Builder().url("$url/${order.id}?payment_token=${order.paymentToken}"))

    suspend fun confirm(order: Order): JsonObject {
        val body =
            buildJsonObject {
                put("payment_token", order.paymentToken)
                put("payment_method_type", "qr_mpm")
                put("provider", "PAYPAY")
            }
        return send(
            Request
                .Builder()
                .url("$url/${order.id}/confirm")
                .header("Idempotency-Key", "${order.id}-confirm")
                .post(body.toString().toRequestBody("application/json".toMediaType())),
        )
    }

    /** Asks until the payment is over. */
    suspend fun poll(order: Order, interval: Duration) {
        do {
            delay(interval)
            val status = retrieve(order).getValue("status").jsonPrimitive.content
        } while (status == "requires_action" || status == "processing")
    }

    private suspend fun send(request: Request.Builder): JsonObject =
        withContext(Dispatchers.IO) {
            client.newCall(request.build()).execute().use { answer ->
                if (!answer.isSuccessful) throw IOException("HTTP ${answer.code}")
                Json.parseToJsonElement(answer.body.string()).jsonObject
            }
        }
}
