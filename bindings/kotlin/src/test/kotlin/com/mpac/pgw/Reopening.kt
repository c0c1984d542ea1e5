package com.mpac.pgw

import kotlinx.coroutines.delay
import kotlinx.coroutines.withTimeout
import kotlin.time.Duration.Companion.milliseconds
import kotlin.time.Duration.Companion.seconds

/**
 * Opens a terminal in the place of one that was closed: where the disk is slower than `close`, it lets go
 * of its folder only when it has come to the end of a write.
 */
suspend fun reopen(config: TerminalConfig, vault: Vault? = null): PaymentTerminal =
    withTimeout(60.seconds) {
        var terminal: PaymentTerminal? = null
        while (terminal == null) {
            terminal =
                try {
                    PaymentTerminal.open(config, vault)
                } catch (e: TerminalException) {
                    if (e.error != TerminalError.DirectoryInUse) throw e
                    delay(20.milliseconds)
                    null
                }
        }
        terminal
    }
