use std::sync::Arc;

use mpac_pgw_protocol::MerchantId;
use rusqlite::Connection;

use crate::answer::Answer;
use crate::app::App;
use crate::domain::NewIntent;
use crate::failure::Failure;
use crate::idempotency::{Asked, Before};
use crate::ids;
use crate::store::{intents, merchant_refs};

/// Creates a PaymentIntent, unless the merchant has one with the same reference.
pub(crate) async fn create(
    app: Arc<App>,
    merchant: MerchantId,
    order: NewIntent,
    asked: Asked,
) -> Result<Answer, Failure> {
    let id = ids::payment_intent_id(&app.clock)?;
    let token = ids::payment_token(&id)?;
    let now = app.clock.now();
    let intent = order.into_intent(id, token, merchant, now);
    let answer = Answer::ok(&intent.created_view())?;
    let insert = move |c: &Connection| {
        let slot = match asked.look_up(c)? {
            Before::Answered(answer) => return Ok(answer),
            Before::Never(slot) => slot,
        };
        let reference = &intent.merchant_ref_id;
        if let Some(existing) = merchant_refs::find_intent(c, &intent.merchant_id, reference)? {
            let why = format!(
                "merchant_ref_id is already used by payment intent {existing}: retrieve that one, \
                 or use a new reference for a new order"
            );
            return Err(Failure::invalid_param("merchant_ref_id", why));
        }
        intents::insert(c, &intent)?;
        slot.keep(c, &answer, now)?;
        Ok(answer)
    };
    app.store.write(insert).await
}
