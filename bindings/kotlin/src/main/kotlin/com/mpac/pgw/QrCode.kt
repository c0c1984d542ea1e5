@file:JvmName("QrCodes")

package com.mpac.pgw

import com.mpac.pgw.internal.native
import kotlin.math.sqrt

// Codes are drawn here, from their content: a few milliseconds on the calling thread, and no network.
// Each of these throws TerminalException with InvalidArgument where a QR code cannot hold the content,
// and SdkFaultException where the native library is not there, as in an app's unit tests.

/** The modules, for an app that draws the code itself. Leave four light modules around them. */
@Throws(TerminalException::class)
public fun QrCode.matrix(): QrMatrix = QrMatrix(native { qrModules(content.value) })

/**
 * The code as a square PNG with its quiet zone, crisp: every module is the same whole number of pixels.
 *
 * @param size the side, in pixels: at least one per module, at most 4096.
 */
@Throws(TerminalException::class)
public fun QrCode.png(size: Int): ByteArray = native { qrPng(content.value, size) }

/** The code as an SVG document with its quiet zone, to be scaled at will. */
@Throws(TerminalException::class)
public fun QrCode.svg(): String = native { qrSvg(content.value) }

/** The code as text for a terminal with light text on a dark ground, quiet zone included. */
@Throws(TerminalException::class)
public fun QrCode.text(): String = native { qrText(content.value) }

/** The modules of a code, without its quiet zone. */
public class QrMatrix internal constructor(
    private val modules: ByteArray,
) {
    /** Modules per side. */
    public val width: Int = sqrt(modules.size.toDouble()).toInt()

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
        return modules[row * width + column].toInt() == 1
    }
}
