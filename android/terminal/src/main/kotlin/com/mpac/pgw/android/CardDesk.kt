package com.mpac.pgw.android

import android.content.Intent
import com.mpac.pgw.CardRequest
import com.mpac.pgw.CardResult
import com.mpac.pgw.CardResultRefusal
import com.mpac.pgw.PaymentResult
import com.mpac.pgw.PaymentState
import com.mpac.pgw.PaymentTerminal
import com.mpac.pgw.TerminalError
import com.mpac.pgw.TerminalException
import com.mpac.pgw.fromJson
import com.mpac.pgw.notCharged
import com.mpac.pgw.toJson
import kotlinx.coroutines.CancellationException
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.delay
import kotlinx.coroutines.flow.MutableStateFlow
import kotlinx.coroutines.flow.filterNotNull
import kotlinx.coroutines.flow.first
import kotlinx.coroutines.launch
import kotlinx.coroutines.sync.Mutex
import kotlinx.coroutines.sync.withLock
import kotlinx.coroutines.withTimeoutOrNull
import java.util.concurrent.ConcurrentHashMap
import java.util.concurrent.atomic.AtomicBoolean
import kotlin.time.Duration
import kotlin.time.Duration.Companion.seconds

/** What an activity does next for an attempt. */
internal sealed interface CardStep {
    /** Start the card app now. */
    class Launch(
        val intent: Intent,
    ) : CardStep {
        val isFirst get() = intent.action == CardContract.ACTION_PAY
    }

    class End(
        val handOff: CardHandOff,
    ) : CardStep
}

/**
 * Decides, for one attempt after the other, what is to be done: nothing is launched or called not
 * charged while another decision is on its way.
 */
