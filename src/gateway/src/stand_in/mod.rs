//! PayPay, for a developer without PayPay: its Open Payment API, its customers' wallet, its books.
//!
//! It is served on a port of its own, beside the gateway's, and the gateway speaks to it as it
//! would to PayPay: over HTTP, signed. So do PayPay's own SDKs.
//!
//! # Where PayPay's documents are silent or disagree
//!
//! | question | answer |
//! |---|---|
//! | what is open in the documents | [`PayPaySettings`] has a setting and a default for each |
//! | any error row of the tables | an id that starts with `error-<codeId or code>-`, see [`results::provoked`]; or a fault rule with a `scenario` |
//! | order of the checks | signature, form of the request, `error-` ids, existence, state |
//! | a field is missing, or has the wrong type | `MISSING_REQUEST_PARAMS`, `INVALID_REQUEST_PARAMS` |
//! | a value that cannot be | codes `DYNAMIC_QR_BAD_REQUEST`; payments and refunds `INVALID_PARAMS`; others `INVALID_REQUEST_PARAMS` |
//! | codes that customers show to be scanned | there is no documented call for them: `POST /v2/payments` and `/v2/payments/preauthorize` take one as `userAuthorizationId`. Used or unknown: `INVALID_USER_AUTHORIZATION_ID`; over: `EXPIRED_USER_AUTHORIZATION_ID` |
//! | the customer has not enough balance | a code's payment becomes `FAILED`, with its webhook; a scanned code gets `NO_SUFFICIENT_FUND` |
//! | the customer gives up | a code stays `CREATED` and can be paid; a scanned code gets `UNACCEPTABLE_OP` |
//! | a code whose payment has failed is to be deleted | it is, and the payment stays `FAILED` |
//! | a second deletion of a code | `DYNAMIC_QR_NOT_FOUND` |
//! | capture or revert of an unknown payment | `RESOURCE_NOT_FOUND`, as in the newer tables |
//! | revert again, with the same merchantRevertId | `ORDER_NOT_CANCELABLE` |
//! | a capture of more than was reserved | the wallet's page asks the customer |
//! | a payment that is cancelled before it is paid | no webhook, neither when it is paid nor when it fails |
//! | the clock was advanced | a signature may be of the gateway's time or of the machine's: clients cannot be advanced |
//! | redirect domains of account links | any |
//! | an account link by a customer who has one | another user authorization |
//!
//! Nothing here takes [`App::gate`](crate::app::App): whoever calls may hold it.

mod ledger;
mod opa;
pub(crate) mod results;
mod serving;
mod settings;
mod wallet;
mod webhooks;

use std::sync::{Arc, PoisonError, RwLock};

use paypay_opa::Credentials;

pub(crate) use ledger::{CustomerAct, CustomerRefused};
#[cfg(test)]
pub(crate) use ledger::{PAYPAY_DUE, standings};
use opa::Failed;
pub(crate) use opa::refused;
pub(crate) use serving::serve;
pub use settings::{
    DeletedCode, PayPaySettings, RepeatedCode, SecondRefund, TokenAudience, UnknownCancel,
    WebhookAmount, WebhookCaptureOrder, WebhookRetries,
};

use crate::clock::Clock;
use crate::faults::Faults;
use crate::store::{Store, StoreError};
use ledger::{Books, Key, Terms};
use webhooks::Poster;

/// The stand-in's one merchant, and its key. They protect nothing.
pub(crate) const MERCHANT_ID: &str = "test_merchant_at_paypay";
pub(crate) const API_KEY: &str = "test_paypay_api_key";
/// Base64, as PayPay's are: account-link tokens are signed with the bytes it holds.
pub(crate) const API_SECRET: &str = "bXBhYy1nYXRld2F5OiBhIHN0YW5kLWluIGZvciBQYXlQYXk=";

/// PayPay. Clones are the same one.
#[derive(Debug, Clone)]
pub(crate) struct StandIn {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    clock: Clock,
    store: Store,
    faults: Faults,
    credentials: Credentials,
    settings: RwLock<Arc<PayPaySettings>>,
    /// Where the gateway reaches it.
    url: String,
    /// Where customers reach it.
    public_url: Arc<str>,
    poster: Poster,
    nonces: opa::Nonces,
}

