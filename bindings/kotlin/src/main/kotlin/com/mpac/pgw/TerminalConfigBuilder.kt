package com.mpac.pgw

import java.io.File
import java.util.concurrent.TimeUnit
import kotlin.time.Duration
import kotlin.time.Duration.Companion.milliseconds

/**
 * Makes a [TerminalConfig] in Java, which knows no arguments by name and no [Duration]. What each option is, its own
 * documentation says.
 *
 * ```java
 * TerminalConfig config = new TerminalConfigBuilder("https://api.pgw.example", directory)
 *     .requestTimeout(20, TimeUnit.SECONDS)
 *     .build();
 * ```
 */
public class TerminalConfigBuilder(
    gatewayUrl: String,
    dataDirectory: File,
) {
    private var config = TerminalConfig(gatewayUrl, dataDirectory)

    /** @see TerminalConfig.allowCleartext */
    public fun allowCleartext(value: Boolean): TerminalConfigBuilder =
        with { copy(allowCleartext = value) }

    /** @see TerminalConfig.polling */
    public fun polling(value: PollingPolicy): TerminalConfigBuilder = with { copy(polling = value) }

    /** The shortest and the longest time between two requests. @see TerminalConfig.polling */
    public fun polling(shortest: Long, longest: Long, unit: TimeUnit): TerminalConfigBuilder =
        polling(
            config.polling.copy(
                minInterval = duration(shortest, unit),
                maxInterval = duration(longest, unit),
            ),
        )

    /** @see PollingPolicy.backoffAfter */
    public fun backoffAfter(value: Long, unit: TimeUnit): TerminalConfigBuilder =
        polling(config.polling.copy(backoffAfter = duration(value, unit)))

    /** @see PollingPolicy.backoffInterval */
    public fun backoffInterval(value: Long, unit: TimeUnit): TerminalConfigBuilder =
        polling(config.polling.copy(backoffInterval = duration(value, unit)))

    /** @see PollingPolicy.unresolvedInterval */
    public fun unresolvedInterval(value: Long, unit: TimeUnit): TerminalConfigBuilder =
        polling(config.polling.copy(unresolvedInterval = duration(value, unit)))

    /** @see PollingPolicy.expiryGrace */
    public fun expiryGrace(value: Long, unit: TimeUnit): TerminalConfigBuilder =
        polling(config.polling.copy(expiryGrace = duration(value, unit)))

    /** @see TerminalConfig.requestTimeout */
    public fun requestTimeout(value: Long, unit: TimeUnit): TerminalConfigBuilder =
        with { copy(requestTimeout = duration(value, unit)) }

    /** @see TerminalConfig.connectTimeout */
    public fun connectTimeout(value: Long, unit: TimeUnit): TerminalConfigBuilder =
        with { copy(connectTimeout = duration(value, unit)) }

    /** @see TerminalConfig.extraRootCertificates */
    public fun extraRootCertificates(value: List<ByteArray>): TerminalConfigBuilder =
        with { copy(extraRootCertificates = value) }

    /** @see TerminalConfig.pinnedRootCertificates */
    public fun pinnedRootCertificates(value: List<ByteArray>): TerminalConfigBuilder =
        with { copy(pinnedRootCertificates = value) }

    /** @see TerminalConfig.proxyUrl */
    public fun proxyUrl(value: Secret?): TerminalConfigBuilder = with { copy(proxyUrl = value) }

    /** @see TerminalConfig.sealExistingJournal */
    public fun sealExistingJournal(value: Boolean): TerminalConfigBuilder =
        with { copy(sealExistingJournal = value) }

    /** @see TerminalConfig.deviceId */
    public fun deviceId(value: String?): TerminalConfigBuilder = with { copy(deviceId = value) }

    /** @see TerminalConfig.cardAppPublicKeys */
    public fun cardAppPublicKeys(value: List<String>): TerminalConfigBuilder =
        with { copy(cardAppPublicKeys = value) }

    /** The configuration, for [PaymentTerminal.open], which checks it. */
    public fun build(): TerminalConfig = config

    private inline fun with(change: TerminalConfig.() -> TerminalConfig): TerminalConfigBuilder =
        apply { config = config.change() }

    private fun duration(value: Long, unit: TimeUnit): Duration = unit.toMillis(value).milliseconds
}
