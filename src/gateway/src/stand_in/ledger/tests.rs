//! Whatever is asked of a payment, in whatever order, its money adds up.

use std::sync::Arc;

use mpac_pgw_protocol::Timestamp;
use paypay_opa::types::{CreateCodeRequest, CreatePaymentRequest, MoneyAmount};
use proptest::prelude::*;
use rusqlite::Connection;

use super::payment::{CaptureOrder, RefundOrder, Status};
use super::*;
use crate::clock::Clock;
use crate::config::StoreLocation;
use crate::stand_in::results;
use crate::store::Store;
use crate::store::counterpart;

const ID: &str = "order";

/// What may happen to a payment.
#[derive(Debug, Clone)]
enum Step {
    Act(CustomerAct),
    Delete,
    Cancel,
    Capture { amount: i64 },
    Answer { agreed: bool },
    Revert,
    Refund { id: u8, amount: i64 },
    Sweep,
    Pass { seconds: i64 },
}

fn step() -> impl Strategy<Value = Step> {
    let act = prop::sample::select(CustomerAct::ALL.as_slice());
    // Around the code's end, the customer's time to agree, the cancel window, the reservation.
    let seconds = prop_oneof![
        0..400i64,
        18_000..25_000i64,
        80_000..100_000i64,
        0..2_700_000i64
    ];
    // Around what was reserved and captured.
    let amount = prop::sample::select(vec![0, 1, 500, 501, 999, 1000, 1001, 1500, 1501]);
    let capture = prop::sample::select(vec![1, 500, 1000, 1001, 1500]);
    prop_oneof![
        2 => act.prop_map(Step::Act),
        1 => Just(Step::Delete),
        2 => Just(Step::Cancel),
        3 => capture.prop_map(|amount| Step::Capture { amount }),
        2 => any::<bool>().prop_map(|agreed| Step::Answer { agreed }),
        1 => Just(Step::Revert),
        3 => (0..2u8, amount).prop_map(|(id, amount)| Step::Refund { id, amount }),
        1 => Just(Step::Sweep),
        2 => seconds.prop_map(|seconds| Step::Pass { seconds }),
    ]
}

/// One gateway's books, at a moment of the test's choosing.
struct Desk {
    store: Store,
    terms: Terms,
}

impl Desk {
    fn new(settings: PayPaySettings) -> Self {
        Self {
            store: Store::open(
                &StoreLocation::Ephemeral,
                counterpart::STAND_IN,
                &Clock::system(),
            )
            .unwrap(),
            terms: Terms {
                now: Timestamp::from_unix_seconds(1_765_189_800),
                settings: Arc::new(settings),
                public_url: "http://127.0.0.1:4243".into(),
            },
        }
    }

    fn books<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Books<'_>) -> Result<T, StoreError> + Send + 'static,
    ) -> T {
        let terms = self.terms.clone();
        let work = move |c: &Connection| work(&mut Books::open(c, terms));
        let runtime = tokio::runtime::Builder::new_current_thread()
            .build()
            .unwrap();
        runtime.block_on(self.store.write(work)).unwrap()
    }

    fn take(&mut self, step: Step) {
        match step {
            Step::Pass { seconds } => self.terms.now = self.terms.now.plus_seconds(seconds),
            step => self.books(move |books| perform(books, step)),
        }
    }

    fn payment(&self) -> Payment {
        self.books(|books| Ok(books.find(Key::Merchant(ID))?.unwrap()))
    }
}

fn perform(books: &mut Books<'_>, step: Step) -> Result<(), StoreError> {
    let (key, missing) = (Key::Merchant(ID), results::ORDER_NOT_FOUND);
    match step {
        Step::Act(act) => drop(books.act(key, act)?),
        Step::Delete => drop(books.change(key, missing, |payment, now, settings| {
            payment.delete_code(now, settings)
        })?),
        Step::Cancel => drop(books.cancel(ID)?),
        Step::Capture { amount } => {
            drop(books.change(key, missing, |payment, now, settings| {
                let order = CaptureOrder {
                    merchant_capture_id: format!("capture-{amount}"),
                    amount,
                    description: String::new(),
                    requested_at: 0,
                };
                payment.capture(order, now, settings)
            })?)
        }
        Step::Answer { agreed } => drop(books.answer_question(key, agreed)?),
        Step::Revert => drop(books.change(key, missing, |payment, now, _| {
            payment.revert("revert".to_owned(), None, 0, now)
        })?),
        Step::Refund { id, amount } => {
            drop(books.change(key, missing, |payment, now, settings| {
                let order = RefundOrder {
                    merchant_refund_id: format!("refund-{id}"),
                    amount,
                    reason: None,
                    requested_at: 0,
                };
                payment.refund(order, now, settings)
            })?)
        }
        Step::Sweep => drop(books.sweep()?),
        Step::Pass { .. } => {}
    }
    Ok(())
}

fn is_terminal(status: Status) -> bool {
    use Status::{Canceled, Expired, Failed, Refunded};
    matches!(status, Refunded | Failed | Canceled | Expired)
}

