@file:JvmName("Foreground")

package com.mpac.pgw.android

import android.app.Activity
import android.app.Application
import android.app.Application.ActivityLifecycleCallbacks
import android.os.Bundle
import com.mpac.pgw.PaymentTerminal

/**
 * Asks about every running payment at once when the app comes to the foreground: while it was in the
 * background, Android may have let it ask nothing. Call this when the terminal is open.
 *
 * @return stops that.
 */
public fun PaymentTerminal.pollInForeground(application: Application): AutoCloseable {
    val watch = ForegroundWatch { for (it in attempts()) attempt(it.facts.attemptId)?.pollNow() }
    application.registerActivityLifecycleCallbacks(watch)
    return AutoCloseable { application.unregisterActivityLifecycleCallbacks(watch) }
}

/** Counts the activities on show. One that is made anew for a new configuration counts on. */
private class ForegroundWatch(
    private val onForeground: () -> Unit,
) : ActivityLifecycleCallbacks {
    private var started = 0
    private var isReplacing = false

    override fun onActivityStarted(activity: Activity) {
        if (started++ == 0 && !isReplacing) onForeground()
        isReplacing = false
    }

    override fun onActivityStopped(activity: Activity) {
        // One that was there before this was asked for was not counted.
        if (started > 0) started--
        isReplacing = activity.isChangingConfigurations
    }

    override fun onActivityCreated(activity: Activity, savedState: Bundle?) = Unit

    override fun onActivityResumed(activity: Activity) = Unit

    override fun onActivityPaused(activity: Activity) = Unit

    override fun onActivitySaveInstanceState(activity: Activity, state: Bundle) = Unit

    override fun onActivityDestroyed(activity: Activity) = Unit
}
