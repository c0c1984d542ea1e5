//! What the attempts of a terminal share: the clock, the gateway and the journal.

use std::io;

use crate::clock::{Clock, Entropy};
use crate::exchange::{Reply, Request};
use crate::flow::Flow;
use crate::journal::Journal;
use crate::record::AttemptRecord;
use crate::transport::Transport;

/// Whoever answers requests.
pub(crate) trait Gateway: Send + Sync {
    /// The address, without a trailing slash.
    fn base_url(&self) -> &str;

    /// Sends one request and waits for the answer.
    fn send(&self, request: &Request) -> Reply;
}

impl Gateway for Transport {
    fn base_url(&self) -> &str {
        self.base_url()
    }

    fn send(&self, request: &Request) -> Reply {
        self.send(request)
    }
}

/// Where attempts are kept.
pub(crate) trait Store: Send + Sync {
    fn write(&self, gateway_url: &str, record: &AttemptRecord) -> io::Result<()>;

    /// Removes an attempt that is over.
    fn forget(&self, record: &AttemptRecord) -> io::Result<()>;

    /// Lets another terminal have it. Later writes are refused.
    fn release(&self);

    /// Whether another terminal may have it by now.
    fn is_released(&self) -> bool;
}

impl Store for Journal {
    fn write(&self, gateway_url: &str, record: &AttemptRecord) -> io::Result<()> {
        self.write(gateway_url, record)
    }

    fn forget(&self, record: &AttemptRecord) -> io::Result<()> {
        self.forget(record)
    }

    fn release(&self) {
        self.release();
    }

    fn is_released(&self) -> bool {
        self.is_released()
    }
}

/// What every attempt of a terminal uses.
pub(crate) struct Services {
    pub(crate) clock: Box<dyn Clock>,
    pub(crate) entropy: fn() -> Box<dyn Entropy>,
    pub(crate) gateway: Box<dyn Gateway>,
    pub(crate) journal: Box<dyn Store>,
}

impl Services {
    pub(crate) fn save(&self, flow: &Flow) -> std::io::Result<()> {
        let written = self.journal.write(self.gateway.base_url(), flow.record());
        if let Err(error) = &written {
            let id = &flow.record().attempt_id;
            log::error!(
                "attempt {id}: the journal could not be written: {}",
                error.kind()
            );
        }
        written
    }
}
