//! The mpac-pgw local gateway: the PaymentIntent API of the guide, on one machine, offline.
//!
//! The binary `mpac-gateway` runs it from the command line. A program embeds it like this, for
//! tests or demonstrations:
//!
//! ```
//! use mpac_gateway::{Gateway, GatewayConfig};
//!
//! let gateway = Gateway::start(GatewayConfig::default())?;
//! println!("{}", gateway.url());
//! # Ok::<(), mpac_gateway::StartError>(())
//! ```
//!
//! # Where the guide is silent
//!
//! | question | answer |
//! |---|---|
//! | HTTP status of create, confirm and cancel | 200 |
//! | unknown path, wrong method, too large, not JSON | 404, 405, 413 (over 64 KiB), 415, each an `invalid_request` |
//! | a field that the guide does not have | ignored |
//! | a whole number written with a point or an exponent | is one: 1500.0 is 1500, as JSON Schema has it |
//! | `null` in an optional field | as if it were left out |
//! | lengths, in characters | `merchant_ref_id` 64; store, terminal and approval code 255; `provider` 64 |
//! | no payment token | 401; one that is malformed 400, one of another intent 401 |
//! | another merchant's intent | 404, as if it did not exist |
//! | `provider` | PAYPAY for QR, the one provider that there is an adapter for; any brand for cards, CASH or nothing for cash |
//! | a card's number in `provider` or `external_ref_id` of a card | taken, but never stored or shown: it is masked but for its last four digits |
//! | QR payments in another currency than JPY | refused: PayPay takes yen only |
//! | `qr_cpm` | confirm carries `customer_code`, 1 to 512 characters, and answers `succeeded` (`processing` with manual capture) |
//! | a wallet refuses the customer's code | 400 with the param `customer_code`, and the `decline_code` insufficient_funds or customer_code_expired where the wallet says so: nothing was charged, and the intent is as open as before |
//! | a wallet's payment has failed | the intent is `failed`, with the `failure_reason` failed_at_provider |
//! | the provider says no, or nothing | 502, whose message names the provider's own code; what it did is looked up, then taken back |
//! | confirm again while a code is out | the old code is deleted at the provider, then the new method is taken; if the customer has paid the old one, that payment stands and the answer is 409 |
//! | a code has expired, its intent has not | the status stays `requires_action`; confirm again for a new code |
//! | an intent expires | it becomes `cancelled`, once its code has been deleted |
//! | `capture_method: manual`, paid by QR | `processing`: the money is reserved. Cards and cash have changed hands, so they succeed |
//! | capture | signed; all, or `amount` of it, once. `amount_capturable` is shown while money is reserved, `amount_captured` once some was taken. The events' `amount` stays the intent's |
//! | cancel of an intent whose money is reserved | signed, it releases the money, and the intent becomes `failed` with the `failure_reason` released: the guide has no arrow from `processing` to `cancelled`. By token it is 409: the money is the merchant's to let go |
//! | refunds | `POST /v1/refunds` with `payment_intent_id`, `amount` (default: all that was captured), `reason`; one per payment, by whatever method. Cards and cash are recorded only: the money is given back where it was taken |
//! | a provider does not answer about a refund | 502, the refund is `pending`; the gateway keeps asking, and so does repeating the request |
//! | lists | `{"object": "list", "data": […], "has_more": …}`, newest first, `limit` 1 to 100 (default 10), `starting_after` an id |
//! | no such refund, event or webhook endpoint | 404 with `invalid_request`: `payment_not_found` is about PaymentIntents |
//! | webhooks | the guide's three, one per endpoint that enabled it; any 2xx is success, redirects are not followed, 10 s at most; tried again after 5 s, 30 s, 2 min, 10 min, 30 min, then hourly to 8-hourly, 11 times within a day of the gateway's clock |
//! | `t` of `MPAC-Signature` | the machine's time, which no advance moves: receivers hold it against theirs |
//! | the secret of a webhook endpoint | told once, in the answer to its creation |
//! | repeated Idempotency-Key | successes and 409 are repeated for 24 hours, with the header `Idempotent-Replayed: true`; other errors changed nothing and are not kept |
//! | Idempotency-Key of a terminal | shares the merchant's keys: it belongs to the intent's merchant |
//! | the clock was advanced | a signature's timestamp may be near the gateway's time or near the machine's: back ends cannot be advanced. A file keeps how far it was advanced, until a reset: after a restart nothing lies in the future |
//! | faults | rules of `/_local/faults` apply to everything but `/_local`, the first that matches; those with the `target` paypay to what is asked of the PayPay stand-in instead. `count` 0 means until removed. Delays and drips go by real time: they are the network's |
//! | the dashboard's buttons | call what the API calls, without a token or a signature; what this payment does not allow is always 409 there |
//! | the last requests | at most 500 and 4 MiB of them, in memory, bodies up to 16 KiB; those to `/_local` are not kept |
//! | reset | forgets everything and takes the clock back; what is in a file only with `{"yes": true}` |
//! | what a QR code holds | the address of the stand-in's wallet page, or what PayPay says |
//! | PayPay's webhooks | not signed, so they prompt a question to PayPay and nothing else: `POST /webhooks/paypay` |
//!
//! PayPay is a stand-in, served beside the gateway: [`PayPayConfig`], [`PayPaySettings`].
//!
//! From the outside in: `api` speaks HTTP, `payments` holds what can happen to a payment,
//! `domain` knows the rules, `store` and `provider` are what the rules act on. All time comes
//! from one [`Clock`].

mod answer;
mod api;
mod app;
mod clock;
mod config;
mod dashboard;
mod domain;
mod failure;
mod faults;
mod fields;
mod http_date;
mod idempotency;
mod ids;
mod locks;
mod payments;
mod provider;
mod server;
mod sites;
mod stand_in;
mod store;
mod webhooks;
mod wire;

pub use clock::Clock;
pub use config::{
    GatewayConfig, Merchant, MerchantError, PayPayAccount, PayPayConfig, StoreLocation,
};
pub use server::{Gateway, StartError};
pub use stand_in::{
    DeletedCode, PayPaySettings, RepeatedCode, SecondRefund, TokenAudience, UnknownCancel,
    WebhookAmount, WebhookCaptureOrder, WebhookRetries,
};
pub use store::{SYNC_POLICY, StoreOpenError};
