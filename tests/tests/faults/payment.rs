//! One payment through a network with a fault, and what became of it.

use std::path::Path;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use mpac_pgw_sdk::{
    CancelOutcome, PaymentAttempt, PaymentEvent, PaymentEventKind, PaymentListener, PaymentMethod,
    PaymentTerminal, SwitchOutcome, TerminalConfig,
};
use mpac_pgw_tests::{
    Authority, Books, HOST, Meets, Network, Order, Proxy, TestGateway, TlsFront, VALID, approve,
    paypay, retrieve, scanned,
};

use super::plan::{Fault, Plan};

/// How long the staff waits for news before it looks at the network.
const ATTENTION: Duration = Duration::from_secs(10);

/// For a whole payment.
const PATIENCE: Duration = Duration::from_secs(120);

/// What the customer and the staff do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Story {
    Qr,
    Card,
    Cash,
    /// The code is withdrawn once it is on show.
    Cancel,
    /// The customer has paid when the staff cancels.
    CancelTooLate,
    /// The customer pays while the staff cancels.
    CancelRace,
    /// The customer pays in cash once the code is on show.
    Switch,
    /// The customer has paid the code when the staff switches to cash.
    SwitchTooLate,
    /// The customer shows a code.
    Scan,
    /// The balance behind it is not enough.
    ScanRefused,
    /// The customer shows a code, once there is one to scan.
    SwitchToScan,
}

impl Story {
    /// Every story, with the number of messages it takes when nothing goes wrong.
    pub(crate) const ALL: [(Self, usize); 11] = [
        (Self::Qr, 3),
        (Self::Card, 2),
        (Self::Cash, 2),
        (Self::Cancel, 3),
        (Self::CancelTooLate, 4),
        (Self::CancelRace, 3),
        (Self::Switch, 3),
        (Self::SwitchTooLate, 4),
        (Self::Scan, 2),
        (Self::ScanRefused, 3),
        (Self::SwitchToScan, 3),
    ];

    fn method(self, gateway: &TestGateway) -> Result<PaymentMethod> {
        Ok(match self {
            Self::Card => PaymentMethod::CreditCard,
            Self::Cash => PaymentMethod::Cash,
            Self::Scan => scanned(&gateway.customer_code("approved")?),
            Self::ScanRefused => scanned(&gateway.customer_code("not-enough-balance")?),
            _ => paypay(),
        })
    }

    fn allows(self, status: &str) -> bool {
        match self {
            Self::Cancel => status == "cancelled",
            Self::CancelRace => matches!(status, "cancelled" | "succeeded"),
            Self::ScanRefused => status == "requires_payment_method",
            _ => status == "succeeded",
        }
    }
}

/// A listener that hands everything on.
struct Wire(Mutex<Sender<PaymentEvent>>);

impl PaymentListener for Wire {
    fn on_event(&self, event: PaymentEvent) {
        let events = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // Without anybody who listens, the payment is over.
        let _ = events.send(event);
    }
}

/// The gateway that all payments share.
pub(crate) struct Shop {
    pub(crate) gateway: TestGateway,
    pub(crate) books: Books,
    /// Who vouches for what the terminal connects to, if that is by TLS.
    pub(crate) authority: Option<Authority>,
}

/// What the people at the till have done and heard.
struct Till<'a> {
    shop: &'a Shop,
    story: Story,
    order: Order,
    proxy: Proxy,
    attempt: Arc<PaymentAttempt>,
    shown: Vec<String>,
    paid_by_customer: u32,
    charged_cards: u32,
    cancelled: Option<CancelOutcome>,
}

