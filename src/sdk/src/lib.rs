//! The mpac-pgw payment terminal: takes a payment by QR code, by card or in cash, and tells what
//! became of it.
//!
//! Start with [`PaymentTerminal`]. To read the code of one payment from top to bottom:
//!
//! 1. `terminal` — what an app calls; an attempt is written to the journal and gets a thread;
//! 2. `driver` — that thread: it carries out what the flow decides;
//! 3. `flow` — the decisions, as a pure state machine: inputs and the time in, effects out;
//! 4. `exchange` — what the gateway is asked, and what its answer means; `transport` sends it;
//! 5. `delivery` — the events, in order, on their way to the app's [`PaymentListener`].
//!
//! Beside these: `registry` (which attempts there are), `services` (what they use together), `shared` and
//! `saved` (what the threads of one know of each other, and of what is on disk), `facts` (what a screen and
//! a receipt need), `record` and `journal` (attempts on disk), `polling`
//! (when to ask next), `gateway_clock` (what time it is there), `card`, `card_url`, `card_signature` and
//! `card_data` (the MPACCreditCard hand-off), `qr`, `qr_mask` and `png` (drawing codes), `messages` (what
//! to tell the staff), `secret` and `period` (what cannot be shown by accident, and lengths of time), `ffi` (how all
//! this crosses to Kotlin and Swift), `sync` (threads and locks).

mod attempt;
mod card;
mod card_data;
mod card_signature;
mod card_url;
mod clock;
mod config;
mod delivery;
mod driver;
mod error;
mod events;
mod exchange;
#[cfg(test)]
mod exploration;
mod facts;
mod ffi;
mod flow;
#[cfg(any(test, fuzzing))]
#[doc(hidden)]
#[allow(clippy::unwrap_used, reason = "a panic is how a fuzz target reports")]
pub mod fuzzing;
mod gateway_clock;
mod journal;
mod logging;
mod messages;
mod method;
mod period;
mod png;
mod polling;
mod qr;
mod qr_mask;
mod record;
mod registry;
mod saved;
#[cfg(all(test, shuttle))]
mod schedules;
mod secret;
mod services;
mod shared;
#[cfg(test)]
mod simulation;
mod state;
mod sync;
mod terminal;
mod transport;
mod vault;

pub use attempt::PaymentAttempt;
pub use card::{
    CARD_CONTRACT_VERSION, CardOutcome, CardRequest, CardResult, SIGNED_CARD_CONTRACT_VERSION,
};
pub use config::{PollingPolicy, TerminalConfig};
pub use error::{CardResultRefusal, TerminalError};
pub use events::{PaymentEvent, PaymentEventKind, PaymentListener};
pub use facts::{AttemptSummary, CardReceipt, ConnectionState, PaymentFacts, Receipt};
pub use logging::{LogLevel, LogSink, set_log_level, set_log_sink};
pub use messages::Language;
pub use method::PaymentMethod;
pub use period::Period;
pub use qr::{QrCode, QrMatrix, qr_matrix, qr_png, qr_svg, qr_text};
pub use secret::Secret;
pub use state::{
    CancelOutcome, CancelledBy, FailureCode, NextStep, PaymentResult, PaymentState, SwitchOutcome,
    UncertaintyCause,
};
pub use terminal::{DamagedRecord, PaymentIntent, PaymentTerminal};
pub use vault::{Vault, VaultError};

uniffi::setup_scaffolding!("mpac_pgw");
