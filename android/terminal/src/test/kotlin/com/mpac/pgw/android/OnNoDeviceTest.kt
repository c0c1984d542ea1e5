package com.mpac.pgw.android

import android.app.Activity
import android.content.ComponentName
import android.os.Build
import android.view.View
import com.mpac.pgw.Gateway
import com.mpac.pgw.device.DeviceTest
import org.junit.runner.RunWith
import org.robolectric.RobolectricTestRunner
import org.robolectric.RuntimeEnvironment
import org.robolectric.Shadows.shadowOf
import org.robolectric.util.ReflectionHelpers

/** The tests for a device, where there is none: so that there only the device is new. */
@RunWith(RobolectricTestRunner::class)
class OnNoDeviceTest : DeviceTest() {
    override val gateway: String get() = Gateway.url
    override val merchant: String get() = Gateway.MERCHANT

    init {
        FakeKeystore.install()
        val context = RuntimeEnvironment.getApplication()
        // Of the manifest of those tests.
        val screen = ComponentName(context, Activity::class.java)
        shadowOf(context.packageManager).addActivityIfNotPresent(screen)
    }

    override fun screen(): Activity =
        super.screen().also {
            if (Build.VERSION.SDK_INT < Build.VERSION_CODES.O) {
                // Robolectric leaves the windows of old versions hidden.
                val attached = ReflectionHelpers.getField<Any>(it.window.decorView, "mAttachInfo")
                ReflectionHelpers.setField(attached, "mWindowVisibility", View.VISIBLE)
            }
        }
}
