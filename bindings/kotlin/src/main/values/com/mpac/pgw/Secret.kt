package com.mpac.pgw

/**
 * Text that no log, error or description shows: a customer's code, a nonce, an approval code.
 *
 * ```
 * PaymentMethod.QrCpm(provider = "PAYPAY", customerCode = Secret(scanned))
 * ```
 *
 * @property value the text itself.
 */
public class Secret(
    public val value: String,
) {
    override fun equals(other: Any?): Boolean = other is Secret && other.value == value

    override fun hashCode(): Int = value.hashCode()

    /** Always the same. */
    override fun toString(): String = "(hidden)"
}
