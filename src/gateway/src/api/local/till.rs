//! What a terminal and a merchant's back end do to a payment, for someone who looks at it in the
//! dashboard and has neither its token nor a key. The same functions act as for the API; the
//! answer is the payment as the dashboard shows it.

use std::future::Future;
use std::sync::Arc;

use axum::extract::State;

use super::payments::show;
use crate::answer::Answer;
use crate::api::incoming::Incoming;
use crate::api::to_the_end;
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
        let order = ConfirmOrder::read(&fields, &intent)?;
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
        authorisation::capture(app, intent.id, amount, Slot::default()).await
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
        refund::refund(app, order, Slot::default()).await
    })
    .await
}

async fn act<W>(
    app: Arc<App>,
    incoming: Incoming,
    work: impl FnOnce(Arc<App>, Intent, Fields) -> W,
) -> Result<Answer, Failure>
where
    W: Future<Output = Result<Answer, Failure>> + Send + 'static,
{
    let (fields, id) = (incoming.optional_fields()?, incoming.id()?);
    let found = retrieve::find(&app, &id).await?;
    let intent = found.ok_or_else(|| Failure::not_found(&id))?;
    let done = work(Arc::clone(&app), intent, fields);
    to_the_end(async move {
        // Its own answer may hold the payment token.
        done.await?;
        show(&app, id).await
    })
    .await
}
