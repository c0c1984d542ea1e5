package com.mpac.creditcard.contract

import android.system.ErrnoException
import android.system.Os
import android.system.OsConstants
import java.io.File
import java.io.FileOutputStream
import java.io.IOException

/** Small files that are on disk, and not only in a cache, when a call returns. */
internal class SyncedFolder(
    private val folder: File,
) {
    /** The content, or null when there is no such file. */
    fun read(name: String): String? = File(folder, name).takeIf { it.exists() }?.readText()

    fun names(): List<String> = folder.list()?.filterNot { it.endsWith(PART) }.orEmpty()

    /** Makes the file, where there is none yet. Only one caller gets `true`, in all processes. */
    fun create(name: String, content: String): Boolean {
        if (!folder.isDirectory && !folder.mkdirs() && !folder.isDirectory) {
            throw IOException("cannot make the folder $folder")
        }
        val file = File(folder, name)
        if (!file.createNewFile()) return false
        fill(file, content)
        sync()
        return true
    }

    /** Makes the file what is given, or leaves it as it was. */
    fun replace(name: String, content: String) {
        val part = File(folder, name + PART)
        fill(part, content)
        if (!part.renameTo(File(folder, name))) throw IOException("cannot rename $part")
        sync()
    }

    fun remove(name: String) {
        // What a killed process has left of it; first, as nobody looks for that alone.
        File(folder, name + PART).delete()
        val file = File(folder, name)
        if (!file.delete() && file.exists()) throw IOException("cannot remove $file")
    }

    private fun fill(file: File, content: String) =
        FileOutputStream(file).use { stream ->
            stream.write(content.toByteArray())
            stream.fd.sync()
        }

    /** The folder itself: without it a new name may be gone after a power cut. */
    private fun sync() {
        val handle =
            try {
                Os.open(folder.path, OsConstants.O_RDONLY, 0)
            } catch (_: ErrnoException) {
                // Not every file system has folders that can be synced; the file itself is.
                return
            }
        try {
            Os.fsync(handle)
        } catch (e: ErrnoException) {
            if (e.errno != OsConstants.EINVAL) throw IOException(e)
        } finally {
            Os.close(handle)
        }
    }

    private companion object {
        const val PART = ".part"
    }
}