internal class CardDesk(
    private val files: CardFiles,
    private val scope: CoroutineScope,
    private val find: (action: String) -> CardApp.Found,
) {
    private val mutex = Mutex()
    private val terminals = MutableStateFlow<PaymentTerminal?>(null)

    /** Marked by this process, but not launched yet: there is no need to ask the card app. */
    private val unlaunched: MutableSet<String> = ConcurrentHashMap.newKeySet()

    /** Answers that could not be written down yet, and whose activity is gone. */
    private val unkept = ConcurrentHashMap<String, String>()
    private val isTryingLater = AtomicBoolean()

    @Volatile
    private var pause = FIRST_PAUSE

    /** How long an activity waits for a terminal: it has no window, and takes every touch meanwhile. */
    @Volatile
    var patience: Duration = 10.seconds

    suspend fun attach(terminal: PaymentTerminal) {
        terminals.value = terminal
        settle(terminal)
    }

    /** Writes an answer down; tells whether it is. Disk, but no network. */
    @Suppress("TooGenericExceptionCaught")
    fun keep(attemptId: String, json: String): Boolean =
        try {
            files.keep(attemptId, json)
            true
        } catch (e: Exception) {
            CardBridge.log("the card app's answer cannot be written down yet", e)
            false
        }

    /** As [keep], as soon as it can be. */
    fun keepLater(attemptId: String, json: String) {
        unkept[attemptId] = json
        tryLater()
    }

    /** Hands in what is written down for an attempt, if there is a terminal. */
    suspend fun handIn(attemptId: String): CardHandOff {
        val terminal = terminals.value ?: return CardHandOff.Answered
        val handOff = mutex.withLock { handInOf(terminal, attemptId) }
        settle(terminal)
        return handOff ?: CardHandOff.Answered
    }

    /**
     * What comes next for an attempt. Waits for a terminal, for a while: only that one knows whether
     * the attempt still waits for the card app.
     *
     * @param mayAsk whether the card app may be asked, where it was launched before.
     */
    suspend fun next(attemptId: String, mayAsk: Boolean): CardStep {
        if (terminals.value == null && files.answers(attemptId).isNotEmpty()) {
            return CardStep.End(CardHandOff.Answered)
        }
        val terminal = terminal() ?: return CardStep.End(CardHandOff.Unknown)
        return mutex.withLock { next(terminal, attemptId, mayAsk) }
    }

    private suspend fun next(
        terminal: PaymentTerminal,
        attemptId: String,
        mayAsk: Boolean,
    ): CardStep {
        handInOf(terminal, attemptId)?.let { return CardStep.End(it) }
        val request = waiting(terminal, attemptId) ?: return CardStep.End(CardHandOff.NotWaiting)
        val isNew = attemptId in unlaunched || !files.isMarked(attemptId)
        if (!isNew && !mayAsk) return CardStep.End(CardHandOff.Unknown)
        val action = if (isNew) CardContract.ACTION_PAY else CardContract.ACTION_FIND
        return when (val found = find(action)) {
            is CardApp.Found.Trusted -> {
                if (isNew && attemptId !in unlaunched) {
                    // Before, so that nobody takes what was begun for new.
                    files.mark(attemptId)
                    unlaunched += attemptId
                }
                val intent = Intent(action).setComponent(found.component)
                CardStep.Launch(intent.putExtra(CardContract.EXTRA_REQUEST, request.toJson()))
            }
            is CardApp.Found.Missing ->
                // One that was launched may have charged the card, and was removed since.
                when {
                    isNew -> CardStep.End(notCharged(terminal, request, found.problem))
                    else -> CardStep.End(CardHandOff.Unknown)
                }
        }
    }

    private suspend fun terminal() =
        withTimeoutOrNull(patience) { terminals.filterNotNull().first() }

    /** Whether the activity may launch now: `true` once for each mark. */
    fun claim(attemptId: String): Boolean = unlaunched.remove(attemptId)

    /** Nothing was charged, for certain. */
    suspend fun notCharged(attemptId: String, problem: CardAppProblem?): CardHandOff {
        val terminal = terminal() ?: return CardHandOff.Unknown
        return mutex.withLock {
            val request = waiting(terminal, attemptId) ?: return CardHandOff.NotWaiting
            // Who has to sign says by a signed result that it never began.
            val isUnsigned = problem == null && request.version >= CardContract.SIGNED
            if (isUnsigned) CardHandOff.Unknown else notCharged(terminal, request, problem)
        }
    }

    private suspend fun notCharged(
        terminal: PaymentTerminal,
        request: CardRequest,
        problem: CardAppProblem?,
    ): CardHandOff =
        try {
            terminal.completeCardPayment(request.notCharged(problem?.reason ?: NEVER_BEGAN))
            CardHandOff.NotCharged(problem)
        } catch (e: TerminalException) {
            if (e.refusal != null) CardHandOff.NotWaiting else CardHandOff.Unknown
        }

    /** What the card app is to do, while the attempt waits for it. */
    private fun waiting(terminal: PaymentTerminal, attemptId: String): CardRequest? =
        (state(terminal, attemptId) as? PaymentState.AwaitingCardApp)?.request

    private fun state(terminal: PaymentTerminal, attemptId: String): PaymentState? =
        terminal.attempts().find { it.facts.attemptId == attemptId }?.state

    private fun isDamaged(terminal: PaymentTerminal, attemptId: String) =
        terminal.damagedRecords.any { it.attemptId == attemptId }

    /** Hands in all that waits, and forgets what is over. */
    @Suppress("TooGenericExceptionCaught")
    private suspend fun settle(terminal: PaymentTerminal) =
        mutex.withLock {
            try {
                files.removeParts()
                files
                    .answers()
                    .map(files::attemptOf)
                    .distinct()
                    .forEach { handInOf(terminal, it) }
                forget(terminal)
            } catch (e: CancellationException) {
                throw e
            } catch (e: Exception) {
                CardBridge.log("card payments cannot be settled yet", e)
            }
        }

    /** Hands in the answers for an attempt; null when there is none. */
    @Suppress("TooGenericExceptionCaught")
    private suspend fun handInOf(terminal: PaymentTerminal, attemptId: String): CardHandOff? {
        var last: CardHandOff? = null
        try {
            // They stay for whoever can read them, until no answer counts any more.
            val unread = mutableListOf<String>()
            for (answer in files.answers(attemptId)) {
                val json = files.read(answer)
                if (json == null) {
                    unread += answer
                } else {
                    last = handIn(terminal, attemptId, json)
                    files.remove(answer)
                    pause = FIRST_PAUSE
                }
            }
            if (unread.isEmpty()) return last
            // The state follows a moment later.
            val isTaken = last == CardHandOff.Answered || last == CardHandOff.NotWaiting
            if (isTaken || isOver(terminal, attemptId)) unread.forEach(files::remove)
        } catch (e: CancellationException) {
            throw e
        } catch (e: Exception) {
            CardBridge.log("the card app's answer cannot be handed in yet", e)
            tryLater()
            return CardHandOff.Answered
        }
        return last
    }

    private suspend fun handIn(
        terminal: PaymentTerminal,
        attemptId: String,
        json: String,
    ): CardHandOff =
        try {
            val result = CardResult.fromJson(json)
            if (!result.attemptId.equals(attemptId, ignoreCase = true)) {
                CardHandOff.Refused("${CardResultRefusal.UnknownAttempt}")
            } else {
                terminal.completeCardPayment(result)
                CardHandOff.Answered
            }
        } catch (e: TerminalException) {
            val refusal = e.refusal ?: throw e
            val isUnknown = refusal == CardResultRefusal.UnknownAttempt
            when {
                // Handed in before, and killed before its file was removed.
                refusal == CardResultRefusal.NotWaiting -> CardHandOff.NotWaiting
                // The staff will ask for it.
                isUnknown && isDamaged(terminal, attemptId) -> throw e
                else -> CardHandOff.Refused("$refusal")
            }
        }

    /** Whether no answer counts any more. */
    private suspend fun isOver(terminal: PaymentTerminal, attemptId: String): Boolean {
        val state = state(terminal, attemptId)
        val result = (state as? PaymentState.Finished)?.result
        // What is unresolved still takes the card app's answer.
        val mayCount = state != null && (result == null || result is PaymentResult.Unresolved)
        if (mayCount || isDamaged(terminal, attemptId)) return false
        // A terminal that was closed has no attempts, and throws.
        terminal.settleDamagedRecord("")
        return true
    }

    /** Removes the marks of attempts that the terminal does not have any more. */
    private suspend fun forget(terminal: PaymentTerminal) {
        // First: an attempt is older than its mark.
        val marked = files.marked() - unlaunched
        if (marked.isEmpty()) return
        val attempts = terminal.attempts().map { it.facts.attemptId }
        val damaged = terminal.damagedRecords.map { it.attemptId }
        // A terminal that was closed has fewer, and throws.
        terminal.settleDamagedRecord("")
        (marked - attempts.toSet() - damaged.toSet()).forEach(files::unmark)
    }

    private fun tryLater() {
        if (!isTryingLater.compareAndSet(false, true)) return
        scope.launch {
            delay(pause)
            pause = minOf(pause * 2, LONGEST_PAUSE)
            isTryingLater.set(false)
            for ((attemptId, json) in unkept) {
                if (keep(attemptId, json)) unkept.remove(attemptId, json) else tryLater()
            }
            terminals.value?.let { settle(it) }
        }
    }

    private val TerminalException.refusal: CardResultRefusal?
        get() = (error as? TerminalError.CardResultRefused)?.refusal

    private companion object {
        const val NEVER_BEGAN = "the card app never began"
        const val FIRST_PAUSE = 2_000L
        const val LONGEST_PAUSE = 300_000L
    }
}