/// Takes one payment. Tells whether the fault met its message: when the terminal hears of the
/// customer's payment before the staff acts, a story is one message shorter.
///
/// # Errors
/// When anything said about it is wrong.
pub(crate) fn take(shop: &Shop, story: Story, plan: Plan) -> Result<bool> {
    let plan = Arc::new(plan);
    let methods = ["qr_mpm", "qr_cpm", "credit_card", "cash"];
    let order = shop.gateway.create(&methods)?;
    let method = story.method(&shop.gateway)?;
    let proxy = Proxy::start(shop.gateway.url(), plan.clone() as Arc<dyn Network>)?;
    if plan.fault == Fault::Refused && plan.first == 1 {
        plan.apply();
        proxy.refuse();
    }
    let journal = tempfile::tempdir()?;
    let mut config = config(&proxy, journal.path(), plan.fault);
    let mut front = None;
    if let Some(authority) = &shop.authority {
        let identity = authority.vouch_for(HOST, VALID)?;
        let front = front.insert(TlsFront::start(&proxy.url(), Meets::Tls(identity))?);
        config.gateway_url = front.url();
        config.pinned_root_certificates = vec![authority.der()];
    }
    let terminal = PaymentTerminal::open(config, None)?;
    let (sender, events) = mpsc::channel();
    let attempt = terminal.confirm_payment(
        order.payment_token.clone(),
        method,
        Arc::new(Wire(Mutex::new(sender))),
    )?;
    let mut till = Till {
        shop,
        story,
        order,
        proxy,
        attempt,
        shown: Vec::new(),
        paid_by_customer: u32::from(story == Story::Scan),
        charged_cards: 0,
        cancelled: None,
    };
    let last = till.wait_for_the_end(&terminal, &events, plan.fault)?;
    // What was still on its way may arrive now; it must not change anything.
    till.proxy.deliver_late()?;
    till.check(&last)?;
    ensure!(
        till.attempt.acknowledge(),
        "the outcome cannot be acknowledged"
    );
    check_empty(journal.path())?;
    let more: Vec<String> = events.try_iter().map(|event| event.name).collect();
    ensure!(more.is_empty(), "{more:?} after the final event");
    Ok(plan.was_applied())
}

