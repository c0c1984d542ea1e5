package com.mpac.pgw

import org.jetbrains.kotlin.abi.tools.AbiFilters
import org.jetbrains.kotlin.abi.tools.AbiTools
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertFalse
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import java.io.File

/** What an app compiles against, as Kotlin's own tool writes it down. */
class PublicApiTest {
    private val module = File(System.getProperty("basedir"))

    private val surface: String by lazy {
        val home = PaymentTerminal::class.java.protectionDomain.codeSource.location
        val classes = File(home.toURI()).walk().filter { it.extension == "class" }
        buildString {
            AbiTools
                .getInstance(javaClass.classLoader)
                .printJvmDump(this, classes.asIterable(), AbiFilters.EMPTY)
        }
    }

    @Test
    fun `the surface is the committed one`() {
        val committed = module.resolve("api/mpac-pgw-sdk.api")
        val written = module.resolve("target/mpac-pgw-sdk.api").apply { writeText(surface) }
        assertEquals(
            committed.readText(),
            surface,
            "where the change is meant, commit $written as $committed",
        )
    }

    @Test
    fun `it names nothing of the layer below`() {
        val types =
            Regex("\\b(com/sun/jna|uniffi|Uniffi|FfiConverter|RustBuffer|com/mpac/pgw/Core)")
        assertFalse(types.containsMatchIn(surface), "${types.find(surface)?.value}")
        val classes = surface.lines().count { "class com/mpac/pgw/" in it }
        assertTrue(classes > 60, "only $classes public classes were found")
    }

    @Test
    fun `it needs no newer Android than 7`() {
        for (newer in listOf("java/time", "java/nio/file", "kotlin/time/Instant")) {
            assertFalse(newer in surface, newer)
        }
    }
}
