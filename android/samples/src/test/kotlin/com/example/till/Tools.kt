package com.example.till

import com.mpac.pgw.Gateway
import org.json.JSONObject
import java.util.concurrent.TimeUnit.SECONDS

/** More that people and networks do, through the gateway's own commands. */
object Tools {
    /** The back end creates a payment whose money the shop takes later. */
    fun createManual(amount: Long): String {
        val methods =
            listOf(
                "qr_mpm",
                "qr_cpm",
                "credit_card",
                "cash",
            ).flatMap { listOf("--method", it) }
        val created =
            run(
                "create",
                *methods.toTypedArray(),
                *arrayOf(
                    "--merchant",
                    Gateway.MERCHANT,
                    "--amount",
                    "$amount",
                    "--capture-method",
                    "manual",
                    "--json",
                ),
            )
        return JSONObject(created).getString("payment_token")
    }

    /** That many requests about a payment get no answer. */
    fun drop(paymentIntentId: String, count: Int = 0) {
        run(
            "faults",
            "add",
            "drop_before_write",
            "--count",
            "$count",
            "--path",
            "/v1/payment_intents/$paymentIntentId**",
        )
    }

    /** What is next sent, and not only asked, takes its time. */
    fun delayPost(paymentIntentId: String) {
        val path = "/v1/payment_intents/$paymentIntentId/**"
        run("faults", "add", "delay", "--delay-ms", "1500", "--method", "POST", "--path", path)
    }

    fun repair() {
        run("faults", "clear")
    }

    private fun run(command: String, vararg arguments: String): String {
        val words = listOf(System.getProperty("gateway.binary"), command, *arguments)
        val process =
            ProcessBuilder(
                words + listOf("--gateway", Gateway.url),
            ).redirectErrorStream(true).start()
        val output = process.inputStream.bufferedReader().readText()
        check(process.waitFor(30, SECONDS) && process.exitValue() == 0) { "$words: $output" }
        return output
    }
}
