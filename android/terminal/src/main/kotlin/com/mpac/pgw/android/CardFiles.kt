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
     * What the card app has answered; null when nobody can read it any more.
     *
     * @throws VaultException when it cannot be read now.
     */
    fun read(answer: String): String? {
        val sealed = folder.read(answer) ?: return null
        if (vault == null) return String(sealed)
        return try {
            String(vault.openSealed(sealed))
        } catch (_: VaultException.KeyGone) {
            null
        } catch (e: VaultException.Unavailable) {
            if (vault.opensWhatItSeals()) null else throw e
        }
    }

    fun remove(answer: String) = folder.remove(answer)

    /** Whether it is at work, so that what it does not open is no good. */
    private fun Vault.opensWhatItSeals() =
        runCatching { openSealed(seal(byteArrayOf(1))) }.isSuccess

    private companion object {
        const val MARK = ".launched"
        const val ANSWER = ".answer"
    }
}
