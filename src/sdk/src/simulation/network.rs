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
    /// Somebody else answers in the gateway's place: a captive portal, a proxy.
    Page,
    /// Carried out, and a proxy writes a page of its own over the answer.
    PageAfter,
    /// Carried out, and the answer contradicts what is known.
    Contradiction,
}

/// What stands in the `Date` of the gateway's own answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Dates {
    Right,
    Missing,
    /// A proxy on the way writes its own, so many seconds off.
    Rewritten(i64),
    /// One of the next answers is dated so many seconds off, all others rightly.
    WrongOnce {
        answers_until: u8,
        by: i64,
    },
}

/// A network with its moods: good most of the time, and sometimes gone for a while.
pub(super) struct Network {
    fault_rate: f64,
    down_until: u64,
    /// The terminal sleeps, and wakes where there is no network.
    pub(super) gone: Option<(u64, u64)>,
    pub(super) healed: bool,
    pub(super) dates: Dates,
}

const FAULTS: [Fault; 12] = [
    Fault::Refused,
    Fault::LostRequest,
    Fault::LostReply,
    Fault::CarriedOutLate,
    Fault::Duplicated,
    Fault::ErrorBefore,
    Fault::ErrorAfter,
    Fault::Busy,
    Fault::Truncated,
    Fault::Page,
    Fault::PageAfter,
    Fault::Contradiction,
];

impl Network {
    pub(super) fn new(rng: &mut Rng) -> Self {
        let rates = [0.0, 0.05, 0.2, 0.5];
        Self {
            fault_rate: rates[rng.usize(..rates.len())],
            down_until: 0,
            gone: None,
            healed: false,
            dates: match rng.u8(..10) {
                0 => Dates::Missing,
                1 => Dates::Rewritten(wrong_by(rng)),
                2 => Dates::WrongOnce {
                    answers_until: rng.u8(1..6),
                    by: wrong_by(rng),
                },
                _ => Dates::Right,
            },
        }
    }

    /// How many seconds the `Date` of the next answer is off, if it has one.
    pub(super) fn date_error(&mut self) -> Option<i64> {
        match &mut self.dates {
            Dates::Right => Some(0),
            Dates::Missing => None,
            Dates::Rewritten(by) => Some(*by),
            Dates::WrongOnce { answers_until, by } => {
                let is_wrong = *answers_until == 1;
                *answers_until = answers_until.saturating_sub(1);
                Some(if is_wrong { *by } else { 0 })
            }
        }
    }

    /// What happens to the next exchange. Times are in virtual milliseconds.
    pub(super) fn fault(&mut self, now: u64, rng: &mut Rng) -> Fault {
        if self.healed {
            return Fault::None;
        }
        let is_gone = |(from, until): (u64, u64)| (from..until).contains(&now);
        if now < self.down_until || self.gone.is_some_and(is_gone) {
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

/// How many seconds a stranger's clock is off: minutes, hours or days, in either direction.
pub(super) fn wrong_by(rng: &mut Rng) -> i64 {
    let reach = [900, 10_000, 200_000][rng.usize(..3)];
    rng.i64(-reach..reach)
}
