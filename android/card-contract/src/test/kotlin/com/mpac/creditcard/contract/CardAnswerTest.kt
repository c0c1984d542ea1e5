package com.mpac.creditcard.contract

import org.json.JSONObject
import org.junit.Assert.assertEquals
import org.junit.Assert.assertFalse
import org.junit.Assert.assertThrows
import org.junit.Test
import org.junit.runner.RunWith
import org.robolectric.RobolectricTestRunner
import java.util.Date

@RunWith(RobolectricTestRunner::class)
class CardAnswerTest {
    private val moment = Date(1_765_189_800_000)

    @Test
    fun anAnswerRepeatsWhatTheRequestIsKnownBy() {
        val answer = CardAnswer.Approved("A1", "VISA", "411111******1111", moment)
        val expected =
            JSONObject()
                .put("version", 1)
                .put("attempt_id", "6b0f4c1e-7f0a-4a53-9d58-0c0c0c0c0c0c")
                .put("nonce", "00112233445566778899aabbccddeeff")
                .put("outcome", "approved")
                .put("amount", 1500)
                .put("currency", "JPY")
                .put("approval_code", "A1")
                .put("card_brand", "VISA")
                .put("masked_pan", "************1111")
                .put("processed_at", "2025-12-08T10:30:00Z")
        val written = JSONObject(answer.toJson(request()))
        assertEquals(expected.toMap(), written.toMap())
        assertFalse("A1" in "$answer")
    }

    @Test
    fun noOutcomeLosesItsReason() {
        val answers =
            mapOf(
                "declined" to CardAnswer.Declined("no money"),
                "cancelled" to CardAnswer.Cancelled("no money"),
                "error" to CardAnswer.Error("no money"),
            )
        for ((outcome, answer) in answers) {
            val written = JSONObject(answer.toJson(request()))
            assertEquals(outcome, written.getString("outcome"))
            assertEquals("no money", written.getString("reason"))
        }
    }

    @Test
    fun noCardNumberIsKept() {
        val spaced = cardNumber.chunked(4).joinToString(" ")
        val wide = cardNumber.map { it + ('０' - '0') }.joinToString("")
        for (number in listOf(cardNumber, spaced, wide, "PAN$cardNumber;")) {
            val answers =
                listOf(
                    CardAnswer.Approved(number, number, number),
                    CardAnswer.Declined("card $number"),
                )
            for (answer in answers) {
                val json = answer.toJson(request())
                assertFalse(json, number in json || "41111111" in json || "4111 1111" in json)
            }
        }
        assertEquals("A-2512081030002", CardAnswer.Approved("A-2512081030002", "VISA").approvalCode)
    }

    @Test
    fun anApprovalIsNeverWithoutItsCode() {
        for ((code, brand) in listOf("" to "VISA", " " to "VISA", "A1" to "")) {
            assertThrows(IllegalArgumentException::class.java) { CardAnswer.Approved(code, brand) }
        }
    }

    private fun JSONObject.toMap() = keys().asSequence().associateWith { get(it).toString() }
}
