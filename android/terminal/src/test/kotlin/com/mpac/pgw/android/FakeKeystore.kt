package com.mpac.pgw.android

import android.security.keystore.KeyGenParameterSpec
import android.security.keystore.KeyPermanentlyInvalidatedException
import android.security.keystore.KeyProperties
import android.security.keystore.UserNotAuthenticatedException
import java.io.IOException
import java.io.InputStream
import java.io.OutputStream
import java.security.AlgorithmParameters
import java.security.InvalidAlgorithmParameterException
import java.security.InvalidKeyException
import java.security.Key
import java.security.KeyStoreSpi
import java.security.Provider
import java.security.ProviderException
import java.security.SecureRandom
import java.security.Security
import java.security.UnrecoverableKeyException
import java.security.cert.Certificate
import java.security.spec.AlgorithmParameterSpec
import java.util.Collections
import java.util.Date
import java.util.concurrent.ConcurrentHashMap
import javax.crypto.Cipher
import javax.crypto.CipherSpi
import javax.crypto.KeyGenerator
import javax.crypto.KeyGeneratorSpi
import javax.crypto.SecretKey

/** The Android Keystore, as far as one cipher goes, and what can go wrong with it. */
object FakeKeystore {
    enum class Fault(
        val atInit: () -> Exception = ::ProviderException,
    ) {
        LOCKED({ UserNotAuthenticatedException() }),
        INVALIDATED({ KeyPermanentlyInvalidatedException() }),
        WORN_OUT(
            { InvalidKeyException("Keystore operation failed", Exception("Invalid key blob")) },
        ),
        FAILING({ ProviderException("Keystore operation failed") }),

        /** Known by name, but it cannot be had. */
        UNRECOVERABLE,

        /** The service does not answer at all. */
        ABSENT,

        /** It has died, which old versions of Android tell as that there are no keys. */
        DEAD,
    }

    /** What goes wrong with every key that was there when it was set. */
    @Volatile
    var fault: Fault? = null
        set(value) {
            field = value
            afflicted = keys.keys.toSet()
        }

    /** Whether there is a StrongBox. */
    var hasStrongBox = true

    val keys = ConcurrentHashMap<String, FakeKey>()
    private var afflicted = emptySet<String>()

    /** Starts anew, as on a device that was just bought. */
    fun install() {
        keys.clear()
        fault = null
        hasStrongBox = true
        Security.removeProvider(NAME)
        // As on Android, its cipher is asked before those of others.
        Security.insertProviderAt(FakeProvider(), 1)
    }

    private fun faultOf(alias: String): Fault? =
        fault.takeIf { alias in afflicted || it == Fault.LOCKED || it == Fault.FAILING }

    private const val NAME = "AndroidKeyStore"

    class FakeProvider : Provider(NAME, "1.0", "fake") {
        init {
            put("KeyStore.$NAME", FakeStore::class.java.name)
            put("KeyGenerator.AES", FakeGenerator::class.java.name)
            put("Cipher.AES/GCM/NoPadding", FakeCipher::class.java.name)
            put("Cipher.AES/GCM/NoPadding SupportedKeyClasses", FakeKey::class.java.name)
        }
    }

    /** It tells nobody what it is made of, so that no other provider can use it. */
    class FakeKey(
        val spec: KeyGenParameterSpec,
        val material: SecretKey,
    ) : SecretKey {
        override fun getAlgorithm() = "AES"

        override fun getFormat(): String? = null

        override fun getEncoded(): ByteArray? = null
    }

    class FakeGenerator : KeyGeneratorSpi() {
        private lateinit var spec: KeyGenParameterSpec

        override fun engineInit(random: SecureRandom?) = error("no spec")

        override fun engineInit(size: Int, random: SecureRandom?) = error("no spec")

        override fun engineInit(params: AlgorithmParameterSpec, random: SecureRandom?) {
            spec = params as KeyGenParameterSpec
            check(spec.blockModes.single() == KeyProperties.BLOCK_MODE_GCM)
        }

