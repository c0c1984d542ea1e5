package com.example.cardapp

import android.app.Activity
import android.content.Intent
import android.os.Bundle
import android.os.Process
import android.util.Log
import android.view.View
import android.widget.TextView
import com.mpac.creditcard.contract.Begin
import com.mpac.creditcard.contract.CardAnswer
import com.mpac.creditcard.contract.CardRequest
import com.mpac.creditcard.contract.CardRequestException
import com.mpac.creditcard.contract.ChargeBook
import com.mpac.creditcard.contract.EXTRA_RESULT
import org.json.JSONObject
import java.io.IOException
import java.security.ProviderException
import java.text.NumberFormat
import java.util.Currency

/**
 * Takes a card payment for a terminal: the person in front of it decides what becomes of the card.
 *
 * The upper buttons do what a card app does. The lower ones do what it must never do, so that one can see
 * what a terminal makes of it.
 */
class PayActivity : Activity() {
    private lateinit var book: ChargeBook
    private lateinit var request: CardRequest

    override fun onCreate(savedInstanceState: Bundle?) {
        super.onCreate(savedInstanceState)
        book = ChargeBook(this)
        try {
            request = CardRequest.read(intent, CardKeys.signer)
            when (val begin = book.begin(request)) {
                is Begin.Begun -> ask(R.string.card_app_tap)
                is Begin.Finished -> tell(begin.answer)
                // It died, or Android made this screen anew: a real card app asks its acquirer.
                is Begin.InProgress -> ask(R.string.card_app_interrupted)
                is Begin.Withdrawn -> tell(CardAnswer.Error("the request is not valid any more"))
            }
        } catch (e: CardRequestException) {
            Log.e(TAG, "not a request: ${e.field}", e)
            finish()
        } catch (e: IOException) {
            Log.e(TAG, "cannot write down what it charges, so it charges nothing", e)
            finish()
        } catch (e: ProviderException) {
            Log.e(TAG, "cannot sign what it knows, so the terminal has to ask again", e)
            finish()
        }
    }

    private fun ask(instruction: Int) {
        setContentView(R.layout.card_app_pay)
        view<TextView>(R.id.amount).text = money()
        view<TextView>(R.id.instruction).setText(instruction)

        on(R.id.approve) { tell(book.finish(request, approved())) }
        on(R.id.decline) { tell(book.finish(request, CardAnswer.Declined("the card has expired"))) }
        on(R.id.cancel) { tell(book.finish(request, CardAnswer.Cancelled())) }

        on(R.id.say_nothing) {
            // The terminal has to ask for this answer.
            book.finish(request, approved())
            finish()
        }
        on(R.id.die) { Process.killProcess(Process.myPid()) }
        on(R.id.answer_twice) {
            // Not written down: whoever asks again is given the second answer.
            tell(approved("FIRST1"))
            book.finish(request, approved("SECOND"))
        }
        on(R.id.wrong_amount) { tellWrongly { put("amount", request.amount + 1) } }
        on(R.id.wrong_nonce) { tellWrongly { put("nonce", "0".repeat(32)) } }
        on(R.id.nonsense) { tell(Intent().putExtra(EXTRA_RESULT, "approved!")) }
    }

    private fun approved(approvalCode: String = "A1B2C3") =
        CardAnswer.Approved(approvalCode, cardBrand = "VISA", maskedPan = "4111111111111111")

    private fun tell(answer: CardAnswer) = tell(answer.toIntent(request))

    private fun tell(result: Intent) {
        setResult(RESULT_OK, result)
        finish()
    }

    private fun tellWrongly(change: JSONObject.() -> Unit) {
        val answer = approved().toJson(request)
        tell(Intent().putExtra(EXTRA_RESULT, JSONObject(answer).apply(change).toString()))
    }

    private fun <V : View> view(id: Int): V = findViewById<V>(id)!!

    private fun on(button: Int, act: () -> Unit) {
        view<View>(button).setOnClickListener {
            try {
                act()
            } catch (e: IOException) {
                Log.e(TAG, "not written down, so it is not told either", e)
                finish()
            } catch (e: ProviderException) {
                Log.e(TAG, "not signed, so the terminal has to ask again", e)
                finish()
            }
        }
    }

    private fun money(): String {
        val currency = Currency.getInstance(request.currency)
        val format = NumberFormat.getCurrencyInstance()
        format.currency = currency
        format.minimumFractionDigits = currency.defaultFractionDigits
        format.maximumFractionDigits = currency.defaultFractionDigits
        return format.format(
            request.amount.toBigDecimal().movePointLeft(currency.defaultFractionDigits),
        )
    }

    private companion object {
        const val TAG = "CardApp"
    }
}
