use std::sync::Arc;

use mpac_pgw_protocol::{PaymentIntentId, PaymentIntentStatus};

use super::{codes, conflict, retrieve};
use crate::app::App;
use crate::domain::{CustomerCode, Intent};
use crate::failure::Failure;
use crate::fields::{FieldError, Fields};
use crate::stand_in::{CustomerAct, CustomerRefused, StandIn};

/// What the simulated customer does with the code on the terminal's screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct CustomerAction {
    pub(crate) act: CustomerAct,
    /// Whether the provider's message reaches the gateway. If not, the gateway finds out when it
    /// next asks.
    pub(crate) notify: bool,
}

const OUTCOME: &str = "outcome";
const OUTCOMES: [(&str, CustomerAct); 3] = [
    ("approved", CustomerAct::Pay),
    ("not_enough_balance", CustomerAct::NotEnoughBalance),
    ("give_up", CustomerAct::GiveUp),
];

impl CustomerAction {
    pub(crate) fn read(fields: &Fields) -> Result<Self, FieldError> {
        Ok(Self {
            act: read_act(fields)?,
            notify: fields.boolean("notify")?.unwrap_or(true),
        })
    }
}

impl Default for CustomerAction {
    fn default() -> Self {
        Self {
            act: CustomerAct::Pay,
            notify: true,
        }
    }
}

/// What the customer does: pays, unless it is said otherwise.
fn read_act(fields: &Fields) -> Result<CustomerAct, FieldError> {
    let Some(outcome) = fields.text(OUTCOME, 64)? else {
        return Ok(CustomerAct::Pay);
    };
    let known = OUTCOMES.into_iter().find(|(name, _)| *name == outcome);
    known.map(|(_, act)| act).ok_or_else(|| {
        let names = OUTCOMES.map(|(name, _)| name).join(", ");
        FieldError::new(OUTCOME, format!("outcome must be one of {names}"))
    })
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
    let customer = customer(app)?;
    let Some(code) = codes::live(app, id).await? else {
        return Err(nothing_to_pay(app, &intent).await);
    };
    // Not under the intent's lock: a real customer does not wait for the gateway either.
    let acted = customer.customer(code.reference, action.act, action.notify);
    if let Err(refused) = acted.await? {
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

/// A code for the terminal to scan, as the customer's wallet shows it.
pub(crate) async fn customer_code(app: &App, fields: &Fields) -> Result<CustomerCode, Failure> {
    let act = read_act(fields)?;
    let code = customer(app)?.customer_code(act).await?;
    Ok(CustomerCode::new(code))
}

fn customer(app: &App) -> Result<&StandIn, Failure> {
    app.stand_in.as_ref().ok_or_else(|| {
        Failure::state(
            "this gateway speaks to the real PayPay: pay with a real wallet of the same environment",
        )
    })
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
