package com.mpac.pgw.android

import org.junit.Assert.assertEquals
import org.junit.Assert.assertTrue
import org.junit.Test
import java.io.File

class CardExamplesTest {
    @Test
    fun whatTheDocumentationShowsIsWhatCompiles() {
        val sources = File("../src")
        val compiled = dense(File(sources, "test/kotlin/$PACKAGE/CardExamples.kt").readText())
        val examples =
            listOf("CardApp", "CardBridge", "PayByCard").map { name ->
                val source = File(sources, "main/kotlin/$PACKAGE/$name.kt").readText()
                val comment = source.lines().filter { it.startsWith(" *") }
                val blocks = comment.joinToString("\n") { it.drop(2) }.split("```")
                assertEquals(name, 3, blocks.size)
                blocks[1]
            }
        for (example in examples) assertTrue(example, dense(example) in compiled)
    }

    /** Without what a formatter changes. */
    private fun dense(text: String) = text.filterNot { it.isWhitespace() || it == '}' }

    private companion object {
        const val PACKAGE = "com/mpac/pgw/android"
    }
}
