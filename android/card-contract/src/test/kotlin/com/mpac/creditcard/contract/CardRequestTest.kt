package com.mpac.creditcard.contract

import android.content.Intent
import android.os.Build
import android.os.Parcel
import android.os.Parcelable
import org.junit.Assert.assertEquals
import org.junit.Assert.assertFalse
import org.junit.Assert.assertNull
import org.junit.Assert.assertThrows
import org.junit.Test
import org.junit.runner.RunWith
import org.robolectric.RobolectricTestRunner
import java.util.Date

@RunWith(RobolectricTestRunner::class)
class CardRequestTest {
    @Test
    fun everyMemberIsRead() {
        val request = request("merchant_store_id" to "s1", "unknown" to "x")
        assertEquals("6b0f4c1e-7f0a-4a53-9d58-0c0c0c0c0c0c", request.attemptId)
        assertEquals("00112233445566778899aabbccddeeff", request.nonce)
        assertEquals("pi_1", request.paymentIntentId)
        assertEquals(1500, request.amount)
        assertEquals("JPY", request.currency)
        assertEquals("s1", request.merchantStoreId)
        assertNull(request.merchantTerminalId)
        assertFalse("nonce" in "$request" || request.nonce in "$request")
    }

    @Test
    fun aMomentIsReadInEveryZone() {
        val moments =
            listOf(
                "2025-12-08T10:30:00Z",
                "2025-12-08T10:30:00.123456Z",
                "2025-12-08T19:30:00+09:00",
            )
        for (text in moments) {
            assertEquals(text, Date(1_765_189_800_000), request("expires_at" to text).expiresAt)
        }
    }

    @Test
    fun whatIsRefusedSaysWhichMember() {
        val table =
            listOf(
                "version" to listOf(null, 2, 3, "1"),
                "attempt_id" to listOf(null, "", "../x", "a.b", 7, "x".repeat(65)),
                "nonce" to listOf(null, "", "0011", "x".repeat(32)),
                "payment_intent_id" to listOf(null, "", "pi 1"),
                "amount" to listOf(null, 0, -1, 1.5, "1500", Double.MAX_VALUE),
                "currency" to listOf(null, "", "jpy", "YEN1", "ZZZ"),
                "merchant_store_id" to listOf(7),
                "expires_at" to listOf(null, "", "tomorrow", "2025-13-08T10:30:00Z", 1),
            )
        for ((field, values) in table) {
            for (value in values) {
                val refused =
                    assertThrows("$field: $value", CardRequestException::class.java) {
                        request(field to value)
                    }
                assertEquals("$value", field, refused.field)
            }
        }
        for (intent in listOf(null, Intent(), payIntent(""), payIntent("[]"), payIntent("{"))) {
            val refused =
                assertThrows(CardRequestException::class.java) { CardRequest.read(intent) }
            assertEquals("request", refused.field)
        }
    }

    @Test
    fun anIntentThatCannotBeUnpackedIsRefusedAndThrowsNothingElse() {
        // Beside the request it is looked at below Android 13 only; in its place always.
        val beside = payIntent(requestJson()).putExtra("beside", NotUnpacked())
        if (Build.VERSION.SDK_INT < Build.VERSION_CODES.TIRAMISU) assertRefused(unpacked(beside))
        assertRefused(unpacked(Intent(ACTION_PAY).putExtra(EXTRA_REQUEST, NotUnpacked())))
    }

    @Test
    fun aRequestThatIsTooDeepIsRefused() = assertRefused(payIntent("[".repeat(400_000)))

    private fun assertRefused(intent: Intent) {
        val refused = assertThrows(CardRequestException::class.java) { CardRequest.read(intent) }
        assertEquals("request", refused.field)
    }

    /** As it comes from another app, whose classes are not known here. */
    private fun unpacked(intent: Intent): Intent {
        val parcel = Parcel.obtain()
        intent.writeToParcel(parcel, 0)
        parcel.setDataPosition(0)
        return Intent.CREATOR.createFromParcel(parcel).also { parcel.recycle() }
    }

    /** Has no `CREATOR`. */
    private class NotUnpacked : Parcelable {
        override fun describeContents() = 0

        override fun writeToParcel(dest: Parcel, flags: Int) = Unit
    }
}
