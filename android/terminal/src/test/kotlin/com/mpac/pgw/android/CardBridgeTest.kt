package com.mpac.pgw.android

import android.app.Activity
import android.content.ComponentName
import android.content.Intent
import android.os.Looper
import com.mpac.creditcard.contract.ACTION_FIND
import com.mpac.creditcard.contract.ACTION_PAY
import com.mpac.creditcard.contract.CardAnswer
import com.mpac.creditcard.contract.CardSigner
import com.mpac.creditcard.contract.EXTRA_NOT_FOUND
import com.mpac.creditcard.contract.EXTRA_REQUEST
import com.mpac.creditcard.contract.EXTRA_RESULT
import com.mpac.pgw.CardRequest
import com.mpac.pgw.FailureCode
import com.mpac.pgw.NextStep
import com.mpac.pgw.PaymentResult
import com.mpac.pgw.PaymentState
import com.mpac.pgw.PaymentTerminal
import com.mpac.pgw.UncertaintyCause
import com.mpac.pgw.Vault
import com.mpac.pgw.VaultException
import kotlinx.coroutines.runBlocking
import org.json.JSONObject
import org.junit.After
import org.junit.Assert.assertEquals
import org.junit.Assert.assertFalse
import org.junit.Assert.assertNull
import org.junit.Assert.assertTrue
import org.junit.Test
import org.junit.runner.RunWith
import org.robolectric.Robolectric
import org.robolectric.RobolectricTestRunner
import org.robolectric.Shadows.shadowOf
import org.robolectric.util.ReflectionHelpers
import java.time.Duration
import kotlin.time.toKotlinDuration

@RunWith(RobolectricTestRunner::class)
class CardBridgeTest {
    private var device = Device()
    private val cardApp get() = device.cardApp

    @After
    fun close() = device.close()

    private fun paid(request: CardRequest) {
        val result = device.result(request.attemptId)
        assertTrue("$result", result is PaymentResult.Succeeded)
        assertEquals(1, cardApp.charges)
        assertEquals(1, cardApp.actions.count { it == ACTION_PAY })
        Device.until { device.answers().isEmpty() }
    }

    private fun failure(request: CardRequest): PaymentResult.Failed =
        device.result(request.attemptId) as PaymentResult.Failed

    private val nothing = CardAppStandIn.Result(Activity.RESULT_CANCELED, null)

    @Test
    fun aPaymentGoesToTheCardAppAndBack() {
        val request = device.order()
        val screen = device.screen(request)
        val asked = screen.launch()
        assertEquals(ComponentName(CardAppStandIn.NAME, "com.mpac.creditcard.Pay"), asked.component)
        assertEquals(1, device.marks().size)
        screen.comeBack()
        assertEquals(CardHandOff.Answered, screen.end())
        paid(request)
    }

    @Test
    fun aDeclinedCardEndsTheAttempt() {
        cardApp.answer = { CardAnswer.Declined("no money") }
        val request = device.order()
        val screen = device.screen(request)
        screen.comeBack()
        assertEquals(CardHandOff.Answered, screen.end())
        assertEquals(FailureCode.CARD_DECLINED, failure(request).code)
    }

    @Test
    fun theAppStartsItFromItsOwnScreen() {
        val request = device.order()
        val till = Robolectric.buildActivity(Activity::class.java).setup().get()
        device.bridge.request(till, request)
        val started = shadowOf(till).nextStartedActivity
        assertEquals(CardPaymentActivity::class.java.name, started.component!!.className)
        assertFalse("$started ${started.extras}", request.nonce.value in "${started.extras}")
    }

    @Test
    fun anActivityThatIsMadeAnewLaunchesNothingAgain() {
        val request = device.order()
        val screen = device.screen(request)
        screen.launch()
        screen.recreate()
        Device.quiet()
        screen.hasLaunched()
        screen.comeBack()
        assertEquals(CardHandOff.Answered, screen.end())
        paid(request)
    }

    @Test
    fun anActivityThatIsMadeAnewBeforeTheLaunchStillLaunches() {
        val request = device.order()
        val screen = device.screen(request)
        screen.pause()
        Device.until { device.marks().isNotEmpty() }
        screen.recreate()
        screen.resume()
        screen.comeBack()
        paid(request)
    }

