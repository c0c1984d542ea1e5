package com.mpac.pgw.internal

import com.mpac.pgw.QrException
import com.mpac.pgw.QrMatrix
import com.mpac.pgw.internal.ffi.qrMatrix
import com.mpac.pgw.internal.ffi.qrPng
import com.mpac.pgw.internal.ffi.qrSvg
import com.mpac.pgw.internal.ffi.qrText

/** Draws QR codes, in Rust. */
internal object QrDrawing {
    fun matrix(content: String): QrMatrix =
        native { qrMatrix(content) }.let { QrMatrix(it.width.toInt(), it.modules.toBooleanArray()) }

    fun png(content: String, sizePx: Int): ByteArray =
        try {
            // A negative size is as bad as none, but has to be told as it was asked for.
            native { qrPng(content, sizePx.coerceAtLeast(0).toUInt()) }
        } catch (e: QrException.InvalidSize) {
            throw QrException.InvalidSize(sizePx, e.smallest, e.largest)
        }

    fun svg(content: String): String = native { qrSvg(content) }

    fun text(content: String): String = native { qrText(content) }
}
