package com.mpac.pgw

import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.runBlocking
import kotlinx.coroutines.withContext
import org.junit.jupiter.api.Assertions.assertEquals
import java.io.File
import java.util.concurrent.TimeUnit.SECONDS
import kotlin.system.exitProcess

/** A JVM of its own that takes a payment, to be killed on the way. */
class TillProcess private constructor(
    private val process: Process,
) {
    /** An event that the process has heard, and the card request that came with it. */
    class Heard(
        val name: String,
        val attemptId: String,
        val cardRequest: String,
    )

    /** Waits until the process has heard that event, and kills it there and then. */
    suspend fun killAt(name: String): Heard =
        withContext(Dispatchers.IO) {
            process.onExit().orTimeout(PATIENCE, SECONDS).whenComplete { _, _ ->
                process.destroyForcibly()
            }
            val heard =
                process
                    .inputReader()
                    .lineSequence()
                    .map(::parse)
                    .firstOrNull { it.name == name }
            process.destroyForcibly()
            assertEquals(KILLED, process.waitFor())
            checkNotNull(heard) { "the process has ended without $name" }
        }

    private fun parse(line: String): Heard {
        val (name, attemptId, cardRequest) = line.split(' ', limit = 3)
        return Heard(name, attemptId, cardRequest)
    }

    companion object {
        private const val PATIENCE = 30L

        /** How the operating system reports SIGKILL. */
        private const val KILLED = 128 + 9

        private val methods =
            mapOf(
                "qr_mpm" to PaymentMethod.QrMpm("PAYPAY"),
                "credit_card" to PaymentMethod.CreditCard,
                "cash" to PaymentMethod.Cash,
            )

        /** Starts to take a payment in a new process, which may [end] with `acknowledge`. */
        fun start(directory: File, order: Order, method: String, end: String = ""): TillProcess {
            val java = File(System.getProperty("java.home"), "bin/java").path
            val same =
                listOf("-cp", System.getProperty("java.class.path")) +
                    "-Djna.library.path=${System.getProperty("jna.library.path")}"
            val arguments = listOf(Gateway.url, directory.path, order.paymentToken, method, end)
            val command = listOf(java) + same + TillProcess::class.java.name + arguments
            val process =
                ProcessBuilder(command)
                    .redirectError(ProcessBuilder.Redirect.appendTo(File("till.log")))
                    .start()
            return TillProcess(process)
        }

        /** What runs in that process. */
        @JvmStatic
        fun main(arguments: Array<String>) {
            val (gatewayUrl, directory, paymentToken, method, end) = arguments
            val config = TerminalConfig(gatewayUrl, File(directory), polling = quickPolling)
            runBlocking {
                val terminal = PaymentTerminal.open(config)
                val attempt = terminal.confirmPayment(paymentToken, methods.getValue(method))
                attempt.events.collect(::tell)
                if (end == "acknowledge" && attempt.acknowledge()) {
                    println("acknowledged ${attempt.id} ")
                }
            }
            // Whatever becomes of the tests, it does not stay.
            System.`in`.read()
            exitProcess(1)
        }

        private fun tell(event: PaymentEvent) {
            val request =
                (event.kind as? PaymentEventKind.CardAppRequested)
                    ?.request
                    ?.toJson()
                    .orEmpty()
            println("${event.name} ${event.attemptId} $request")
        }
    }
}
