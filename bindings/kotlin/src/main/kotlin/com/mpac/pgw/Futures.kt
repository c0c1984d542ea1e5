@file:JvmName("Futures")

package com.mpac.pgw

import com.mpac.pgw.internal.future
import java.util.concurrent.CompletableFuture
import java.util.concurrent.Executor

// The calls that suspend, for Java: `Futures.confirmPayment(terminal, token, method)`. A future fails
// with the exception of the call; cancelling one stops the waiting only.

/** [PaymentTerminal.open], for Java. */
@JvmOverloads
public fun open(config: TerminalConfig, vault: Vault? = null): CompletableFuture<PaymentTerminal> =
    future { PaymentTerminal.open(config, vault) }

/** [PaymentTerminal.retrievePaymentIntent], for Java. */
@JvmName("retrievePaymentIntent")
public fun PaymentTerminal.retrievePaymentIntentFuture(
    paymentToken: String,
): CompletableFuture<PaymentIntent> = future { retrievePaymentIntent(paymentToken) }

/** [PaymentTerminal.confirmPayment], for Java. */
@JvmName("confirmPayment")
public fun PaymentTerminal.confirmPaymentFuture(
    paymentToken: String,
    method: PaymentMethod,
    executor: Executor,
    listener: PaymentListener,
): CompletableFuture<PaymentAttempt> =
    future { confirmPayment(paymentToken, method, executor, listener) }

/** [PaymentTerminal.completeCardPayment], for Java. */
@JvmName("completeCardPayment")
public fun PaymentTerminal.completeCardPaymentFuture(
    result: CardResult,
): CompletableFuture<Void?> =
    future {
        completeCardPayment(result)
        null
    }

/** [PaymentTerminal.recoverPending], for Java. */
@JvmName("recoverPending")
public fun PaymentTerminal.recoverPendingFuture(
    executor: Executor,
    listener: PaymentListener,
): CompletableFuture<List<PaymentAttempt>> = future { recoverPending(executor, listener) }

/** [PaymentTerminal.settleDamagedRecord], for Java. */
@JvmName("settleDamagedRecord")
public fun PaymentTerminal.settleDamagedRecordFuture(
    attemptId: String,
): CompletableFuture<Boolean> = future { settleDamagedRecord(attemptId) }

/** [PaymentAttempt.await], for Java. */
@JvmName("await")
public fun PaymentAttempt.awaitFuture(): CompletableFuture<PaymentResult> = future { await() }

/** [PaymentAttempt.remaining] in milliseconds, for Java, which has no [kotlin.time.Duration]. */
public fun PaymentAttempt.remainingMillis(): Long? = remaining()?.inWholeMilliseconds

/** [PaymentAttempt.cancel], for Java. */
@JvmName("cancel")
public fun PaymentAttempt.cancelFuture(): CompletableFuture<CancelOutcome> = future { cancel() }

/** [PaymentAttempt.switchMethod], for Java. */
@JvmName("switchMethod")
public fun PaymentAttempt.switchMethodFuture(
    method: PaymentMethod,
): CompletableFuture<SwitchOutcome> = future { switchMethod(method) }

/** [PaymentAttempt.acknowledge], for Java. */
@JvmName("acknowledge")
public fun PaymentAttempt.acknowledgeFuture(): CompletableFuture<Boolean> = future { acknowledge() }
