package com.example.till

import android.content.Context
import com.mpac.pgw.PaymentAttempt
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.sync.Mutex
import kotlinx.coroutines.sync.withLock
import kotlinx.coroutines.withContext

/** The shop's books: what became of each payment. Yours are a database. */
class Orders(
    context: Context,
) {
    /** Two attempts for one payment may end at the same time. */
    private val writing = Mutex()
    private val books = context.getSharedPreferences("orders", Context.MODE_PRIVATE)

    /**
     * Writes down what became of a payment, under its PaymentIntent: told twice, or by two attempts
     * for the same, it counts once. What is paid stays paid.
     *
     * @return whether it is on disk now.
     */
    suspend fun store(attempt: PaymentAttempt, outcome: String): Boolean {
        val facts = attempt.facts
        val line = "$outcome ${facts.amount} ${facts.currency} ${facts.paymentIntentId}"
        return writing.withLock {
            val isPaid = find(facts.paymentIntentId)?.startsWith("paid ") == true
            isPaid ||
                withContext(Dispatchers.IO) {
                    books.edit().putString(facts.paymentIntentId, line).commit()
                }
        }
    }

    fun find(paymentIntentId: String): String? = books.getString(paymentIntentId, null)
}
