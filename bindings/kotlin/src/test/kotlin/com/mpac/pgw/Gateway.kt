package com.mpac.pgw

import kotlinx.serialization.json.Json
import kotlinx.serialization.json.jsonObject
import kotlinx.serialization.json.jsonPrimitive
import java.io.File
import java.util.concurrent.TimeUnit.SECONDS

/** What the merchant's back end passes on to the terminal. */
class Order(
    val id: String,
    val paymentToken: String,
)

/** The real gateway binary, one for all tests, with nothing kept on disk. */
object Gateway {
    private const val MERCHANT = "test_merchant:sk_test_of_the_kotlin_tests"

    private val binary: String by lazy {
        val path = System.getProperty("gateway.binary") ?: System.getenv("MPAC_GATEWAY_BIN")
        checkNotNull(path?.takeIf { File(it).canExecute() }) {
            "no gateway binary at `$path`: set MPAC_GATEWAY_BIN, or run `cargo build`"
        }
    }

    /** Where it listens. Started when first asked for. */
    val url: String by lazy {
        val process =
            start("serve", "--ephemeral", "--listen", "127.0.0.1:0", "--merchant", MERCHANT)
        Runtime.getRuntime().addShutdownHook(Thread { process.destroy() })
        val output = process.inputStream.bufferedReader()
        val url =
            output.lineSequence().firstNotNullOf { Regex("http://127\\.0\\.0\\.1:\\d+").find(it) }
        // Otherwise the gateway would block on a full pipe one day.
        Thread { output.forEachLine { } }.apply { isDaemon = true }.start()
        url.value
    }

    /** The merchant's back end creates a PaymentIntent. */
    fun create(
        amount: Long = 1500,
        vararg methods: String = arrayOf("qr_mpm", "qr_cpm", "credit_card", "cash"),
    ): Order {
        val allowed = methods.flatMap { listOf("--method", it) }.toTypedArray()
        val answer =
            run("create", "--merchant", MERCHANT, "--amount", "$amount", *allowed, "--json")
        val intent = Json.parseToJsonElement(answer.trim()).jsonObject
        return Order(
            id = intent.getValue("id").jsonPrimitive.content,
            paymentToken = intent.getValue("payment_token").jsonPrimitive.content,
        )
    }

    /** The customer scans the code and pays. */
    fun pay(order: Order) {
        run("pay", order.id)
    }

    private fun run(command: String, vararg arguments: String): String {
        val process = start(command, "--gateway", url, *arguments)
        val output = process.inputStream.bufferedReader().readText()
        check(process.waitFor(30, SECONDS)) { "mpac-gateway $command does not end" }
        check(process.exitValue() == 0) { "mpac-gateway $command failed" }
        return output
    }

    private fun start(vararg arguments: String): Process =
        ProcessBuilder(binary, *arguments)
            .redirectError(ProcessBuilder.Redirect.appendTo(File("gateway.log")))
            .start()
}
