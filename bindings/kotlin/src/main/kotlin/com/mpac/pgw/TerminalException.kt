package com.mpac.pgw

/**
 * Why a call was not carried out. Nothing has changed when one of these is thrown. What becomes of
 * a payment is never an exception: it is a [PaymentResult].
 *
 * The messages are for people and hold no secrets. Later versions may add some: keep an `else`.
 */
public sealed class TerminalException(
    message: String,
) : Exception(message) {
    /**
     * A field of the configuration cannot be used.
     *
     * @property field the property of [TerminalConfig], such as `polling.minInterval`.
     * @property reason what is wrong with it, and what would be right.
     */
    public class InvalidConfiguration(
        public val field: String,
        public val reason: String,
    ) : TerminalException("configuration field `$field`: $reason")

    /**
     * An argument cannot be used.
     *
     * @property field the argument, such as `method.provider`.
     * @property reason what is wrong with it, and what would be right.
     */
    public class InvalidArgument(
        public val field: String,
        public val reason: String,
    ) : TerminalException("argument `$field`: $reason")

    /**
     * The text is not a payment token.
     *
     * @property reason what is wrong with it.
     */
    public class InvalidPaymentToken(
        public val reason: String,
    ) : TerminalException("payment token: $reason")

    /**
     * The journal cannot be read or written. Free some space, unlock the device, or check the
     * folder's rights.
     *
     * @property reason what the operating system says.
     */
    public class Storage(
        public val reason: String,
    ) : TerminalException("the journal cannot be used: $reason")

    /** Another terminal, in this process or in another, has the same data directory open. */
    public class DirectoryInUse :
        TerminalException(
            "another terminal has this data directory open; use one PaymentTerminal per directory",
        )

    /**
     * The PaymentIntent already has an unfinished attempt on this terminal. Use that one: it is
     * [PaymentTerminal.attempt], or after a restart comes back with
     * [PaymentTerminal.recoverPending].
     *
     * @property attemptId that attempt.
     */
    public class AttemptInProgress(
        public val attemptId: String,
    ) : TerminalException(
            "the PaymentIntent already has the unfinished attempt $attemptId; use that one",
        )

    /**
     * A card result that does not belong to a waiting attempt of this terminal.
     *
     * @property refusal why.
     * @property field the member at fault of a result that is [CardResultRefusal.MALFORMED], such
     *   as `amount`; `result` when there is no JSON object at all.
     */
    public class CardResultRefused(
        public val refusal: CardResultRefusal,
        public val field: String? = null,
    ) : TerminalException(
            "the card result was refused: ${refusal.text}" +
                field?.let { ": `$it` is missing or cannot be read" }.orEmpty(),
        )

    /**
     * The gateway refused the request (guide, *Error Handling*).
     *
     * @property code the guide's error code, such as `payment_not_found`.
     * @property reason the gateway's own words.
     * @property param the parameter at fault, where the gateway names one.
     * @property httpStatus the HTTP status.
     */
    public class GatewayRefused(
        public val code: String,
        public val reason: String,
        public val param: String?,
        public val httpStatus: Int,
    ) : TerminalException("the gateway refused: $code ($httpStatus): $reason")

    /**
     * The gateway gave no usable answer. Try again later.
     *
     * @property uncertainty why.
     */
    public class NoAnswer(
        public val uncertainty: UncertaintyCause,
    ) : TerminalException("the gateway gave no usable answer: $uncertainty")

    /** The terminal was closed. Its attempts are in the journal: open it again. */
    public class Closed : TerminalException("the terminal was closed; open it again")

    /** A bug in the SDK. Please report it; its log says more. */
    public class Internal : TerminalException("the SDK met a bug; its log says more")
}

/** Why a card result was refused. Later versions may add some: keep an `else`. */
public enum class CardResultRefusal(
    internal val text: String,
) {
    /** Not JSON of the contract's form. */
    MALFORMED("it is malformed"),

    /** A version of the contract that this SDK does not speak. */
    UNSUPPORTED_VERSION("its contract version is not 1"),

    /** No attempt of this terminal has that id. */
    UNKNOWN_ATTEMPT("no attempt has its attempt_id"),

    /** The attempt is not waiting for a card result: it is over, or this is a second result. */
    NOT_WAITING("the attempt is not waiting for a card result"),

    /** The nonce is not the one of the request. */
    WRONG_NONCE("its nonce is not the request's"),

    /** The amount or the currency is not the one of the request. */
    WRONG_AMOUNT("its amount or currency is not the request's"),

    /** Approved, but without the approval code or the card brand. */
    INCOMPLETE("it is approved but lacks approval_code or card_brand"),
}
