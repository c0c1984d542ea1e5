//! Whatever happens, in whatever order: money is taken once, what was paid is not called
//! anything else, and no code is left payable.

use std::time::Duration;

use proptest::prelude::*;

use super::*;

#[derive(Debug, Clone)]
enum Event {
    ConfirmQr,
    ConfirmCash,
    ConfirmCard,
    Cancel,
    Scan { act: CustomerAct },
    Act { act: CustomerAct, notify: bool },
    Sweep,
    Wait { seconds: u64 },
}

fn event() -> impl Strategy<Value = Event> {
    prop_oneof![
        4 => Just(Event::ConfirmQr),
        1 => Just(Event::ConfirmCash),
        1 => Just(Event::ConfirmCard),
        1 => Just(Event::Cancel),
        2 => act().prop_map(|act| Event::Scan { act }),
        2 => (act(), any::<bool>()).prop_map(|(act, notify)| Event::Act { act, notify }),
        2 => Just(Event::Sweep),
        2 => (1u64..900).prop_map(|seconds| Event::Wait { seconds }),
    ]
}

fn act() -> impl Strategy<Value = CustomerAct> {
    prop_oneof![
        3 => Just(CustomerAct::Pay),
        1 => Just(CustomerAct::NotEnoughBalance),
        1 => Just(CustomerAct::GiveUp),
    ]
}

/// Does it; answers whether cash or a card was taken.
async fn happen(app: &Arc<App>, id: &PaymentIntentId, event: &Event) -> bool {
    match event {
        Event::ConfirmQr => {
            let _ = confirm(app, id, qr()).await;
            false
        }
        Event::ConfirmCash => confirm(app, id, cash()).await.is_ok(),
        Event::ConfirmCard => confirm(app, id, card()).await.is_ok(),
        Event::Cancel => {
            let _ = cancel(app, id).await;
            false
        }
        Event::Scan { act } => {
            let stand_in = app.stand_in.as_ref().unwrap();
            let code = stand_in.customer_code(*act).await.unwrap();
            let _ = confirm(app, id, scanned(&code)).await;
            false
        }
        Event::Act { act, notify } => {
            let (act, notify) = (*act, *notify);
            let _ = pay::pay(app, id, CustomerAction { act, notify }).await;
            false
        }
        Event::Sweep => {
            sweep::once(app, true).await.unwrap();
            false
        }
        Event::Wait { seconds } => {
            app.clock.advance(Duration::from_secs(*seconds));
            false
        }
    }
}

async fn check(app: &Arc<App>, id: &PaymentIntentId, recorded: usize) {
    let intent = stored(app, id).await;
    let status = intent.status.as_str();
    let codes = rows(app, WALLET).await.concat();
    let count = |state: &str| codes.iter().filter(|code| *code == state).count();
    let (payable, paid) = (count("created"), count("paid"));
    assert!(
        paid + recorded <= 1,
        "paid twice: {codes:?} and {recorded} recorded"
    );
    assert!(payable <= 1, "{codes:?}");
    if payable == 1 {
        assert_eq!(status, "requires_action", "a code is left payable");
    }
    assert!(
        status != "succeeded" || paid + recorded == 1,
        "nobody has paid"
    );
    assert!(
        status != "cancelled" || paid + recorded == 0,
        "paid, but called cancelled"
    );

    let history = "SELECT coalesce(from_status, ''), to_status FROM status_changes ORDER BY id";
    let mut before = String::new();
    for step in rows(app, history).await {
        assert_eq!(step[0], before);
        let (from, to) = (step[0].as_str().into(), step[1].as_str().into());
        let legal = mpac_pgw_protocol::PaymentIntentStatus::can_become(&from, &to);
        assert!(legal || before.is_empty(), "{step:?}");
        before.clone_from(&step[1]);
    }
    assert_eq!(before, status);
    let events = rows(app, "SELECT type FROM events").await.concat();
    let expected = if intent.is_open() {
        vec![]
    } else {
        vec![format!("payment_intent.{status}")]
    };
    assert_eq!(events, expected);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]
    #[test]
    fn money_is_taken_once_and_told_truthfully(events in prop::collection::vec(event(), 1..25)) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let app = Arc::new(app().await);
            let id = new_intent(&app).await;
            let mut recorded = 0;
            for event in &events {
                recorded += usize::from(happen(&app, &id, event).await);
                check(&app, &id, recorded).await;
            }
            // In the end, all is known.
            app.clock.advance(Duration::from_secs(1800));
            sweep::once(&app, true).await.unwrap();
            check(&app, &id, recorded).await;
            assert!(stored(&app, &id).await.status.is_terminal());
        });
    }
}
