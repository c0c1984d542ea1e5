package com.mpac.pgw.android

import android.content.Intent

/**
 * How a hand-off to the card app has ended. What became of the payment comes from the attempt, as
 * always: this is only what to show meanwhile.
 */
public sealed class CardHandOff {
    /** The terminal has the card app's answer, or will have it: it is on disk. */
    public data object Answered : CardHandOff()

    /** The card app has given none. Whether the card was charged is not known: ask again later. */
    public data object Unknown : CardHandOff()

    /**
     * The card app was not launched, or never began: nothing was charged.
     *
     * @property problem what is wrong with the card app, where that was the cause.
     */
    public data class NotCharged(
        public val problem: CardAppProblem?,
    ) : CardHandOff()

    /** The attempt does not wait for the card app, or not any more. */
    public data object NotWaiting : CardHandOff()

    /**
     * The terminal has refused the card app's answer, and goes on waiting.
     *
     * @property refusal why, for developers.
     */
    public data class Refused(
        public val refusal: String,
    ) : CardHandOff()

    internal fun toIntent(): Intent {
        val intent = Intent()
        when (this) {
            Answered -> intent.putExtra(KIND, ANSWERED)
            Unknown -> Unit
            is NotCharged -> intent.putExtra(KIND, NOT_CHARGED).putExtra(DETAIL, problem?.reason)
            NotWaiting -> intent.putExtra(KIND, NOT_WAITING)
            is Refused -> intent.putExtra(KIND, REFUSED).putExtra(DETAIL, refusal)
        }
        return intent
    }

    /** Reads hand-offs. */
    public companion object {
        private const val KIND = "com.mpac.pgw.android.HAND_OFF"
        private const val DETAIL = "com.mpac.pgw.android.DETAIL"
        private const val ANSWERED = 1
        private const val NOT_CHARGED = 2
        private const val NOT_WAITING = 3
        private const val REFUSED = 4

        /** For `onActivityResult`, after an Intent of [CardBridge.intent]. */
        @JvmStatic
        public fun of(data: Intent?): CardHandOff {
            val detail = data?.getStringExtra(DETAIL)
            return when (data?.getIntExtra(KIND, 0)) {
                ANSWERED -> Answered
                NOT_CHARGED -> NotCharged(CardAppProblem.of(detail))
                NOT_WAITING -> NotWaiting
                REFUSED -> Refused(detail.orEmpty())
                else -> Unknown
            }
        }
    }
}
