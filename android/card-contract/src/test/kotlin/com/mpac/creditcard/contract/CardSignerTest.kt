package com.mpac.creditcard.contract

import android.app.Activity
import android.content.Intent
import android.util.Base64
import org.json.JSONArray
import org.json.JSONObject
import org.junit.Assert.assertEquals
import org.junit.Assert.assertFalse
import org.junit.Assert.assertThrows
import org.junit.Assert.assertTrue
import org.junit.Test
import org.junit.runner.RunWith
import org.robolectric.Robolectric
import org.robolectric.RobolectricTestRunner
import org.robolectric.RuntimeEnvironment
import org.robolectric.Shadows.shadowOf
import java.io.File
import java.security.KeyPair
import java.security.KeyPairGenerator
import java.security.ProviderException
import java.security.Signature

@RunWith(RobolectricTestRunner::class)
class CardSignerTest {
    private val pair = keys()
    private val signer = CardSigner(pair)
    private val asked = payIntent(requestJson("version" to 2))

    /** Computed by Python, with none of this code. */
    private val vectors = JSONObject(File("../../../tests/vectors/card_results.json").readText())

    private fun isGenuine(json: String): Boolean {
        val members = JSONObject(json)
        val signature = Base64.decode(members.remove("signature") as String, Base64.DEFAULT)
        return Signature.getInstance("SHA256withECDSA").run {
            initVerify(pair.public)
            update(CardSigner.canonical(members).toByteArray())
            verify(signature)
        }
    }

    @Test
    fun whatIsSignedIsWhatTerminalsExpect() {
        val results = vectors.getJSONArray("results").objects().filter { it.isNull("refusal") }
        val written = results.filterNot { SPELLED.containsMatchIn(it.getString("name")) }
        assertTrue(written.size >= 8)
        for (result in written) {
            val members = JSONObject(result.getString("json")).apply { remove("signature") }
            val name = result.getString("name")
            assertEquals(name, result.getString("signed"), CardSigner.canonical(members))
        }
    }

    @Test
    fun everyAnswerIsSignedWhereTheTerminalAsksForThat() {
        val request = CardRequest.read(asked, signer)
        val answers =
            listOf(
                CardAnswer.Approved("A1", "VISA", "1111"),
                CardAnswer.Declined("残高不足です 🍵 \"/\\ \u0001"),
                CardAnswer.Cancelled(),
                CardAnswer.Error("no paper"),
            )
        for (answer in answers) {
            val json = answer.toJson(request)
            assertEquals(2, JSONObject(json).get("version"))
            assertTrue(json, isGenuine(json))
            assertFalse(json, isGenuine(json.replace("1500", "1501")))
        }
        val ofVersion1 = CardRequest.read(payIntent(requestJson()), signer)
        val plain = JSONObject(answers[0].toJson(ofVersion1))
        assertEquals(1, plain.get("version"))
        assertFalse(plain.has("signature"))
    }

    @Test
    fun whoIsAskedLaterSignsTooAlsoThatItNeverBegan() {
        val book = ChargeBook(RuntimeEnvironment.getApplication())
        val charged = CardRequest.read(asked, signer)
        book.begin(charged)
        book.finish(charged, CardAnswer.Approved("A1", "VISA"))
        val other = requestJson("version" to 2, "attempt_id" to "a-2")
        val neverBegun = CardRequest.read(payIntent(other), signer)
        for ((request, outcome) in listOf(charged to "approved", neverBegun to "error")) {
            val activity = Robolectric.buildActivity(Activity::class.java, Intent()).create().get()
            book.find(request).replyTo(activity, request)
            val told = shadowOf(activity).resultIntent
            val json = told.getStringExtra(EXTRA_RESULT)!!
            assertTrue(json, isGenuine(json))
            assertEquals(outcome, JSONObject(json).getString("outcome"))
            assertFalse(told.hasExtra(EXTRA_NOT_FOUND))
        }
        assertEquals(Begin.Withdrawn, book.begin(neverBegun))
    }

    @Test
    fun withoutASignerNothingIsCharged() {
        val refused = assertThrows(CardRequestException::class.java) { CardRequest.read(asked) }
        assertEquals("version", refused.field)
        val newer = payIntent(requestJson("version" to 3))
        assertThrows(CardRequestException::class.java) { CardRequest.read(newer, signer) }
    }

    @Test
    fun thePublicKeyIsInTheFormThatTerminalsTake() {
        assertEquals(
            vectors.getString("public_key").take(SPKI_HEAD),
            signer.publicKey.take(SPKI_HEAD),
        )
        assertEquals(vectors.getString("public_key").length, signer.publicKey.length)
        val rsa = KeyPairGenerator.getInstance("RSA").generateKeyPair()
        assertThrows(IllegalArgumentException::class.java) { CardSigner(rsa) }
    }

    @Test
    fun aKeyThatCannotSignTellsNothing() {
        val rsa = KeyPairGenerator.getInstance("RSA").generateKeyPair()
        val broken = CardSigner(KeyPair(pair.public, rsa.private))
        val request = CardRequest.read(asked, broken)
        assertThrows(ProviderException::class.java) { CardAnswer.Cancelled().toJson(request) }
    }

    private fun JSONArray.objects() = (0 until length()).map { getJSONObject(it) }

    private companion object {
        /** Numbers that this library never writes so; and what it never writes. */
        val SPELLED = Regex("amount_|version_|neither")

        /** What comes before the point. */
        const val SPKI_HEAD = 34
    }
}
