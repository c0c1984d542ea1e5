package com.mpac.pgw.android

import org.junit.Assert.assertEquals
import org.junit.Assert.assertThrows
import org.junit.Test
import org.junit.runner.RunWith
import org.robolectric.RobolectricTestRunner
import org.robolectric.RuntimeEnvironment

@RunWith(RobolectricTestRunner::class)
class JournalTest {
    private val context = RuntimeEnvironment.getApplication()

    @Test
    fun theJournalIsWhereNoBackupReaches() {
        assertEquals(context.noBackupFilesDir, journalFolder(context).parentFile)
    }

    @Test
    fun javaHasItUnderThatName() {
        val journal = Class.forName("com.mpac.pgw.android.Journal")
        assertEquals("journalFolder", journal.declaredMethods.single().name)
    }

    @Test
    fun itIsNotWhereALockedDeviceCanBeRead() {
        val unprotected = context.createDeviceProtectedStorageContext()
        assertThrows(IllegalArgumentException::class.java) { journalFolder(unprotected) }
    }
}
