package com.mpac.pgw

import kotlin.time.Instant

/**
 * A PaymentIntent as the terminal sees it (guide, *Creating a PaymentIntent*).
 *
 * @property id `pi_…`.
 * @property status where it stands.
 * @property amount in minor units of [currency]: yen for JPY.
 * @property currency ISO 4217, such as `JPY`.
 * @property paymentMethodTypes what the customer may choose from.
 * @property expiresAt when it can no longer be paid, by the gateway's clock.
 */
public data class PaymentIntent(
    public val id: String,
    public val status: PaymentIntentStatus,
    public val amount: Long,
    public val currency: String,
    public val paymentMethodTypes: List<PaymentMethodType>,
    public val expiresAt: Instant,
)

/** Where a PaymentIntent stands (guide, *PaymentIntent Status Flow*). */
public sealed interface PaymentIntentStatus {
    /** The name on the wire, such as `requires_action`. */
    public val value: String

    /** `requires_payment_method`: nothing has been chosen yet. */
    public data object RequiresPaymentMethod : PaymentIntentStatus {
        override val value: String get() = "requires_payment_method"
    }

    /** `requires_action`: it is the customer's turn, a QR code waits to be paid. */
    public data object RequiresAction : PaymentIntentStatus {
        override val value: String get() = "requires_action"
    }

    /** `processing`: the provider works on it. */
    public data object Processing : PaymentIntentStatus {
        override val value: String get() = "processing"
    }

    /** `succeeded`: paid. */
    public data object Succeeded : PaymentIntentStatus {
        override val value: String get() = "succeeded"
    }

    /** `failed`: not paid. */
    public data object Failed : PaymentIntentStatus {
        override val value: String get() = "failed"
    }

    /** `cancelled`: withdrawn. */
    public data object Cancelled : PaymentIntentStatus {
        override val value: String get() = "cancelled"
    }

    /** A status that this version does not know. It decides nothing. */
    public data class Unknown(
        override val value: String,
    ) : PaymentIntentStatus
}
