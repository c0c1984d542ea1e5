package com.mpac.creditcard.contract

import android.app.Activity
import android.content.Context
import android.content.Intent
import org.json.JSONException
import org.json.JSONObject
import java.io.File
import java.io.IOException
import java.util.Date

/**
 * Remembers what the card app has charged, by the attempt's id, so that no card is charged twice and a
 * terminal can ask after a restart. What a call says is on disk when it returns, where no backup
 * reaches. Calls take a few milliseconds of disk, and may come from any thread.
 *
 * ```
 * private fun charge(request: CardRequest) {
 *     val answer = acquirer.charge(request.amount, request.currency)
 *     tell(request, book.finish(request, answer))
 * }
 * ```
 *
 * And the activity of [ACTION_FIND], which is exported and has no window:
 *
 * ```
 * class FindActivity : Activity() {
 *     override fun onCreate(savedInstanceState: Bundle?) {
 *         super.onCreate(savedInstanceState)
 *         try {
 *             val request = CardRequest.read(intent, signer)
 *             ChargeBook(this).find(request).replyTo(this, request)
 *         } catch (e: Exception) {
 *             Log.e(TAG, "cannot tell", e)
 *         }
 *         finish()
 *     }
 * }
 * ```
 *
 * **When a call throws an [IOException], charge nothing and tell nothing.** Who removes the app's data
 * removes the book with it: do that only while no terminal waits for an answer.
 */
public class ChargeBook(
    context: Context,
) {
    private val folder = SyncedFolder(File(context.noBackupFilesDir, "mpac-pgw-charges"))

    /**
     * Asks to charge the card.
     *
     * @return [Begin.Begun] for the first time, and only then charge.
     * @throws CardRequestException for `nonce`, when there was another request with that attempt's id.
     */
    @Throws(IOException::class, CardRequestException::class)
    public fun begin(request: CardRequest): Begin =
        synchronized(lock) {
            // It may have been charged: nobody knows any more.
            if (isForgotten(request) && known(request) == null) return Begin.InProgress
            val isTooLate = request.expiresAt <= Date()
            val entry = if (isTooLate) Entry.withdrawn(request) else Entry.begun(request)
            val isNew = folder.create(request.attemptId, entry.toJson())
            val known = if (isNew) entry else known(request) ?: return Begin.InProgress
            when {
                known.isWithdrawn -> Begin.Withdrawn
                known.answer != null -> Begin.Finished(known.answer)
                isNew -> Begin.Begun
                else -> Begin.InProgress
            }
        }

    /**
     * Writes down what became of a charge that was [begun][Begin.Begun], before anybody is told.
     *
     * @return the answer to tell: [answer], or the one that was written down before.
     * @throws IllegalStateException when it was not begun.
     */
    @Throws(IOException::class, CardRequestException::class)
    public fun finish(request: CardRequest, answer: CardAnswer): CardAnswer =
        synchronized(lock) {
            val known = known(request)
            check(known?.isWithdrawn == false || isUnclear(request, known)) {
                "this charge was not begun"
            }
            known?.answer?.let { return it }
            folder.replace(request.attemptId, Entry.finished(request, answer).toJson())
            answer
        }

    /**
     * What became of a charge. One that was not begun is refused by [begin] from now on.
     *
     * @throws CardRequestException for `nonce`, when there was another request with that attempt's id.
     */
    @Throws(IOException::class, CardRequestException::class)
    public fun find(request: CardRequest): Found =
        synchronized(lock) {
            if (isForgotten(request) && known(request) == null) return Found.InProgress
            folder.create(request.attemptId, Entry.withdrawn(request).toJson())
            val known = known(request)
            when {
                known == null -> Found.InProgress
                known.isWithdrawn -> Found.NotFound
                known.answer != null -> Found.Finished(known.answer)
                else -> Found.InProgress
            }
        }

    /**
     * Forgets the charges whose requests expired before [moment], such as 90 days ago. What could be one
     * of them is from then on neither begun nor told as not found.
     */
    @Throws(IOException::class)
    public fun forget(moment: Date): Unit =
        synchronized(lock) {
            val name = FORGOTTEN
            if (moment.time <= forgottenUntil()) return
            if (!folder.create(name, "${moment.time}")) folder.replace(name, "${moment.time}")
            for (id in folder.names() - name) {
                val entry = read(id)
                if (entry != null && entry.expiresAt < moment.time) folder.remove(id)
            }
        }

    /** It may have been begun: it was forgotten, or a kill has cut its entry short. */
    private fun isUnclear(request: CardRequest, known: Entry?) =
        known == null && (isForgotten(request) || request.attemptId in folder.names())

    private fun isForgotten(request: CardRequest) = request.expiresAt.time < forgottenUntil()

    private fun forgottenUntil() = folder.read(FORGOTTEN)?.toLongOrNull() ?: 0

    /** What is known of that very request. */
    private fun known(request: CardRequest): Entry? {
        val entry = read(request.attemptId) ?: return null
        if (!entry.nonce.equals(request.nonce, ignoreCase = true)) {
            throw CardRequestException("nonce", "there was another request of that `attempt_id`")
        }
        return entry
    }

    /** What is not whole was cut short, while it was begun or withdrawn: nobody knows which. */
    private fun read(id: String): Entry? =
        try {
            folder.read(id)?.let(Entry::of)
        } catch (_: JSONException) {
            null
        }

    private class Entry(
        val nonce: String,
        val expiresAt: Long,
        val isWithdrawn: Boolean,
        val answer: CardAnswer?,
    ) {
        fun toJson(): String =
            JSONObject()
                .put("nonce", nonce)
                .put("expires_at", expiresAt)
                .put("withdrawn", isWithdrawn)
                .putOpt("answer", answer?.members())
                .toString()

        companion object {
            fun begun(request: CardRequest) =
                Entry(request.nonce, request.expiresAt.time, isWithdrawn = false, null)

            fun withdrawn(request: CardRequest) =
                Entry(request.nonce, request.expiresAt.time, isWithdrawn = true, null)

            fun finished(request: CardRequest, answer: CardAnswer) =
                Entry(request.nonce, request.expiresAt.time, isWithdrawn = false, answer)

            fun of(json: String): Entry =
                JSONObject(json).run {
                    Entry(
                        getString("nonce"),
                        getLong("expires_at"),
                        getBoolean("withdrawn"),
                        optJSONObject("answer")?.let(CardAnswer::of),
                    )
                }
        }
    }

    private companion object {
        // No id has a dot.
        const val FORGOTTEN = "forgotten.until"

        /** Of all books of the process: they share a folder. */
        val lock = Any()
    }
}