fn can_become(from: Status, to: Status) -> bool {
    use Status::{
        Authorized, Canceled, Completed, Created, Expired, Failed, Reauthorizing, Refunded,
    };
    matches!(
        (from, to),
        (Created, Authorized | Completed | Failed)
            | (Authorized, Reauthorizing | Completed | Canceled | Expired | Failed)
            // The customer did not agree in time.
            | (Authorized, Authorized)
            | (Reauthorizing, Completed)
            | (Completed, Refunded | Failed)
    )
}

fn settings() -> impl Strategy<Value = PayPaySettings> {
    (0..2i64, 0..2i64).prop_map(|(refund, reauthorization)| PayPaySettings {
        refund_seconds: refund * 60,
        reauthorization_seconds: reauthorization * 60,
        ..PayPaySettings::default()
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, ..ProptestConfig::default() })]

    #[test]
    fn money_adds_up_in_any_order(
        reserves: bool,
        pays_first: bool,
        settings in settings(),
        steps in prop::collection::vec(step(), 1..24),
    ) {
        let mut desk = Desk::new(settings);
        let mut order = CreateCodeRequest::new(ID.parse().unwrap(), MoneyAmount::jpy(1000));
        order.is_authorization = Some(reserves);
        desk.books(move |books| books.create_code(&order)).unwrap();
        let mut before = desk.payment();
        let mut cancelled_unpaid = false;
        let first = pays_first.then_some(Step::Act(CustomerAct::Pay));
        for step in first.into_iter().chain(steps) {
            desk.take(step.clone());
            let after = desk.payment();
            let (authorized, captured) = (after.authorized.unwrap_or(0), after.captured.unwrap_or(0));
            prop_assert!(captured <= authorized, "{step:?}");
            let refunded = after.refund.as_ref().map_or(0, |refund| refund.amount);
            prop_assert!(refunded <= captured, "{step:?}");
            prop_assert!(after.captures.iter().filter(|one| one.accepted_at.is_some()).count() <= 1);
            if let Some(made) = &before.refund {
                let kept = after.refund.as_ref().map(|refund| (&refund.merchant_refund_id, refund.amount));
                prop_assert_eq!(kept, Some((&made.merchant_refund_id, made.amount)));
            }
            let open = after.captures.iter().filter(|one| one.due_at.is_some()).count();
            let may_be_open = matches!(after.status, Status::Authorized | Status::Reauthorizing);
            prop_assert!(open <= usize::from(may_be_open), "a question is over with its payment");
            if is_terminal(before.status) {
                prop_assert_eq!(after.status, before.status, "{:?}", step);
            }
            let takes = matches!(after.status, Status::Completed | Status::Refunded);
            prop_assert_eq!(takes, captured > 0, "money is the merchant's when it is called so");
            cancelled_unpaid |= before.cancel_asked;
            if cancelled_unpaid {
                prop_assert!(!takes && after.status != Status::Authorized);
            }
            before = after;
        }
        check_history(&desk, before.status)?;
        let standings = desk.books(|books| books.standings(None));
        prop_assert_eq!(standings.len(), 1);
        prop_assert_eq!(&standings[0].status, before.status.as_str());
        prop_assert_eq!(standings[0].captured, before.captured.unwrap_or(0));
    }
}

/// Every status follows the one before, by an arrow of PayPay's; time alone may be ahead of it.
fn check_history(desk: &Desk, last: Status) -> Result<(), TestCaseError> {
    desk.books(|books| books.sweep().map(drop));
    let history = desk.books(|books| {
        let select = "SELECT from_status, to_status FROM paypay_changes ORDER BY id";
        let mut statement = books.c.prepare(select)?;
        let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
        Ok(rows.collect::<rusqlite::Result<Vec<(Option<String>, String)>>>()?)
    });
    let read = |text: &str| {
        Status::ALL
            .into_iter()
            .find(|one| one.as_str() == text)
            .unwrap()
    };
    let mut now = None;
    for (from, to) in history {
        prop_assert_eq!(&from, &now);
        if let Some(from) = from {
            prop_assert!(can_become(read(&from), read(&to)), "{} to {}", from, to);
        }
        now = Some(to);
    }
    prop_assert_eq!(now.as_deref(), Some(last.as_str()));
    Ok(())
}

/// Many merchants' programs ask at once, and a payment is made once.
#[test]
fn a_payment_is_made_once_however_often_it_is_asked_for() {
    let desk = Desk::new(PayPaySettings::default());
    let code = desk
        .books(|books| books.new_customer_code(CustomerAct::Pay, false))
        .code;
    let how = Direct {
        reserves: false,
        expires_at: None,
        agree_similar: false,
    };
    let pay = |id: &str, code: &str| {
        let request = CreatePaymentRequest::new(
            id.parse().unwrap(),
            code.parse().unwrap(),
            MoneyAmount::jpy(700),
        );
        desk.books(move |books| books.create_payment(&request, how))
    };
    let first = pay("a", &code).unwrap();
    assert_eq!(first.status, Status::Completed);
    assert_eq!(pay("a", &code).unwrap().payment_id, first.payment_id);
    assert_eq!(
        pay("b", &code).unwrap_err(),
        results::INVALID_USER_AUTHORIZATION_ID
    );
    let given_up = desk
        .books(|books| books.new_customer_code(CustomerAct::GiveUp, false))
        .code;
    assert_eq!(pay("c", &given_up).unwrap_err(), results::UNACCEPTABLE_OP);
    assert_eq!(desk.books(|books| books.standings(None)).len(), 1);
}
