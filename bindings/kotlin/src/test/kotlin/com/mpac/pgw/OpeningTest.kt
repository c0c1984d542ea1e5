package com.mpac.pgw

import org.junit.jupiter.api.Assertions.assertArrayEquals
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.io.TempDir
import java.io.File
import java.net.ServerSocket
import java.security.SecureRandom
import java.util.concurrent.ConcurrentLinkedQueue
import javax.crypto.Cipher
import javax.crypto.KeyGenerator
import javax.crypto.SecretKey
import javax.crypto.spec.GCMParameterSpec
import kotlin.time.Duration
import kotlin.time.Duration.Companion.minutes
import kotlin.time.Duration.Companion.seconds

/** Opening a terminal: configuration, data directory, vault. */
class OpeningTest {
    @TempDir
    lateinit var directory: File

    @Test
    fun `a configuration that cannot be is refused by the field's name`() =
        payments {
            val good = TerminalConfig(Gateway.url, directory)
            val bad =
                mapOf(
                    good.copy(gatewayUrl = "not a URL") to "gatewayUrl",
                    good.copy(gatewayUrl = "http://gateway.shop.example") to "gatewayUrl",
                    good.copy(dataDirectory = File("")) to "dataDirectory",
                    good.copy(dataDirectory = File(directory, "\uFFFD")) to "dataDirectory",
                    good.copy(dataDirectory = File(directory, "\uD800")) to "dataDirectory",
                    good.copy(deviceId = "") to "deviceId",
                    good.copy(requestTimeout = Duration.ZERO) to "requestTimeout",
                    good.copy(requestTimeout = (-1).seconds) to "requestTimeout",
                    good.copy(requestTimeout = Duration.INFINITE) to "requestTimeout",
                    good.with { copy(minInterval = 500.seconds) } to "polling.minInterval",
                    good.with { copy(maxInterval = 1.seconds) } to "polling.maxInterval",
                    good.with { copy(backoffAfter = (-1).seconds) } to "polling.backoffAfter",
                    good.with { copy(backoffInterval = 1.seconds) } to "polling.backoffInterval",
                    good.with { copy(unresolvedInterval = 99.minutes) }
                        to "polling.unresolvedInterval",
                    good.with { copy(expiryGrace = 11.minutes) } to "polling.expiryGrace",
                )
            for ((config, field) in bad) {
                val e = failure<TerminalException> { PaymentTerminal.open(config).close() }
                val error = e.error as TerminalError.InvalidConfiguration
                assertEquals(field, error.field, "$config")
                assertTrue(field in e.message!!, e.message)
            }
        }

    @Test
    fun `a data directory has one open terminal`() =
        payments {
            openTerminal(directory).use {
                val config = TerminalConfig(Gateway.url, directory)
                refused<TerminalError.DirectoryInUse> { PaymentTerminal.open(config) }
            }
            openTerminal(directory).close()
        }

    @Test
    fun `a data directory that cannot be one is refused`() =
        payments {
            val file = File(directory, "file").apply { writeText("") }
            val refused = refused<TerminalError.Storage> { openTerminal(file) }
            assertTrue(file.path in refused.reason, refused.reason)
        }

    @Test
    fun `a gateway that does not answer gives no answer`() =
        payments {
            val token = Gateway.create().paymentToken
            val unused = ServerSocket(0).use { it.localPort }
            val config = TerminalConfig("http://127.0.0.1:$unused", directory)
            PaymentTerminal.open(config).use { terminal ->
                val e =
                    refused<TerminalError.NoAnswer> { terminal.retrievePaymentIntent(token) }
                assertEquals(UncertaintyCause.CONNECTION_LOST, e.cause)
            }
        }

    @Test
    fun `what is no gateway is told as a wrong address`() =
        payments {
            val token = Gateway.create().paymentToken
            PaymentTerminal.open(TerminalConfig("${Gateway.url}/v1", directory)).use { terminal ->
                val e =
                    refused<TerminalError.InvalidConfiguration> {
                        terminal.retrievePaymentIntent(token)
                    }
                assertEquals("gatewayUrl", e.field)
                val attempt = terminal.confirmPayment(token, PaymentMethod.Cash)
                val failed = attempt.await() as PaymentResult.Failed
                assertEquals(FailureCode.GATEWAY_MISCONFIGURED, failed.code)
            }
        }

    @Test
    fun `with a vault, nothing on disk can be read`() =
        payments {
            val vault = AesVault()
            val order = Gateway.create()
            openTerminal(directory, vault).use { terminal ->
                terminal.confirmPayment(order.paymentToken, PaymentMethod.CreditCard)
            }
            val record = directory.walk().single { it.extension == "attempt" }
            val secret = order.paymentToken.substringAfter("_secret_")
            assertTrue(secret !in record.readText(Charsets.ISO_8859_1))

            openTerminal(directory, vault).use { terminal ->
                assertEquals(order.id, terminal.recoverPending().single().paymentIntentId)
            }
        }

    @Test
    fun `without its vault nothing is started`() =
        payments {
            val unavailable =
                object : Vault {
                    override fun seal(plain: ByteArray) = throw IllegalStateException("canary")

                    override fun openSealed(sealed: ByteArray) = throw AssertionError("canary")
                }
            openTerminal(directory, unavailable).use { terminal ->
                val order = Gateway.create()
                val e =
                    refused<TerminalError.Storage> {
                        terminal.confirmPayment(order.paymentToken, PaymentMethod.Cash)
                    }
                assertTrue("canary" !in e.toString(), "$e")
            }
        }

    @Test
    fun `an app takes the log itself, whatever its own log does`() =
        payments {
            val lines = ConcurrentLinkedQueue<String>()
            PaymentTerminal.setLogSink { _, line ->
                lines += line
                throw NoSpaceException()
            }
            PaymentTerminal.setLogLevel(LogLevel.INFO)
            val order = Gateway.create()
            openTerminal(directory).use { terminal ->
                terminal.confirmPayment(order.paymentToken, PaymentMethod.Cash).trace()
            }
            eventually { lines.any { "payment_success" in it } }
            val secret = order.paymentToken.substringAfter("_secret_")
            assertTrue(lines.none { secret in it }, "$lines")
            PaymentTerminal.setLogLevel(LogLevel.OFF)
            PaymentTerminal.setLogSink(null)
        }

    @Test
    fun `a vault gets back what it gave`() {
        val vault = AesVault()
        val plain = "a record".toByteArray()
        assertArrayEquals(plain, vault.openSealed(vault.seal(plain)))
    }

    private fun TerminalConfig.with(change: PollingPolicy.() -> PollingPolicy) =
        copy(polling = polling.change())
}

/** AES-GCM with a key in memory, where an app has the platform's keystore. */
private class AesVault : Vault {
    private val key: SecretKey = KeyGenerator.getInstance("AES").apply { init(256) }.generateKey()

    override fun seal(plain: ByteArray): ByteArray {
        val iv = ByteArray(IV_BYTES).also(SecureRandom()::nextBytes)
        return iv + cipher(Cipher.ENCRYPT_MODE, iv).doFinal(plain)
    }

    override fun openSealed(sealed: ByteArray): ByteArray {
        val iv = sealed.copyOf(IV_BYTES)
        return cipher(Cipher.DECRYPT_MODE, iv)
            .doFinal(sealed, IV_BYTES, sealed.size - IV_BYTES)
    }

    private fun cipher(mode: Int, iv: ByteArray) =
        Cipher.getInstance("AES/GCM/NoPadding").apply { init(mode, key, GCMParameterSpec(128, iv)) }

    private companion object {
        const val IV_BYTES = 12
    }
}
