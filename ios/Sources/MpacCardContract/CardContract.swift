/// What terminals and the card app have agreed on.
///
/// A terminal opens the card app by `mpaccreditcard://x-callback-url/pay`, with the parameters `request`
/// (the contract's JSON in base64url), `x-success`, `x-cancel` and `x-error` (the same URL three times).
/// The card app returns by opening that URL with the parameter `result` added (JSON in base64url), or
/// without it, which tells nothing about the card.
///
/// By `mpaccreditcard://x-callback-url/find`, with the same parameters, it asks what became of a payment,
/// also after the request has expired. The card app charges nothing and returns at once: with the
/// `result`, if there is one; with the outcome `error` when it never began, **and now never will**; and
/// without a `result` when it does not know, such as while it is just taking the card.
public enum CardContract {
    /// The scheme that the card app opens.
    public static let scheme = "mpaccreditcard"

    /// The versions of the contract that this library speaks: each request is answered in its own.
    public static let versions = 1...signedVersion

    /// From this one on, answers are signed.
    static let signedVersion = 2
}
