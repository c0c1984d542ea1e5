package com.mpac.pgw.bench

/** What the merchant's back end passes on to the terminal. */
class Order(
    val id: String,
    val paymentToken: String,
)

/** A gateway that runs. */
class Gateway(
    private val program: String,
    val url: String,
    private val merchant: String,
) {
    /** The merchant's back end creates a PaymentIntent. */
    fun create(): Order {
        val command = "$program create --gateway $url --merchant $merchant --json"
        val order = "--amount 1500 --method qr_mpm"
        val process =
            ProcessBuilder("$command $order".split(' '))
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start()
        val answer = process.inputStream.bufferedReader().readText()
        check(process.waitFor() == 0) { "no order was created" }
        return Order(field(answer, "id"), field(answer, "payment_token"))
    }

    fun create(many: Int): List<Order> = List(many) { create() }

    // Not by the library that is measured.
    private fun field(answer: String, name: String): String =
        answer.substringAfter("\"$name\"").substringAfter('"').substringBefore('"')
}
