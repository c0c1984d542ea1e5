use std::collections::HashMap;
use std::sync::Mutex;
use std::time::Duration;

use super::*;
use crate::domain::CustomerCode;
use crate::provider::{
    Charge, NewCode, PaymentName, PaymentOrder, PaymentState, ProviderError, QrProvider,
    RefundOrder, Refunding, Reservation, Withdrawn,
};
use mpac_pgw_protocol::Amount;

/// A provider behind a line that can be cut, before or after it has done its part.
struct Line {
    provider: Arc<dyn QrProvider>,
    answers: Answers,
}

#[derive(Clone, Default)]
struct Answers(Arc<Mutex<HashMap<&'static str, Cut>>>);

#[derive(Debug, Clone, Copy, PartialEq)]
enum Cut {
    Before,
    After,
}

impl Answers {
    fn cut(&self, call: &'static str, cut: Cut) {
        self.0.lock().unwrap().insert(call, cut);
    }

    fn mend(&self) {
        self.0.lock().unwrap().clear();
    }

    fn through<T>(
        &self,
        call: &'static str,
        work: impl FnOnce() -> Result<T, ProviderError>,
    ) -> Result<T, ProviderError> {
        let cut = self.0.lock().unwrap().get(call).copied();
        if cut == Some(Cut::Before) {
            return Err(ProviderError::interrupted());
        }
        let done = work();
        if cut == Some(Cut::After) {
            Err(ProviderError::interrupted())
        } else {
            done
        }
    }
}

impl QrProvider for Line {
    fn create_code(&self, order: &PaymentOrder) -> Result<NewCode, ProviderError> {
        self.answers
            .through("create", || self.provider.create_code(order))
    }

    fn charge(&self, order: &PaymentOrder, code: &CustomerCode) -> Result<Charge, ProviderError> {
        self.answers
            .through("charge", || self.provider.charge(order, code))
    }

    fn look_up(&self, payment: &PaymentName) -> Result<PaymentState, ProviderError> {
        self.answers
            .through("look_up", || self.provider.look_up(payment))
    }

    fn withdraw(&self, payment: &PaymentName) -> Result<Withdrawn, ProviderError> {
        self.answers
            .through("withdraw", || self.provider.withdraw(payment))
    }

    fn reservation(&self, payment: &PaymentName) -> Result<Option<Reservation>, ProviderError> {
        self.answers
            .through("reservation", || self.provider.reservation(payment))
    }

    fn capture(&self, payment: &PaymentName, amount: Amount) -> Result<Reservation, ProviderError> {
        self.answers
            .through("capture", || self.provider.capture(payment, amount))
    }

    fn release(&self, payment: &PaymentName) -> Result<Reservation, ProviderError> {
        self.answers
            .through("release", || self.provider.release(payment))
    }

    fn refund(&self, order: &RefundOrder) -> Result<Refunding, ProviderError> {
        self.answers
            .through("refund", || self.provider.refund(order))
    }
}

async fn app_on_a_line() -> (Arc<App>, Answers) {
    let mut app = app().await;
    let answers = Answers::default();
    app.provider = Arc::new(Line {
        provider: Arc::clone(&app.provider),
        answers: answers.clone(),
    });
    (Arc::new(app), answers)
}

fn assert_provider_error(result: Result<Answer, Failure>) {
    let failure = result.unwrap_err();
    assert_eq!(
        (failure.status.as_u16(), failure.error.code.as_str()),
        (502, "provider_error")
    );
}

const CODES: &str = "SELECT state FROM qr_codes ORDER BY reference";

#[tokio::test]
async fn a_code_that_could_not_be_made_leaves_nothing_payable() {
    for cut in [Cut::Before, Cut::After] {
        let (app, line) = app_on_a_line().await;
        let id = new_intent(&app).await;
        line.cut("create", cut);
        assert_provider_error(confirm(&app, &id, qr()).await);
        assert_eq!(
            stored(&app, &id).await.status.as_str(),
            "requires_payment_method"
        );
        let left = rows(&app, WALLET).await;
        assert!(
            left.iter().all(|row| row[0] == "deleted"),
            "{cut:?}: {left:?}"
        );
        assert_eq!(rows(&app, CODES).await, [["withdrawn"]]);

        line.mend();
        confirm(&app, &id, qr()).await.unwrap();
        assert_eq!(stored(&app, &id).await.status.as_str(), "requires_action");
    }
}

#[tokio::test]
async fn a_code_that_could_not_even_be_deleted_is_deleted_before_anything_else() {
    for next in [qr(), cash(), card()] {
        let (app, line) = app_on_a_line().await;
        let id = new_intent(&app).await;
        line.cut("create", Cut::After);
        line.cut("withdraw", Cut::Before);
        assert_provider_error(confirm(&app, &id, qr()).await);
        assert_eq!(rows(&app, WALLET).await, [["created"]]);
        assert_eq!(rows(&app, CODES).await, [["requested"]]);
        line.cut("create", Cut::Before);
        assert_provider_error(confirm(&app, &id, next.clone()).await);

        line.mend();
        confirm(&app, &id, next).await.unwrap();
        assert_eq!(rows(&app, WALLET).await[0], ["deleted"]);
    }
}

#[tokio::test]
async fn what_cannot_be_withdrawn_stays_what_it_is() {
    for cut in [Cut::Before, Cut::After] {
        let (app, line) = app_on_a_line().await;
        let id = new_intent(&app).await;
        confirm(&app, &id, qr()).await.unwrap();
        line.cut("withdraw", cut);
        assert_provider_error(cancel(&app, &id).await);
        for other in [qr(), cash(), card()] {
            assert_provider_error(confirm(&app, &id, other).await);
        }
        assert_eq!(stored(&app, &id).await.status.as_str(), "requires_action");
        line.mend();
        cancel(&app, &id).await.unwrap();
        assert_eq!(rows(&app, WALLET).await, [["deleted"]]);
    }
}

#[tokio::test]
async fn an_overdue_intent_is_not_called_cancelled_before_the_provider_says_so() {
    let (app, line) = app_on_a_line().await;
    let id = new_intent(&app).await;
    confirm(&app, &id, qr()).await.unwrap();
    let reference = rows(&app, "SELECT reference FROM qr_codes").await[0][0].clone();
    let stand_in = app.stand_in.as_ref().unwrap();
    let paid = stand_in.customer(reference, CustomerAct::Pay, false);
    paid.await.unwrap().unwrap();
    app.clock.advance(Duration::from_secs(1800));
    line.cut("withdraw", Cut::Before);
    let seen = retrieve::up_to_date(&app, stored(&app, &id).await)
        .await
        .unwrap();
    assert_eq!(seen.status.as_str(), "requires_action");
    line.mend();
    let seen = retrieve::up_to_date(&app, seen).await.unwrap();
    assert_eq!(seen.status.as_str(), "succeeded");
}

async fn authorised(app: &Arc<App>) -> PaymentIntentId {
    let id = new_manual_intent(app).await;
    confirm(app, &id, qr()).await.unwrap();
    pay::pay(app, &id, CustomerAction::default()).await.unwrap();
    assert_eq!(stored(app, &id).await.status.as_str(), "processing");
    id
}

async fn capture(app: &Arc<App>, id: &PaymentIntentId, amount: i64) -> Result<Answer, Failure> {
    let amount = Some(Amount::new(amount).unwrap());
    authorisation::capture(Arc::clone(app), id.clone(), amount, Slot::default()).await
}

async fn release(app: &Arc<App>, id: &PaymentIntentId) -> Result<Answer, Failure> {
    let (app, id) = (Arc::clone(app), id.clone());
    cancel::cancel(app, id, Reader::Merchant, Slot::default()).await
}

#[tokio::test]
async fn a_capture_whose_answer_was_lost_is_captured_by_the_next() {
    for cut in [Cut::Before, Cut::After] {
        let (app, line) = app_on_a_line().await;
        let id = authorised(&app).await;
        line.cut("capture", cut);
        assert_provider_error(capture(&app, &id, 900).await);
        assert_eq!(stored(&app, &id).await.status.as_str(), "processing");
        line.mend();
        capture(&app, &id, 900).await.unwrap();
        assert_eq!(stored(&app, &id).await.captured, Amount::new(900).ok());
    }
}

#[tokio::test]
async fn what_the_provider_did_before_is_recorded_whatever_is_asked_next() {
    let (app, line) = app_on_a_line().await;
    let id = authorised(&app).await;
    line.cut("capture", Cut::After);
    assert_provider_error(capture(&app, &id, 900).await);
    line.mend();
    let failure = release(&app, &id).await.unwrap_err();
    assert_eq!(failure.status.as_u16(), 409);
    let intent = stored(&app, &id).await;
    assert_eq!(
        (intent.status.as_str(), intent.captured),
        ("succeeded", Amount::new(900).ok())
    );

    let id = authorised(&app).await;
    line.cut("release", Cut::After);
    assert_provider_error(release(&app, &id).await);
    line.mend();
    let failure = capture(&app, &id, 900).await.unwrap_err();
    assert_eq!(failure.status.as_u16(), 409);
    assert_eq!(stored(&app, &id).await.status.as_str(), "failed");
}

async fn refund(app: &Arc<App>, id: &PaymentIntentId, amount: i64) -> Result<Answer, Failure> {
    let body = json!({ "payment_intent_id": id, "amount": amount });
    let order = NewRefund::read(&fields(&body)).unwrap();
    refund::refund(Arc::clone(app), order, Slot::default()).await
}

#[tokio::test]
async fn a_refund_whose_answer_was_lost_is_made_once() {
    for cut in [Cut::Before, Cut::After] {
        for repeat in [true, false] {
            let (app, line) = app_on_a_line().await;
            let id = new_intent(&app).await;
            confirm(&app, &id, qr()).await.unwrap();
            pay::pay(&app, &id, CustomerAction::default())
                .await
                .unwrap();
            line.cut("refund", cut);
            assert_provider_error(refund(&app, &id, 500).await);
            assert_eq!(
                rows(&app, "SELECT status FROM refunds").await,
                [["pending"]]
            );
            assert_eq!(stored(&app, &id).await.refunded, None);
            let other = refund(&app, &id, 501).await.unwrap_err();
            assert_eq!(other.status.as_u16(), 409);
            line.mend();
            if repeat {
                refund(&app, &id, 500).await.unwrap();
            } else {
                sweep::once(&app, true).await.unwrap();
            }
            assert_eq!(
                rows(&app, "SELECT status FROM refunds").await,
                [["succeeded"]]
            );
            assert_eq!(
                rows(&app, "SELECT CAST(amount AS TEXT) FROM paypay_refunds").await,
                [["500"]]
            );
            assert_eq!(stored(&app, &id).await.refunded, Amount::new(500).ok());
        }
    }
}