    @Test
    fun nothingIsLaunchedFromBehind() {
        val request = device.order()
        val screen = device.screen(request)
        screen.pause()
        Device.quiet()
        assertFalse(screen.hasLaunched())
        screen.resume()
        assertTrue(screen.launch().action == ACTION_PAY)
    }

    @Test
    fun whileTheMainThreadIsBusyNothingIsLost() {
        val request = device.order()
        val screen = device.screen(request)
        Thread.sleep(200)
        assertFalse("the main thread has not run", screen.hasLaunched())
        val result = cardApp.take(screen.launch())
        screen.comeBack(result)
        assertEquals("it is on disk before the main thread goes on", 1, cardApp.charges)
        paid(request)
    }

    @Test
    fun anAnswerThatComesBeforeTheTerminalIsOpenWaitsOnDisk() {
        val request = device.order()
        val before = device.screen(request)
        val result = cardApp.take(before.launch())
        val saved = before.saved()
        device.die()

        device.start()
        val after = device.screen(request, saved)
        after.code = before.code
        after.comeBack(result)
        assertEquals(1, device.answers().size)
        assertEquals(CardHandOff.Answered, after.end())
        device.open()
        device.attach()
        paid(request)
    }

    @Test
    fun afterAKillTheCardAppIsAskedAndNotLaunched() {
        val request = device.order()
        cardApp.take(device.screen(request).launch())
        device.reboot()
        device.attach()

        val after = device.screen(device.awaiting(request.attemptId)!!)
        after.comeBack()
        assertEquals(listOf(ACTION_PAY, ACTION_FIND), cardApp.actions)
        assertEquals(CardHandOff.Answered, after.end())
        paid(request)
    }

    @Test
    fun aScreenWhoseResultIsLostAsksTheCardApp() {
        val request = device.order()
        val before = device.screen(request)
        cardApp.take(before.launch())
        val saved = before.saved()
        // In the middle of `onActivityResult`.
        device.reboot()
        device.attach()
        val after = device.screen(request, saved)
        Device.quiet()
        assertFalse(after.hasLaunched())
        shadowOf(Looper.getMainLooper()).idleFor(Duration.ofSeconds(2))
        after.comeBack()
        assertEquals(listOf(ACTION_PAY, ACTION_FIND), cardApp.actions)
        paid(request)
    }

    @Test
    fun aScreenWaitsForTheTerminal() {
        val request = device.order()
        device.reboot()
        val screen = device.screen(request)
        Device.quiet()
        assertFalse(screen.hasLaunched())
        device.attach()
        screen.comeBack()
        paid(request)
    }

    @Test
    fun aScreenDoesNotWaitForATerminalForEver() {
        val request = device.order()
        device.reboot()
        device.bridge.desk.patience = Duration.ofMillis(1).toKotlinDuration()
        assertEquals(CardHandOff.Unknown, device.screen(request).end())
        assertEquals(emptyList<String>(), device.marks())
        // Before the application has made its bridge.
        ReflectionHelpers.setStaticField(CardBridge::class.java, "current", null)
        val screen = device.screen(request)
        shadowOf(Looper.getMainLooper()).idleFor(Duration.ofSeconds(20))
        assertEquals(CardHandOff.Unknown, screen.handOff)

        device.start()
        device.attach()
        device.screen(request).comeBack()
        paid(request)
    }

    @Test
    fun ofTwoScreensAtOnceOneLaunches() {
        val request = device.order()
        val screens = List(2) { device.screen(request) }
        Device.until { screens.any { it.hasLaunched() } && screens.any { it.handOff != null } }
        Device.quiet()
        // Robolectric says what was launched, but not by which of them.
        val asked = screens.onEach { it.hasLaunched() }.single { it.asked != null }
        val first = screens.single { it.handOff == null }
        assertEquals(CardHandOff.Unknown, (screens - first).single().handOff)
        first.asked = asked.asked
        first.code = asked.code
        val third = device.screen(request)
        assertEquals(CardHandOff.Unknown, third.end())
        first.comeBack()
        paid(request)
    }

