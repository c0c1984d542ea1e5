//! What the end-to-end tests share: the real gateway binary, and a till that remembers what it
//! heard.

mod books;
mod card_app;
mod gateway;
mod http;
mod proxy;
mod till;

pub use books::{Books, Entry};
pub use card_app::{CardApp, CardStep};
pub use gateway::{Order, TestGateway};
pub use http::retrieve;
pub use proxy::{Network, Proxy, ReplyFate, RequestFate};
pub use till::{Recorder, Till, approve, patiently, paypay, scanned};
