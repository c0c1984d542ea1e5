package com.mpac.creditcard.contract

import java.text.ParsePosition
import java.text.SimpleDateFormat
import java.util.Date
import java.util.Locale
import java.util.TimeZone

/** Moments as text, without what Android 7 lacks. */
internal object Timestamps {
    private val form =
        Regex("(\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d)(?:\\.\\d{1,9})?(Z|[+-]\\d\\d:\\d\\d)")

    fun parse(text: Any?): Date? {
        val (seconds, zone) =
            form.matchEntire(text as? String ?: return null)?.destructured
                ?: return null
        val position = ParsePosition(0)
        return format("yyyy-MM-dd'T'HH:mm:ssXXX").parse(seconds + zone, position)
    }

    fun format(moment: Date): String = format("yyyy-MM-dd'T'HH:mm:ss'Z'").format(moment)

    // Made anew: it is not safe for two threads.
    private fun format(pattern: String) =
        SimpleDateFormat(pattern, Locale.ROOT).apply {
            timeZone = TimeZone.getTimeZone("UTC")
            isLenient = false
        }
}
