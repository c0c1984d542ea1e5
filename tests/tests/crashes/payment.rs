//! One payment through one or more crashes, and what became of it.

use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, Result, bail, ensure};
use mpac_pgw_tests::{Books, CardApp, CardStep, Network, Order, Proxy, TestGateway};

use super::life::{Birth, End, Point, Victim, live};

/// What the till is told to do, and the status in which that ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Story {
    pub(crate) name: &'static str,
    pub(crate) ends: &'static str,
}

impl Story {
    pub(crate) const ALL: [Self; 5] = [
        Self::new("qr", "succeeded"),
        Self::new("card", "succeeded"),
        Self::new("cash", "succeeded"),
        Self::new("scan", "succeeded"),
        Self::new("cancel", "cancelled"),
    ];

    const fn new(name: &'static str, ends: &'static str) -> Self {
        Self { name, ends }
    }
}

/// The gateway that all payments share.
pub(crate) struct Shop {
    pub(crate) gateway: TestGateway,
    pub(crate) books: Books,
}

/// What became of a payment.
pub(crate) struct Outcome {
    /// How many of the crashes came to pass.
    pub(crate) crashes: usize,
    /// How often somebody was charged.
    pub(crate) charges: u32,
    /// What is wrong with it, if anything.
    pub(crate) wrong: Result<()>,
}

/// What was heard in all lives.
#[derive(Default)]
struct Heard {
    begins: usize,
    card_requests: usize,
    /// Attempt, name and `first` or `again` of each final event.
    finals: Vec<[String; 3]>,
    paid_by_customer: u32,
}

/// Takes a payment, dies at each point in turn, and lives on.
pub(crate) fn take(shop: &Shop, story: Story, ends: &[Point]) -> Result<Outcome> {
    let methods = ["qr_mpm", "qr_cpm", "credit_card", "cash"];
    let order = shop.gateway.create(&methods)?;
    // The same in every life: what a terminal has forgotten, the customer shows once more.
    let customer_code = shop.gateway.customer_code("approved")?;
    let victim = Arc::new(Victim::default());
    let proxy = Proxy::start(shop.gateway.url(), victim.clone() as Arc<dyn Network>)?;
    let folder = tempfile::tempdir()?;
    let mut heard = Heard::default();
    let mut crashes = 0;
    let lived = loop {
        let birth = Birth {
            gateway_url: &proxy.url(),
            folder: folder.path(),
            story: story.name,
            order: &order,
            customer_code: &customer_code,
            requests: proxy.requests(),
            end: ends.get(crashes).copied(),
        };
        let has_posted = !proxy.keys().is_empty();
        let hear = |line: &str| heard.hear(line, shop, &order, has_posted);
        match live(&victim, &birth, hear) {
            Ok(End::Killed) => crashes += 1,
            Ok(End::Finished) => break Ok(()),
            Err(error) => break Err(error),
        }
    };
    // What was still on its way may arrive now; it must not change anything.
    proxy.deliver_late()?;
    let card_app = CardApp::new(&folder.path().join("card-app"));
    let entry = shop.books.entry(&order.id)?;
    let cards = u32::try_from(card_app.count(CardStep::Charged)?)?;
    let in_cash = u32::from(entry.method.as_deref() == Some("cash")) * entry.successes;
    Ok(Outcome {
        crashes,
        charges: entry.paid_codes + cards + in_cash,
        wrong: lived.and_then(|()| {
            let wanted = u32::from(story.ends == "succeeded");
            ensure!(entry.status == story.ends, "{entry:?}");
            ensure!(entry.successes == wanted, "{entry:?}");
            ensure!(entry.payable_codes == 0, "still payable: {entry:?}");
            let by_customer = heard.paid_by_customer + u32::from(story.name == "scan");
            ensure!(entry.paid_codes == by_customer, "{entry:?}");
            ensure!(entry.paid_codes + cards + in_cash == wanted, "{entry:?}");
            let launches = card_app.count(CardStep::Launched)?;
            ensure!(launches <= 1 && heard.card_requests <= 1, "launched twice");
            let keys = proxy.keys();
            ensure!(keys.iter().all(|keys| keys.len() == 1), "{keys:?}");
            heard.check(story)?;
            check_folder(folder.path(), &heard)
        }),
    })
}

impl Heard {
    fn hear(&mut self, line: &str, shop: &Shop, order: &Order, has_posted: bool) -> Result<()> {
        let words: Vec<&str> = line.split(' ').collect();
        match words[..] {
            ["begin"] => {
                self.begins += 1;
                // Only an attempt that nobody can have paid may be gone from the journal: one that has
                // at most asked how the PaymentIntent stands, while it was being written down.
                let is_harmless = !has_posted && self.card_requests == 0;
                ensure!(self.begins == 1 || is_harmless, "the attempt was lost");
            }
            ["code", "on", "show"] if self.paid_by_customer == 0 => {
                shop.gateway.pay(order)?;
                self.paid_by_customer += 1;
            }
            ["event", _, "card_app_requested", _] => self.card_requests += 1,
            ["event", attempt, name, times] if is_final(name) => {
                self.finals.push([attempt, name, times].map(str::to_owned));
            }
            ["event", _, "payment_unresolved", _] => bail!("unresolved"),
            ["cancel", outcome] => ensure!(outcome == "Cancelled", "cancel: {outcome}"),
            _ => {}
        }
        Ok(())
    }

    /// The app heard the truth at least once, and was told when it may have heard it before.
    fn check(&self, story: Story) -> Result<()> {
        let truth = match story.ends {
            "succeeded" => "payment_success",
            _ => "payment_cancelled",
        };
        let [first, later @ ..] = &self.finals[..] else {
            bail!("no final event");
        };
        for [attempt, name, times] in &self.finals {
            ensure!(name == truth, "{name} of a payment that {}", story.ends);
            ensure!(*attempt == first[0], "two attempts ended");
            let is_told = times == "again" || [attempt, name, times] == first.each_ref();
            ensure!(is_told, "delivered again without saying so: {later:?}");
        }
        Ok(())
    }
}

/// The app has its note, and the journal is empty.
fn check_folder(folder: &Path, heard: &Heard) -> Result<()> {
    let note = std::fs::read_to_string(folder.join("note"))?;
    let last = heard.finals.last().context("a final event")?;
    ensure!(note == last[1], "noted {note}");
    for file in std::fs::read_dir(folder.join("journal"))? {
        let name = file?.file_name();
        ensure!(
            name == "lock" || name == "device",
            "{} is left",
            name.display()
        );
    }
    Ok(())
}

fn is_final(name: &str) -> bool {
    matches!(
        name,
        "payment_success" | "payment_failed" | "payment_cancelled"
    )
}
