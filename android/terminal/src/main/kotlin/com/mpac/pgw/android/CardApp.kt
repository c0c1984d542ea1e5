package com.mpac.pgw.android

import android.annotation.SuppressLint
import android.content.ComponentName
import android.content.Context
import android.content.Intent
import android.content.pm.PackageManager
import android.content.pm.Signature
import android.os.Build
import androidx.annotation.RequiresApi
import java.security.MessageDigest

/**
 * The card app that is trusted: its package, and who has signed it.
 *
 * ```
 * val cardApp = CardApp(
 *     packageName = "com.mpac.creditcard",
 *     certificates = setOf(certificate),
 * )
 * ```
 *
 * @property packageName such as `com.mpac.creditcard`.
 * @param certificates the SHA-256 of each certificate that it may be signed with, in hexadecimal
 *   digits, with or without colons, as `apksigner verify --print-certs` and `keytool` print it.
 * @throws IllegalArgumentException when there is none, or when one is not a SHA-256.
 */
public class CardApp(
    public val packageName: String,
    certificates: Set<String>,
) {
    private val pinned = certificates.map(::pin).toSet()

    init {
        require(pinned.isNotEmpty()) { "a card app is trusted by at least one certificate" }
    }

    /** What the device has under that name. */
    public sealed class Found {
        /** The card app. */
        public class Trusted internal constructor(
            /** What takes the payment. */
            public val component: ComponentName,
        ) : Found()

        /** No app that may be asked. */
        public class Missing internal constructor(
            /** Why, to be shown. */
            public val problem: CardAppProblem,
        ) : Found()
    }

    /** Looks for the app and at its signers. */
    public fun find(context: Context): Found = find(context, CardContract.ACTION_PAY)

    internal fun find(context: Context, action: String): Found {
        val manager = context.packageManager
        val isTrusted =
            try {
                isTrusted(manager)
            } catch (_: PackageManager.NameNotFoundException) {
                return Found.Missing(CardAppProblem.NOT_INSTALLED)
            }
        if (!isTrusted) return Found.Missing(CardAppProblem.WRONG_SIGNER)
        // Of two activities `resolveActivity` would choose Android's own, which asks the user.
        val activity =
            manager
                .queryIntentActivities(Intent(action).setPackage(packageName), 0)
                .mapNotNull { it.activityInfo }
                .firstOrNull { it.packageName == packageName && it.exported }
                ?: return Found.Missing(CardAppProblem.NOT_INSTALLED)
        return Found.Trusted(ComponentName(activity.packageName, activity.name))
    }

    private fun isTrusted(manager: PackageManager): Boolean {
        if (Build.VERSION.SDK_INT >= Build.VERSION_CODES.P) return hasPinnedHistory(manager)
        // Before Android 9 a package may show a certificate beside the one it was signed with.
        @Suppress("DEPRECATION")
        @SuppressLint("PackageManagerGetSignatures")
        val info = manager.getPackageInfo(packageName, PackageManager.GET_SIGNATURES)
        @Suppress("DEPRECATION")
        return areAllPinned(info.signatures)
    }

    @RequiresApi(Build.VERSION_CODES.P)
    private fun hasPinnedHistory(manager: PackageManager): Boolean {
        val flags = PackageManager.GET_SIGNING_CERTIFICATES
        val signers = manager.getPackageInfo(packageName, flags).signingInfo ?: return false
        // Several signers have signed each for itself; of one, each certificate has vouched for the next.
        if (signers.hasMultipleSigners()) return areAllPinned(signers.apkContentsSigners)
        return signers.signingCertificateHistory.orEmpty().any(::isPinned)
    }

    private fun areAllPinned(signers: Array<Signature>?): Boolean =
        !signers.isNullOrEmpty() && signers.all(::isPinned)

    private fun isPinned(signer: Signature): Boolean =
        hex(MessageDigest.getInstance("SHA-256").digest(signer.toByteArray())) in pinned

    private companion object {
        const val DIGITS = 64
        const val HEX = "0123456789abcdef"

        fun pin(certificate: String): String {
            val digits = certificate.replace(":", "").lowercase()
            require(digits.length == DIGITS && digits.all { it in HEX }) {
                "the certificate \"$certificate\" is not a SHA-256 in hexadecimal digits"
            }
            return digits
        }

        fun hex(bytes: ByteArray): String = bytes.joinToString("") { "%02x".format(it) }
    }
}

/**
 * Why the card app was not launched. Nothing was charged then: the attempt ends as failed, with
 * [reason] as the failure's reason, by which [of] knows it again after a restart too. What the staff
 * reads is its [message], and not that of the failure's code, which says to try again.
 */
public enum class CardAppProblem(
    /** For developers, in English. */
    public val reason: String,
) {
    /** It is not installed, or disabled, or too old for this contract. */
    NOT_INSTALLED("the card app is not installed"),

    /** An app of that name is there, but signed by somebody else: report it. */
    WRONG_SIGNER("the app in the card app's place is signed by somebody else"),
    ;

    /** Finds problems. */
    public companion object {
        /** The problem behind a failure's reason, if it is one. */
        @JvmStatic
        public fun of(reason: String?): CardAppProblem? = entries.find { it.reason == reason }
    }
}

/** What terminals and the card app have agreed on. */
internal object CardContract {
    const val ACTION_PAY = "com.mpac.creditcard.action.PAY"
    const val ACTION_FIND = "com.mpac.creditcard.action.FIND"
    const val EXTRA_REQUEST = "com.mpac.creditcard.extra.REQUEST"
    const val EXTRA_RESULT = "com.mpac.creditcard.extra.RESULT"
    const val EXTRA_NOT_FOUND = "com.mpac.creditcard.extra.NOT_FOUND"

    /** The version whose results are signed. */
    const val SIGNED = 2
}
