package com.mpac.pgw.internal

import com.mpac.pgw.PollingPolicy
import com.mpac.pgw.TerminalConfig
import com.mpac.pgw.TerminalException
import kotlin.time.Duration
import kotlin.time.toJavaDuration
import com.mpac.pgw.internal.ffi.PollingPolicy as FfiPollingPolicy
import com.mpac.pgw.internal.ffi.TerminalConfig as FfiTerminalConfig

internal fun TerminalConfig.toFfi(): FfiTerminalConfig =
    FfiTerminalConfig(
        gatewayUrl = gatewayUrl,
        // An empty path stays empty, for Rust to refuse: it is not the working directory.
        dataDirectory =
            dataDirectory.path
                .ifNotEmpty { dataDirectory.absolutePath }
                .mustBeText("dataDirectory"),
        allowCleartext = allowCleartext,
        polling = polling.toFfi(),
        requestTimeout = requestTimeout.toFfi("requestTimeout"),
        sealExistingJournal = sealExistingJournal,
        deviceId = deviceId?.mustBeText("deviceId"),
    )

internal fun PollingPolicy.toFfi(): FfiPollingPolicy =
    FfiPollingPolicy(
        minInterval = minInterval.toFfi("polling.minInterval"),
        maxInterval = maxInterval.toFfi("polling.maxInterval"),
        backoffAfter = backoffAfter.toFfi("polling.backoffAfter"),
        backoffInterval = backoffInterval.toFfi("polling.backoffInterval"),
        unresolvedInterval = unresolvedInterval.toFfi("polling.unresolvedInterval"),
        expiryGrace = expiryGrace.toFfi("polling.expiryGrace"),
    )

/** UniFFI carries no negative durations; every other bound is Rust's to check. */
private fun Duration.toFfi(field: String): java.time.Duration {
    if (isNegative()) {
        throw TerminalException.InvalidConfiguration(field, "must not be negative")
    }
    return toJavaDuration()
}

/** Half of a surrogate pair is no text, and would arrive in Rust as something else or not at all. */
private fun String.mustBeText(field: String): String {
    if (!Charsets.UTF_8.newEncoder().canEncode(this)) {
        throw TerminalException.InvalidConfiguration(field, "must be Unicode text")
    }
    return this
}

private inline fun String.ifNotEmpty(other: () -> String): String = if (isEmpty()) this else other()
