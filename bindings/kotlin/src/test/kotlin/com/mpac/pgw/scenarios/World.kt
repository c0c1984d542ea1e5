package com.mpac.pgw.scenarios

import com.mpac.pgw.Gateway
import kotlinx.serialization.json.Json
import kotlinx.serialization.json.JsonArray
import kotlinx.serialization.json.JsonElement
import kotlinx.serialization.json.JsonObject
import kotlinx.serialization.json.JsonPrimitive
import kotlinx.serialization.json.int
import kotlinx.serialization.json.jsonObject
import kotlinx.serialization.json.jsonPrimitive
import java.net.URI
import java.net.http.HttpClient
import java.net.http.HttpRequest
import java.net.http.HttpRequest.BodyPublishers
import java.net.http.HttpResponse.BodyHandlers
import java.security.MessageDigest
import javax.crypto.Mac
import javax.crypto.spec.SecretKeySpec

/**
 * Everyone but the app: each of their steps is one request to the gateway.
 *
 * @param words what the steps mean, as `world.json` has it.
 */
class World(
    private val words: JsonObject,
) : AutoCloseable {
    private val gateway: Process
    private val url: String
    private val saved = mutableMapOf<String, String>()
    private var requests = 0

    init {
        val (url, process) = Gateway.serve()
        this.url = url
        gateway = process
        saved["gateway"] = url
        saved["address"] = url.removePrefix("http://")
    }

    /** Does what the step says. Returns the line for the trace, if there is one. */
    fun act(name: String, argument: JsonObject): String? {
        val word = words.getValue(name).jsonObject
        requests += 1
        saved["n"] = "$requests"

        val path = fill(word.getValue("path")).jsonPrimitive.content
        val method = word["method"]?.jsonPrimitive?.content ?: "POST"
        val body =
            if (method == "POST") {
                "${JsonObject(filled(word["body"] ?: JsonObject(emptyMap())) + filled(argument))}"
            } else {
                ""
            }
        val request =
            HttpRequest
                .newBuilder(URI(url + path))
                .method(method, BodyPublishers.ofString(body))
                .header("Content-Type", "application/json")
        if ("sign" in word) {
            request.header("Authorization", authorization(method, path, body))
            request.header("Idempotency-Key", "key_$requests")
        }
        val answer = client.send(request.build(), BodyHandlers.ofString())
        val expected = word["status"]?.jsonPrimitive?.int?.let { it..it } ?: 200..299
        check(answer.statusCode() in expected) {
            "$method $path: ${answer.statusCode()} ${answer.body()}"
        }
        val members = Json.parseToJsonElement(answer.body()).jsonObject
        for ((saving, field) in word["save"]?.jsonObject.orEmpty()) {
            saved[saving] = members.getValue(field.jsonPrimitive.content).jsonPrimitive.content
        }
        val told = word["tell"]?.jsonPrimitive?.content ?: return null
        val line = Line(name.substringBefore(" "), name.substringAfter(" "))
        return "${line.add(told, members.getValue(told))}"
    }

    private fun filled(members: JsonElement): JsonObject = fill(members).jsonObject

    /** Puts what was saved in the place of `$name`. */
    fun fill(value: JsonElement): JsonElement =
        when (value) {
            is JsonObject -> JsonObject(value.mapValues { fill(it.value) })
            is JsonArray -> JsonArray(value.map(::fill))
            is JsonPrimitive -> if (value.isString) JsonPrimitive(fill(value.content)) else value
        }

    private fun fill(text: String): String =
        Regex("\\$([a-z]*)").replace(text) {
            checkNotNull(saved[it.groupValues[1]]) { "nothing was saved as ${it.value}" }
        }

    override fun close() = gateway.destroy()

    private companion object {
        val client: HttpClient =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build()

        /** The merchant's signature. */
        fun authorization(method: String, path: String, body: String): String {
            val (id, secret) = Gateway.MERCHANT.split(":")
            val now = System.currentTimeMillis() / 1000
            val hash = MessageDigest.getInstance("SHA-256").digest(body.toByteArray())
            val key = SecretKeySpec(secret.toByteArray(), "HmacSHA256")
            val mac = Mac.getInstance(key.algorithm).apply { init(key) }
            val signature = mac.doFinal("$method\n$path\n$now\n${hex(hash)}".toByteArray())
            return "HMAC-SHA256 $id:$now:${hex(signature)}"
        }

        fun hex(bytes: ByteArray): String = bytes.joinToString("") { "%02x".format(it) }
    }
}
