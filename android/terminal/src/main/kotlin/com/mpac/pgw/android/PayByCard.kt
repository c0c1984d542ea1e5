package com.mpac.pgw.android

import android.content.Context
import android.content.Intent
import androidx.activity.result.contract.ActivityResultContract
import com.mpac.pgw.CardRequest

/**
 * The hand-off to the card app, for apps that use AndroidX; the others need none of it.
 *
 * ```
 * private val payByCard = registerForActivityResult(PayByCard()) { handOff -> show(handOff) }
 *
 * private fun act(event: PaymentEvent) {
 *     val kind = event.kind
 *     if (kind is PaymentEventKind.CardAppRequested) payByCard.launch(kind.request)
 * }
 * ```
 */
public class PayByCard : ActivityResultContract<CardRequest, CardHandOff>() {
    override fun createIntent(context: Context, input: CardRequest): Intent =
        CardBridge.intent(context, input)

    override fun parseResult(resultCode: Int, intent: Intent?): CardHandOff = CardHandOff.of(intent)
}
