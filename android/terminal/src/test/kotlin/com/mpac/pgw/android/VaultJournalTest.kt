package com.mpac.pgw.android

import com.mpac.pgw.PaymentAttempt
import com.mpac.pgw.PaymentMethod
import com.mpac.pgw.PaymentTerminal
import com.mpac.pgw.TerminalConfig
import com.mpac.pgw.TerminalError
import com.mpac.pgw.TerminalException
import com.mpac.pgw.android.FakeKeystore.Fault
import com.mpac.pgw.reopen
import kotlinx.coroutines.runBlocking
import org.junit.Assert.assertEquals
import org.junit.Assert.assertFalse
import org.junit.Assert.assertTrue
import org.junit.Before
import org.junit.Test
import org.junit.runner.RunWith
import org.robolectric.RobolectricTestRunner
import org.robolectric.RuntimeEnvironment

/** The SDK's real journal behind the vault, through everything that a Keystore does. */
@RunWith(RobolectricTestRunner::class)
class VaultJournalTest {
    private val context = RuntimeEnvironment.getApplication()
    private val folder = journalFolder(context)

    @Before
    fun install() = FakeKeystore.install()

    @Test
    fun whatIsKeptIsSealedAndComesBack() {
        val id = opened { pay("1").id }
        val file = folder.resolve("$id.attempt").readText(Charsets.ISO_8859_1)
        assertTrue(file.startsWith("mpac-sealed"))
        assertFalse("secret_1" in file)
        opened {
            assertEquals(emptyList<Any>(), damagedRecords)
            assertEquals(listOf(id), recoverPending().map { it.id })
        }
    }

    @Test
    fun whileItIsLockedNothingIsBegunAndAfterwardsEverythingIsThere() {
        val id = opened { pay("1").id }
        for (fault in listOf(Fault.LOCKED, Fault.ABSENT, Fault.FAILING, Fault.DEAD)) {
            FakeKeystore.fault = fault
            opened {
                assertEquals(
                    "$fault",
                    listOf(id to true),
                    damagedRecords.map {
                        it.attemptId to
                            it.isLocked
                    },
                )
                assertTrue("$fault", refusal { recoverPending() } is TerminalError.Storage)
                assertTrue("$fault", refusal { pay("2") } is TerminalError.Storage)
                assertTrue("$fault", refusal { settleDamagedRecord(id) } is TerminalError.Storage)

                FakeKeystore.fault = null
                assertEquals("$fault", listOf(id), recoverPending().map { it.id })
                assertEquals("$fault", emptyList<Any>(), damagedRecords)
            }
        }
    }

    @Test
    fun aLostKeyDamagesWhatItHasSealedAndStopsNobodyFromPaying() {
        val losses =
            listOf<() -> Unit>(
                { FakeKeystore.keys.clear() },
                { FakeKeystore.fault = Fault.INVALIDATED },
                { FakeKeystore.fault = Fault.WORN_OUT },
            )
        for ((number, lose) in losses.withIndex()) {
            val lost = opened { pay("lost$number").id }
            lose()
            val next =
                opened {
                    assertEquals(
                        listOf(lost to false),
                        damagedRecords.map { it.attemptId to it.isLocked },
                    )
                    assertEquals("pi_lost$number", damagedRecords.single().paymentIntentId)
                    assertEquals(emptyList<PaymentAttempt>(), recoverPending())
                    pay("next$number").id
                }
            FakeKeystore.fault = null
            opened {
                // It stays until the staff has settled it.
                assertEquals(listOf(lost), damagedRecords.map { it.attemptId })
                assertTrue(settleDamagedRecord(lost))
                val found = recoverPending()
                assertEquals(listOf(next), found.map { it.id })
                found.single().cancel()
                assertTrue(found.single().acknowledge())
            }
            opened { assertEquals(emptyList<Any>(), damagedRecords) }
        }
    }

    @Test
    fun anAlteredFileIsDamagedAndTheOthersGoOn() {
        val (altered, other) = opened { pay("1").id to pay("2").id }
        val file = folder.resolve("$altered.attempt")
        file.writeBytes(file.readBytes().also { it[it.size - 1] = (it.last() + 1).toByte() })
        opened {
            assertEquals(
                listOf(altered to false),
                damagedRecords.map { it.attemptId to it.isLocked },
            )
            assertEquals(listOf(other), recoverPending().map { it.id })
        }
    }

    /** A terminal whose gateway is never there. */
    private fun <T> opened(use: suspend PaymentTerminal.() -> T): T =
        runBlocking {
            val config = TerminalConfig("http://127.0.0.1:1", folder)
            reopen(config, KeystoreVault(context)).use { it.use() }
        }

    private suspend fun PaymentTerminal.pay(name: String): PaymentAttempt =
        confirmPayment("pi_${name}_secret_$name", PaymentMethod.Cash)

    private suspend fun refusal(call: suspend () -> Unit): TerminalError? =
        (runCatching { call() }.exceptionOrNull() as? TerminalException)?.error
}