/** Whether the card is to be charged. */
public sealed class Begin {
    /** It is the first time: charge it, then [ChargeBook.finish]. */
    public object Begun : Begin()

    /** It was charged, or not, and that was the answer: tell it again. */
    public class Finished(
        public val answer: CardAnswer,
    ) : Begin()

    /**
     * It was begun before, or was forgotten: whether the card was charged is not known. Charge nothing,
     * ask the acquirer, and [ChargeBook.finish] when it knows. Until then finish without a result.
     */
    public object InProgress : Begin()

    /**
     * The request has expired, or a terminal was told that it is not found: charge nothing, and tell
     * [CardAnswer.Error].
     */
    public object Withdrawn : Begin()
}

/** What a terminal that asks is told. */
public sealed class Found {
    /** It was charged, or not: that was the answer. */
    public class Finished(
        public val answer: CardAnswer,
    ) : Found()

    /** It was never begun, and now never will be. */
    public object NotFound : Found()

    /** It was begun, and nothing more is known; or it was forgotten. */
    public object InProgress : Found()

    /** Makes this the result of an activity of [ACTION_FIND]. */
    public fun replyTo(activity: Activity, request: CardRequest): Unit =
        when (this) {
            is Finished -> answer.replyTo(activity, request)
            is NotFound ->
                if (request.signer == null) {
                    val notFound = Intent().putExtra(EXTRA_NOT_FOUND, true)
                    activity.setResult(Activity.RESULT_OK, notFound)
                } else {
                    CardAnswer.Error(NEVER_BEGAN).replyTo(activity, request)
                }
            is InProgress -> activity.setResult(Activity.RESULT_CANCELED)
        }

    private companion object {
        const val NEVER_BEGAN = "the card app never began"
    }
}
