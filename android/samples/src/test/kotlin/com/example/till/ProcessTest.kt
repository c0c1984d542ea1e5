package com.example.till

import org.junit.Assert.assertEquals
import org.junit.Test
import org.junit.runner.RunWith
import org.robolectric.RobolectricTestRunner

/** Android runs the application in each process of the app. */
@RunWith(RobolectricTestRunner::class)
class ProcessTest {
    @Test
    fun oneWithoutAScreenOpensNoTerminal() {
        Device().use { device ->
            Device.idle()
            assertEquals(0, device.app.openings)
            device.start()
            Device.until("open") { device.app.terminal != null }
            assertEquals(1, device.app.openings)
        }
    }
}
