package com.mpac.pgw

import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertThrows
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import org.junit.jupiter.params.ParameterizedTest
import org.junit.jupiter.params.provider.MethodSource
import java.awt.Color
import java.awt.image.BufferedImage
import javax.imageio.ImageIO
import javax.xml.parsers.DocumentBuilderFactory

/** What is drawn reads back as what it was drawn from. */
class QrCodeTest {
    @ParameterizedTest
    @MethodSource("contents")
    fun `a decoder reads back every picture`(content: String) {
        val qr = qrCode(content)
        val matrix = qr.matrix()
        val smallest = matrix.width + 2 * QUIET_ZONE
        for (sizePx in listOf(4 * smallest, 4 * smallest + 3, 1024)) {
            val png = qr.png(sizePx)
            assertEquals(sizePx, ImageIO.read(png.inputStream()).width)
            assertEquals(content, decode(png))
        }
        val dark = { column: Int, row: Int -> matrix.isDark(column, row) }
        assertEquals(content, decode(draw(matrix.width, dark)))
        assertEquals(content, decode(drawText(qr.text())))
    }

    @Test
    fun `the SVG is well-formed XML of the code's size`() {
        val qr = qrCode("https://qr.example/?a=1&b=<2>")
        val svg =
            DocumentBuilderFactory
                .newInstance()
                .newDocumentBuilder()
                .parse(qr.svg().byteInputStream())
                .documentElement
        val side = qr.matrix().width + 2 * QUIET_ZONE
        assertEquals("svg" to "0 0 $side $side", svg.tagName to svg.getAttribute("viewBox"))
    }

    @Test
    fun `a picture too small or too large is refused`() {
        val qr = qrCode("https://qr.example/1")
        val smallest = qr.matrix().width + 2 * QUIET_ZONE
        assertEquals(smallest, ImageIO.read(qr.png(smallest).inputStream()).width)
        for (asked in listOf(Int.MIN_VALUE, -1, 0, smallest - 1, 4097, Int.MAX_VALUE)) {
            val e = assertThrows(TerminalException::class.java) { qr.png(asked) }
            val error = e.error as TerminalError.InvalidArgument
            assertEquals("size", error.field)
            assertTrue("$smallest to 4096" in error.reason, error.reason)
        }
    }

    @Test
    fun `more than a code holds is refused`() {
        val qr = qrCode("x".repeat(3000))
        val drawings = listOf(qr::matrix, { qr.png(1000) }, qr::svg, qr::text)
        for (draw in drawings) {
            val e = assertThrows(TerminalException::class.java) { draw() }
            assertEquals("content", (e.error as TerminalError.InvalidArgument).field)
        }
    }

    @Test
    fun `there are no modules outside of the code`() {
        val matrix = qrCode("1").matrix()
        val outside = listOf(-1 to 0, 0 to -1, matrix.width to 0, 0 to matrix.width)
        for ((column, row) in outside) {
            assertThrows(IndexOutOfBoundsException::class.java) { matrix.isDark(column, row) }
        }
    }

    private fun draw(width: Int, isDark: (Int, Int) -> Boolean): BufferedImage {
        val side = (width + 2 * QUIET_ZONE) * PIXELS
        val image = BufferedImage(side, side, BufferedImage.TYPE_INT_RGB)
        val pen = image.createGraphics()
        pen.color = Color.WHITE
        pen.fillRect(0, 0, side, side)
        pen.color = Color.BLACK
        for (row in 0 until width) {
            for (column in (0 until width).filter { isDark(it, row) }) {
                val (x, y) = (column + QUIET_ZONE) * PIXELS to (row + QUIET_ZONE) * PIXELS
                pen.fillRect(x, y, PIXELS, PIXELS)
            }
        }
        return image
    }

    /** Half blocks are light, two rows a line, the quiet zone included. */
    private fun drawText(text: String): BufferedImage {
        val lines = text.lines().dropLastWhile { it.isEmpty() }
        return draw(lines.first().length - 2 * QUIET_ZONE) { column, row ->
            val block = lines[(row + QUIET_ZONE) / 2][column + QUIET_ZONE]
            block !in if ((row + QUIET_ZONE) % 2 == 0) "█▀" else "█▄"
        }
    }

    private fun qrCode(content: String) =
        QrCode(Secret(content), expiresAt = null, provider = "PAYPAY")

    companion object {
        private const val QUIET_ZONE = 4
        private const val PIXELS = 4

        @JvmStatic
        fun contents() =
            listOf(
                "1",
                "https://qr.example/28180104xxxxxxxxxxxxxxxxx",
                "支払い：東京店 ¥2,500",
                "お".repeat(500 / 3),
                "x".repeat(500),
            )
    }
}
