package com.mpac.pgw

import org.junit.jupiter.api.AfterEach
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import java.io.File

/** The README's example does what it says. */
class ReadmeExampleTest {
    @AfterEach
    fun removeDirectory() {
        File("terminal").deleteRecursively()
    }

    @Test
    fun `the example takes a payment`() =
        payments {
            val order = Gateway.create()
            val shown = mutableListOf<String>()
            val saved = mutableListOf<PaymentResult>()
            val till =
                object : Till {
                    override fun show(png: ByteArray) {
                        shown += decode(png)
                        Gateway.pay(order)
                    }

                    override fun save(paymentIntentId: String, result: PaymentResult) {
                        assertEquals(order.id, paymentIntentId)
                        saved += result
                    }
                }
            takePayment(Gateway.url, order.paymentToken, till)
            assertEquals(1, shown.size)
            assertTrue(saved.single() is PaymentResult.Succeeded)
            assertEquals(emptyList<String>(), pendingIn(File("terminal")))
        }

    @Test
    fun `the example is short`() {
        val module = File(System.getProperty("basedir"))
        val source = module.resolve("src/test/kotlin/com/mpac/pgw/ReadmeExample.kt").readText()
        val example = source.substringAfter("// README:START\n").substringBefore("// README:END")
        assertTrue(example.trimEnd().lines().size in 5..15, example)
    }
}
