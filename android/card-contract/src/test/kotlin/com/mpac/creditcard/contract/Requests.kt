package com.mpac.creditcard.contract

import android.content.Intent
import org.json.JSONObject
import java.security.KeyPair
import java.security.KeyPairGenerator
import java.security.spec.ECGenParameterSpec
import java.util.Date

/** The JSON of a request, as a terminal writes it, with some members changed or left out. */
fun requestJson(vararg changes: Pair<String, Any?>): String {
    val members =
        JSONObject()
            .put("version", 1)
            .put("attempt_id", "6b0f4c1e-7f0a-4a53-9d58-0c0c0c0c0c0c")
            .put("nonce", "00112233445566778899aabbccddeeff")
            .put("payment_intent_id", "pi_1")
            .put("amount", 1500)
            .put("currency", "JPY")
            .put("expires_at", "2999-12-08T10:30:00Z")
    for ((name, value) in changes) members.put(name, value)
    return members.toString()
}

fun payIntent(json: String): Intent = Intent(ACTION_PAY).putExtra(EXTRA_REQUEST, json)

fun request(vararg changes: Pair<String, Any?>): CardRequest =
    CardRequest.read(payIntent(requestJson(*changes)))

fun expired(): CardRequest = request("expires_at" to Timestamps.format(Date(Date().time - 1_000)))

fun keys(): KeyPair =
    KeyPairGenerator
        .getInstance("EC")
        .apply { initialize(ECGenParameterSpec("secp256r1")) }
        .generateKeyPair()

/** A test number of a card scheme, put together here so that no file holds one. */
val cardNumber: String = listOf("4111", "1111", "1111", "1111").joinToString("")
