@file:JvmName("Journal")

package com.mpac.pgw.android

import android.content.Context
import java.io.File

/**
 * The folder for `TerminalConfig.dataDirectory`. Android neither backs it up nor moves it to another
 * device, where its payments would be asked about once more.
 *
 * It lies in storage that is encrypted until the device is unlocked for the first time after its start:
 * a terminal cannot be opened there before, as in a component that is `directBootAware`. Wait for
 * `Intent.ACTION_USER_UNLOCKED` then.
 *
 * @throws IllegalArgumentException for a context of device-protected storage, where whoever holds the
 *   locked device could read the journal.
 */
public fun journalFolder(context: Context): File {
    require(!context.isDeviceProtectedStorage) { "the journal is not for device-protected storage" }
    return File(context.noBackupFilesDir, "mpac-pgw")
}
