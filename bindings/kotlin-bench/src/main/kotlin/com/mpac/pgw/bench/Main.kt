package com.mpac.pgw.bench

import com.mpac.pgw.PaymentTerminal
import com.mpac.pgw.PollingPolicy
import com.mpac.pgw.TerminalConfig
import kotlinx.coroutines.runBlocking
import java.io.File
import kotlin.time.Duration
import kotlin.time.Duration.Companion.seconds

/** Measures one part: its name, the gateway's program, address and merchant, and a new folder are the arguments. */
fun main(arguments: Array<String>) {
    val (part, program, url, merchant, folder) = arguments
    val gateway = Gateway(program, url, merchant)
    runBlocking {
        when (part) {
            "first-sdk" -> firstOfTheSdk(gateway, File(folder))
            "first-by-hand" -> firstByHand(gateway)
            "waiting-sdk" -> waitWithTheSdk(gateway, File(folder))
            "waiting-by-hand" -> waitByHand(gateway)
            "warm" -> {
                payments(gateway, File(folder, "payments"))
                polls(gateway, File(folder, "polls"))
                codes()
            }
            else -> error("there is no part $part")
        }
    }
    // What still polls is no reason to stay.
    System.out.flush()
    Runtime.getRuntime().halt(0)
}

suspend fun openTerminal(
    gateway: Gateway,
    folder: File,
    interval: Duration = 15.seconds,
): PaymentTerminal {
    val polling = PollingPolicy(minInterval = interval, maxInterval = interval)
    return PaymentTerminal.open(TerminalConfig(gateway.url, folder, polling = polling))
}

/** A line for `cargo xtask bench`, which makes a table of all. What it gets twice it puts together. */
fun row(what: String, unit: String, measured: List<Double>, below: Double? = null) {
    println("row\t$what\t$unit\t${below ?: ""}\t${measured.joinToString(" ")}")
}

/** How many milliseconds something takes. */
inline fun milliseconds(something: () -> Unit): Double {
    val began = System.nanoTime()
    something()
    return (System.nanoTime() - began) / 1e6
}
