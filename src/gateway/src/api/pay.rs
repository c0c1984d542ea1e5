use std::sync::Arc;

use axum::extract::State;

use super::incoming::Incoming;
use super::to_the_end;
use crate::answer::Answer;
use crate::app::App;
use crate::domain::intent::Reader;
use crate::failure::Failure;
use crate::payments::pay::{self, CustomerAction};

/// `POST /_local/payment_intents/{id}/pay`: the customer, for tests. Needs no credentials, and so
/// answers this machine only.
pub(super) async fn handle(
    State(app): State<Arc<App>>,
    incoming: Incoming,
) -> Result<Answer, Failure> {
    if !incoming.is_from_this_machine() {
        let why = "/_local is open only to programs on the machine that the gateway runs on";
        return Err(Failure::forbidden(why));
    }
    let action = CustomerAction::read(&incoming.optional_fields()?)?;
    let id = incoming.id()?;
    let paid = to_the_end(pay::pay(app, id, action)).await?;
    Ok(Answer::ok(&paid.view(Reader::Terminal))?)
}
