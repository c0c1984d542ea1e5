package com.mpac.creditcard.contract

/** Keeps card numbers out of what is kept and sent. */
internal object CardNumbers {
    private const val SHOWN = 4
    private val lengths = 13..19

    // Digits, in ASCII or full width, with at most one separator between two.
    private val number = Regex("\\p{Nd}(?:[ .\\-/]?\\p{Nd})*")

    /** Masks what passes for a card's number, but for its last four digits. */
    fun redact(text: String): String =
        number.replace(text) { found ->
            val digits = found.value.mapNotNull(::digit)
            if (digits.size in lengths && isOfACard(digits)) masked(digits) else found.value
        }

    /** A mask that ends in the text's last four digits. */
    fun mask(text: String): String? =
        text.mapNotNull(::digit).takeIf { it.isNotEmpty() }?.let(::masked)

    private fun masked(digits: List<Int>) = "************" + digits.takeLast(SHOWN).joinToString("")

    private fun digit(c: Char): Int? = Character.digit(c, 10).takeIf { it >= 0 }

    /** Luhn's check. */
    private fun isOfACard(digits: List<Int>): Boolean {
        val sum =
            digits.reversed().withIndex().sumOf { (place, digit) ->
                val doubled = digit * (1 + place % 2)
                doubled / 10 + doubled % 10
            }
        return sum % 10 == 0
    }
}
