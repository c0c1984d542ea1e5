package com.mpac.pgw.internal

import com.mpac.pgw.CancelledBy
import com.mpac.pgw.PaymentEvent
import com.mpac.pgw.PaymentEventKind
import com.mpac.pgw.PaymentIntentStatus
import com.mpac.pgw.PaymentMethodType
import com.mpac.pgw.UncertaintyCause
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.ExperimentalCoroutinesApi
import kotlinx.coroutines.async
import kotlinx.coroutines.cancelAndJoin
import kotlinx.coroutines.flow.MutableStateFlow
import kotlinx.coroutines.flow.toList
import kotlinx.coroutines.launch
import kotlinx.coroutines.runBlocking
import kotlinx.coroutines.test.runCurrent
import kotlinx.coroutines.test.runTest
import kotlinx.coroutines.yield
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertFalse
import org.junit.jupiter.api.Test
import kotlin.concurrent.thread

/** Who gets which event, and when there are no more. */
@OptIn(ExperimentalCoroutinesApi::class)
class EventQueueTest {
    private val isClosed = MutableStateFlow(false)
    private val queue = EventQueue(isClosed)
    private val lost = event(PaymentEventKind.ConnectionLost(UncertaintyCause.CONNECTION_LOST))
    private val restored = event(PaymentEventKind.ConnectionRestored)
    private val success =
        event(PaymentEventKind.PaymentCancelled(CancelledBy.TERMINAL), isFinal = true)

    private fun event(kind: PaymentEventKind, isFinal: Boolean = false) =
        PaymentEvent("a1", "pi_1", PaymentMethodType.Cash, "name", replayed = false, isFinal, kind)

    /** As many steps as it takes an event to get to its collector, and more. */
    private val moments = 0..20

    @Test
    fun `events wait for a collector, and end with the final one`() =
        runTest {
            listOf(lost, restored, success).forEach(queue::add)
            assertEquals(listOf(lost, restored, success), queue.events.toList())
            assertEquals(emptyList<PaymentEvent>(), queue.events.toList())
        }

    @Test
    fun `an event goes to the collector that is cancelled as it comes, or to the next`() =
        runTest {
            for (moment in moments) {
                val heard = mutableListOf<PaymentEvent>()
                val queue = EventQueue(isClosed)
                val cancelled = launch { queue.events.collect { heard += it } }
                runCurrent()
                queue.add(success)
                repeat(moment) { yield() }
                cancelled.cancelAndJoin()
                queue.events.collect { heard += it }
                assertEquals(listOf(success), heard, "$moment")
            }
        }

    @Test
    fun `no event is lost or comes twice between threads`() {
        val status = { number: Int -> PaymentIntentStatus.Unknown("$number") }
        val events = List(200) { event(PaymentEventKind.StatusChanged(status(it))) } + success
        val producer =
            thread {
                for (event in events) {
                    queue.add(event)
                    spin()
                }
            }
        val heard = mutableListOf<PaymentEvent>()
        runBlocking(Dispatchers.Default) {
            while (success !in heard.takeLast(1)) {
                val collector = launch { queue.events.collect { heard += it } }
                spin()
                collector.cancelAndJoin()
            }
        }
        producer.join()
        assertEquals(events, heard)
    }

    private fun spin() = repeat((0..500).random()) { Thread.onSpinWait() }

    @Test
    fun `ending hands out what waits, and no more`() =
        runTest {
            val collector = async { queue.events.toList() }
            runCurrent()
            queue.add(lost)
            queue.add(restored)
            assertFalse(collector.isCompleted)
            queue.end()
            assertEquals(listOf(lost, restored), collector.await())
        }

    @Test
    fun `closing hands out what waits, and no more`() =
        runTest {
            queue.add(lost)
            isClosed.value = true
            assertEquals(listOf(lost), queue.events.toList())
            assertEquals(emptyList<PaymentEvent>(), queue.events.toList())
        }
}