    @Test
    fun aCardAppThatSaysNothingIsAskedOnceAndAgainWhenTheStaffAsks() {
        cardApp.answer = { null }
        val request = device.order()
        val screen = device.screen(request)
        val pay = screen.launch()
        screen.comeBack()
        screen.comeBack()
        assertEquals(CardHandOff.Unknown, screen.end())
        assertEquals(listOf(ACTION_PAY, ACTION_FIND), cardApp.actions)
        assertEquals(request, device.awaiting(request.attemptId))

        cardApp.settle(pay, CardAnswer.Approved("A1", "VISA"))
        val later = device.screen(request)
        later.comeBack()
        assertEquals(CardHandOff.Answered, later.end())
        paid(request)
    }

    @Test
    fun aCardAppThatNeverBeganHasChargedNothing() {
        val request = device.order()
        val screen = device.screen(request)
        val pay = screen.launch()
        // It was closed before it began.
        screen.comeBack(nothing)
        screen.comeBack()
        assertEquals(CardHandOff.NotCharged(null), screen.end())
        assertEquals(FailureCode.CARD_APP_ERROR, failure(request).code)
        // What was on its way comes too late.
        cardApp.take(pay)
        assertEquals(0, cardApp.charges)
    }

    @Test
    fun onlyAFindIsAnsweredByNotFound() {
        val request = device.order()
        val screen = device.screen(request)
        cardApp.take(screen.launch())
        val notFound = Intent().putExtra(EXTRA_NOT_FOUND, true)
        screen.comeBack(CardAppStandIn.Result(Activity.RESULT_OK, notFound))
        screen.launch()
        screen.comeBack(CardAppStandIn.Result(Activity.RESULT_CANCELED, notFound))
        assertEquals(CardHandOff.Unknown, screen.end())
        assertEquals(request, device.awaiting(request.attemptId))
    }

    @Test
    fun aCardResultWithAForeignSignatureOrNoneIsNotAccepted() {
        val signer = CardAppStandIn.signer()
        knowing(signer)
        val request = device.order()
        assertEquals(2, request.version)
        cardApp.signer = CardAppStandIn.signer()
        val screen = device.screen(request)
        screen.comeBack()
        val foreign = screen.end()
        assertTrue("$foreign", foreign is CardHandOff.Refused)
        assertEquals(request, device.awaiting(request.attemptId))

        // Asked again, the same card app signs the same answer.
        cardApp.signer = signer
        val again = device.screen(request)
        val signed = cardApp.take(again.launch())
        val json = JSONObject(signed.data!!.getStringExtra(EXTRA_RESULT)!!)
        val altered = json.put("approval_code", "Z9Z9Z9").toString()
        val unsigned = json.apply { remove("signature") }.toString()
        for (forged in listOf(altered, unsigned)) {
            val next = if (forged == altered) again else device.screen(request)
            next.launch()
            val data = Intent().putExtra(EXTRA_RESULT, forged)
            next.comeBack(CardAppStandIn.Result(Activity.RESULT_OK, data))
            assertTrue(next.end() is CardHandOff.Refused)
            assertEquals(request, device.awaiting(request.attemptId))
        }
        val last = device.screen(request)
        last.launch()
        last.comeBack(signed)
        assertEquals(CardHandOff.Answered, last.end())
        paid(request)
    }

    @Test
    fun thatACardAppNeverBeganIsSignedToo() {
        val signer = CardAppStandIn.signer()
        knowing(signer)
        cardApp.signer = signer
        val request = device.order()
        val screen = device.screen(request)
        screen.launch()
        screen.comeBack(nothing)
        screen.launch()
        val notFound = Intent().putExtra(EXTRA_NOT_FOUND, true)
        screen.comeBack(CardAppStandIn.Result(Activity.RESULT_OK, notFound))
        assertEquals(CardHandOff.Unknown, screen.end())
        assertEquals(request, device.awaiting(request.attemptId))

        val again = device.screen(request)
        again.comeBack()
        assertEquals(CardHandOff.Answered, again.end())
        assertEquals(FailureCode.CARD_APP_ERROR, failure(request).code)
    }

    private fun knowing(signer: CardSigner) {
        device.close()
        device = Device(keys = listOf(signer.publicKey))
    }

