package com.mpac.creditcard.contract

import android.app.Activity
import android.content.Intent
import org.junit.Assert.assertEquals
import org.junit.Assert.assertTrue
import org.junit.Test
import org.junit.runner.RunWith
import org.robolectric.Robolectric
import org.robolectric.RobolectricTestRunner
import org.robolectric.Shadows.shadowOf
import java.io.File

@RunWith(RobolectricTestRunner::class)
class ExamplesTest {
    private fun open(activity: Class<out Activity>, intent: Intent): Intent? =
        shadowOf(Robolectric.buildActivity(activity, intent).create().get()).resultIntent

    @Test
    fun whatTheDocumentationShowsIsWhatCompiles() {
        val sources = File("../src")
        val compiled = dense(File(sources, "test/kotlin/$PACKAGE/Examples.kt").readText())
        val examples =
            File(sources, "main/kotlin/$PACKAGE").listFiles()!!.flatMap { file ->
                val comments = file.readLines().filter { it.trim().startsWith("*") }
                comments.joinToString("\n") { it.trim().drop(1) }.split("```").filterIndexed {
                    i,
                    _,
                    ->
                    i % 2 == 1
                }
            }
        assertEquals(5, examples.size)
        for (example in examples) assertTrue(example, dense(example) in compiled)
    }

    @Test
    fun theExamplesChargeOnce() {
        val pay = payIntent(requestJson())
        val find = Intent(pay).setAction(ACTION_FIND)
        val answer = open(PayActivity::class.java, pay)!!.getStringExtra(EXTRA_RESULT)!!
        assertTrue(answer, "approved" in answer)
        for (again in listOf(PayActivity::class.java to pay, FindActivity::class.java to find)) {
            val told = open(again.first, again.second)!!.getStringExtra(EXTRA_RESULT)
            assertEquals(answer, told)
        }
        assertEquals(null, open(PayActivity::class.java, payIntent("{}")))
        assertEquals(null, open(FindActivity::class.java, payIntent("{}")))
    }

    private fun dense(text: String) = text.filterNot(Char::isWhitespace)

    private companion object {
        const val PACKAGE = "com/mpac/creditcard/contract"
    }
}
