package com.example.till

import android.content.Context
import com.mpac.pgw.PaymentAttempt
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.withContext

/** The shop's books: what became of each payment. Yours are a database. */
class Orders(
    context: Context,
) {
    private val books = context.getSharedPreferences("orders", Context.MODE_PRIVATE)

    /**
     * Writes down what became of a payment, under the attempt's id: told twice, it counts once.
     *
     * @return whether it is on disk now.
     */
    suspend fun store(attempt: PaymentAttempt, outcome: String): Boolean {
        val facts = attempt.facts
        val line = "$outcome ${facts.amount} ${facts.currency} ${facts.paymentIntentId}"
        return withContext(Dispatchers.IO) { books.edit().putString(attempt.id, line).commit() }
    }

    fun find(attemptId: String): String? = books.getString(attemptId, null)
}
