package com.mpac.pgw.internal

import com.mpac.pgw.EventOrigin
import com.mpac.pgw.PaymentEvent
import com.mpac.pgw.PaymentMethodType
import com.mpac.pgw.PaymentResult
import com.mpac.pgw.TerminalException
import com.mpac.pgw.UncertaintyCause
import com.mpac.pgw.failure
import kotlinx.coroutines.Deferred
import kotlinx.coroutines.ExperimentalCoroutinesApi
import kotlinx.coroutines.SupervisorJob
import kotlinx.coroutines.TimeoutCancellationException
import kotlinx.coroutines.async
import kotlinx.coroutines.awaitCancellation
import kotlinx.coroutines.flow.collect
import kotlinx.coroutines.flow.first
import kotlinx.coroutines.flow.take
import kotlinx.coroutines.flow.takeWhile
import kotlinx.coroutines.flow.toList
import kotlinx.coroutines.test.TestScope
import kotlinx.coroutines.test.runCurrent
import kotlinx.coroutines.test.runTest
import kotlinx.coroutines.withTimeout
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertFalse
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import kotlin.time.Duration.Companion.seconds

/** Who gets which event, and when the final one is accepted. */
@OptIn(ExperimentalCoroutinesApi::class)
class EventStreamTest {
    private val lifetime = SupervisorJob()
    private var timesAccepted = 0
    private val stream =
        EventStream(lifetime, collectorsAccept = true, onAccepted = { timesAccepted++ })
    private val origin = EventOrigin("a1", "pi_1", PaymentMethodType.Cash, replayed = false)
    private val lost = PaymentEvent.ConnectionLost(origin, UncertaintyCause.CONNECTION_LOST)
    private val restored = PaymentEvent.ConnectionRestored(origin)
    private val success = PaymentEvent.PaymentSuccess(origin)

    /** The SDK's thread, which waits until the final event is accepted. */
    private fun TestScope.sdkWaits(): Deferred<Unit> = async { stream.awaitAcceptance() }

    private fun TestScope.assertAccepted(sdk: Deferred<Unit>) {
        runCurrent()
        assertTrue(sdk.isCompleted)
        assertEquals(1, timesAccepted)
    }

    @Test
    fun `events wait for the first collector, and end with the final one`() =
        runTest {
            listOf(lost, restored, success).forEach(stream::publish)
            val sdk = sdkWaits()
            runCurrent()
            assertFalse(sdk.isCompleted)

            assertEquals(listOf(lost, restored, success), stream.events.toList())
            assertAccepted(sdk)
        }

    @Test
    fun `collectors at the same time each get every event`() =
        runTest {
            val collectors = List(3) { async { stream.events.toList() } }
            runCurrent()
            sdkWaits()
            for (event in listOf(lost, restored, success)) {
                stream.publish(event)
                runCurrent()
            }
            collectors.forEach { assertEquals(listOf(lost, restored, success), it.await()) }
        }

    @Test
    fun `a later collector gets only what is new, and always the final event`() =
        runTest {
            stream.publish(lost)
            assertEquals(listOf(lost), stream.events.take(1).toList())
            stream.publish(restored)
            assertEquals(listOf(restored), stream.events.take(1).toList())
            stream.publish(success)
            sdkWaits()
            repeat(2) { assertEquals(listOf(success), stream.events.toList()) }
        }

    @Test
    fun `a final event that comes again is one event`() =
        runTest {
            repeat(3) { stream.publish(success) }
            sdkWaits()
            assertEquals(listOf(success), stream.events.toList())
        }

    @Test
    fun `ending the collection with the final event accepts it`() =
        runTest {
            stream.publish(success)
            val sdk = sdkWaits()
            stream.events.takeWhile { !it.isFinal }.collect()
            assertAccepted(sdk)
        }

    @Test
    fun `a timeout inside the collector does not accept it`() =
        runTest {
            stream.publish(success)
            val sdk = sdkWaits()
            failure<TimeoutCancellationException> {
                stream.events.collect { withTimeout(1.seconds) { awaitCancellation() } }
            }
            assertFalse(sdk.isCompleted)
            assertEquals(success, stream.events.first())
            assertAccepted(sdk)
        }

    @Test
    fun `a timeout around the collector does not accept it`() =
        runTest {
            stream.publish(success)
            val sdk = sdkWaits()
            failure<TimeoutCancellationException> {
                withTimeout(1.seconds) { stream.events.collect { awaitCancellation() } }
            }
            assertFalse(sdk.isCompleted)
            sdk.cancel()
        }

    @Test
    fun `a collector that lags behind goes on with the oldest event that is kept`() =
        runTest {
            repeat(1000) { stream.publish(if (it % 2 == 0) lost else restored) }
            stream.publish(success)
            sdkWaits()
            val events = stream.events.toList()
            assertEquals(256, events.size)
            assertEquals(success, events.last())
        }

    @Test
    fun `an unresolved attempt that is settled by hand ends the flow`() =
        runTest {
            val collector = async { stream.events.toList() }
            stream.publish(lost)
            runCurrent()
            stream.end(EventStream.End.ACKNOWLEDGED)
            assertEquals(listOf(lost), collector.await())
        }

    @Test
    fun `closing ends the flow with an exception, and nothing is accepted`() =
        runTest {
            stream.publish(lost)
            val sdk = async { failure<Exception> { stream.awaitAcceptance() } }
            val collector = async { failure<TerminalException.Closed> { stream.events.collect() } }
            runCurrent()
            lifetime.cancel()
            collector.await()
            sdk.await()
            assertEquals(PaymentResult.Succeeded, success.result)
        }
}