    @Test
    fun aMissingCardAppHasChargedNothing() {
        CardAppStandIn.uninstall()
        val request = device.order()
        val screen = device.screen(request)
        assertEquals(CardHandOff.NotCharged(CardAppProblem.NOT_INSTALLED), screen.end())
        val problem = CardAppProblem.of(failure(request).reason)
        assertEquals(CardAppProblem.NOT_INSTALLED, problem)
    }

    @Test
    fun aForgedCardAppIsShownNothing() {
        CardAppStandIn.install(byteArrayOf(1))
        val request = device.order()
        val screen = device.screen(request)
        assertEquals(CardHandOff.NotCharged(CardAppProblem.WRONG_SIGNER), screen.end())
        assertFalse(screen.hasLaunched())
        val problem = CardAppProblem.of(failure(request).reason)
        assertEquals(CardAppProblem.WRONG_SIGNER, problem)
    }

    @Test
    fun aCardAppThatIsRemovedAfterTheLaunchMayHaveCharged() {
        val request = device.order()
        val screen = device.screen(request)
        screen.launch()
        CardAppStandIn.uninstall()
        screen.comeBack(nothing)
        assertEquals(CardHandOff.Unknown, screen.end())
        assertEquals(request, device.awaiting(request.attemptId))
    }

    @Test
    fun anAnswerForAnotherRequestChangesNothing() {
        val other = device.order()
        val request = device.order()
        val changes =
            listOf(
                "attempt_id" to other.attemptId,
                "nonce" to other.nonce.value,
                "amount" to 1,
                "currency" to "USD",
                "version" to 3,
                "outcome" to "maybe",
            )
        val screen = device.screen(request)
        val genuine = cardApp.take(screen.launch())
        for ((member, value) in changes) {
            val json = JSONObject(genuine.data!!.getStringExtra(EXTRA_RESULT)!!)
            val forged = Intent().putExtra(EXTRA_RESULT, json.put(member, value).toString())
            val next = if (member == "attempt_id") screen else device.screen(request)
            next.launch()
            next.comeBack(CardAppStandIn.Result(Activity.RESULT_OK, forged))
            val handOff = next.end()
            assertTrue("$member: $handOff", handOff is CardHandOff.Refused)
            assertEquals(member, request, device.awaiting(request.attemptId))
            assertEquals(member, other, device.awaiting(other.attemptId))
            assertEquals(member, emptyList<String>(), device.answers())
        }
        device.screen(request).comeBack()
        paid(request)
    }

    @Test
    fun anAnswerComesWithAnyResultCode() {
        val request = device.order()
        val screen = device.screen(request)
        val answered = cardApp.take(screen.launch())
        screen.comeBack(CardAppStandIn.Result(Activity.RESULT_CANCELED, answered.data))
        paid(request)
    }

    @Test
    fun aMarkStaysUntilTheAttemptIsAcknowledged() {
        val request = device.order()
        device.screen(request).comeBack()
        paid(request)
        device.attach()
        assertEquals(1, device.marks().size)
        // A terminal that is closed has no attempts to tell of.
        device.terminal.close()
        device.attach()
        assertEquals(1, device.marks().size)

        device.reboot()
        device.attach()
        assertEquals(1, device.marks().size)
        val attempt = runBlocking { device.terminal.recoverPending().single() }
        device.result(request.attemptId)
        Device.until { runBlocking { attempt.acknowledge() } }
        device.attach()
        assertEquals(0, device.marks().size)

        // Android brings the screen back that was never finished.
        val screen = device.screen(request)
        assertEquals(CardHandOff.NotWaiting, screen.end())
        assertFalse(screen.hasLaunched())
    }

    @Test
    fun anAnswerWaitsForALockedVaultAlsoWhenTheActivityIsMadeAnew() {
        val vault = sealedDevice()
        val request = device.order()
        val screen = device.screen(request)
        val result = cardApp.take(screen.launch())
        vault.isLocked = true
        screen.comeBack(result)
        Device.quiet()
        assertNull(screen.handOff)
        screen.recreate()
        Device.quiet()
        assertNull(screen.handOff)
        vault.isLocked = false
        shadowOf(Looper.getMainLooper()).idleFor(Duration.ofSeconds(2))
        assertEquals(CardHandOff.Answered, screen.end())
        paid(request)
    }

