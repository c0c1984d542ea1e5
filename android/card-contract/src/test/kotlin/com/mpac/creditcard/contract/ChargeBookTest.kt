package com.mpac.creditcard.contract

import org.junit.Assert.assertEquals
import org.junit.Assert.assertFalse
import org.junit.Assert.assertSame
import org.junit.Assert.assertThrows
import org.junit.Assert.assertTrue
import org.junit.Test
import org.junit.runner.RunWith
import org.robolectric.RobolectricTestRunner
import org.robolectric.RuntimeEnvironment
import java.io.File
import java.io.IOException
import java.util.Date
import java.util.concurrent.atomic.AtomicInteger
import kotlin.concurrent.thread

@RunWith(RobolectricTestRunner::class)
class ChargeBookTest {
    private val context = RuntimeEnvironment.getApplication()
    private val files = File(context.noBackupFilesDir, "mpac-pgw-charges")
    private val approved = CardAnswer.Approved("A1", "VISA", cardNumber)

    /** As after a restart. */
    private val book get() = ChargeBook(context)

    @Test
    fun aCardIsChargedOnceAndTheAnswerToldAgain() {
        val request = request()
        assertSame(Begin.Begun, book.begin(request))
        assertSame(Begin.InProgress, book.begin(request))
        assertSame(Found.InProgress, book.find(request))
        val answer = book.finish(request, approved)
        assertSame(approved, answer)
        val again = (book.begin(request) as Begin.Finished).answer
        val found = (book.find(request) as Found.Finished).answer
        assertEquals(answer.toJson(request), again.toJson(request))
        assertEquals(answer.toJson(request), found.toJson(request))
    }

    @Test
    fun theFirstAnswerStays() {
        val request = request()
        book.begin(request)
        book.finish(request, approved)
        val second = book.finish(request, CardAnswer.Declined())
        assertEquals(approved.toJson(request), second.toJson(request))
    }

    @Test
    fun whatWasNotFoundIsNeverBegun() {
        val request = request()
        assertSame(Found.NotFound, book.find(request))
        assertSame(Found.NotFound, book.find(request))
        assertSame(Begin.Withdrawn, book.begin(request))
        assertThrows(IllegalStateException::class.java) { book.finish(request, approved) }
    }

    @Test
    fun anExpiredRequestIsNotBegunButOneThatWasBegunGoesOn() {
        assertSame(Begin.Withdrawn, book.begin(expired()))
        assertSame(Found.NotFound, book.find(expired()))

        val id = "attempt_id" to "other"
        book.begin(request(id))
        val late = request(id, "expires_at" to "2001-01-01T00:00:00Z")
        assertSame(Begin.InProgress, book.begin(late))
        book.finish(late, approved)
        assertTrue(book.begin(late) is Begin.Finished)
    }

    @Test
    fun whatIsOnlyFinishedWasNotBegun() {
        assertThrows(IllegalStateException::class.java) { book.finish(request(), approved) }
    }

    @Test
    fun anotherRequestWithTheSameIdIsToldNothing() {
        val other = request("nonce" to "f".repeat(32))
        book.begin(request())
        book.finish(request(), approved)
        for (call in listOf(book::begin, book::find)) {
            val refused = assertThrows(CardRequestException::class.java) { call(other) }
            assertEquals("nonce", refused.field)
        }
        val capitals = request("nonce" to "00112233445566778899AABBCCDDEEFF")
        assertTrue(book.find(capitals) is Found.Finished)
    }

    @Test
    fun aBeginThatWasCutShortIsNeitherChargedNorCalledNotFound() {
        files.mkdirs()
        for (content in listOf("", "{\"nonce\":\"0011")) {
            File(files, request().attemptId).writeText(content)
            assertSame(Begin.InProgress, book.begin(request()))
            assertSame(Found.InProgress, book.find(request()))
        }
    }

    @Test
    fun ofManyAtOnceOneIsBegun() {
        val began =
            java.util.concurrent.atomic
                .AtomicInteger()
        val threads =
            List(8) {
                thread {
                    if (book.begin(request()) is Begin.Begun) began.incrementAndGet()
                }
            }
        threads.forEach(Thread::join)
        assertEquals(1, began.get())
    }

    @Test
    fun withoutADiskNothingIsBegun() {
        files.parentFile!!.mkdirs()
        files.writeText("in the way")
        assertThrows(IOException::class.java) { book.begin(request()) }
        assertThrows(IOException::class.java) { book.find(request()) }
    }

    @Test
    fun whatIsForgottenIsNeverCalledNotFound() {
        val old = expired()
        val young = request("attempt_id" to "young")
        for (request in listOf(old, young)) {
            book.begin(request)
        }
        val charged = request("attempt_id" to "charged")
        book.begin(charged)
        book.finish(charged, approved)
        File(files, "charged.part").writeText("{")
        book.forget(Date())
        assertSame(Found.InProgress, book.find(old))
        assertSame(Found.InProgress, book.find(young))
        assertTrue(book.find(charged) is Found.Finished)
        assertSame(Begin.InProgress, book.begin(old))
        // The acquirer knows.
        assertEquals(approved, book.finish(old, approved))
        assertTrue(book.begin(old) is Begin.Finished)
        book.forget(Date(charged.expiresAt.time + 1))
        assertSame(Found.InProgress, book.find(charged))
        // With what a kill has left of an answer.
        val left = files.list().orEmpty().filter { it.startsWith("charged") }
        assertEquals(emptyList<String>(), left)
    }

    @Test
    fun noCardNumberIsOnDisk() {
        book.begin(request())
        book.finish(request(), CardAnswer.Approved(cardNumber, cardNumber, cardNumber))
        for (file in files.walk().filter { it.isFile }) assertFalse(cardNumber in file.readText())
    }
}
