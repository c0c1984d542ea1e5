package com.example.cardapp

import android.app.Activity
import android.os.Bundle
import android.util.Log
import com.mpac.creditcard.contract.CardRequest
import com.mpac.creditcard.contract.CardRequestException
import com.mpac.creditcard.contract.ChargeBook
import java.io.IOException
import java.security.ProviderException

/** Tells a terminal what became of a payment. It charges nothing and shows nothing. */
class FindActivity : Activity() {
    override fun onCreate(savedInstanceState: Bundle?) {
        super.onCreate(savedInstanceState)
        try {
            val request = CardRequest.read(intent, CardKeys.signer)
            ChargeBook(this).find(request).replyTo(this, request)
        } catch (e: CardRequestException) {
            Log.e(TAG, "not a request: ${e.field}", e)
        } catch (e: IOException) {
            Log.e(TAG, "cannot tell", e)
        } catch (e: ProviderException) {
            Log.e(TAG, "cannot sign what it knows", e)
        }
        finish()
    }

    private companion object {
        const val TAG = "CardApp"
    }
}
