package com.mpac.pgw.android

import android.content.Context
import java.io.File

/**
 * The folder for `TerminalConfig.dataDirectory`. Android neither backs it up nor moves it to another
 * device, where its payments would be asked about once more.
 */
public fun journalFolder(context: Context): File = File(context.noBackupFilesDir, "mpac-pgw")
