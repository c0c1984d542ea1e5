@file:JvmName("QrBitmaps")

package com.mpac.pgw.android

import android.graphics.Bitmap
import android.graphics.BitmapFactory
import com.mpac.pgw.QrCode
import com.mpac.pgw.TerminalException
import com.mpac.pgw.png

/**
 * The code as a square picture with its quiet zone, crisp: every module is the same whole number of
 * pixels. Don't let a view scale it, nor a dark theme turn it around; [QrCodeView] sees to both.
 *
 * @param size the side, in pixels: at least one per module, at most 4096.
 */
@Throws(TerminalException::class)
public fun QrCode.bitmap(size: Int): Bitmap =
    png(size).let { BitmapFactory.decodeByteArray(it, 0, it.size) }
