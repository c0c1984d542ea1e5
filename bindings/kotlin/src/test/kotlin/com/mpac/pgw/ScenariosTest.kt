package com.mpac.pgw

import com.mpac.pgw.scenarios.App
import com.mpac.pgw.scenarios.ByHand
import com.mpac.pgw.scenarios.Scenario
import com.mpac.pgw.scenarios.Script
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.async
import kotlinx.coroutines.runBlocking
import kotlinx.coroutines.sync.Semaphore
import kotlinx.coroutines.sync.withPermit
import kotlinx.serialization.json.JsonObject
import kotlinx.serialization.json.JsonPrimitive
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.DynamicTest
import org.junit.jupiter.api.DynamicTest.dynamicTest
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.TestFactory
import org.junit.jupiter.api.assertThrows
import org.junit.jupiter.api.io.TempDir
import java.io.File
import java.nio.file.Files

/**
 * Plays every scenario of `tests/scenarios` and compares what was heard, byte for byte.
 * `-Dscenario=<part of a path>` plays some.
 */
class ScenariosTest {
    @TestFactory
    fun `every scenario is heard as it is written`(): List<DynamicTest> {
        // Nearly all of a scenario's time is spent waiting for the next poll.
        val permits = Semaphore(16)
        val scope = CoroutineScope(Dispatchers.IO)
        return Scenario.all().map { scenario ->
            val played = scope.async { runCatching { permits.withPermit { play(scenario) } } }
            dynamicTest(scenario.name) {
                runBlocking { played.await() }.getOrThrow()
            }
        }
    }

    @Test
    fun `a step that nobody knows is refused with its file and line`() {
        val text =
            """
            {
            "title": "",
            "steps": [
            {"app hears": "x"},
            {"app sings": {}}
            ],
            "trace": [
            ]
            }
            """.trimIndent()
        val refused =
            assertThrows<IllegalStateException> {
                Script.parse("a.json", text) { it in App.steps }
            }
        assertEquals("a.json:5: there is no step `app sings`", refused.message)
    }

    @Test
    fun `what is no JSON is refused with its file`() {
        val refused =
            assertThrows<IllegalStateException> { Script.parse("a.json", "{", { true }) }
        assertTrue(refused.message!!.startsWith("a.json: it is no JSON"), refused.message)
    }

    @Test
    fun `a member that no step reads is refused`(
        @TempDir directory: File,
    ) {
        val refused =
            assertThrows<IllegalStateException> {
                runBlocking {
                    val gateway = mapOf("gateway_url" to JsonPrimitive("http://127.0.0.1:1"))
                    val app = App.open(directory, JsonObject(gateway), ByHand())
                    val argument = JsonObject(mapOf("colour" to JsonPrimitive("red")))
                    try {
                        app.act("app confirms", argument)
                    } finally {
                        app.end()
                    }
                }
            }
        assertEquals("`app confirms` has no member [colour]", refused.message)
    }

    private suspend fun play(scenario: Scenario) {
        val directory = Files.createTempDirectory("scenario").toFile()
        try {
            val heard = scenario.play(directory, ByHand()).joinToString("\n")
            assertEquals(scenario.script.trace.joinToString("\n"), heard, scenario.name)
        } finally {
            directory.deleteRecursively()
        }
    }
}