/// What a stand-in is made of.
pub(crate) struct Parts {
    pub(crate) clock: Clock,
    pub(crate) store: Store,
    pub(crate) faults: Faults,
    pub(crate) settings: PayPaySettings,
    /// Where it listens, as a URL without a `/` at the end.
    pub(crate) url: String,
    /// What the URLs in its codes begin with, if not with `url`.
    pub(crate) public_url: Option<String>,
}

impl StandIn {
    /// A PayPay that listens nowhere yet: [`serve`] does that.
    pub(crate) fn new(parts: Parts) -> Self {
        let public_url = parts.public_url.as_deref().unwrap_or(&parts.url);
        Self {
            shared: Arc::new(Shared {
                public_url: public_url.trim_end_matches('/').into(),
                credentials: credentials(),
                poster: Poster::new(parts.clock.clone()),
                clock: parts.clock,
                store: parts.store,
                faults: parts.faults,
                settings: RwLock::new(Arc::new(parts.settings)),
                url: parts.url,
                nonces: opa::Nonces::default(),
            }),
        }
    }

    /// Its base URL, for a client of the API.
    pub(crate) fn url(&self) -> &str {
        &self.shared.url
    }

    /// Where customers reach it.
    pub(crate) fn public_url(&self) -> &str {
        &self.shared.public_url
    }

    /// Key and secret of its one merchant.
    pub(crate) fn credentials(&self) -> Credentials {
        self.shared.credentials.clone()
    }

    /// The customer acts on the code of this merchantPaymentId, as on the wallet's page. Without
    /// `notify`, the merchant is not told.
    pub(crate) async fn customer(
        &self,
        merchant_payment_id: String,
        act: CustomerAct,
        notify: bool,
    ) -> Result<Result<(), CustomerRefused>, StoreError> {
        let work = move |books: &mut Books<'_>| {
            let acted = books.act(Key::Merchant(&merchant_payment_id), act)?;
            if !notify {
                books.say_nothing();
            }
            Ok(acted.map(|_| ()))
        };
        self.books(work).await
    }

    /// A one-time code, as the customer's app would show it to be scanned.
    pub(crate) async fn customer_code(&self, act: CustomerAct) -> Result<String, StoreError> {
        let work = move |books: &mut Books<'_>| books.new_customer_code(act, false);
        Ok(self.books(work).await?.code)
    }

    fn settings(&self) -> Arc<PayPaySettings> {
        let settings = self.shared.settings.read();
        Arc::clone(&settings.unwrap_or_else(PoisonError::into_inner))
    }

    fn terms(&self) -> Terms {
        Terms {
            now: self.shared.clock.now(),
            settings: self.settings(),
            public_url: Arc::clone(&self.shared.public_url),
        }
    }

    /// Works on the books in one transaction, and posts what there is to say once it is on disk:
    /// also when the one who asked has hung up meanwhile.
    async fn books<T, F>(&self, work: F) -> Result<T, StoreError>
    where
        F: FnOnce(&mut Books<'_>) -> Result<T, StoreError> + Send + 'static,
        T: Send + 'static,
    {
        let (terms, stand_in) = (self.terms(), self.clone());
        let to_the_end = tokio::spawn(async move {
            let settings = Arc::clone(&terms.settings);
            let transaction = move |c: &rusqlite::Connection| -> Result<_, StoreError> {
                let mut books = Books::open(c, terms);
                let done = work(&mut books)?;
                Ok((done, books.close()))
            };
            let (done, webhooks) = stand_in.shared.store.write(transaction).await?;
            stand_in.shared.poster.post(webhooks, &settings);
            Ok(done)
        });
        // The runtime ends, which the database does just after.
        to_the_end.await.unwrap_or(Err(StoreError::Closed))
    }

    /// Looks into the books and writes nothing.
    async fn look<T, F>(&self, work: F) -> Result<T, StoreError>
    where
        F: FnOnce(&Books<'_>) -> Result<T, StoreError> + Send + 'static,
        T: Send + 'static,
    {
        let terms = self.terms();
        let look = move |c: &rusqlite::Connection| work(&Books::open(c, terms));
        self.shared.store.read(look).await
    }
}

/// Of the constants above, checked by a test.
#[allow(clippy::expect_used)]
fn credentials() -> Credentials {
    Credentials::new(API_KEY, API_SECRET).expect("the stand-in's credentials are well-formed")
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_credentials_are_well_formed() {
        assert_eq!(super::credentials().api_key.as_str(), super::API_KEY);
    }
}
