package com.mpac.pgw.bench

import com.sun.jna.Library
import com.sun.jna.Native
import java.io.File

private const val KIB = 1024.0
private const val PROCESS_CPU_TIME = 2

/** What this process takes of the machine, as Linux tells it. */
class Usage(
    /** In MiB, without what is free in Java's heap: all of that is touched at the start. */
    val memory: Double,
    val threads: Double,
) {
    companion object {
        fun now(): Usage {
            System.gc()
            val free = Runtime.getRuntime().freeMemory() / KIB
            val status = File("/proc/self/status").readLines()
            val field = { name: String ->
                val line = status.first { it.startsWith(name) }
                line.filter(Char::isDigit).toDouble()
            }
            return Usage((field("VmRSS:") - free) / KIB, field("Threads:"))
        }
    }
}

/** What the processor has done for this process: Java's own clock of it ticks in 10 ms. */
fun cpuMilliseconds(): Double {
    val time = LongArray(2)
    check(libc.clock_gettime(PROCESS_CPU_TIME, time) == 0)
    return time[0] * 1e3 + time[1] / 1e6
}

private val libc by lazy { Native.load("c", LibC::class.java) }

@Suppress("FunctionName", "ktlint:standard:function-naming")
private interface LibC : Library {
    fun clock_gettime(clock: Int, time: LongArray): Int
}
