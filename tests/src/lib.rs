//! What the end-to-end tests share: the real gateway binary, and a till that remembers what it
//! heard.

mod gateway;
mod till;

pub use gateway::{Order, TestGateway};
pub use till::{Recorder, Till, approve, patiently};
