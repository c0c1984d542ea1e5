package com.mpac.creditcard.contract

/** Asks the card app to take a payment. */
public const val ACTION_PAY: String = "com.mpac.creditcard.action.PAY"
