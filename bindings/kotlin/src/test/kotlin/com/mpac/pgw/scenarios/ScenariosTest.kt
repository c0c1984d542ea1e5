package com.mpac.pgw.scenarios

import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.async
import kotlinx.coroutines.runBlocking
import kotlinx.coroutines.sync.Semaphore
import kotlinx.coroutines.sync.withPermit
import kotlinx.coroutines.withTimeout
import kotlinx.serialization.json.Json
import kotlinx.serialization.json.JsonElement
import kotlinx.serialization.json.JsonObject
import kotlinx.serialization.json.JsonPrimitive
import kotlinx.serialization.json.jsonObject
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
import kotlin.time.Duration.Companion.seconds

/**
 * Plays every scenario of `tests/scenarios`, which is described in `tests/tests/scenarios.rs`, and
 * compares what was heard, byte for byte. `-Dscenario=<part of a path>` plays some.
 */
class ScenariosTest {
    @TestFactory
    fun `every scenario is heard as it is written`(): List<DynamicTest> {
        // Nearly all of a scenario's time is spent waiting for the next poll.
        val permits = Semaphore(16)
        val scope = CoroutineScope(Dispatchers.IO)
        return files().map { file ->
            val played =
                scope.async {
                    runCatching { permits.withPermit { withTimeout(90.seconds) { play(file) } } }
                }
            dynamicTest(file.relativeTo(folder).path) {
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
                    val app = App.open(directory, JsonObject(gateway))
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

    private suspend fun play(file: File) {
        val script = Script.read(file) { it in App.steps || it in words }
        val directory = Files.createTempDirectory("scenario").toFile()
        try {
            World(words).use { world ->
                val gateway = mapOf("gateway_url" to world.fill(JsonPrimitive("\$gateway")))
                val app = App.open(directory, JsonObject(gateway))
                for (step in script.steps) {
                    runCatching { take(step, world, app) }.onFailure { why ->
                        val heard = app.end().joinToString("\n")
                        throw AssertionError("$file:${step.line}: ${why.message}\n$heard", why)
                    }
                }
                val trace = app.end() + listOfNotNull(world.act("books say", nothing))
                assertEquals(script.trace.joinToString("\n"), trace.joinToString("\n"), file.path)
            }
        } finally {
            directory.deleteRecursively()
        }
    }

    private suspend fun take(step: Step, world: World, app: App) {
        if (step.name !in App.steps) {
            app.trace += listOfNotNull(world.act(step.name, step.argument.jsonObject))
            return
        }
        val default =
            when (step.name) {
                "app confirms", "app retrieves" -> "token" to "\$token"
                "app restarts" -> "gateway_url" to "\$gateway"
                else -> null
            }
        app.act(step.name, world.fill(with(step.argument, default)))
    }

    private fun with(argument: JsonElement, default: Pair<String, String>?): JsonElement {
        val (name, value) = default ?: return argument
        return JsonObject(mapOf(name to JsonPrimitive(value)) + argument.jsonObject)
    }

    private companion object {
        val folder = File(System.getProperty("scenarios.dir"))
        val words = Json.parseToJsonElement(folder.resolve("world.json").readText()).jsonObject
        val nothing = JsonObject(emptyMap())

        fun files(): List<File> {
            val wanted = System.getProperty("scenario").orEmpty()
            val files = folder.walk().filter { it.extension == "json" && it.parentFile != folder }
            return files.filter { wanted in it.path }.sorted().toList().ifEmpty {
                error("no scenario in $folder has `$wanted` in its path")
            }
        }
    }
}
