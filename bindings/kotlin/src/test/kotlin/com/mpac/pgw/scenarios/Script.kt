package com.mpac.pgw.scenarios

import kotlinx.serialization.json.Json
import kotlinx.serialization.json.JsonElement
import kotlinx.serialization.json.jsonArray
import kotlinx.serialization.json.jsonObject
import java.io.File

/** One thing that somebody does, such as `customer pays`. */
class Step(
    val line: Int,
    val name: String,
    val argument: JsonElement,
)

/** A scenario, as it is written. */
class Script(
    val steps: List<Step>,
    /** The lines to come, byte for byte. */
    val trace: List<String>,
) {
    companion object {
        fun read(file: File, isKnown: (String) -> Boolean): Script =
            parse(file.path, file.readText(), isKnown)

        fun parse(file: String, text: String, isKnown: (String) -> Boolean): Script {
            val whole =
                try {
                    Json.parseToJsonElement(text).jsonObject
                } catch (e: IllegalArgumentException) {
                    throw IllegalStateException("$file: it is no JSON: ${e.message}", e)
                }
            check(whole.keys == setOf("title", "steps", "trace")) {
                "$file: a scenario has title, steps and trace"
            }
            val steps =
                list(text, "steps").map { (line, step) ->
                    val members = Json.parseToJsonElement(step).jsonObject.entries
                    val (name, argument) =
                        checkNotNull(members.singleOrNull()) {
                            "$file:$line: a step is an object of one member"
                        }
                    check(isKnown(name)) { "$file:$line: there is no step `$name`" }
                    Step(line, name, argument)
                }
            val trace = list(text, "trace").map { (_, line) -> line }
            for ((name, found) in listOf("steps" to steps.size, "trace" to trace.size)) {
                check(whole.getValue(name).jsonArray.size == found) {
                    "$file: one line for each of the $name"
                }
            }
            return Script(steps, trace)
        }

        /** The lines of a list, without the comma, after their numbers. */
        private fun list(text: String, name: String): List<Pair<Int, String>> =
            text
                .lines()
                .mapIndexed { index, line -> index + 1 to line.trim() }
                .dropWhile { (_, line) -> line != "\"$name\": [" }
                .drop(1)
                .takeWhile { (_, line) -> !line.startsWith("]") }
                .map { (number, line) -> number to line.removeSuffix(",") }
    }
}
