package com.mpac.pgw

import com.mpac.pgw.internal.QrDrawing
import kotlin.time.Instant

/**
 * A QR code to show to the customer (guide, *QR MPM*). It is drawn here, from its content.
 *
 * Drawing takes a few milliseconds on the calling thread, and no network.
 *
 * @property content what the code holds, byte for byte. Whoever reads it can pay the order.
 * @property expiresAt when it can no longer be paid, if the gateway says so. The SDK then fetches a
 *   new one, which comes as another [PaymentEvent.QrReady].
 * @property provider the wallet that pays it, such as `PAYPAY`.
 */
public data class QrCode(
    public val content: String,
    public val expiresAt: Instant?,
    public val provider: String,
) {
    /**
     * The modules, for an app that draws the code itself. Leave four light modules around them.
     *
     * @throws QrException.ContentTooLong when a QR code cannot hold the content.
     */
    public fun matrix(): QrMatrix = QrDrawing.matrix(content)

    /**
     * The code as a square PNG with its quiet zone, crisp: every module is the same whole number of
     * pixels.
     *
     * @param sizePx the side, in pixels: at least one per module, at most 4096.
     * @throws QrException.ContentTooLong when a QR code cannot hold the content.
     * @throws QrException.InvalidSize when [sizePx] is out of bounds.
     */
    public fun png(sizePx: Int): ByteArray = QrDrawing.png(content, sizePx)

    /**
     * The code as an SVG document with its quiet zone, to be scaled at will.
     *
     * @throws QrException.ContentTooLong when a QR code cannot hold the content.
     */
    public fun svg(): String = QrDrawing.svg(content)

    /**
     * The code as text for a terminal with light text on a dark ground, quiet zone included.
     *
     * @throws QrException.ContentTooLong when a QR code cannot hold the content.
     */
    public fun text(): String = QrDrawing.text(content)

    /** Without the content. */
    override fun toString(): String = "QrCode(provider=$provider, expiresAt=$expiresAt)"
}

/**
 * The modules of a code, without its quiet zone.
 *
 * @property width modules per side.
 */
public class QrMatrix internal constructor(
    public val width: Int,
    private val modules: BooleanArray,
) {
    /**
     * Whether a module is dark.
     *
     * @param column from 0, from the left.
     * @param row from 0, from the top.
     * @throws IndexOutOfBoundsException outside of the code.
     */
    public fun isDark(column: Int, row: Int): Boolean {
        if (column !in 0 until width || row !in 0 until width) {
            throw IndexOutOfBoundsException("($column, $row) is outside of a $width x $width code")
        }
        return modules[row * width + column]
    }

    /** Without the modules, which are the content. */
    override fun toString(): String = "QrMatrix(width=$width)"
}

/** Why a code cannot be drawn. */
public sealed class QrException(
    message: String,
) : Exception(message) {
    /**
     * More content than a QR code holds.
     *
     * @property bytes the content's length, in bytes.
     */
    public class ContentTooLong(
        public val bytes: Long,
    ) : QrException("the content is too long for a QR code: $bytes bytes")

    /**
     * A picture of that size cannot be drawn crisply.
     *
     * @property asked what was asked for, in pixels.
     * @property smallest one pixel a module.
     * @property largest the largest that is drawn, in pixels.
     */
    public class InvalidSize(
        public val asked: Int,
        public val smallest: Int,
        public val largest: Int,
    ) : QrException("size must be from $smallest to $largest pixels for this code, not $asked")
}
