package com.mpac.pgw

import com.google.zxing.BarcodeFormat
import com.google.zxing.BinaryBitmap
import com.google.zxing.DecodeHintType
import com.google.zxing.MultiFormatReader
import com.google.zxing.RGBLuminanceSource
import com.google.zxing.common.GlobalHistogramBinarizer
import java.awt.image.BufferedImage
import javax.imageio.ImageIO

/** Reads a PNG as a phone's camera would. */
fun decode(png: ByteArray): String = decode(ImageIO.read(png.inputStream()))

/** Reads a picture as a phone's camera would. */
fun decode(image: BufferedImage): String {
    val (width, height) = image.width to image.height
    val pixels = image.getRGB(0, 0, width, height, null, 0, width)
    val bitmap =
        BinaryBitmap(GlobalHistogramBinarizer(RGBLuminanceSource(width, height, pixels)))
    val hints =
        mapOf(
            DecodeHintType.POSSIBLE_FORMATS to listOf(BarcodeFormat.QR_CODE),
            DecodeHintType.CHARACTER_SET to "UTF-8",
        )
    return MultiFormatReader().decode(bitmap, hints).text
}