        override fun engineGenerateKey(): SecretKey {
            if (fault in listOf(Fault.FAILING, Fault.DEAD)) {
                throw ProviderException("Keystore key generation failed")
            }
            val isStrong = android.os.Build.VERSION.SDK_INT >= 28 && spec.isStrongBoxBacked
            // As StrongBoxUnavailableException is one, which API 24 does not know.
            if (isStrong && !hasStrongBox) throw ProviderException("no StrongBox")
            // So that threads meet.
            Thread.sleep(20)
            val material =
                KeyGenerator.getInstance("AES", "SunJCE").run {
                    init(spec.keySize)
                    generateKey()
                }
            return FakeKey(spec, material).also { keys[spec.keystoreAlias] = it }
        }
    }

    class FakeCipher : CipherSpi() {
        private val real = Cipher.getInstance("AES/GCM/NoPadding", "SunJCE")

        override fun engineInit(mode: Int, key: Key, random: SecureRandom?) =
            engineInit(mode, key, null as AlgorithmParameterSpec?, random)

        override fun engineInit(
            mode: Int,
            key: Key,
            params: AlgorithmParameterSpec?,
            random: SecureRandom?,
        ) {
            if (key !is FakeKey) throw InvalidKeyException("not of this keystore")
            faultOf(key.spec.keystoreAlias)?.let { throw it.atInit() }
            if (mode == Cipher.ENCRYPT_MODE && params != null) {
                throw InvalidAlgorithmParameterException("Caller-provided IV not permitted")
            }
            if (keys[key.spec.keystoreAlias] !== key) throw InvalidKeyException("Key not found")
            real.init(mode, key.material, params)
        }

        override fun engineInit(
            mode: Int,
            key: Key,
            params: AlgorithmParameters?,
            random: SecureRandom?,
        ) = throw InvalidAlgorithmParameterException()

        override fun engineSetMode(mode: String) = Unit

        override fun engineSetPadding(padding: String) = Unit

        override fun engineGetBlockSize() = real.blockSize

        override fun engineGetOutputSize(inputLen: Int) = real.getOutputSize(inputLen)

        override fun engineGetIV(): ByteArray = real.iv

        override fun engineGetParameters(): AlgorithmParameters = real.parameters

        override fun engineUpdate(input: ByteArray, offset: Int, length: Int): ByteArray? =
            real.update(input, offset, length)

        override fun engineUpdate(
            input: ByteArray,
            offset: Int,
            length: Int,
            output: ByteArray,
            outputOffset: Int,
        ) = real.update(input, offset, length, output, outputOffset)

        override fun engineDoFinal(input: ByteArray, offset: Int, length: Int): ByteArray =
            real.doFinal(input, offset, length)

        override fun engineDoFinal(
            input: ByteArray,
            offset: Int,
            length: Int,
            output: ByteArray,
            outputOffset: Int,
        ) = real.doFinal(input, offset, length, output, outputOffset)
    }

    class FakeStore : KeyStoreSpi() {
        override fun engineGetKey(alias: String, password: CharArray?): Key? {
            if (faultOf(alias) == Fault.UNRECOVERABLE) throw UnrecoverableKeyException()
            return known[alias]
        }

        override fun engineLoad(stream: InputStream?, password: CharArray?) {
            if (fault == Fault.ABSENT) throw IOException("keystore does not answer")
        }

        override fun engineDeleteEntry(alias: String) {
            keys.remove(alias)
        }

        private val known get() = if (fault == Fault.DEAD) emptyMap() else keys.toMap()

        override fun engineAliases() = Collections.enumeration(known.keys)

        override fun engineContainsAlias(alias: String) = alias in known

        override fun engineSize() = known.size

        override fun engineIsKeyEntry(alias: String) = alias in known

        override fun engineGetCertificateChain(alias: String): Array<Certificate>? = null

        override fun engineGetCertificate(alias: String): Certificate? = null

        override fun engineGetCreationDate(alias: String) = Date()

        override fun engineSetKeyEntry(
            alias: String,
            key: Key,
            password: CharArray?,
            chain: Array<Certificate>?,
        ) = error("keys are made here only")

        override fun engineSetKeyEntry(alias: String, key: ByteArray, chain: Array<Certificate>?) =
            error("keys are made here only")

        override fun engineSetCertificateEntry(alias: String, cert: Certificate) = Unit

        override fun engineIsCertificateEntry(alias: String) = false

        override fun engineGetCertificateAlias(cert: Certificate): String? = null

        override fun engineStore(stream: OutputStream?, password: CharArray?) = Unit
    }
}
