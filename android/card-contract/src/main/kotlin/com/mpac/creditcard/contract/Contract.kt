@file:JvmName("CardContract")

package com.mpac.creditcard.contract

/**
 * Asks the card app to take a payment: an explicit Intent, for a result, with [EXTRA_REQUEST]. The
 * answer is `RESULT_OK` with [EXTRA_RESULT]. Anything else tells nothing about the card.
 *
 * The activity has the launch mode `standard`: a result comes back from no other for sure.
 */
public const val ACTION_PAY: String = "com.mpac.creditcard.action.PAY"

/**
 * Asks the card app what became of a payment, with the [EXTRA_REQUEST] of [ACTION_PAY], also after it
 * has expired. The card app charges nothing, shows nothing, and answers at once:
 *
 * - `RESULT_OK` with [EXTRA_RESULT], as [ACTION_PAY] would, when it has an answer;
 * - `RESULT_OK` with [EXTRA_NOT_FOUND], when it never began, **and now never will**; asked in
 *   [SIGNED_CONTRACT_VERSION], with an [EXTRA_RESULT] that says `error`, as that is signed;
 * - anything else when it does not know, such as while it is just taking the card.
 */
public const val ACTION_FIND: String = "com.mpac.creditcard.action.FIND"

/** The request, as JSON. */
public const val EXTRA_REQUEST: String = "com.mpac.creditcard.extra.REQUEST"

/** The answer, as JSON. */
public const val EXTRA_RESULT: String = "com.mpac.creditcard.extra.RESULT"

/** `true` when the card app never began, and now never will. */
public const val EXTRA_NOT_FOUND: String = "com.mpac.creditcard.extra.NOT_FOUND"

/** The version of the contract whose answers are not signed. */
public const val CONTRACT_VERSION: Int = 1

/** The version of the contract whose answers are signed, by a [CardSigner]. */
public const val SIGNED_CONTRACT_VERSION: Int = 2
