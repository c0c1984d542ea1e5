//! What a terminal and a merchant's back end do to a payment, for someone who looks at it in the
//! dashboard and has neither its token nor a key. The same functions act as for the API; the
//! answer is the payment as the dashboard shows it.

use std::future::Future;
use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use mpac_pgw_protocol::{Currency, PaymentMethodType};

use super::payments::show;
use crate::answer::Answer;
use crate::api::incoming::Incoming;
use crate::app::App;
use crate::domain::intent::Reader;
use crate::domain::refund::read_capture;
use crate::domain::{ConfirmOrder, Intent, NewRefund};
use crate::failure::Failure;
use crate::fields::Fields;
use crate::idempotency::Slot;
use crate::payments::{authorisation, cancel, confirm, refund, retrieve};

/// `POST /_local/payment_intents/{id}/confirm`: the terminal.
pub(in crate::api) async fn confirm(
    State(app): State<Arc<App>>,
    incoming: Incoming,
) -> Result<Answer, Failure> {
    let url = incoming.gateway_url(&app.url);
    act(app, incoming, async move |app, intent, fields| {
        // What is wrong for any payment is wrong in itself.
        ConfirmOrder::read(&fields, &of_any_kind(&intent))?;
        let order = ConfirmOrder::read(&fields, &intent).map_err(Failure::from);
        let order = order.map_err(not_of_this_payment)?;
        confirm::confirm(app, intent.id, order, url, Slot::default()).await
    })
    .await
}

/// `POST /_local/payment_intents/{id}/cancel`: the merchant. Lets go of reserved money, too.
pub(in crate::api) async fn cancel(
    State(app): State<Arc<App>>,
    incoming: Incoming,
) -> Result<Answer, Failure> {
    act(app, incoming, async |app, intent, _| {
        cancel::cancel(app, intent.id, Reader::Merchant, Slot::default()).await
    })
    .await
}

/// `POST /_local/payment_intents/{id}/capture`: the merchant; all, or `amount`.
pub(in crate::api) async fn capture(
    State(app): State<Arc<App>>,
    incoming: Incoming,
) -> Result<Answer, Failure> {
    act(app, incoming, async |app, intent, fields| {
        let amount = read_capture(&fields)?;
        let captured = authorisation::capture(app, intent.id, amount, Slot::default());
        captured.await.map_err(not_of_this_payment)
    })
    .await
}

/// `POST /_local/payment_intents/{id}/refund`: the merchant; all, or `amount`.
pub(in crate::api) async fn refund(
    State(app): State<Arc<App>>,
    incoming: Incoming,
) -> Result<Answer, Failure> {
    act(app, incoming, async |app, intent, fields| {
        let order = NewRefund::of(intent.id, &fields)?;
        let refunded = refund::refund(app, order, Slot::default());
        refunded.await.map_err(not_of_this_payment)
    })
    .await
}

/// The payment, as if it took every method.
fn of_any_kind(intent: &Intent) -> Intent {
    Intent {
        payment_method_types: PaymentMethodType::ALL.to_vec(),
        currency: Currency::JPY,
        ..intent.clone()
    }
}

/// A request that would do for another payment is a conflict with this one. The guide's API calls
/// it invalid; here, what the API document describes is taken.
fn not_of_this_payment(failure: Failure) -> Failure {
    if failure.status == StatusCode::BAD_REQUEST {
        Failure::state(failure.error.message)
    } else {
        failure
    }
}

async fn act<W>(
    app: Arc<App>,
    incoming: Incoming,
    work: impl FnOnce(Arc<App>, Intent, Fields) -> W,
) -> Result<Answer, Failure>
where
    W: Future<Output = Result<Answer, Failure>> + Send,
{
    let (fields, id) = (incoming.optional_fields()?, incoming.id()?);
    let found = retrieve::find(&app, &id).await?;
    let intent = found.ok_or_else(|| Failure::not_found(&id))?;
    // Its own answer may hold the payment token.
    work(Arc::clone(&app), intent, fields).await?;
    show(&app, id).await
}
