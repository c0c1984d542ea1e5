//! What a network, a proxy and a busy server do to one exchange.

use fastrand::Rng;

/// What happens to one request and its reply.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fault {
    None,
    /// Nobody listens.
    Refused,
    /// Lost on the way there.
    LostRequest,
    /// Carried out, and the reply lost.
    LostReply,
    /// Given up by the terminal, and carried out later all the same.
    CarriedOutLate,
    /// Carried out twice.
    Duplicated,
    /// A server error, before anything was done.
    ErrorBefore,
    /// A server error, after it was done.
    ErrorAfter,
    /// Too many requests.
    Busy,
    /// Carried out, and the reply cut short.
    Truncated,
    /// A captive portal answers.
    Garbage,
}

/// A network with its moods: good most of the time, and sometimes gone for a while.
pub(super) struct Network {
    fault_rate: f64,
    down_until: u64,
    pub(super) healed: bool,
}

const FAULTS: [Fault; 10] = [
    Fault::Refused,
    Fault::LostRequest,
    Fault::LostReply,
    Fault::CarriedOutLate,
    Fault::Duplicated,
    Fault::ErrorBefore,
    Fault::ErrorAfter,
    Fault::Busy,
    Fault::Truncated,
    Fault::Garbage,
];

impl Network {
    pub(super) fn new(rng: &mut Rng) -> Self {
        let rates = [0.0, 0.05, 0.2, 0.5];
        Self {
            fault_rate: rates[rng.usize(..rates.len())],
            down_until: 0,
            healed: false,
        }
    }

    /// What happens to the next exchange. Times are in virtual milliseconds.
    pub(super) fn fault(&mut self, now: u64, rng: &mut Rng) -> Fault {
        if self.healed {
            return Fault::None;
        }
        if now < self.down_until {
            return Fault::Refused;
        }
        if rng.f64() >= self.fault_rate {
            return Fault::None;
        }
        if rng.u8(..20) == 0 {
            // The line is gone: for a moment, or for longer than the payment lives.
            self.down_until = now + rng.u64(1_000..3_000_000);
        }
        FAULTS[rng.usize(..FAULTS.len())]
    }
}
