package com.mpac.pgw.android

import android.os.Build
import android.os.UserManager
import com.mpac.pgw.VaultException
import com.mpac.pgw.android.FakeKeystore.Fault
import org.junit.Assert.assertArrayEquals
import org.junit.Assert.assertEquals
import org.junit.Assert.assertFalse
import org.junit.Assert.assertNotEquals
import org.junit.Assert.assertNull
import org.junit.Assert.assertThrows
import org.junit.Before
import org.junit.Test
import org.junit.runner.RunWith
import org.robolectric.RobolectricTestRunner
import org.robolectric.RuntimeEnvironment
import org.robolectric.Shadows.shadowOf
import java.util.concurrent.CountDownLatch
import kotlin.concurrent.thread

/** What the Keystore does, and what the vault then says. */
@RunWith(RobolectricTestRunner::class)
class KeystoreVaultTest {
    private val context = RuntimeEnvironment.getApplication()
    private val vault by lazy { KeystoreVault(context) }
    private val plain = "a payment".toByteArray()

    @Before
    fun install() = FakeKeystore.install()

    @Test
    fun whatOneHasSealedAnotherOpens() {
        val sealed = vault.seal(plain)
        assertFalse("a payment" in sealed.decodeToString())
        assertArrayEquals(plain, KeystoreVault(context).openSealed(sealed))
        assertNotEquals(sealed.toList(), vault.seal(plain).toList())
        assertArrayEquals(byteArrayOf(), vault.openSealed(vault.seal(byteArrayOf())))
        assertEquals(1, FakeKeystore.keys.size)
    }

    @Test
    fun theKeyIsOf256BitsAndAsksForNobody() {
        vault.seal(plain)
        val spec =
            FakeKeystore.keys.values
                .single()
                .spec
        assertEquals(256, spec.keySize)
        assertFalse(spec.isUserAuthenticationRequired)
    }

    @Test
    fun itIsInTheStrongBoxWhereThereIsOne() {
        for (has in listOf(true, false)) {
            FakeKeystore.install()
            FakeKeystore.hasStrongBox = has
            vault.seal(plain)
            if (Build.VERSION.SDK_INT >= 28) {
                assertEquals(
                    has,
                    FakeKeystore.keys.values
                        .single()
                        .spec.isStrongBoxBacked,
                )
            }
        }
        FakeKeystore.install()
        KeystoreVault(context, strongBox = false).seal(plain)
        if (Build.VERSION.SDK_INT >= 28) {
            assertFalse(
                FakeKeystore.keys.values
                    .single()
                    .spec.isStrongBoxBacked,
            )
        }
    }

    @Test
    fun twoThreadsMakeOneKey() {
        val start = CountDownLatch(1)
        val sealed = List(8) { arrayOfNulls<ByteArray>(1) }
        val threads =
            sealed.map {
                thread {
                    start.await()
                    it[0] = KeystoreVault(context).seal(plain)
                }
            }
        start.countDown()
        threads.forEach { it.join() }
        assertEquals(1, FakeKeystore.keys.size)
        for (each in sealed) assertArrayEquals(plain, vault.openSealed(each[0]!!))
    }

    @Test
    fun beforeTheFirstUnlockItIsLocked() {
        val sealed = vault.seal(plain)
        val users = shadowOf(context.getSystemService(UserManager::class.java))
        users.setUserUnlocked(false)
        try {
            // Its keys are not looked for then, and so none is made anew.
            FakeKeystore.keys.clear()
            assertThrows(VaultException.Locked::class.java) { vault.openSealed(sealed) }
            assertThrows(VaultException.Locked::class.java) { vault.seal(plain) }
            assertEquals(0, FakeKeystore.keys.size)
        } finally {
            users.setUserUnlocked(true)
        }
    }

    @Test
    fun whatItSaysOfEachFaultAndWhatItThenDoes() {
        // Opened, sealed (null: it does), and how many keys there are then.
        val said =
            mapOf(
                Fault.LOCKED to Triple(LOCKED, LOCKED, 1),
                Fault.ABSENT to Triple(LOCKED, LOCKED, 1),
                Fault.FAILING to Triple(UNAVAILABLE, UNAVAILABLE, 1),
                Fault.UNRECOVERABLE to Triple(UNAVAILABLE, UNAVAILABLE, 1),
                Fault.DEAD to Triple(UNAVAILABLE, UNAVAILABLE, 1),
                Fault.INVALIDATED to Triple(GONE, null, 1),
                Fault.WORN_OUT to Triple(GONE, null, 1),
            )
        for (fault in Fault.entries) {
            FakeKeystore.install()
            val sealed = vault.seal(plain)
            val former = FakeKeystore.keys.keys.toList()
            FakeKeystore.fault = fault
            val (open, seal, keys) = said.getValue(fault)
            assertEquals("$fault", open, failure { vault.openSealed(sealed) })
            assertEquals("$fault", seal, failure { vault.seal(plain) })
            assertEquals("$fault", keys, FakeKeystore.keys.size)

            FakeKeystore.fault = null
            if (seal == null) {
                assertNotEquals(former, FakeKeystore.keys.keys.toList())
                assertEquals("$fault", GONE, failure { vault.openSealed(sealed) })
            } else {
                assertArrayEquals("$fault", plain, vault.openSealed(sealed))
            }
            assertArrayEquals(plain, vault.openSealed(vault.seal(plain)))
        }
    }

    @Test
    fun aRestoredDeviceHasLostTheKeyAndMakesAnother() {
        val sealed = vault.seal(plain)
        FakeKeystore.keys.clear()
        assertEquals(GONE, failure { vault.openSealed(sealed) })
        val again = vault.seal(plain)
        assertArrayEquals(plain, vault.openSealed(again))
        assertEquals("told apart from the new one's", GONE, failure { vault.openSealed(sealed) })
    }

    @Test
    fun theKeysOfOthersAreNotItsOwn() {
        val other = KeystoreVault(context, "com.mpac.pgw.journal.other").seal(plain)
        val sealed = vault.seal(plain)
        assertEquals(2, FakeKeystore.keys.size)
        assertArrayEquals(plain, vault.openSealed(sealed))
        assertEquals(GONE, failure { vault.openSealed(other) })
    }

    @Test
    fun anAlteredFileIsNotOneWhoseKeyIsGone() {
        val sealed = vault.seal(plain)
        for (index in listOf(0, 40, sealed.size - 1)) {
            val altered = sealed.clone().also { it[index] = (it[index] + 1).toByte() }
            assertEquals("$index", UNAVAILABLE, failure { vault.openSealed(altered) })
        }
        for (length in listOf(0, 1, 20, 48, 49, 60)) {
            val cut = sealed.copyOf(length)
            assertEquals("$length", UNAVAILABLE, failure { vault.openSealed(cut) })
        }
        assertNull(failure { vault.openSealed(sealed) })
    }

    private fun failure(call: () -> Unit): String? =
        runCatching(call).exceptionOrNull()?.javaClass?.simpleName

    private companion object {
        const val LOCKED = "Locked"
        const val GONE = "KeyGone"
        const val UNAVAILABLE = "Unavailable"
    }
}