    @Test
    fun anAnswerIsKeptWhenTheUserDoesNotWaitForTheVault() {
        val vault = sealedDevice()
        val request = device.order()
        val screen = device.screen(request)
        val result = cardApp.take(screen.launch())
        vault.isLocked = true
        screen.comeBack(result)
        screen.activity.finish()
        vault.isLocked = false
        paid(request)
    }

    @Test
    fun whatIsOnDiskIsSealedAndWaitsWhileTheTerminalIsLocked() {
        val vault = sealedDevice()
        val request = device.order()
        val before = device.screen(request)
        val result = cardApp.take(before.launch())
        val saved = before.saved()
        device.die()
        device.start()
        val after = device.screen(request, saved)
        after.code = before.code
        after.comeBack(result)
        val file = CardBridge.folder(device.context).resolve(device.answers().single())
        assertFalse("A1B2C3" in file.readText())

        vault.isLocked = true
        device.open()
        device.attach()
        assertEquals(1, device.answers().size)
        assertEquals(1, device.marks().size)
        vault.isLocked = false
        // By itself.
        Device.until { device.answers().isEmpty() }
        paid(request)
    }

    @Test
    fun anAnswerThatNobodyCanReadAnyMoreIsAskedForAgain() {
        val vault = sealedDevice()
        val request = device.order()
        cardApp.take(device.screen(request).launch())
        device.bridge.keep(request.attemptId, "{}")
        val file = CardBridge.folder(device.context).resolve(device.answers().single())
        file.writeText("broken")
        device.bridge.waiting.clear()
        device.screen(request).comeBack()
        assertEquals(listOf(ACTION_PAY, ACTION_FIND), cardApp.actions)
        paid(request)
    }

    @Test
    fun anAnswerThatWasWrittenBeforeThereWasAVaultCounts() {
        sealedDevice()
        val request = device.order()
        CardFiles(cardFolder(), vault = null).keep(request.attemptId, answerTo(request))
        device.reboot()
        device.attach()
        paid(request)
    }

    @Test
    fun anAnswerThatCannotBeReadStaysWhileItsAttemptWaits() {
        val request = device.order()
        val vault = FakeVault()
        CardFiles(cardFolder(), vault).keep(request.attemptId, answerTo(request))
        val file = CardBridge.folder(device.context).resolve(device.answers().single())
        val sealed = file.readBytes()
        // Without the vault; with one that it is not from; and then with its own.
        device.attach()
        assertEquals(request, device.awaiting(request.attemptId))
        assertTrue("it is gone", file.exists())

        val pinned = CardApp(CardAppStandIn.NAME, setOf(CardAppStandIn.pin))
        device.bridge = CardBridge(device.context, pinned, CardFiles(cardFolder(), vault))
        file.writeText("of another")
        device.attach()
        assertTrue("it is gone", file.exists())
        file.writeBytes(sealed)
        device.attach()
        paid(request)
    }

    @Test
    fun anAnswerThatCannotBeReadStaysWhileItsAttemptIsUnresolved() {
        val request = device.order()
        CardFiles(cardFolder(), FakeVault()).keep(request.attemptId, answerTo(request))
        // The card app's time is over. Its late answer still counts.
        val silent =
            PaymentResult.Unresolved(UncertaintyCause.CARD_APP_SILENT, NextStep.CHECK_CARD_APP)
        val terminal = device.terminal
        val late =
            object : PaymentTerminal by terminal {
                override fun attempts() =
                    terminal.attempts().map { it.copy(state = PaymentState.Finished(silent)) }
            }
        runBlocking { device.bridge.attach(late) }
        assertEquals(1, device.answers().size)
    }

    @Test
    fun whatIsSealedIsNotTakenForAnAnswerHoweverItBegins() {
        val request = device.order()
        val vault =
            object : Vault {
                override fun seal(plain: ByteArray) = "{".toByteArray() + plain.reversed()

                override fun openSealed(sealed: ByteArray) = sealed.drop(1).reversed().toByteArray()
            }
        CardFiles(cardFolder(), vault).keep(request.attemptId, answerTo(request))
        device.attach()
        assertEquals(1, device.answers().size)
    }

