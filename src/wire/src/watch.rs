//! What happens to one connection: whether it died before anything of an answer came, though it had
//! worked before; and where the final answer begins.

use std::fmt;

use ureq::Error;
use ureq::unversioned::transport::{Buffers, ConnectionDetails, Connector, NextTimeout, Transport};

/// Whether the request was sent on a connection that had been used before, and died with it before
/// a byte of the answer came: most often, the other side had closed it while it was idle, and the
/// request was never read.
///
/// Never after a timeout, and never on a fresh connection, so that a repeat on one is the last.
#[must_use]
pub fn died_unannounced(error: &Error) -> bool {
    matches!(error, Error::Other(error) if error.is::<DiedUnannounced>())
}

#[derive(Debug)]
struct DiedUnannounced;

impl fmt::Display for DiedUnannounced {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a kept-alive connection died before the answer began")
    }
}

impl std::error::Error for DiedUnannounced {}

/// The last connector of a chain.
#[derive(Debug)]
pub(crate) struct Watch {
    /// Connections without a proxy only lead to the proxy: what goes through them is watched further
    /// up.
    pub(crate) has_proxy: bool,
}

impl<In: Transport> Connector<In> for Watch {
    type Out = Watched<In>;

    fn connect(
        &self,
        details: &ConnectionDetails<'_>,
        chained: Option<In>,
    ) -> Result<Option<Self::Out>, Error> {
        let leads_to_proxy = self.has_proxy && details.config.proxy().is_none();
        Ok(chained.map(|transport| Watched {
            transport,
            stage: match leads_to_proxy {
                true => Stage::Unwatched,
                false => Stage::Fresh,
            },
            is_final: false,
        }))
    }
}

#[derive(Debug)]
pub(crate) struct Watched<T> {
    transport: T,
    stage: Stage,
    /// Whether the answer has got past the informational ones that may come before it.
    is_final: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// It is none of ours.
    Unwatched,
    /// Nothing has ever come.
    Fresh,
    /// Something of the latest answer has come.
    Answered,
    /// An earlier request was answered, and nothing of the answer to this one has come.
    UsedAgain,
}

impl<T> Watched<T> {
    fn judge(&self, error: Error) -> Error {
        match (self.stage, error) {
            // The other side may still be at work on it.
            (_, timeout @ Error::Timeout(_)) => timeout,
            (Stage::UsedAgain, _) => Error::Other(Box::new(DiedUnannounced)),
            (_, error) => error,
        }
    }
}

impl<T: Transport> Transport for Watched<T> {
    fn buffers(&mut self) -> &mut dyn Buffers {
        self.transport.buffers()
    }

    fn transmit_output(&mut self, amount: usize, timeout: NextTimeout) -> Result<(), Error> {
        if self.stage == Stage::Answered {
            self.stage = Stage::UsedAgain;
        }
        self.is_final = false;
        let sent = self.transport.transmit_output(amount, timeout);
        sent.map_err(|error| self.judge(error))
    }

    fn await_input(&mut self, timeout: NextTimeout) -> Result<bool, Error> {
        match self.transport.await_input(timeout) {
            Ok(true) if self.stage == Stage::Unwatched => Ok(true),
            Ok(true) => {
                self.stage = Stage::Answered;
                if !self.is_final {
                    self.is_final = skip_informational(self.transport.buffers());
                }
                Ok(true)
            }
            // The other side has closed its end.
            Ok(false) if self.stage == Stage::UsedAgain => {
                Err(Error::Other(Box::new(DiedUnannounced)))
            }
            Ok(false) => Ok(false),
            Err(error) => Err(self.judge(error)),
        }
    }

    fn is_open(&mut self) -> bool {
        self.transport.is_open()
    }

    fn is_tls(&self) -> bool {
        self.transport.is_tls()
    }
}

/// Takes whole informational answers (1xx) off the input: ureq passes over those that it expects, and
/// refuses a 100 with header fields, which HTTP allows. Tells whether the final answer has begun; 101
/// is one.
fn skip_informational(buffers: &mut dyn Buffers) -> bool {
    loop {
        let input = buffers.input();
        let status = match input {
            [
                b'H',
                b'T',
                b'T',
                b'P',
                b'/',
                b'1',
                b'.',
                _,
                b' ',
                status @ ..,
            ] => status,
            short => return !b"HTTP/1.".starts_with(&short[..short.len().min(7)]),
        };
        match status {
            [b'1', b'0', b'1', ..] => return true,
            [b'1', _, _, ..] => {}
            short => return short.len() >= 3,
        }
        let end = b"\r\n\r\n";
        match input.windows(end.len()).position(|part| part == end) {
            Some(start) => buffers.input_consume(start + end.len()),
            None => return false,
        }
    }
}
