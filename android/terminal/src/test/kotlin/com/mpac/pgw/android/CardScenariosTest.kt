package com.mpac.pgw.android

import com.mpac.creditcard.contract.ACTION_PAY
import com.mpac.pgw.scenarios.Scenario
import kotlinx.coroutines.runBlocking
import org.junit.Assert.assertEquals
import org.junit.Test
import org.junit.runner.RunWith
import org.robolectric.ParameterizedRobolectricTestRunner
import org.robolectric.ParameterizedRobolectricTestRunner.Parameters

/**
 * Plays the scenarios of `tests/scenarios` that hand over to the card app, through the bridge and with
 * what card apps are built with: what is heard is what is written. `-Dscenario=<part of a path>` plays
 * some.
 */
@RunWith(ParameterizedRobolectricTestRunner::class)
class CardScenariosTest(
    private val name: String,
    private val screenComesBack: Boolean,
) {
    @Test
    fun isHeardAsItIsWritten() {
        val scenario = Scenario.all().single { it.name == name }
        val bridge = ByBridge(screenComesBack)
        val directory = journalFolder(bridge.phone.context)
        val heard = runBlocking { scenario.play(directory, bridge) }
        val expected = scenario.script.trace
        assertEquals(expected.joinToString("\n"), heard.joinToString("\n"))
        val cardApp = bridge.phone.cardApp
        assertEquals("launched once", bridge.requests, cardApp.actions.count { it == ACTION_PAY })
    }

    companion object {
        private fun handOvers() =
            Scenario.all().filter { scenario ->
                scenario.script.trace.any { "\"card_app_requested\"" in it }
            }

        /** Those that restart before the card app answers are played both ways. */
        @JvmStatic
        @Parameters(name = "{0}, the screen comes back: {1}")
        fun parameters(): List<Array<Any>> =
            handOvers().flatMap { scenario ->
                val steps = scenario.script.steps.map { it.name }
                val isCut = "app restarts" in steps.takeWhile { it != "card app answers" }
                listOf(true, false).take(if (isCut) 2 else 1).map { arrayOf(scenario.name, it) }
            }
    }
}
