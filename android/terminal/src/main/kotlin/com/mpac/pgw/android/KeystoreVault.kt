package com.mpac.pgw.android

import android.content.Context
import android.os.Build
import android.os.UserManager
import android.security.keystore.KeyGenParameterSpec
import android.security.keystore.KeyPermanentlyInvalidatedException
import android.security.keystore.KeyProperties
import android.security.keystore.UserNotAuthenticatedException
import android.util.Log
import androidx.annotation.RequiresApi
import com.mpac.pgw.Vault
import com.mpac.pgw.VaultException
import java.io.IOException
import java.security.GeneralSecurityException
import java.security.KeyStore
import java.security.KeyStoreException
import java.security.ProviderException
import java.util.UUID
import javax.crypto.Cipher
import javax.crypto.KeyGenerator
import javax.crypto.SecretKey
import javax.crypto.spec.GCMParameterSpec

/**
 * Seals the journal with AES-256-GCM, by a key in the Android Keystore that never leaves this device:
 * in the StrongBox, where there is one.
 *
 * ```
 * PaymentTerminal.open(config, KeystoreVault(context))
 * ```
 *
 * Every file says which key has sealed it. So one whose key is gone, as on a device that was restored
 * or cloned, is told from one that was altered: it is among `PaymentTerminal.damagedRecords`, and stops
 * nobody from paying. The key asks for no screen lock and no fingerprint, as payments are asked about
 * while nobody is at the till.
 *
 * Before the device is unlocked for the first time after its start, the vault is locked: call
 * `PaymentTerminal.recoverPending` again then.
 *
 * @param alias begins the names of the keys. Two journals may share them.
 * @param strongBox whether to use the StrongBox. It holds out against more than the phone's own secure
 *   zone does, and takes its time, several times for each payment.
 */
