package com.mpac.pgw.android

import android.system.ErrnoException
import android.system.Os
import android.system.OsConstants
import java.io.File
import java.io.FileOutputStream
import java.io.IOException

/** Small files that are on disk, and not only in a cache, when a call returns. */
internal open class SyncedFolder(
    folder: () -> File,
) {
    private val folder by lazy(folder)

    fun names(): List<String> =
        folder
            .list()
            ?.filterNot { it.endsWith(PART) }
            .orEmpty()
            .sorted()

    fun read(name: String): ByteArray? = File(folder, name).takeIf { it.exists() }?.readBytes()

    /** Makes an empty file, where there is none yet. Only one caller gets `true`. */
    open fun create(name: String): Boolean {
        makeFolder()
        val file = File(folder, name)
        if (!file.createNewFile()) return false
        FileOutputStream(file).use { it.fd.sync() }
        sync()
        return true
    }

    /** Makes the file what is given, or leaves it as it was. */
    @Synchronized
    open fun write(name: String, content: ByteArray) {
        makeFolder()
        val part = File(folder, name + PART)
        FileOutputStream(part).use { stream ->
            stream.write(content)
            stream.fd.sync()
        }
        if (!part.renameTo(File(folder, name))) throw IOException("cannot rename $part")
        sync()
    }

    open fun remove(name: String) {
        val file = File(folder, name)
        if (!file.delete() && file.exists()) throw IOException("cannot remove $file")
    }

    /** Removes what a killed process has left of its writing. Nobody else may be writing there. */
    @Synchronized
    fun removeParts() {
        for (name in folder.list().orEmpty()) if (name.endsWith(PART)) remove(name)
    }

    private fun makeFolder() {
        if (!folder.isDirectory && !folder.mkdirs() && !folder.isDirectory) {
            throw IOException("cannot make the folder $folder")
        }
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
