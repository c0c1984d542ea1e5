package com.mpac.pgw.android

import android.app.Activity
import android.content.ActivityNotFoundException
import android.content.Intent
import android.os.Bundle
import android.os.Handler
import android.os.Looper
import kotlinx.coroutines.CancellationException
import kotlinx.coroutines.Job
import kotlinx.coroutines.launch

/**
 * Stands between the app and the card app, without a window, until the card app's answer is on disk.
 * [CardBridge] starts it.
 */
public class CardPaymentActivity : Activity() {
    private val handler = Handler(Looper.getMainLooper())
    private val again = Runnable(::proceed)
    private val lost = Runnable { cameBack(null) }
    private lateinit var attemptId: String

    /** What was asked of the card app, until it comes back. */
    private var waitsFor = 0

    /** The card app's answer, until it is on disk. */
    private var answer: String? = null
    private var neverBegan = false
    private var hasAsked = false
    private var job: Job? = null
    private var isInFront = false

    /** How often there was no bridge. */
    private var misses = 0

    override fun onCreate(savedInstanceState: Bundle?) {
        super.onCreate(savedInstanceState)
        attemptId = intent.getStringExtra(ATTEMPT).orEmpty()
        savedInstanceState?.run {
            waitsFor = getInt(WAITS_FOR)
            answer = getString(ANSWER)
            neverBegan = getBoolean(NEVER_BEGAN)
            hasAsked = getBoolean(HAS_ASKED)
        }
        if (waitsFor != 0) CardBridge.current?.waiting?.add(attemptId)
        proceed()
    }

    override fun onSaveInstanceState(outState: Bundle) {
        super.onSaveInstanceState(outState)
        outState.putInt(WAITS_FOR, waitsFor)
        outState.putString(ANSWER, answer)
        outState.putBoolean(NEVER_BEGAN, neverBegan)
        outState.putBoolean(HAS_ASKED, hasAsked)
    }

    override fun onResume() {
        super.onResume()
        isInFront = true
        // A result comes before this, or the process was killed while it took it.
        if (waitsFor != 0) handler.postDelayed(lost, PAUSE)
        proceed()
    }

    override fun onPause() {
        isInFront = false
        handler.removeCallbacks(lost)
        super.onPause()
    }

    override fun onDestroy() {
        handler.removeCallbacksAndMessages(null)
        job?.cancel()
        if (waitsFor != 0) CardBridge.current?.waiting?.remove(attemptId)
        super.onDestroy()
    }

    override fun finish() {
        // The user does not want to wait any more.
        answer?.let { CardBridge.current?.desk?.keepLater(attemptId, it) }
        super.finish()
    }

    override fun onActivityResult(requestCode: Int, resultCode: Int, data: Intent?) {
        super.onActivityResult(requestCode, resultCode, data)
        // An Intent that cannot be unpacked answers nothing, nor does what is no JSON object.
        val json =
            runCatching { data?.getStringExtra(CardContract.EXTRA_RESULT) }
                .getOrNull()
                ?.let(CardFiles::objectIn)
        val isNotFound =
            runCatching { data?.getBooleanExtra(CardContract.EXTRA_NOT_FOUND, false) }.getOrNull()
        if (json == null && requestCode != waitsFor) return
        neverBegan = requestCode == FIND && resultCode == RESULT_OK && isNotFound == true
        cameBack(json)
    }

    /** The card app has come back, with an answer or without one. */
    private fun cameBack(json: String?) {
        waitsFor = 0
        CardBridge.current?.waiting?.remove(attemptId)
        answer = json
        proceed()
    }

    /** Takes the next step, as far as there is one now. */
    private fun proceed() {
        handler.removeCallbacks(again)
        if (isFinishing || waitsFor != 0 || job != null) return
        val bridge = CardBridge.current
        val json = answer
        when {
            // Nothing was launched. Without a window this takes every touch, and so not for ever.
            bridge == null && json == null && ++misses > PATIENCE -> end(CardHandOff.Unknown)
            // The application has not made it yet, or the vault is locked.
            bridge == null || (json != null && !bridge.keep(attemptId, json)) ->
                handler.postDelayed(again, PAUSE)
            json != null -> {
                answer = null
                ask(bridge) { CardStep.End(handIn(attemptId)) }
            }
            neverBegan -> ask(bridge) { CardStep.End(notCharged(attemptId, null)) }
            // Another screen of this attempt has the card app.
            attemptId in bridge.waiting -> end(CardHandOff.Unknown)
            else -> ask(bridge) { next(attemptId, mayAsk = !hasAsked) }
        }
    }

    @Suppress("TooGenericExceptionCaught")
    private fun ask(bridge: CardBridge, call: suspend CardDesk.() -> CardStep) {
        job =
            bridge.scope.launch {
                val step =
                    try {
                        bridge.desk.call()
                    } catch (e: CancellationException) {
                        throw e
                    } catch (e: Exception) {
                        CardBridge.log("the card app was not asked", e)
                        CardStep.End(CardHandOff.Unknown)
                    }
                handler.post { take(step) }
            }
    }

    private fun take(step: CardStep) {
        if (isDestroyed) return
        job = null
        when (step) {
            is CardStep.End -> end(step.handOff)
            // From behind Android starts nothing; and until then the payment may be withdrawn.
            is CardStep.Launch -> if (isInFront) start(step)
        }
    }

    private fun start(step: CardStep.Launch) {
        val bridge = CardBridge.current ?: return
        // Another screen of this attempt was quicker.
        val isLate = attemptId in bridge.waiting
        if (isLate || (step.isFirst && !bridge.desk.claim(attemptId))) {
            return end(CardHandOff.Unknown)
        }
        waitsFor = if (step.isFirst) PAY else FIND
        hasAsked = !step.isFirst
        bridge.waiting += attemptId
        try {
            startActivityForResult(step.intent, waitsFor)
        } catch (_: ActivityNotFoundException) {
            notStarted(bridge, step)
        } catch (_: SecurityException) {
            notStarted(bridge, step)
        }
    }

    private fun notStarted(bridge: CardBridge, step: CardStep.Launch) {
        waitsFor = 0
        bridge.waiting -= attemptId
        if (!step.isFirst) return end(CardHandOff.Unknown)
        ask(bridge) { CardStep.End(notCharged(attemptId, CardAppProblem.NOT_INSTALLED)) }
    }

    private fun end(handOff: CardHandOff) {
        setResult(RESULT_OK, handOff.toIntent())
        finish()
    }

    internal companion object {
        const val ATTEMPT = "com.mpac.pgw.android.ATTEMPT"
        private const val WAITS_FOR = "com.mpac.pgw.android.WAITS_FOR"
        private const val ANSWER = "com.mpac.pgw.android.ANSWER"
        private const val NEVER_BEGAN = "com.mpac.pgw.android.NEVER_BEGAN"
        private const val HAS_ASKED = "com.mpac.pgw.android.HAS_ASKED"
        private const val PAY = 1
        private const val FIND = 2
        private const val PAUSE = 1_000L
        private const val PATIENCE = 10
    }
}
