package com.mpac.pgw

import java.io.File
import kotlin.time.Duration
import kotlin.time.Duration.Companion.seconds

/**
 * How to open a [PaymentTerminal]. The bounds are checked by [PaymentTerminal.open].
 *
 * @property gatewayUrl the gateway, such as `https://api.pgw.example`. HTTPS only, except to this
 *   very machine or with [allowCleartext].
 * @property dataDirectory a folder of the app's own, for the journal, in `context.filesDir`.
 *   Created when missing. One open terminal at a time. Other users' right to write to it is taken
 *   away; where that cannot be done, as on external storage, or where others share the folder, it
 *   is refused.
 * @property allowCleartext allows `http://` to other machines: for a gateway on the shop's own
 *   network only.
 * @property polling when to ask the gateway again.
 * @property requestTimeout how long to wait for the answer to one request: 1 to 120 s.
 * @property sealExistingJournal takes over, once, a journal from before the app had a vault: what
 *   lies there unsealed is read, and sealed. Set it in the version of the app that brings the
 *   vault, and no longer than until every terminal has been opened with it: while it is set, a
 *   file that somebody else has put there counts too. Without it such files stay, and are
 *   [PaymentTerminal.damagedRecords].
 * @property deviceId what tells this device from others for as long as the app is installed, such
 *   as `Settings.Secure.ANDROID_ID`. A journal that comes from another device, through a backup
 *   perhaps, is then recognised for sure, and its payments are only asked about: the other device
 *   may be taking them. Without it, the file system has to tell.
 */
public data class TerminalConfig(
    public val gatewayUrl: String,
    public val dataDirectory: File,
    public val allowCleartext: Boolean = false,
    public val polling: PollingPolicy = PollingPolicy(),
    public val requestTimeout: Duration = 30.seconds,
    public val sealExistingJournal: Boolean = false,
    public val deviceId: String? = null,
)

/**
 * When to ask the gateway again (guide, *Payment Flow by Method*). The time between the starts of
 * two requests is random between [minInterval] and [maxInterval], so that a shop's terminals don't
 * march in step.
 *
 * @property minInterval shortest time from the start of one request to the next: 1 to 60 s.
 * @property maxInterval longest such time: [minInterval] to 60 s.
 * @property backoffAfter for how long the pace is kept while the gateway does not answer: 0 to
 *   600 s.
 * @property backoffInterval the slowest pace after that: [maxInterval] to 300 s.
 * @property unresolvedInterval the pace for unresolved attempts: [maxInterval] to 3600 s.
 * @property expiryGrace how long after a PaymentIntent's expiry the gateway may take to name a
 *   final status, before the attempt is unresolved: 0 to 600 s.
 */
public data class PollingPolicy(
    public val minInterval: Duration = 4.seconds,
    public val maxInterval: Duration = 5.seconds,
    public val backoffAfter: Duration = 60.seconds,
    public val backoffInterval: Duration = 15.seconds,
    public val unresolvedInterval: Duration = 60.seconds,
    public val expiryGrace: Duration = 30.seconds,
)
