//! What the end-to-end tests share: the real gateway binary, and a till that remembers what it
//! heard.

mod books;
mod card_app;
mod card_key;
mod fate;
mod gateway;
mod http;
mod proxy;
mod spelling;
mod till;
mod tls;

pub use books::{Books, Entry};
pub use card_app::{CardApp, CardStep};
pub use card_key::CardKey;
pub use fate::{Closing, Date, ReplyFate, RequestFate};
pub use gateway::{MERCHANT, Order, TestGateway};
pub use http::{call, retrieve};
pub use proxy::{Network, Proxy};
pub use spelling::Spelling;
pub use till::{Recorder, Till, approve, patiently, paypay, reopen, scanned};
pub use tls::{
    Authority, ConnectProxy, EXPIRED, HOST, Identity, Meets, NOT_YET_VALID, TlsFront, VALID,
};
