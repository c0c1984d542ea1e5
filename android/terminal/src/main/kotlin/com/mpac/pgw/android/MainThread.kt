package com.mpac.pgw.android

import android.os.Handler
import android.os.Looper
import com.mpac.pgw.PaymentAttempt
import com.mpac.pgw.PaymentListener
import com.mpac.pgw.PaymentMethod
import com.mpac.pgw.PaymentTerminal
import java.util.concurrent.Executor
import java.util.concurrent.RejectedExecutionException

/**
 * Runs on Android's main thread, one after the other: where a listener may touch views. In Java, pass
 * it to `Futures.confirmPayment`.
 */
public object MainThread : Executor {
    private val handler = Handler(Looper.getMainLooper())

    /** Never at once, also on the main thread: what was given first runs first. */
    override fun execute(command: Runnable) {
        if (!handler.post(command)) throw RejectedExecutionException("the main thread ends")
    }
}

/** [PaymentTerminal.confirmPayment], with a listener on the main thread. */
public suspend fun PaymentTerminal.confirmPayment(
    paymentToken: String,
    method: PaymentMethod,
    listener: PaymentListener,
): PaymentAttempt = confirmPayment(paymentToken, method, MainThread, listener)

/** [PaymentTerminal.recoverPending], with a listener on the main thread. */
public suspend fun PaymentTerminal.recoverPending(listener: PaymentListener): List<PaymentAttempt> =
    recoverPending(MainThread, listener)