impl Till<'_> {
    fn wait_for_the_end(
        &mut self,
        terminal: &PaymentTerminal,
        events: &Receiver<PaymentEvent>,
        fault: Fault,
    ) -> Result<PaymentEvent> {
        let mut heard = Vec::new();
        let deadline = Instant::now() + PATIENCE;
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            let event = match events.recv_timeout(left.min(ATTENTION)) {
                Ok(event) => event,
                // On a slow machine the connection is lost before the outage, and not twice.
                Err(RecvTimeoutError::Timeout) if !left.is_zero() => {
                    self.proxy.listen()?;
                    continue;
                }
                Err(_) => bail!("no final event after {heard:?}"),
            };
            heard.push(event.name.clone());
            match &event.kind {
                PaymentEventKind::ConnectionLost { .. } if fault.is_unnoticed() => {
                    bail!("noticed: {heard:?}");
                }
                PaymentEventKind::ConnectionLost { .. } => self.proxy.listen()?,
                PaymentEventKind::QrReady { qr } => self.code_on_show(&qr.content)?,
                PaymentEventKind::CardAppRequested { request } => {
                    self.charged_cards += 1;
                    terminal.complete_card_payment(approve(request))?;
                }
                PaymentEventKind::PaymentUnresolved { .. } => bail!("unresolved: {heard:?}"),
                kind if kind.is_final() => return Ok(event),
                _ => {}
            }
        }
    }

    fn code_on_show(&mut self, content: &str) -> Result<()> {
        if self.shown.iter().any(|shown| shown == content) {
            return Ok(());
        }
        ensure!(
            self.shown.is_empty(),
            "a second code, with the first unpaid"
        );
        self.shown.push(content.to_owned());
        match self.story {
            Story::Qr => self.customer_pays()?,
            Story::Card | Story::Cash | Story::Scan | Story::ScanRefused => {
                bail!("a code for {:?}", self.story)
            }
            Story::Cancel => self.cancelled = Some(self.attempt.cancel()),
            Story::CancelTooLate => {
                self.customer_pays()?;
                self.cancelled = Some(self.attempt.cancel());
            }
            Story::CancelRace => {
                let (shop, order, attempt) = (self.shop, &self.order, &self.attempt);
                let (paid, cancelled) = std::thread::scope(|scope| {
                    let customer = scope.spawn(|| shop.gateway.pay(order));
                    let cancelled = attempt.cancel();
                    (customer.join(), cancelled)
                });
                // Whoever comes second is refused.
                self.paid_by_customer += u32::from(paid.is_ok_and(|paid| paid.is_ok()));
                self.cancelled = Some(cancelled);
            }
            Story::Switch => self.switch_to(PaymentMethod::Cash)?,
            Story::SwitchTooLate => {
                self.customer_pays()?;
                self.switch_to(PaymentMethod::Cash)?;
            }
            Story::SwitchToScan => {
                let code = self.shop.gateway.customer_code("approved")?;
                self.switch_to(scanned(&code))?;
                self.paid_by_customer += 1;
            }
        }
        Ok(())
    }

    fn customer_pays(&mut self) -> Result<()> {
        self.shop.gateway.pay(&self.order)?;
        self.paid_by_customer += 1;
        Ok(())
    }

    fn switch_to(&self, method: PaymentMethod) -> Result<()> {
        let outcome = self.attempt.switch_method(method)?;
        let is_expected = outcome == SwitchOutcome::Switching
            // The SDK had already heard that the customer paid.
            || self.story == Story::SwitchTooLate;
        ensure!(is_expected, "{outcome:?}");
        Ok(())
    }

    /// Compares what the app heard with the gateway itself.
    fn check(&self, last: &PaymentEvent) -> Result<()> {
        let intent = retrieve(self.shop.gateway.url(), &self.order)?;
        let entry = self.shop.books.entry(&self.order.id)?;
        let status = intent.status.as_str();
        ensure!(entry.status == status, "{entry:?} is not {status}");
        ensure!(self.story.allows(status), "{:?} ended {status}", self.story);
        let (expected, charges) = match status {
            "succeeded" => ("payment_success", 1),
            "requires_payment_method" => ("payment_failed", 0),
            _ => ("payment_cancelled", 0),
        };
        ensure!(last.name == expected, "{} of a {status} payment", last.name);
        ensure!(!last.replayed, "replayed without a restart");
        ensure!(
            entry.payable_codes == 0,
            "somebody may still pay: {entry:?}"
        );
        ensure!(
            entry.successes == charges,
            "{charges} charges, not {entry:?}"
        );
        ensure!(entry.paid_codes == self.paid_by_customer, "{entry:?}");
        match last.method.as_str() {
            "qr_mpm" | "qr_cpm" => ensure!(entry.paid_codes == charges, "{entry:?}"),
            "credit_card" => ensure!(
                self.charged_cards == 1 && entry.paid_codes == 0,
                "{entry:?}"
            ),
            _ => ensure!(entry.paid_codes == 0, "paid in cash and by code: {entry:?}"),
        }
        if charges == 1 {
            let method = entry.method.context("a method")?;
            ensure!(
                last.method.as_str() == method,
                "paid by {method}, not {}",
                last.method
            );
        }
        let keys = self.proxy.keys();
        ensure!(keys.iter().all(|keys| keys.len() == 1), "{keys:?}");
        match self.cancelled {
            None | Some(CancelOutcome::Queued) => {}
            // What was never sent leaves the PaymentIntent open.
            Some(CancelOutcome::Cancelled) => ensure!(status != "succeeded", "cancel lied"),
            Some(CancelOutcome::AlreadySucceeded) => ensure!(status == "succeeded", "cancel lied"),
            Some(other) => bail!("cancel answered {other:?}"),
        }
        Ok(())
    }
}

fn config(proxy: &Proxy, journal: &Path, fault: Fault) -> TerminalConfig {
    let mut config = TerminalConfig::new(proxy.url(), journal);
    if !fault.is_unnoticed() {
        config.request_timeout = Some(Duration::from_secs(1).into());
    }
    config.polling.min_interval = Some(Duration::from_secs(1).into());
    config.polling.max_interval = Some(Duration::from_secs(1).into());
    config
}

/// The journal holds no attempt any more.
fn check_empty(journal: &Path) -> Result<()> {
    let mut names = std::fs::read_dir(journal)?.filter_map(|entry| Some(entry.ok()?.file_name()));
    let left = names.find(|name| name != "lock" && name != "device");
    ensure!(left.is_none(), "{left:?} stays");
    Ok(())
}
