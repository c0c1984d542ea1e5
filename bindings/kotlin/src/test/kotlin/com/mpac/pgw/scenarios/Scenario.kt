package com.mpac.pgw.scenarios

import kotlinx.coroutines.withTimeout
import kotlinx.serialization.json.Json
import kotlinx.serialization.json.JsonElement
import kotlinx.serialization.json.JsonObject
import kotlinx.serialization.json.JsonPrimitive
import kotlinx.serialization.json.jsonObject
import java.io.File
import kotlin.time.Duration.Companion.seconds

/** One of `tests/scenarios`, which are described in `tests/tests/scenarios.rs`. */
class Scenario(
    private val file: File,
) {
    /** Its path below the folder of all. */
    val name: String get() = file.relativeTo(folder).path

    val script: Script by lazy { Script.read(file) { it in App.steps || it in words } }

    /**
     * Plays it, and tells what was heard.
     *
     * @param directory of the terminal, as yet empty.
     */
    suspend fun play(directory: File, handOff: HandOff): List<String> =
        withTimeout(PATIENCE) {
            World(words).use { world ->
                val gateway = mapOf("gateway_url" to world.fill(JsonPrimitive("\$gateway")))
                val app = App.open(directory, JsonObject(gateway), handOff)
                for (step in script.steps) {
                    runCatching { take(step, world, app) }.onFailure { why ->
                        val heard = app.end().joinToString("\n")
                        throw AssertionError("$file:${step.line}: ${why.message}\n$heard", why)
                    }
                }
                app.end() + listOfNotNull(world.act("books say", nothing))
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

    companion object {
        private val PATIENCE = 90.seconds
        private val folder = File(System.getProperty("scenarios.dir"))
        private val world = folder.resolve("world.json").readText()
        private val words = Json.parseToJsonElement(world).jsonObject
        private val nothing = JsonObject(emptyMap())

        /** All, or those with the text of `-Dscenario=<part of a path>` in their path. */
        fun all(): List<Scenario> {
            val wanted = System.getProperty("scenario").orEmpty()
            val files = folder.walk().filter { it.extension == "json" && it.parentFile != folder }
            return files.filter { wanted in it.path }.sorted().map(::Scenario).toList().ifEmpty {
                error("no scenario in $folder has `$wanted` in its path")
            }
        }
    }
}
