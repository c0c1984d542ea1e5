package com.example.till

import android.app.Activity
import android.os.Bundle
import android.view.View
import android.view.ViewGroup
import android.view.inputmethod.EditorInfo
import android.widget.Button
import android.widget.EditText
import android.widget.ImageView
import android.widget.TextView
import com.mpac.pgw.ConnectionState
import com.mpac.pgw.PaymentAttempt
import com.mpac.pgw.PaymentState
import com.mpac.pgw.android.QrCodeView
import com.mpac.pgw.android.message
import kotlinx.coroutines.Job
import kotlinx.coroutines.MainScope
import kotlinx.coroutines.cancel
import kotlinx.coroutines.flow.collectLatest
import kotlinx.coroutines.flow.combine
import kotlinx.coroutines.launch

/** Shows what [Till] has to show. Android may make it anew at any time. */
class TillActivity : Activity() {
    private val scope = MainScope()
    private var watching: Job? = null
    private var layout = 0

    private lateinit var till: Till
    private lateinit var messages: Messages

    override fun onCreate(savedInstanceState: Bundle?) {
        super.onCreate(savedInstanceState)
        setContentView(R.layout.till)
        val app = application as TillApplication
        till = app.till
        messages = Messages(this, till) { app.cards.request(this, it.request) }
    }

    override fun onStart() {
        super.onStart()
        watching =
            scope.launch {
                launch { till.screen.collectLatest(::show) }
                // What comes while no screen is in front waits for the next one.
                val cards = (application as TillApplication).cards
                till.cardRequests.collect { cards.request(this@TillActivity, it) }
            }
    }

    override fun onStop() {
        watching?.cancel()
        super.onStop()
    }

    override fun onDestroy() {
        scope.cancel()
        super.onDestroy()
    }

    private suspend fun show(screen: Screen) {
        showBanner(null, null)
        when (screen) {
            is Screen.Starting -> show(Message(Look.BUSY, getString(R.string.starting)))
            is Screen.NotReady -> showNotReady(screen)
            is Screen.Amount -> showAmount(screen)
            is Screen.Methods -> showMethods(screen)
            is Screen.CustomerCode -> showCustomerCode(screen)
            is Screen.Cash -> showCash(screen)
            is Screen.Beginning -> {
                val beginning = getString(R.string.beginning)
                show(Message(Look.BUSY, beginning), money(screen.amount))
            }
            is Screen.Payments -> showPayments(screen)
            is Screen.Payment -> showPayment(screen)
        }
    }

    private suspend fun showPayment(screen: Screen.Payment) {
        val attempt = screen.attempt
        combine(attempt.state, attempt.connection, ::Pair).collect { (state, connection) ->
            show(attempt, state)
            // Otherwise it is part of the message.
            val isToAdd = state !is PaymentState.Verifying
            showBanner(screen.notice, connection.takeIf { isToAdd })
        }
    }

    private fun showNotReady(screen: Screen.NotReady) {
        val again = Choice(R.string.start_again, till::start)
        val title = getString(R.string.not_ready)
        // For whoever is called: it holds no secret.
        val detail = screen.cause.message.orEmpty()
        show(Message(Look.BAD, title, getString(R.string.not_ready_hint), detail, listOf(again)))
    }

    private suspend fun showAmount(screen: Screen.Amount) {
        use(R.layout.till_amount)
        text(R.id.amount, money(screen.amount))
        val keys = view<ViewGroup>(R.id.keys)
        for (key in (0 until keys.childCount).map(keys::getChildAt).filterIsInstance<Button>()) {
            key.setOnClickListener { till.type(key.text.toString()) }
        }
        on(R.id.erase, till::erase)
        on(R.id.choose_method, till::chooseMethod)
        view<View>(R.id.choose_method).isEnabled = screen.amount > 0
        on(R.id.open_payments, till::showOpenPayments)
        till.openPayments.collect { open ->
            val count = resources.getQuantityString(R.plurals.open_payments, open.size, open.size)
            text(R.id.open_payments, if (open.isEmpty()) "" else count)
        }
    }

    private fun showMethods(screen: Screen.Methods) {
        use(R.layout.till_methods)
        text(R.id.amount, money(screen.amount))
        text(R.id.text, screen.problem?.let(::getString).orEmpty())
        on(R.id.qr, till::payByQr)
        on(R.id.code, till::chooseCustomerCode)
        on(R.id.card, till::payByCard)
        on(R.id.cash, till::chooseCash)
        on(R.id.back, till::newSale)
    }

