package com.mpac.pgw.android

import android.app.Activity
import android.content.ComponentName
import android.content.Intent
import android.content.IntentFilter
import android.content.pm.ApplicationInfo
import android.content.pm.PackageInfo
import android.content.pm.Signature
import android.content.pm.SigningInfo
import android.os.Build
import com.mpac.creditcard.contract.ACTION_FIND
import com.mpac.creditcard.contract.ACTION_PAY
import com.mpac.creditcard.contract.Begin
import com.mpac.creditcard.contract.CardAnswer
import com.mpac.creditcard.contract.CardRequest
import com.mpac.creditcard.contract.CardSigner
import com.mpac.creditcard.contract.ChargeBook
import org.robolectric.Robolectric
import org.robolectric.RuntimeEnvironment
import org.robolectric.Shadows.shadowOf
import org.robolectric.shadow.api.Shadow
import org.robolectric.shadows.ShadowSigningInfo
import java.security.KeyPairGenerator
import java.security.MessageDigest
import java.security.spec.ECGenParameterSpec

/** The card app: its part of the hand-off is its real code. */
class CardAppStandIn {
    private val context = RuntimeEnvironment.getApplication()
    private val book get() = ChargeBook(context)

    /** How often a card was charged. */
    var charges = 0

    /** What came. */
    val actions = mutableListOf<String>()

    /** What it signs with, where it is asked to. */
    var signer: CardSigner? = null

    /** What it answers, or nothing when it dies after it has charged. */
    var answer: (CardRequest) -> CardAnswer? = { CardAnswer.Approved("A1B2C3", "VISA", "1111") }

    /** Takes an Intent as its activities do, and gives their result. */
    fun take(intent: Intent): Result {
        actions += intent.action.orEmpty()
        val activity = Robolectric.buildActivity(Activity::class.java, intent).create().get()
        val request = CardRequest.read(intent, signer)
        if (intent.action == ACTION_FIND) book.find(request).replyTo(activity, request)
        if (intent.action == ACTION_PAY && book.begin(request) is Begin.Begun) {
            val answer = answer(request)
            if (answer is CardAnswer.Approved) charges += 1
            if (answer != null) book.finish(request, answer).replyTo(activity, request)
        }
        return shadowOf(activity).run { Result(resultCode, resultIntent) }
    }

    /** The acquirer has told it what became of a charge. */
    fun settle(intent: Intent, answer: CardAnswer) {
        if (answer is CardAnswer.Approved) charges += 1
        book.finish(CardRequest.read(intent, signer), answer)
    }

    class Result(
        val code: Int,
        val data: Intent?,
    )

    companion object {
        const val NAME = "com.mpac.creditcard"
        val certificate = ByteArray(300) { it.toByte() }
        val pin = sha256(certificate)

        /** With a key of its own. */
        fun signer(): CardSigner =
            CardSigner(
                KeyPairGenerator
                    .getInstance("EC")
                    .apply { initialize(ECGenParameterSpec("secp256r1")) }
                    .generateKeyPair(),
            )

        fun sha256(bytes: ByteArray): String =
            MessageDigest
                .getInstance(
                    "SHA-256",
                ).digest(bytes)
                .joinToString(":") { "%02X".format(it) }

        /** Puts an app on the device, signed by all these, or by each in turn. */
        fun install(vararg signers: ByteArray, rotated: List<ByteArray> = emptyList()) {
            val manager = shadowOf(RuntimeEnvironment.getApplication().packageManager)
            val info = PackageInfo()
            info.packageName = NAME
            info.applicationInfo = ApplicationInfo().apply { packageName = NAME }
            sign(
                info,
                signers.map(::Signature).toTypedArray(),
                rotated.map(::Signature).toTypedArray(),
            )
            manager.installPackage(info)
            for ((activity, action) in listOf("Pay" to ACTION_PAY, "Find" to ACTION_FIND)) {
                val component = ComponentName(NAME, "$NAME.$activity")
                manager.addActivityIfNotPresent(component).exported = true
                manager.addIntentFilterForActivity(component, IntentFilter(action))
            }
        }

        @Suppress("DEPRECATION")
        private fun sign(info: PackageInfo, signers: Array<Signature>, rotated: Array<Signature>) {
            info.signatures = signers
            if (Build.VERSION.SDK_INT < Build.VERSION_CODES.P) return
            info.signingInfo =
                Shadow.newInstanceOf(SigningInfo::class.java).also {
                    val shadow = Shadow.extract<ShadowSigningInfo>(it)
                    shadow.setSignatures(signers)
                    if (rotated.isNotEmpty()) shadow.setPastSigningCertificates(rotated)
                }
        }

        fun uninstall() {
            shadowOf(RuntimeEnvironment.getApplication().packageManager).deletePackage(NAME)
        }
    }
}