    @Test
    fun anAnswerIsOneWhateverStandsAroundIt() {
        val request = device.order()
        val screen = device.screen(request)
        val result = cardApp.take(screen.launch())
        val json = result.data?.getStringExtra(EXTRA_RESULT)
        val data = Intent().putExtra(EXTRA_RESULT, "\uFEFF$json\n\u0000")
        screen.comeBack(CardAppStandIn.Result(Activity.RESULT_OK, data))
        assertEquals(listOf(ACTION_PAY), cardApp.actions)
        paid(request)
    }

    @Test
    fun whatIsNoJsonObjectIsNoAnswer() {
        val request = device.order()
        val screen = device.screen(request)
        cardApp.take(screen.launch())
        val data = Intent().putExtra(EXTRA_RESULT, "approved")
        screen.comeBack(CardAppStandIn.Result(Activity.RESULT_OK, data))
        screen.comeBack()
        assertEquals(listOf(ACTION_PAY, ACTION_FIND), cardApp.actions)
        paid(request)
    }

    @Test
    fun whatAKillLeavesOfAnAnswerIsRemoved() {
        val folder = CardBridge.folder(device.context)
        folder.mkdirs()
        folder.resolve("attempt.uuid.answer.part").writeText("{")
        device.reboot()
        device.attach()
        assertEquals(emptyList<String>(), folder.list().orEmpty().toList())
    }

    /** What the card app answers to it, without a screen. */
    private fun answerTo(request: CardRequest): String {
        val screen = device.screen(request)
        val result = cardApp.take(screen.launch())
        screen.activity.finish()
        device.bridge.waiting.clear()
        return result.data!!.getStringExtra(EXTRA_RESULT)!!
    }

    @Test
    fun androidXLaunchesTheSame() {
        val request = device.order()
        val intent = PayByCard().createIntent(device.context, request)
        assertTrue(intent.filterEquals(CardBridge.intent(device.context, request)))
        val ends =
            CardAppProblem.entries.map { CardHandOff.NotCharged(it) } +
                listOf(
                    CardHandOff.Answered,
                    CardHandOff.NotCharged(null),
                    CardHandOff.NotWaiting,
                    CardHandOff.Unknown,
                    CardHandOff.Refused("why"),
                )
        for (end in ends) {
            assertEquals(end, PayByCard().parseResult(Activity.RESULT_OK, end.toIntent()))
        }
        val cancelled = PayByCard().parseResult(Activity.RESULT_CANCELED, null)
        assertEquals(CardHandOff.Unknown, cancelled)
    }

    /** A device whose files are sealed, in the place of the one that there was. */
    private fun sealedDevice() =
        FakeVault().also { vault ->
            device.close()
            device = Device(vault)
        }

    @Test
    fun noOtherAppCanStartTheActivity() {
        val component = ComponentName(device.context, CardPaymentActivity::class.java)
        assertFalse(
            device.context.packageManager
                .getActivityInfo(component, 0)
                .exported,
        )
    }

    @Test
    fun bothSidesHaveTheSameContract() {
        assertEquals(ACTION_PAY, CardContract.ACTION_PAY)
        assertEquals(ACTION_FIND, CardContract.ACTION_FIND)
        assertEquals(EXTRA_REQUEST, CardContract.EXTRA_REQUEST)
        assertEquals(EXTRA_RESULT, CardContract.EXTRA_RESULT)
        assertEquals(EXTRA_NOT_FOUND, CardContract.EXTRA_NOT_FOUND)
    }
}

/** Seals by a byte, and is locked at times. */
class FakeVault : Vault {
    @Volatile
    var isLocked = false

    override fun seal(plain: ByteArray): ByteArray = byteArrayOf(7) + turned(plain)

    override fun openSealed(sealed: ByteArray): ByteArray {
        if (sealed.first() != 7.toByte()) throw VaultException.Unavailable()
        return turned(sealed.drop(1).toByteArray())
    }

    private fun turned(bytes: ByteArray): ByteArray {
        if (isLocked) throw VaultException.Locked()
        return ByteArray(bytes.size) { (bytes[it].toInt() xor 0x55).toByte() }
    }
}
