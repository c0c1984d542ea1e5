package com.mpac.pgw.android

import android.app.Activity
import android.content.Context
import android.content.ContextWrapper
import android.graphics.Canvas
import android.graphics.Color
import android.graphics.Paint
import android.os.Build
import android.util.AttributeSet
import android.util.TypedValue
import android.view.View
import android.view.Window
import android.view.WindowManager.LayoutParams.BRIGHTNESS_OVERRIDE_FULL
import android.widget.ImageView
import com.mpac.pgw.PaymentAttempt
import com.mpac.pgw.PaymentState
import com.mpac.pgw.QrCode
import com.mpac.pgw.QrMatrix
import com.mpac.pgw.TerminalException
import com.mpac.pgw.matrix
import kotlin.time.Duration

/**
 * A code for the customer to scan, and how long it can still be paid.
 *
 * The code is crisp and has its quiet zone, on white also in a dark theme. While it can be seen, the
 * activity's screen is at its brightest and stays on. TalkBack is told the time left by the minute.
 *
 * In a layout it is a `com.mpac.pgw.android.QrCodeView`; in Compose:
 *
 * ```
 * AndroidView(::QrCodeView, Modifier.fillMaxWidth(), update = { it.show(qr, attempt::remaining) })
 * ```
 */
public class QrCodeView
    @JvmOverloads
    constructor(
        context: Context,
        attributes: AttributeSet? = null,
    ) : View(context, attributes) {
        private var matrix: QrMatrix? = null
        private var remaining: (() -> Duration?)? = null
        private var caption = ""
        private var isSeen = false

        /** What the screen's brightness was, while it is at its brightest for the code. */
        private var formerBrightness: Float? = null

        private val tick = Runnable(::update)
        private val dark = Paint().apply { color = Color.BLACK }
        private val text =
            Paint(Paint.ANTI_ALIAS_FLAG).apply {
                color = Color.BLACK
                textAlign = Paint.Align.CENTER
                textSize = pixels(TypedValue.COMPLEX_UNIT_SP, TEXT_SP)
                // Digits of one width: the text does not tremble.
                fontFeatureSettings = "tnum"
            }

        init {
            accessibilityLiveRegion = ACCESSIBILITY_LIVE_REGION_POLITE
            importantForAccessibility = IMPORTANT_FOR_ACCESSIBILITY_YES
            if (Build.VERSION.SDK_INT >= Build.VERSION_CODES.Q) isForceDarkAllowed = false
        }

        /**
         * Shows a code, or none. On the main thread.
         *
         * @param remaining how long it can still be paid, such as [PaymentAttempt.remaining]: asked every
         *   second. Without it no time is shown.
         */
        @JvmOverloads
        @Throws(TerminalException::class)
        public fun show(qr: QrCode?, remaining: (() -> Duration?)? = null) {
            matrix = qr?.matrix()
            this.remaining = remaining.takeIf { qr != null }
            keepScreenOn = qr != null
            update()
            brighten()
            requestLayout()
            invalidate()
        }

        /** Shows the code that the attempt has on show, or none. To be called whenever its state changes. */
        @Throws(TerminalException::class)
        public fun show(attempt: PaymentAttempt): Unit =
            show((attempt.state.value as? PaymentState.AwaitingCustomer)?.qr, attempt::remaining)

        private fun update() {
            removeCallbacks(tick)
            val left = remaining?.invoke()?.inWholeMilliseconds
            val shown =
                when {
                    left == null -> ""
                    left <= 0 -> getString(R.string.mpac_pgw_qr_expired)
                    else -> countdown(left)
                }
            if (caption != shown) {
                caption = shown
                invalidate()
            }
            // TalkBack reads it out when it changes.
            val spoken = description(left)
            if (contentDescription != spoken) contentDescription = spoken
            if (!isSeen || remaining == null) return
            if (left == null) {
                postDelayed(tick, SECOND)
            } else if (left > 0) {
                // When the next second begins.
                postDelayed(tick, (left - 1) % SECOND + 1)
            }
        }

        private fun countdown(left: Long): String {
            val seconds = (left + SECOND - 1) / SECOND
            val digits = "%d:%02d".format(null, seconds / MINUTE, seconds % MINUTE)
            return getString(R.string.mpac_pgw_qr_time_left, digits)
        }

        private fun description(left: Long?): String? {
            if (matrix == null) return null
            val minutes = left?.let { ((it - 1) / (SECOND * MINUTE) + 1).toInt() }
            val time =
                when {
                    left == null || minutes == null -> return getString(R.string.mpac_pgw_qr_code)
                    left <= 0 -> getString(R.string.mpac_pgw_qr_expired)
                    minutes == 1 -> getString(R.string.mpac_pgw_qr_last_minute)
                    else ->
                        resources.getQuantityString(
                            R.plurals.mpac_pgw_qr_minutes_left,
                            minutes,
                            minutes,
                        )
                }
            return getString(R.string.mpac_pgw_qr_code) + "\n" + time
        }

        override fun onMeasure(widthMeasureSpec: Int, heightMeasureSpec: Int) {
            val wanted = pixels(TypedValue.COMPLEX_UNIT_DIP, SIDE_DP).toInt()
            val across = paddingLeft + paddingRight
            val width = resolveSize(wanted + across, widthMeasureSpec)
            val height = width - across + captionHeight + paddingTop + paddingBottom
            setMeasuredDimension(width, resolveSize(height, heightMeasureSpec))
        }

        override fun onDraw(canvas: Canvas) {
            canvas.drawColor(Color.WHITE)
            val matrix = matrix ?: return
            val width = width - paddingLeft - paddingRight
            val height = height - paddingTop - paddingBottom - captionHeight
            val modules = matrix.width + 2 * QUIET_ZONE
            val pixels = minOf(width, height) / modules
            val side = pixels * modules
            val left = paddingLeft + (width - side) / 2
            val top = paddingTop + (height - side) / 2
            for (row in 0 until matrix.width) {
                val y = (top + (row + QUIET_ZONE) * pixels).toFloat()
                for (column in 0 until matrix.width) {
                    if (!matrix.isDark(column, row)) continue
                    val x = (left + (column + QUIET_ZONE) * pixels).toFloat()
                    canvas.drawRect(x, y, x + pixels, y + pixels, dark)
                }
            }
            if (caption.isEmpty()) return
            val baseline = paddingTop + height - text.fontMetrics.top
            val middle = paddingLeft + width / 2f
            val scale = minOf(1f, CAPTION * width / text.measureText(caption))
            canvas.scale(scale, scale, middle, baseline)
            canvas.drawText(caption, middle, baseline, text)
        }

        private val captionHeight: Int
            get() = if (remaining == null) 0 else text.fontMetrics.run { 2 * bottom - top }.toInt()

        override fun onVisibilityAggregated(isVisible: Boolean) {
            super.onVisibilityAggregated(isVisible)
            see(isVisible)
        }

        override fun onDetachedFromWindow() {
            see(false)
            super.onDetachedFromWindow()
        }

        private fun see(isSeen: Boolean) {
            this.isSeen = isSeen
            update()
            brighten()
        }

        private fun brighten() {
            val window = window ?: return
            val former = formerBrightness
            val attributes = window.attributes
            if (isSeen && matrix != null) {
                if (former != null) return
                formerBrightness = attributes.screenBrightness
                attributes.screenBrightness = BRIGHTNESS_OVERRIDE_FULL
            } else {
                formerBrightness = null
                // Not what the app has set since.
                if (former == null ||
                    attributes.screenBrightness != BRIGHTNESS_OVERRIDE_FULL
                ) {
                    return
                }
                attributes.screenBrightness = former
            }
            window.attributes = attributes
        }

        private val window: Window?
            get() =
                generateSequence(context) { (it as? ContextWrapper)?.baseContext }
                    .firstNotNullOfOrNull { (it as? Activity)?.window }

        override fun getAccessibilityClassName(): CharSequence = ImageView::class.java.name

        private fun getString(id: Int, vararg arguments: Any) = resources.getString(id, *arguments)

        private fun pixels(unit: Int, value: Float) =
            TypedValue.applyDimension(unit, value, resources.displayMetrics)

        private companion object {
            const val QUIET_ZONE = 4
            const val SIDE_DP = 240f

            /** At most that part of the width. */
            const val CAPTION = 0.9f
            const val TEXT_SP = 18f
            const val SECOND = 1000L
            const val MINUTE = 60
        }
    }
