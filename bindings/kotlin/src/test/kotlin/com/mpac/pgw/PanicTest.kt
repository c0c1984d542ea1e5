package com.mpac.pgw

import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.io.TempDir
import java.io.File
import java.util.concurrent.atomic.AtomicInteger

/** A panic in Rust is unwound and caught there: it ends neither the process nor a payment. */
class PanicTest {
    @TempDir
    lateinit var directory: File

    @Test
    fun `what a log sink throws is a panic in Rust, and ends nothing`() =
        payments {
            val calls = AtomicInteger()
            // Not by way of `PaymentTerminal`, which would catch it in Kotlin.
            setLogSink { _, _ ->
                calls.incrementAndGet()
                throw NoSpaceException()
            }
            setLogLevel(LogLevel.DEBUG)
            try {
                openTerminal(directory).use { terminal ->
                    val order = Gateway.create()
                    val attempt =
                        terminal.confirmPayment(order.paymentToken, PaymentMethod.Cash)
                    assertTrue(attempt.await() is PaymentResult.Succeeded)
                }
                eventually { calls.get() > 1 }
            } finally {
                setLogLevel(LogLevel.OFF)
                setLogSink(null)
            }
        }
}
