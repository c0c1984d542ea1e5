package com.example.cardapp

import android.security.keystore.KeyGenParameterSpec
import android.security.keystore.KeyProperties
import android.util.Log
import com.mpac.creditcard.contract.CardSigner
import java.io.IOException
import java.security.GeneralSecurityException
import java.security.KeyPair
import java.security.KeyPairGenerator
import java.security.KeyStore
import java.security.PrivateKey
import java.security.spec.ECGenParameterSpec

/** The key that signs the answers. It is made once, in the Android Keystore, and cannot leave it. */
object CardKeys {
    /** Tests, which have no Android Keystore, bring their own. */
    var make: () -> CardSigner = ::ofTheKeystore

    /** Null when the Keystore gives none now: a terminal that wants signed answers is refused then. */
    val signer: CardSigner?
        get() =
            try {
                make()
            } catch (e: GeneralSecurityException) {
                null.also { Log.e(TAG, "answers cannot be signed", e) }
            } catch (e: IOException) {
                null.also { Log.e(TAG, "answers cannot be signed", e) }
            }

    @Synchronized
    private fun ofTheKeystore(): CardSigner {
        val store = KeyStore.getInstance(KEYSTORE).apply { load(null) }
        val key = store.getKey(ALIAS, null) as? PrivateKey
        val keys =
            if (key == null) newKeys() else KeyPair(store.getCertificate(ALIAS).publicKey, key)
        return CardSigner(keys).also {
            // It is no secret: every till has it.
            if (key == null) Log.i(TAG, "the tills' card_app_public_key: ${it.publicKey}")
        }
    }

    private fun newKeys(): KeyPair {
        val generator = KeyPairGenerator.getInstance(KeyProperties.KEY_ALGORITHM_EC, KEYSTORE)
        generator.initialize(
            KeyGenParameterSpec
                .Builder(ALIAS, KeyProperties.PURPOSE_SIGN)
                .setAlgorithmParameterSpec(ECGenParameterSpec("secp256r1"))
                .setDigests(KeyProperties.DIGEST_SHA256)
                .build(),
        )
        return generator.generateKeyPair()
    }

    private const val KEYSTORE = "AndroidKeyStore"
    private const val ALIAS = "card-results"
    private const val TAG = "CardApp"
}
