package com.mpac.pgw.android

import android.os.Build
import org.junit.Assert.assertEquals
import org.junit.Assert.assertThrows
import org.junit.Assert.assertTrue
import org.junit.Test
import org.junit.runner.RunWith
import org.robolectric.RobolectricTestRunner
import org.robolectric.RuntimeEnvironment

@RunWith(RobolectricTestRunner::class)
class CardAppTest {
    private val context = RuntimeEnvironment.getApplication()
    private val ours = CardAppStandIn.certificate
    private val other = byteArrayOf(1)
    private val hasRotation = Build.VERSION.SDK_INT >= Build.VERSION_CODES.P

    private fun problem(vararg pins: String = arrayOf(CardAppStandIn.pin)): CardAppProblem? {
        val found = CardApp(CardAppStandIn.NAME, pins.toSet()).find(context)
        return (found as? CardApp.Found.Missing)?.problem
    }

    @Test
    fun theCardAppIsFoundBySignerAndName() {
        assertEquals(CardAppProblem.NOT_INSTALLED, problem())
        CardAppStandIn.install(ours)
        assertEquals(null, problem())
        val digits = CardAppStandIn.pin.replace(":", "").lowercase()
        assertEquals(null, problem(digits))
        val found = CardApp(CardAppStandIn.NAME, setOf(digits)).find(context)
        val component = (found as CardApp.Found.Trusted).component
        assertEquals("com.mpac.creditcard/.Pay", component.flattenToShortString())
    }

    @Test
    fun anAppOfAnotherSignerIsNotAsked() {
        CardAppStandIn.install(other)
        assertEquals(CardAppProblem.WRONG_SIGNER, problem())
    }

    @Test
    fun everyOneOfSeveralSignersIsPinned() {
        CardAppStandIn.install(ours, other)
        assertEquals(CardAppProblem.WRONG_SIGNER, problem())
        assertEquals(null, problem(CardAppStandIn.pin, CardAppStandIn.sha256(other)))
    }

    @Test
    fun anAppWithoutSignersIsNotAsked() {
        CardAppStandIn.install()
        assertEquals(CardAppProblem.WRONG_SIGNER, problem())
    }

    @Test
    fun aRotatedCertificateIsPinnedByAnyOfItsHistory() {
        val oldest = byteArrayOf(2)
        CardAppStandIn.install(other, rotated = listOf(oldest, ours, other))
        assertEquals(if (hasRotation) null else CardAppProblem.WRONG_SIGNER, problem())
        assertEquals(null, problem(CardAppStandIn.sha256(other)))
        val unknown = problem(CardAppStandIn.sha256(byteArrayOf(3)))
        assertEquals(CardAppProblem.WRONG_SIGNER, unknown)
    }

    @Test
    fun anAppThatIsGoneOrHasNoSuchActivityIsNotInstalled() {
        CardAppStandIn.install(ours)
        CardAppStandIn.uninstall()
        assertEquals(CardAppProblem.NOT_INSTALLED, problem())
    }

    @Test
    fun aMalformedCertificateIsRefusedByName() {
        val half = CardAppStandIn.pin.take(40)
        for (wrong in listOf(
            "",
            half,
            CardAppStandIn.pin.replace("F", "G") + "0",
            "z".repeat(64),
        )) {
            val refused =
                assertThrows(IllegalArgumentException::class.java) {
                    CardApp(CardAppStandIn.NAME, setOf(CardAppStandIn.pin, wrong))
                }
            assertTrue("\"$wrong\"" in refused.message!!)
        }
        assertThrows(IllegalArgumentException::class.java) { CardApp("x", emptySet()) }
    }

    @Test
    fun aProblemIsKnownByItsReason() {
        for (problem in CardAppProblem.entries) {
            assertEquals(problem, CardAppProblem.of(problem.reason))
        }
        assertEquals(null, CardAppProblem.of("something else"))
    }
}
