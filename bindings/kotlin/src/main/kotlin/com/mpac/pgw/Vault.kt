package com.mpac.pgw

/**
 * Encrypts what the SDK keeps on disk, with a key that the platform guards.
 *
 * Both functions may be called on any thread, also at the same time. Whatever they throw means that
 * the vault is not available; the text is not kept, for it may hold anything.
 */
public interface Vault {
    /** Encrypts and authenticates [plain]. */
    public fun seal(plain: ByteArray): ByteArray

    /**
     * Reverses [seal]. Throws when the bytes were altered or the key is gone: what it opens is
     * believed, whoever wrote it.
     */
    public fun openSealed(sealed: ByteArray): ByteArray
}
