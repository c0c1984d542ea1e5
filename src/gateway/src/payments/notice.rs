use std::sync::Arc;

use mpac_pgw_protocol::PaymentIntentId;

use super::{authorisation, codes, retrieve};
use crate::app::App;
use crate::failure::Failure;

/// Something may have happened to this payment at its provider: asks, and records what did.
pub(crate) async fn look(app: Arc<App>, id: PaymentIntentId) -> Result<(), Failure> {
    let _inside = app.gate.read().await;
    let _held = app.intents.lock(id.clone()).await;
    let Some(intent) = retrieve::find(&app, &id).await? else {
        return Ok(());
    };
    if intent.is_authorised() {
        authorisation::settle(&app, intent).await
    } else {
        codes::settle(&app, intent).await.map(drop)
    }
}
