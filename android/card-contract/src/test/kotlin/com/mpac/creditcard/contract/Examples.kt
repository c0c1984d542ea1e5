package com.mpac.creditcard.contract

import android.app.Activity
import android.os.Bundle
import android.security.keystore.KeyGenParameterSpec
import android.security.keystore.KeyProperties
import android.util.Log
import java.security.KeyPair
import java.security.KeyPairGenerator
import java.security.KeyStore
import java.security.PrivateKey
import java.security.spec.ECGenParameterSpec

private const val TAG = "card-app"

class CardKeys {
    private val store = KeyStore.getInstance("AndroidKeyStore").apply { load(null) }

    fun signer(): CardSigner {
        val key = store.getKey("card-results", null) as? PrivateKey ?: return make()
        return CardSigner(KeyPair(store.getCertificate("card-results").publicKey, key))
    }

    private fun make(): CardSigner {
        val generator = KeyPairGenerator.getInstance("EC", "AndroidKeyStore")
        val key = KeyGenParameterSpec.Builder("card-results", KeyProperties.PURPOSE_SIGN)
        key.setAlgorithmParameterSpec(ECGenParameterSpec("secp256r1"))
        key.setDigests(KeyProperties.DIGEST_SHA256)
        generator.initialize(key.build())
        return CardSigner(generator.generateKeyPair())
    }
}

/** Elsewhere than on a device. */
private val signer by lazy { CardSigner(keys()) }

/** What the acquirer does. */
class Acquirer {
    fun charge(amount: Long, currency: String): CardAnswer =
        CardAnswer.Approved("$amount$currency", "VISA")
}

/** The examples of the documentation, in one app. */
class PayActivity : Activity() {
    private val book by lazy { ChargeBook(this) }
    private val acquirer = Acquirer()

    override fun onCreate(savedInstanceState: Bundle?) {
        super.onCreate(savedInstanceState)
        try {
            val request = CardRequest.read(intent, signer)
            when (val begin = book.begin(request)) {
                is Begin.Begun -> charge(request)
                is Begin.Finished -> tell(request, begin.answer)
                is Begin.InProgress -> askTheAcquirer(request)
                is Begin.Withdrawn -> tell(request, CardAnswer.Error("too late"))
            }
        } catch (e: Exception) {
            Log.e(TAG, "nothing was charged", e)
            finish()
        }
    }

    private fun charge(request: CardRequest) {
        val answer = acquirer.charge(request.amount, request.currency)
        tell(request, book.finish(request, answer))
    }

    private fun askTheAcquirer(request: CardRequest) {
        Log.i(TAG, "$request is with the acquirer")
        finish()
    }

    private fun tell(request: CardRequest, answer: CardAnswer) {
        answer.replyTo(this, request)
        finish()
    }
}

class FindActivity : Activity() {
    override fun onCreate(savedInstanceState: Bundle?) {
        super.onCreate(savedInstanceState)
        try {
            val request = CardRequest.read(intent, signer)
            ChargeBook(this).find(request).replyTo(this, request)
        } catch (e: Exception) {
            Log.e(TAG, "cannot tell", e)
        }
        finish()
    }
}
