package com.mpac.pgw.android.example

import com.mpac.pgw.TerminalError
import com.mpac.pgw.TerminalException
import com.mpac.pgw.android.Device
import com.mpac.pgw.android.FakeKeystore
import com.mpac.pgw.android.journalFolder
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.async
import kotlinx.coroutines.cancel
import kotlinx.coroutines.runBlocking
import org.junit.After
import org.junit.Assert.assertFalse
import org.junit.Assert.assertSame
import org.junit.Assert.assertTrue
import org.junit.Before
import org.junit.Test
import org.junit.runner.RunWith
import org.robolectric.RobolectricTestRunner
import org.robolectric.RuntimeEnvironment
import org.robolectric.annotation.Config

/** The guide's application opens the terminal as it says. */
@RunWith(RobolectricTestRunner::class)
@Config(application = TillApp::class)
class TillAppTest {
    private val app get() = RuntimeEnvironment.getApplication() as TillApp
    private val scope = CoroutineScope(Dispatchers.Default)

    @Before
    fun install() = FakeKeystore.install()

    @After
    fun close() = scope.cancel()

    private fun open() = scope.async { runCatching { app.terminal() } }

    @Test
    fun theTerminalIsOpenedOnceAndByNoProcessThatDoesNotAsk() {
        Device.quiet()
        assertFalse(journalFolder(app).exists())
        val (first, second) = open() to open()
        Device.until { first.isCompleted && second.isCompleted }
        runBlocking {
            val terminal = first.await().getOrThrow()
            assertSame(terminal, second.await().getOrThrow())
            terminal.close()
        }
    }

    @Test
    fun whatCouldNotBeOpenedIsOpenedByTheNextCall() {
        val folder = journalFolder(app)
        assertTrue(folder.createNewFile())
        val inVain = open()
        Device.until { inVain.isCompleted }
        val failure = runBlocking { inVain.await() }.exceptionOrNull() as TerminalException
        assertTrue("$failure", failure.error is TerminalError.Storage)
        assertTrue(folder.delete())
        val opened = open()
        Device.until { opened.isCompleted }
        runBlocking { opened.await() }.getOrThrow().close()
    }
}
