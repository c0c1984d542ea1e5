package com.mpac.pgw.bench

import com.google.zxing.BarcodeFormat
import com.google.zxing.qrcode.QRCodeWriter
import com.mpac.pgw.QrCode
import com.mpac.pgw.Secret
import com.mpac.pgw.matrix
import com.mpac.pgw.png
import java.awt.image.BufferedImage
import java.io.ByteArrayOutputStream
import javax.imageio.ImageIO

/** As long as those of PayPay. */
private const val CONTENT = "https://qr.paypay.ne.jp/28180104EXAMPLE"
private const val TIMES = 300
private const val SIZE = 512

/** How long a code takes to draw. */
fun codes() {
    val qr = QrCode(Secret(CONTENT), null, "PAYPAY")
    val many = { something: () -> Unit -> List(TIMES) { milliseconds(something) } }
    row("Kotlin: QR code, modules", "ms", many { qr.matrix() }, below = 3.0)
    row("  ZXing", "ms", many { zxing(0) })
    row("Kotlin: QR code, PNG of 512 pixels", "ms", many { qr.png(SIZE) }, below = 3.0)
    row("  ZXing and ImageIO", "ms", many { zxingPng() })
}

private fun zxing(size: Int) = QRCodeWriter().encode(CONTENT, BarcodeFormat.QR_CODE, size, size)

private fun zxingPng(): ByteArray {
    val modules = zxing(SIZE)
    val picture = BufferedImage(SIZE, SIZE, BufferedImage.TYPE_BYTE_BINARY)
    for (y in 0 until SIZE) {
        for (x in 0 until SIZE) picture.setRGB(x, y, if (modules[x, y]) 0 else 0xFFFFFF)
    }
    return ByteArrayOutputStream().also { ImageIO.write(picture, "png", it) }.toByteArray()
}
