package com.mpac.creditcard.contract

import android.util.Base64
import org.json.JSONObject
import java.security.GeneralSecurityException
import java.security.KeyPair
import java.security.PrivateKey
import java.security.ProviderException
import java.security.Signature

/**
 * Signs the card app's answers, for terminals that take signed ones only. They ask in version 2 of the
 * contract, and [CardRequest.read] needs the signer for that; each answer is then signed by itself.
 *
 * ```
 * class CardKeys {
 *     private val store = KeyStore.getInstance("AndroidKeyStore").apply { load(null) }
 *
 *     fun signer(): CardSigner {
 *         val key = store.getKey("card-results", null) as? PrivateKey ?: return make()
 *         return CardSigner(KeyPair(store.getCertificate("card-results").publicKey, key))
 *     }
 *
 *     private fun make(): CardSigner {
 *         val generator = KeyPairGenerator.getInstance("EC", "AndroidKeyStore")
 *         val key = KeyGenParameterSpec.Builder("card-results", KeyProperties.PURPOSE_SIGN)
 *         key.setAlgorithmParameterSpec(ECGenParameterSpec("secp256r1"))
 *         key.setDigests(KeyProperties.DIGEST_SHA256)
 *         generator.initialize(key.build())
 *         return CardSigner(generator.generateKeyPair())
 *     }
 * }
 * ```
 *
 * The key must not ask the user each time: an answer is signed when it is told, and once more when a
 * terminal asks again. May be used from any thread.
 *
 * @param keys a key pair on P-256 (secp256r1).
 * @throws IllegalArgumentException when it is on no elliptic curve.
 */
public class CardSigner(
    keys: KeyPair,
) {
    private val key: PrivateKey = keys.private

    init {
        require(keys.public.algorithm == "EC") { "answers are signed by a key on P-256" }
    }

    /**
     * What a terminal is told to trust: `TerminalConfig.cardAppPublicKeys`. The base64 of an X.509
     * SubjectPublicKeyInfo.
     */
    public val publicKey: String = base64(keys.public.encoded)

    /** The signature over all these members. */
    internal fun sign(members: JSONObject): String =
        try {
            val signature = Signature.getInstance("SHA256withECDSA")
            signature.initSign(key)
            signature.update(canonical(members).toByteArray())
            base64(signature.sign())
        } catch (e: GeneralSecurityException) {
            throw ProviderException("the answer cannot be signed now", e)
        }

    /** As little as this is needs no instance. */
    internal companion object {
        private fun base64(bytes: ByteArray) = Base64.encodeToString(bytes, Base64.NO_WRAP)

        /** What is signed: texts and whole numbers, in the form of RFC 8785. */
        fun canonical(members: JSONObject): String =
            members.keys().asSequence().sorted().joinToString(",", "{", "}") { name ->
                val value = members.get(name)
                "${quoted(name)}:${if (value is String) quoted(value) else value}"
            }

        // `JSONObject.quote` escapes the slash, too.
        private fun quoted(text: String) =
            text.asIterable().joinToString("", "\"", "\"") { c ->
                when (c) {
                    '"', '\\' -> "\\$c"
                    '\b' -> "\\b"
                    '\t' -> "\\t"
                    '\n' -> "\\n"
                    '\u000c' -> "\\f"
                    '\r' -> "\\r"
                    in '\u0000'..'\u001f' -> "\\u00" + c.code.toString(HEX).padStart(2, '0')
                    else -> "$c"
                }
            }

        private const val HEX = 16
    }
}
