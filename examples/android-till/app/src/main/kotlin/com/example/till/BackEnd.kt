package com.example.till

import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.withContext
import org.json.JSONException
import org.json.JSONObject
import java.io.IOException
import java.net.HttpURLConnection
import java.net.URL

/** The merchant's own server. It has the secret key, which never comes to a till. */
fun interface BackEnd {
    /**
     * Creates a payment, and returns its payment token.
     *
     * @throws IOException when there is none. One that was created all the same is never paid.
     */
    suspend fun createPayment(amount: Long): String
}

/** `examples/backend`, or what you make of it. */
class HttpBackEnd(
    private val url: String,
) : BackEnd {
    override suspend fun createPayment(amount: Long): String =
        withContext(Dispatchers.IO) {
            val connection = URL("$url/payments").openConnection() as HttpURLConnection
            try {
                connection.connectTimeout = TIMEOUT
                connection.readTimeout = TIMEOUT
                connection.doOutput = true
                connection.setRequestProperty("Content-Type", "application/json")
                val order = JSONObject().put("amount", amount).toString()
                connection.outputStream.use { it.write(order.toByteArray()) }
                val answer = connection.inputStream.bufferedReader().use { it.readText() }
                JSONObject(answer).getString("payment_token")
            } catch (e: JSONException) {
                throw IOException("the back end's answer holds no payment token", e)
            } finally {
                connection.disconnect()
            }
        }

    private companion object {
        const val TIMEOUT = 10_000
    }
}