    private fun showCustomerCode(screen: Screen.CustomerCode) {
        use(R.layout.till_code)
        text(R.id.amount, money(screen.amount))
        val code = view<EditText>(R.id.customer_code)
        val pay = {
            if (code.text.isNotBlank()) {
                till.payByCustomerCode(
                    code.text.trim().toString(),
                )
            }
        }
        on(R.id.pay, pay)
        // A scanner types the code, and Enter.
        code.setOnEditorActionListener { _, action, key ->
            val isDone = action == EditorInfo.IME_ACTION_DONE || key != null
            if (isDone) pay()
            isDone
        }
        code.requestFocus()
        on(R.id.back, till::chooseMethod)
    }

    private fun showCash(screen: Screen.Cash) {
        val title = getString(R.string.take_cash)
        val received = Choice(R.string.cash_received, till::payInCash)
        val back = Choice(R.string.back, till::chooseMethod)
        val message = Message(Look.BUSY, title, buttons = listOf(received, back))
        show(message, money(screen.amount), isWaiting = false)
    }

    private suspend fun showPayments(screen: Screen.Payments) {
        use(R.layout.till_payments)
        on(R.id.next, till::newSale)
        val rows = view<ViewGroup>(R.id.payments)
        combine(screen.attempts.map { it.state }) { screen.attempts.zip(it) }.collect { payments ->
            rows.removeAllViews()
            for ((attempt, state) in payments) {
                val row = layoutInflater.inflate(R.layout.till_payment, rows, false)
                row.view<TextView>(R.id.amount).text = attempt.money()
                row.view<TextView>(R.id.text).text = messages.line(attempt, state)
                row.setOnClickListener { till.show(attempt) }
                rows.addView(row)
            }
        }
    }

    private fun show(attempt: PaymentAttempt, state: PaymentState) {
        if (state !is PaymentState.AwaitingCustomer) {
            return show(messages.of(attempt, state), attempt.money())
        }
        use(R.layout.till_qr)
        text(R.id.amount, attempt.money())
        view<QrCodeView>(R.id.qr_code).show(attempt)
        on(R.id.cancel) { till.cancel(attempt) }
    }

    private fun show(message: Message, amount: String = "", isWaiting: Boolean = true) {
        use(R.layout.till_message)
        view<View>(R.id.message).setBackgroundColor(getColor(message.look.color))
        message.look.symbol?.let(view<ImageView>(R.id.symbol)::setImageResource)
        isShown(R.id.symbol, message.look.symbol != null)
        isShown(R.id.progress, message.look == Look.BUSY && isWaiting)
        text(R.id.amount, amount)
        text(R.id.title, message.title)
        text(R.id.text, message.text)
        text(R.id.detail, message.detail)
        for ((index, id) in listOf(R.id.first, R.id.second).withIndex()) {
            val choice = message.buttons.getOrNull(index)
            text(id, choice?.label?.let(::getString).orEmpty())
            on(id) { choice?.choose?.invoke() }
        }
    }

    private fun showBanner(notice: Int?, connection: ConnectionState?) {
        val lost = (connection as? ConnectionState.Lost)?.cause?.message(this)
        text(R.id.banner, listOfNotNull(notice?.let(::getString), lost).joinToString("\n"))
    }

    private fun <V : View> view(id: Int): V = window.decorView.view(id)

    private fun <V : View> View.view(id: Int): V = findViewById<V>(id)!!

    /** Puts a layout in the middle, unless it is there. */
    private fun use(wanted: Int) {
        if (wanted == layout) return
        layout = wanted
        val content = view<ViewGroup>(R.id.content)
        content.removeAllViews()
        layoutInflater.inflate(wanted, content)
    }

    /** An empty text takes no room. */
    private fun text(id: Int, text: String) {
        view<TextView>(id).text = text
        isShown(id, text.isNotEmpty())
    }

    private fun isShown(id: Int, isShown: Boolean) {
        view<View>(id).visibility = if (isShown) View.VISIBLE else View.GONE
    }

    private fun on(id: Int, press: () -> Unit) {
        view<View>(id).setOnClickListener { press() }
    }
}
