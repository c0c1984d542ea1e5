package com.mpac.pgw

/** How the customer pays, as the app asks for it (guide, *Payment Flow by Method*). */
public sealed interface PaymentMethod {
    /**
     * A QR code that this terminal shows.
     *
     * @property provider the wallet, such as `PAYPAY`.
     */
    public data class QrMpm(
        public val provider: String,
    ) : PaymentMethod

    /**
     * A QR code or barcode that the customer shows and this terminal has scanned.
     *
     * There is nothing to show: the wallet is charged at once. When it refuses, the attempt fails
     * with [FailureCode.CUSTOMER_CODE_REFUSED], and the same payment token can be used with another
     * code.
     *
     * @property provider the wallet, such as `PAYPAY`.
     * @property customerCode what the scanner read: 1 to 512 printable ASCII characters, of one
     *   code. What scanners add (line breaks, white space, full-width characters, a symbology prefix
     *   such as `]Q1`) is taken away. It is a secret, and good for one payment within minutes.
     */
    public data class QrCpm(
        public val provider: String,
        public val customerCode: String,
    ) : PaymentMethod {
        /** Without the customer's code. */
        override fun toString(): String = "QrCpm(provider=$provider)"
    }

    /** A card, taken by the app MPACCreditCard. */
    public data object CreditCard : PaymentMethod

    /** Cash that the staff has received already. */
    public data object Cash : PaymentMethod
}

/** The kind of a payment, as the gateway names it (guide, *Payment Method Types*). */
public sealed interface PaymentMethodType {
    /** The name on the wire, such as `qr_mpm`. */
    public val value: String

    /** `qr_mpm`: a QR code that the merchant shows. */
    public data object QrMpm : PaymentMethodType {
        override val value: String get() = "qr_mpm"
    }

    /** `qr_cpm`: a QR code that the customer shows. */
    public data object QrCpm : PaymentMethodType {
        override val value: String get() = "qr_cpm"
    }

    /** `credit_card`: a card, through MPACCreditCard. */
    public data object CreditCard : PaymentMethodType {
        override val value: String get() = "credit_card"
    }

    /** `cash`. */
    public data object Cash : PaymentMethodType {
        override val value: String get() = "cash"
    }

    /** A kind that this version does not know. */
    public data class Unknown(
        override val value: String,
    ) : PaymentMethodType
}
