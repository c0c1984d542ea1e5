package com.mpac.pgw.android

import android.app.Activity
import android.content.Context
import android.content.Intent
import android.os.StrictMode
import android.util.Log
import com.mpac.pgw.CardRequest
import com.mpac.pgw.PaymentState
import com.mpac.pgw.PaymentTerminal
import com.mpac.pgw.Vault
import com.mpac.pgw.internal.future
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.SupervisorJob
import kotlinx.coroutines.async
import java.io.File
import java.util.concurrent.CompletableFuture

/**
 * Takes card payments to the card app and its answers back, also where Android ends the process or
 * makes a screen anew in the middle of it: the card app is launched for each attempt once, and no answer
 * is lost.
 *
 * **One for each process**, made in `Application.onCreate`, which costs nothing. The terminal is opened
 * where a screen first needs it, as Android runs `onCreate` in each process of the app; and attached
 * before its attempts are brought back:
 *
 * ```
 * class Till : Application() {
 *     private val vault by lazy { KeystoreVault(this) }
 *     lateinit var cards: CardBridge
 *
 *     override fun onCreate() {
 *         super.onCreate()
 *         cards = CardBridge(this, cardApp, vault)
 *     }
 *
 *     suspend fun openTerminal(): PaymentTerminal {
 *         val terminal = PaymentTerminal.open(config, vault)
 *         cards.attach(terminal)
 *         return terminal
 *     }
 * ```
 *
 * On `PaymentEventKind.CardAppRequested`, and for an attempt that is in
 * [PaymentState.AwaitingCardApp] after a restart, call [request], or launch [PayByCard]. It is the same
 * call: where the card app was launched before, it is asked for what became of the payment, and not
 * launched again. What becomes of the payment comes from the attempt.
 *
 * A card app that is missing, or is not the one that is pinned, has charged nothing: the attempt ends as
 * failed, with a [CardAppProblem]. One that comes back without an answer may have charged the card: the
 * attempt goes on waiting.
 *
 * The card app's answer is written down on the main thread, before anything else can happen to it: one
 * small file, a few milliseconds, and what the vault takes to seal it. Everything else is on other
 * threads.
 */
public class CardBridge internal constructor(
    private val context: Context,
    private val cardApp: CardApp,
    files: CardFiles,
) {
    internal val scope = CoroutineScope(SupervisorJob() + Dispatchers.IO)

    internal val desk = CardDesk(files, scope) { action -> cardApp.find(context, action) }

    /** The attempts whose activity waits for the card app. For the main thread only. */
    internal val waiting = mutableSetOf<String>()

    /**
     * @param context any of the app.
     * @param cardApp the card app that is trusted.
     * @param vault seals the card app's answers on disk: give it the terminal's, of
     *   [PaymentTerminal.open]. Without it they lie there as plain JSON. What was written without one is
     *   read with one, too.
     */
    @JvmOverloads
    public constructor(context: Context, cardApp: CardApp, vault: Vault? = null) : this(
        context.applicationContext ?: context,
        cardApp,
        CardFiles(SyncedFolder { folder(context) }, vault),
    )

    init {
        current = this
    }

    /**
     * Hands the answers that wait to the terminal, and from now on every other. Call it as soon as the
     * terminal is open, and again when another is opened in its place, on the same data directory.
     *
     * Cancelling the coroutine stops the waiting only.
     */
    public suspend fun attach(terminal: PaymentTerminal) {
        scope.async { desk.attach(terminal) }.await()
    }

    /** [attach], for Java. */
    public fun attachFuture(terminal: PaymentTerminal): CompletableFuture<Void?> =
        future {
            attach(terminal)
            null
        }

    /**
     * Takes a request to the card app: launches it, once for each attempt. Call it on the main thread.
     *
     * Where no terminal is attached within ten seconds it ends as [CardHandOff.Unknown], with nothing
     * launched: call it again when there is one.
     *
     * @param activity the screen in front, to which the card app returns.
     * @param request of `PaymentEventKind.CardAppRequested` or [PaymentState.AwaitingCardApp].
     */
    public fun request(activity: Activity, request: CardRequest) {
        activity.startActivity(intent(activity, request))
    }

    /** Writes an answer down; tells whether it is. */
    internal fun keep(attemptId: String, json: String): Boolean {
        // It is meant to be: see above.
        val policy = StrictMode.allowThreadDiskWrites()
        return try {
            desk.keep(attemptId, json)
        } finally {
            StrictMode.setThreadPolicy(policy)
        }
    }

    /** Makes Intents. */
    public companion object {
        /** The bridge of this process. */
        @Volatile
        internal var current: CardBridge? = null
            private set

        /**
         * What [request] starts, for an app that calls `startActivityForResult` itself; then read the
         * data that comes back by [CardHandOff.of].
         */
        @JvmStatic
        public fun intent(context: Context, request: CardRequest): Intent =
            Intent(context, CardPaymentActivity::class.java)
                .putExtra(CardPaymentActivity.ATTEMPT, request.attemptId)

        internal fun folder(context: Context) = File(context.noBackupFilesDir, "mpac-pgw-card")

        /** Without secrets: of an exception only its kind, for its text may hold anything. */
        internal fun log(what: String, cause: Throwable) {
            Log.w("mpac-pgw", "$what: ${cause.javaClass.simpleName}")
        }
    }
}
