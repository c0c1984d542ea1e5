package com.mpac.pgw.android

import android.content.Context
import android.content.res.Configuration
import com.mpac.pgw.CancelledBy
import com.mpac.pgw.FailureCode
import com.mpac.pgw.NextStep
import com.mpac.pgw.UncertaintyCause
import com.mpac.pgw.message
import org.junit.Assert.assertEquals
import org.junit.Assert.assertFalse
import org.junit.Assert.assertTrue
import org.junit.Test
import org.junit.runner.RunWith
import org.robolectric.RobolectricTestRunner
import org.robolectric.RuntimeEnvironment
import java.io.File
import java.util.Locale

/** The resources say what the SDK says. */
@RunWith(RobolectricTestRunner::class)
class MessagesTest {
    private val languages = mapOf("values" to Locale.ENGLISH, "values-ja" to Locale.JAPANESE)

    /** The SDK's own, under the name that its resource has to have. */
    private fun said(locale: Locale): Map<String, String> =
        FailureCode.entries.associate { "failure_$it" to it.message(locale) } +
            CancelledBy.entries.associate { "cancelled_$it" to it.message(locale) } +
            UncertaintyCause.entries.associate { "cause_$it" to it.message(locale) } +
            NextStep.entries.associate { "step_$it" to it.message(locale) }

    private fun asResources(context: Context): Map<String, String> =
        FailureCode.entries.associate { "failure_$it" to it.message(context) } +
            CancelledBy.entries.associate { "cancelled_$it" to it.message(context) } +
            UncertaintyCause.entries.associate { "cause_$it" to it.message(context) } +
            NextStep.entries.associate { "step_$it" to it.message(context) }

    @Test
    fun eachIsTheSdksOwnInBothLanguages() {
        for (locale in languages.values) {
            assertEquals(said(locale), asResources(context(locale)))
        }
    }

    @Test
    fun everyOtherLanguageIsEnglish() {
        assertEquals(said(Locale.ENGLISH), asResources(context(Locale.FRENCH)))
    }

    @Test
    fun theFilesAreAsThisTestWritesThem() {
        val module = File(System.getProperty("basedir"))
        for ((folder, locale) in languages) {
            val wanted = File(module, "target/messages/$folder/messages.xml")
            wanted.parentFile.mkdirs()
            wanted.writeText(xml(said(locale)))
            val file = File(module, "src/main/res/$folder/messages.xml")
            assertEquals("$file: copy $wanted", wanted.readText(), file.readText())
        }
    }

    @Test
    fun whatIsWrongWithTheCardAppIsSaidInBothLanguagesAndNotAsToTryAgain() {
        for (problem in CardAppProblem.entries) {
            val english = problem.message(context(Locale.ENGLISH))
            val japanese = problem.message(context(Locale.JAPANESE))
            assertTrue(english, "Nothing was charged" in english)
            assertTrue(japanese, "決済は行われていません" in japanese)
            assertFalse(english, "ry again" in english)
        }
    }

    private fun xml(messages: Map<String, String>) =
        buildString {
            append(
                """
                <?xml version="1.0" encoding="utf-8"?>
                <!-- As the SDK says them: MessagesTest writes this, and holds it against them. -->
                <resources>

                """.trimIndent(),
            )
            for ((name, message) in messages) {
                val escaped =
                    message
                        .replace(
                            "&",
                            "&amp;",
                        ).replace("<", "&lt;")
                        .replace(Regex("[\\\\'\"]"), "\\\\$0")
                append("    <string name=\"mpac_pgw_${name.lowercase()}\">$escaped</string>\n")
            }
            append("</resources>\n")
        }

    private fun context(locale: Locale): Context {
        val application = RuntimeEnvironment.getApplication()
        val configuration = Configuration(application.resources.configuration)
        configuration.setLocale(locale)
        return application.createConfigurationContext(configuration)
    }
}
