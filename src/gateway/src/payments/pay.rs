use std::sync::Arc;

use mpac_pgw_protocol::{PaymentIntentId, PaymentIntentStatus};

use super::{codes, conflict, retrieve};
use crate::app::App;
use crate::domain::Intent;
use crate::failure::Failure;
use crate::fields::{FieldError, Fields};
use crate::provider::CustomerRefused;

/// What the simulated customer does with the code on the terminal's screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct CustomerAction {
    /// Whether the provider's message reaches the gateway. If not, the gateway finds out when it
    /// next asks.
    pub(crate) notify: bool,
}

impl CustomerAction {
    pub(crate) fn read(fields: &Fields) -> Result<Self, FieldError> {
        match fields.text("outcome", 64)?.as_deref() {
            None | Some("approved") => {}
            Some(_) => {
                let why = "outcome must be approved";
                return Err(FieldError::new("outcome", why));
            }
        }
        Ok(Self {
            notify: fields.boolean("notify")?.unwrap_or(true),
        })
    }
}

impl Default for CustomerAction {
    fn default() -> Self {
        Self { notify: true }
    }
}

/// The customer scans the code and acts; the gateway then asks the provider what happened.
pub(crate) async fn pay(
    app: &Arc<App>,
    id: &PaymentIntentId,
    action: CustomerAction,
) -> Result<Intent, Failure> {
    let found = retrieve::find(app, id)
        .await?
        .ok_or_else(|| Failure::not_found(id))?;
    let intent = retrieve::up_to_date(app, found).await?;
    let Some(code) = codes::live(app, id).await? else {
        return Err(nothing_to_pay(app, &intent).await);
    };
    // Not under the intent's lock: a real customer does not wait for the gateway either.
    if let Err(refused) = app.wallet.pay(code.reference).await? {
        let why = match refused {
            CustomerRefused::AlreadyPaid => "the customer has already paid this code",
            CustomerRefused::NoSuchCode if app.clock.now() < code.expires_at => {
                "the QR code has been replaced or withdrawn meanwhile"
            }
            CustomerRefused::NoSuchCode | CustomerRefused::Expired => {
                "the QR code has expired: confirm again for a new one"
            }
        };
        return Err(Failure::state(why));
    }
    if !action.notify {
        return Ok(intent);
    }
    let _held = app.intents.lock(id.clone()).await;
    let intent = retrieve::find(app, id)
        .await?
        .ok_or_else(|| Failure::not_found(id))?;
    codes::settle(app, intent).await
}

async fn nothing_to_pay(app: &App, intent: &Intent) -> Failure {
    let id = &intent.id;
    match intent.status {
        PaymentIntentStatus::RequiresPaymentMethod => Failure::state(format!(
            "payment intent {id} has no QR code yet: confirm it with qr_mpm first"
        )),
        PaymentIntentStatus::RequiresAction => Failure::state(format!(
            "the QR code of payment intent {id} has expired: confirm again for a new one"
        )),
        _ => conflict(app, intent, "paid").await,
    }
}
