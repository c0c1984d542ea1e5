package com.mpac.pgw.android

import com.mpac.pgw.Vault
import com.mpac.pgw.VaultException
import java.io.IOException
import java.util.UUID

/**
 * What the bridge remembers across a killed process: which attempts the card app was launched for, and
 * its answers until the terminal has them.
 */
internal class CardFiles(
    private val folder: SyncedFolder,
    private val vault: Vault?,
) {
    /** Whether the card app was, or was about to be, launched for an attempt. */
    fun isMarked(attemptId: String): Boolean = attemptId + MARK in folder.names()

    /** Marks it, where it is not marked yet. */
    fun mark(attemptId: String): Boolean = folder.create(attemptId + MARK)

    fun marked(): List<String> =
        folder.names().filter { it.endsWith(MARK) }.map { it.removeSuffix(MARK) }

    fun unmark(attemptId: String) = folder.remove(attemptId + MARK)

    /**
     * Keeps an answer, each under its own name: one that is just handed in is not disturbed.
     *
     * @throws VaultException when it cannot be sealed now.
     * @throws IOException when it cannot be written now.
     */
    fun keep(attemptId: String, json: String) {
        val bytes = json.toByteArray()
        val sealed = vault?.seal(bytes) ?: bytes
        folder.write("$attemptId.${UUID.randomUUID()}$ANSWER", sealed)
    }

    /** The names of the answers, for one attempt or for all. */
    fun answers(attemptId: String? = null): List<String> =
        folder.names().filter {
            it.endsWith(ANSWER) &&
                (attemptId == null || attemptOf(it) == attemptId)
        }

    fun attemptOf(answer: String): String = answer.substringBefore('.')

    /**
     * What the card app has answered; null when it was sealed by a key that is not at hand.
     *
     * @throws VaultException when it cannot be read now.
     */
    fun read(answer: String): String? {
        val sealed = folder.read(answer) ?: return null
        return try {
            if (vault == null) plain(sealed) else String(vault.openSealed(sealed))
        } catch (_: VaultException.KeyGone) {
            plain(sealed)
        } catch (e: VaultException.Unavailable) {
            plain(sealed) ?: if (vault.opensWhatItSeals()) null else throw e
        }
    }

    /** What was written while there was no vault. */
    private fun plain(bytes: ByteArray) = objectIn(String(bytes))?.takeIf { "attempt_id" in it }

    fun remove(answer: String) = folder.remove(answer)

    /** Removes what a killed process has left of its answers. */
    fun removeParts() = folder.removeParts()

    /** Whether it is at work, so that what it does not open is of another. */
    private fun Vault?.opensWhatItSeals() =
        runCatching { this?.openSealed(seal(byteArrayOf(1))) }.isSuccess

    companion object {
        /** The JSON object in a text; null when there is none. As the SDK, it looks past what is around. */
        fun objectIn(text: String): String? =
            text
                .trim { it.isWhitespace() || it == '\u0000' || it == '\uFEFF' }
                .takeIf { it.startsWith('{') }

        private const val MARK = ".launched"
        private const val ANSWER = ".answer"
    }
}