public class KeystoreVault
    @JvmOverloads
    constructor(
        context: Context,
        private val alias: String = "com.mpac.pgw.journal",
        private val strongBox: Boolean = true,
    ) : Vault {
        private val users = context.getSystemService(UserManager::class.java)

        override fun seal(plain: ByteArray): ByteArray =
            answered {
                val (name, cipher) = it.toSeal()
                byteArrayOf(VERSION) + name.encodeToByteArray() + cipher.iv + cipher.doFinal(plain)
            }

        override fun openSealed(sealed: ByteArray): ByteArray =
            answered {
                if (sealed.size < HEADER || sealed[0] != VERSION) throw VaultException.Unavailable()
                val name = sealed.decodeToString(1, 1 + NAME)
                val key = it.key(name) ?: it.keyAfterAll(name) ?: throw VaultException.KeyGone()
                val iv = GCMParameterSpec(TAG_BITS, sealed, 1 + NAME, IV)
                cipher { init(Cipher.DECRYPT_MODE, key, iv) }
                    .doFinal(sealed, HEADER, sealed.size - HEADER)
            }

        /** A key's name, and what seals with it. One at a time: two threads make one key. */
        private fun KeyStore.toSeal(): Pair<String, Cipher> =
            synchronized(Companion) { usable() ?: generated() }

        /** A Keystore that does not answer has no keys either. So it has to seal before that counts. */
        private fun KeyStore.keyAfterAll(name: String): SecretKey? {
            toSeal().second.doFinal(byteArrayOf())
            return key(name)
        }

        /** The first key that seals. What is gone for ever is taken out of the way. */
        private fun KeyStore.usable(): Pair<String, Cipher>? {
            val entries = aliases().toList().filter { it.startsWith("$alias.") }
            for (entry in entries.filter { it.length == "$alias.".length + NAME }) {
                val name = entry.removePrefix("$alias.")
                try {
                    val key = key(name) ?: continue
                    return name to cipher { init(Cipher.ENCRYPT_MODE, key) }
                } catch (e: GeneralSecurityException) {
                    if (!e.saysGone) throw e
                    deleteEntry(entry)
                    Log.w(TAG, "the vault's key is gone for ever: a new one is made")
                }
            }
            return null
        }

        private fun KeyStore.generated(): Pair<String, Cipher> {
            val name = UUID.randomUUID().toString()
            val canBeStrong = strongBox && Build.VERSION.SDK_INT >= Build.VERSION_CODES.P
            if (!canBeStrong || !generateStrong(name)) generate(spec(name))
            val key = key(name) ?: throw VaultException.Unavailable()
            return name to cipher { init(Cipher.ENCRYPT_MODE, key) }
        }

        @RequiresApi(Build.VERSION_CODES.P)
        private fun generateStrong(name: String): Boolean =
            try {
                generate(spec(name).setIsStrongBoxBacked(true))
                true
            } catch (_: ProviderException) {
                // There is none (StrongBoxUnavailableException), or it fails.
                false
            }

        private fun generate(spec: KeyGenParameterSpec.Builder) {
            KeyGenerator.getInstance(KeyProperties.KEY_ALGORITHM_AES, STORE).run {
                init(spec.build())
                generateKey()
            }
        }

        private fun spec(name: String) =
            KeyGenParameterSpec
                .Builder(
                    "$alias.$name",
                    KeyProperties.PURPOSE_ENCRYPT or KeyProperties.PURPOSE_DECRYPT,
                ).setBlockModes(KeyProperties.BLOCK_MODE_GCM)
                .setEncryptionPaddings(KeyProperties.ENCRYPTION_PADDING_NONE)
                .setKeySize(KEY_BITS)

        /** Null only when there is none of that name. */
        private fun KeyStore.key(name: String): SecretKey? {
            val entry = "$alias.$name"
            val key = getKey(entry, null) as? SecretKey
            if (key == null && containsAlias(entry)) throw VaultException.Unavailable()
            return key
        }

        private inline fun cipher(init: Cipher.() -> Unit): Cipher =
            Cipher.getInstance(TRANSFORMATION).apply(init)

        /** Asks the keystore, and says what its exceptions mean. */
        private inline fun answered(call: (KeyStore) -> ByteArray): ByteArray {
            // Then the app's own files are locked as well.
            if (users?.isUserUnlocked == false) throw VaultException.Locked()
            try {
                return call(store())
            } catch (e: GeneralSecurityException) {
                throw meaning(e)
            } catch (e: ProviderException) {
                throw meaning(e)
            }
        }

        private fun store(): KeyStore =
            try {
                KeyStore.getInstance(STORE).apply { load(null) }
            } catch (e: IOException) {
                throw KeyStoreException(e)
            }

        private fun meaning(e: Exception): VaultException {
            Log.w(TAG, "the Android Keystore fails", e)
            return when {
                e.saysGone -> VaultException.KeyGone()
                e is UserNotAuthenticatedException -> VaultException.Locked()
                // It is not there at all.
                e is KeyStoreException -> VaultException.Locked()
                else -> VaultException.Unavailable()
            }
        }

        private companion object {
            const val TAG = "mpac-pgw"
            const val STORE = "AndroidKeyStore"
            const val TRANSFORMATION = "AES/GCM/NoPadding"
            const val KEY_BITS = 256
            const val TAG_BITS = 128
            const val VERSION: Byte = 1

            /** Bytes of a key's name, and of the IV, which the Keystore chooses. */
            const val NAME = 36
            const val IV = 12
            const val HEADER = 1 + NAME + IV

            /** Where Android has no exception of its own for it, or hides it, its words tell. */
            val Throwable.saysGone: Boolean
                get() =
                    generateSequence(this) { it.cause }.any { cause ->
                        cause is KeyPermanentlyInvalidatedException ||
                            GONE.any { cause.message.orEmpty().startsWith(it) }
                    }

            val GONE = listOf("Key permanently invalidated", "Invalid key blob")
        }
    }
