//! The till: starts an attempt and shows what it hears.

use std::io::{IsTerminal, Write};
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result, bail};
use mpac_pgw_protocol::PaymentIntent;
use mpac_pgw_sdk::{
    CardResult, PaymentEvent, PaymentEventKind, PaymentListener, PaymentMethod, PaymentTerminal,
    QrCode, qr_text,
};

use crate::{card_app, customer};

/// The terminal with somebody in front of it.
pub(crate) struct Till {
    terminal: Arc<PaymentTerminal>,
}

/// How one sale went.
pub(crate) struct Sale {
    order: PaymentIntent,
    method: PaymentMethod,
    last_event: String,
}

impl Sale {
    pub(crate) fn is_paid(&self) -> bool {
        self.last_event == "payment_success"
    }

    pub(crate) fn summary(&self) -> String {
        format!(
            "{:<12} {}  ¥{:>6}  {}",
            self.method.method_type().as_str(),
            self.order.id,
            thousands(self.order.amount.minor_units()),
            self.last_event
        )
    }
}

/// Hands the events over to the till's own thread.
struct Events(Sender<PaymentEvent>);

impl PaymentListener for Events {
    fn on_event(&self, event: PaymentEvent) {
        // Without anybody who listens, the sale is over.
        let _ = self.0.send(event);
    }
}

impl Till {
    pub(crate) fn new(terminal: Arc<PaymentTerminal>) -> Self {
        Self { terminal }
    }

    /// Takes one payment, and returns when it is over.
    pub(crate) fn take(&self, order: PaymentIntent, method: PaymentMethod) -> Result<Sale> {
        let token = order
            .payment_token
            .as_ref()
            .context("the create response holds a payment_token")?;
        let (listener, events) = mpsc::channel();
        let attempt = self.terminal.confirm_payment(
            token.expose().to_owned(),
            method.clone(),
            Arc::new(Events(listener)),
        )?;
        let last_event = self.serve(&events)?;
        let sale = Sale {
            order,
            method,
            last_event,
        };
        // A real till writes the sale into its books first: until this, it would come back.
        attempt.acknowledge();
        Ok(sale)
    }

    /// Does what each event asks for, until a final one.
    fn serve(&self, events: &Receiver<PaymentEvent>) -> Result<String> {
        let mut countdown = Countdown::default();
        let mut paying: Option<Receiver<Result<()>>> = None;
        loop {
            let event = match events.recv_timeout(Duration::from_secs(1)) {
                Ok(event) => event,
                Err(RecvTimeoutError::Timeout) => {
                    countdown.show();
                    if let Some(Ok(paid)) = paying.as_ref().map(Receiver::try_recv) {
                        paid?;
                        countdown.clear();
                        println!("   customer: paid on the wallet's page / お客様が支払いました");
                    }
                    continue;
                }
                Err(RecvTimeoutError::Disconnected) => bail!("the SDK has stopped"),
            };
            countdown.clear();
            println!("   terminal: {}", describe(&event));
            match event.kind {
                PaymentEventKind::QrReady { qr } => {
                    show(&qr)?;
                    countdown = Countdown::until(&qr);
                    paying = Some(customer::pay_soon(&qr.content));
                }
                PaymentEventKind::CardAppRequested { request } => {
                    let answer = card_app::take_card(&request.to_json())?;
                    let result = CardResult::from_json(&answer)?;
                    self.terminal.complete_card_payment(result)?;
                }
                kind if kind.is_final() => return Ok(event.name),
                PaymentEventKind::PaymentUnresolved { next_step, .. } => {
                    bail!("the outcome is not known; next step: {next_step:?}");
                }
                _ => {}
            }
        }
    }
}

fn describe(event: &PaymentEvent) -> String {
    match &event.kind {
        PaymentEventKind::StatusChanged { status } => format!("{} → {status}", event.name),
        PaymentEventKind::PaymentFailed { reason, .. } => format!("{}: {reason}", event.name),
        PaymentEventKind::PaymentCancelled { by } => format!("{} by {by:?}", event.name),
        _ => event.name.clone(),
    }
}

fn show(qr: &QrCode) -> Result<()> {
    println!(
        "   Scan to pay with {} / スキャンしてお支払いください\n",
        qr.provider
    );
    for line in qr_text(&qr.content)?.lines() {
        println!("   {line}");
    }
    println!(
        "   (the simulated customer pays in {} s)\n",
        customer::THINKS_FOR.as_secs()
    );
    Ok(())
}

/// The time a code has left, on one line that is written over; only where somebody can see it.
#[derive(Default)]
struct Countdown {
    ends_at: Option<i64>,
}

impl Countdown {
    fn until(qr: &QrCode) -> Self {
        Self {
            ends_at: qr.expires_at.map(|moment| moment.unix_seconds()),
        }
    }

    fn show(&self) {
        let Some(ends_at) = self.ends_at.filter(|_| std::io::stdout().is_terminal()) else {
            return;
        };
        let now = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default();
        let left = ends_at - i64::try_from(now.as_secs()).unwrap_or(ends_at);
        let left = left.max(0);
        print!(
            "\r   waiting / お支払い待ち {}:{:02} ",
            left / 60,
            left % 60
        );
        // A countdown that is not shown harms nobody.
        let _ = std::io::stdout().flush();
    }

    fn clear(&self) {
        if self.ends_at.is_some() && std::io::stdout().is_terminal() {
            print!("\r\x1b[2K");
        }
    }
}

/// `1234567` as `1,234,567`.
pub(crate) fn thousands(amount: i64) -> String {
    let digits = amount.to_string();
    let groups: Vec<&str> = digits
        .as_bytes()
        .rchunks(3)
        .rev()
        .filter_map(|group| std::str::from_utf8(group).ok())
        .collect();
    groups.join(",")
}
