package com.mpac.pgw

import kotlinx.coroutines.flow.first
import kotlinx.serialization.json.Json
import kotlinx.serialization.json.JsonObject
import kotlinx.serialization.json.JsonPrimitive
import kotlinx.serialization.json.contentOrNull
import kotlinx.serialization.json.jsonArray
import kotlinx.serialization.json.jsonObject
import kotlinx.serialization.json.jsonPrimitive
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertFalse
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.io.TempDir
import java.io.File
import java.security.KeyPair
import java.security.KeyPairGenerator
import java.security.Signature
import java.security.spec.ECGenParameterSpec
import java.util.Base64

/** A terminal that knows the card app's key takes the card app's own word only. */
class SignedCardsTest {
    @TempDir
    lateinit var directory: File

    private val key = newKey()

    private fun newKey(): KeyPair =
        KeyPairGenerator.getInstance("EC").run {
            initialize(ECGenParameterSpec("secp256r1"))
            generateKeyPair()
        }

    private fun base64(bytes: ByteArray) = Base64.getEncoder().encodeToString(bytes)

    /** As Java writes a public key. */
    private suspend fun open(vararg keys: String) =
        PaymentTerminal.open(
            TerminalConfigBuilder(Gateway.url, directory)
                .polling(quickPolling)
                .cardAppPublicKeys(keys.toList())
                .build(),
        )

    /** The members sorted, with nothing between: none here needs an escape. */
    private fun sign(result: String, by: KeyPair): String {
        val members = Json.parseToJsonElement(result).jsonObject.toSortedMap()
        val signature =
            Signature.getInstance("SHA256withECDSA").run {
                initSign(by.private)
                update("${JsonObject(members)}".toByteArray())
                sign()
            }
        return "${JsonObject(members + ("signature" to JsonPrimitive(base64(signature))))}"
    }

    private suspend fun PaymentTerminal.answer(json: String): CardResultRefusal? =
        try {
            completeCardPayment(CardResult.fromJson(json))
            null
        } catch (e: TerminalException) {
            (e.error as TerminalError.CardResultRefused).refusal
        }

    @Test
    fun `a card result with a foreign signature or none is not accepted`() =
        payments {
            open(base64(key.public.encoded)).use { terminal ->
                val token = Gateway.create().paymentToken
                val attempt = terminal.confirmPayment(token, PaymentMethod.CreditCard)
                val asked = attempt.events.first { it.kind is PaymentEventKind.CardAppRequested }
                assertEquals(2, asked.request.version)
                val result = FakeCardApp.approve(asked.request.toJson())
                val genuine = sign(result, key)
                val forged =
                    mapOf(
                        sign(result, newKey()) to CardResultRefusal.WrongSignature,
                        genuine.replace("A1B2C3", "A1B2C4") to CardResultRefusal.WrongSignature,
                        result to CardResultRefusal.MissingSignature,
                        result.replace("\"version\":2", "\"version\":1") to
                            CardResultRefusal.MissingSignature,
                    )
                for ((json, refusal) in forged) assertEquals(refusal, terminal.answer(json), json)
                assertTrue(attempt.state.value is PaymentState.AwaitingCardApp)
                assertEquals(null, terminal.answer(genuine))
                assertTrue(attempt.await() is PaymentResult.Succeeded)
            }
        }

    @Test
    fun `what the till knows itself needs no signature`() =
        payments {
            open(base64(key.public.encoded)).use { terminal ->
                val token = Gateway.create().paymentToken
                val attempt = terminal.confirmPayment(token, PaymentMethod.CreditCard)
                val asked = attempt.events.first { it.kind is PaymentEventKind.CardAppRequested }
                terminal.completeCardPayment(asked.request.notCharged("not installed"))
                val failed = attempt.await() as PaymentResult.Failed
                assertEquals(FailureCode.CARD_APP_ERROR, failed.code)
            }
        }

    /** All of them are for an attempt that this terminal does not have. */
    @Test
    fun `what others have computed is judged the same`() =
        payments {
            val file = File(System.getProperty("scenarios.dir"), "../vectors/card_results.json")
            val vectors = Json.parseToJsonElement(file.readText()).jsonObject
            open(vectors.getValue("public_key").jsonPrimitive.content).use { terminal ->
                val results = vectors.getValue("results").jsonArray.map { it.jsonObject }
                assertTrue(results.size > 30)
                for (vector in results) {
                    val expected =
                        when (vector.getValue("refusal").jsonPrimitive.contentOrNull) {
                            "missing_signature" -> CardResultRefusal.MissingSignature
                            "wrong_signature" -> CardResultRefusal.WrongSignature
                            else -> CardResultRefusal.UnknownAttempt
                        }
                    val told = terminal.answer(vector.getValue("json").jsonPrimitive.content)
                    assertEquals(expected, told, "${vector["name"]}")
                }
            }
        }

    @Test
    fun `a key that is none opens no terminal and a signed text is not shown`() =
        payments {
            val error = refused<TerminalError.InvalidConfiguration> { open("no key") }
            assertEquals("cardAppPublicKeys", error.field)
            val result =
                """{"version":2,"attempt_id":"a","nonce":"n","outcome":"declined","amount":1,
                |"currency":"JPY","signature":"CANARY"}
                """.trimMargin()
            assertFalse("CANARY" in "${CardResult.fromJson(result)}")
        }
}
