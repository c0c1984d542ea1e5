//! Which message goes wrong, and how.

use std::sync::atomic::{AtomicUsize, Ordering};

use mpac_pgw_tests::{Closing, Date, Network, ReplyFate, RequestFate, Spelling};

/// One way for a message to go wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    /// Nobody listens when the terminal connects.
    Refused,
    Request(RequestFate),
    Reply(ReplyFate),
}

impl Fault {
    /// What the terminal has to make the best of.
    pub(crate) const FAILURES: [Self; 15] = [
        Self::Refused,
        Self::Request(RequestFate::Lost),
        Self::Request(RequestFate::Late),
        Self::Request(RequestFate::Duplicated),
        Self::Reply(ReplyFate::Lost),
        Self::Reply(ReplyFate::HeadersCut),
        Self::Reply(ReplyFate::BodyCut),
        Self::Reply(ReplyFate::TooLate),
        Self::Reply(ReplyFate::PortalPage),
        Self::Reply(ReplyFate::ForeignJson),
        Self::Reply(ReplyFate::Noise),
        Self::Reply(ReplyFate::BadGateway),
        Self::Reply(ReplyFate::TooManyRequests),
        Self::Reply(ReplyFate::ErrorPage(Date::Missing)),
        Self::Reply(ReplyFate::LogInPage(Date::Missing)),
    ];

    /// What HTTP allows, and nobody at the till may notice.
    pub(crate) const ALLOWED: [Self; 9] = [
        Self::Reply(ReplyFate::ClosedAfter(Closing::Fin, 0)),
        Self::Reply(ReplyFate::ClosedAfter(Closing::Fin, 5)),
        Self::Reply(ReplyFate::ClosedAfter(Closing::Fin, 50)),
        Self::Reply(ReplyFate::ClosedAfter(Closing::Fin, 300)),
        Self::Reply(ReplyFate::ClosedAfter(Closing::Rst, 0)),
        Self::Reply(ReplyFate::ClosedAfter(Closing::Rst, 5)),
        Self::Reply(ReplyFate::ClosedAfter(Closing::Rst, 50)),
        Self::Reply(ReplyFate::ClosedAfter(Closing::Rst, 300)),
        Self::Reply(ReplyFate::AfterInformational),
    ];

    /// Clocks that are not the gateway's, or that are wrong.
    pub(crate) const CLOCKS: [Self; 7] = [
        Self::Reply(ReplyFate::Dated(Date::DayBehind)),
        Self::Reply(ReplyFate::Dated(Date::TwoHoursAhead)),
        Self::Reply(ReplyFate::Dated(Date::Missing)),
        Self::Reply(ReplyFate::ErrorPage(Date::DayBehind)),
        Self::Reply(ReplyFate::ErrorPage(Date::TwoHoursAhead)),
        Self::Reply(ReplyFate::LogInPage(Date::DayBehind)),
        Self::Reply(ReplyFate::LogInPage(Date::TwoHoursAhead)),
    ];

    /// The same JSON, as other libraries write it.
    pub(crate) const SPELLINGS: [Self; 5] = [
        Self::Reply(ReplyFate::Marked),
        Self::Reply(ReplyFate::Respelled(Spelling::Fraction)),
        Self::Reply(ReplyFate::Respelled(Spelling::Exponent)),
        Self::Reply(ReplyFate::Respelled(Spelling::WithoutSeconds)),
        Self::Reply(ReplyFate::Respelled(Spelling::OffsetWithoutColon)),
    ];

    /// Whether the payment goes on as if there were no fault.
    pub(crate) fn is_unnoticed(self) -> bool {
        matches!(
            self,
            Self::Reply(
                ReplyFate::ClosedAfter(..)
                    | ReplyFate::AfterInformational
                    | ReplyFate::Dated(_)
                    | ReplyFate::Marked
                    | ReplyFate::Respelled(_)
            )
        )
    }
}

/// The messages from `first` on, `count` of them, go wrong.
#[derive(Debug)]
pub(crate) struct Plan {
    pub(crate) fault: Fault,
    pub(crate) first: usize,
    pub(crate) count: usize,
    applied: AtomicUsize,
}

impl Plan {
    pub(crate) fn new(fault: Fault, first: usize, count: usize) -> Self {
        Self {
            fault,
            first,
            count,
            applied: AtomicUsize::new(0),
        }
    }

    /// Whether the message that was to go wrong has come.
    pub(crate) fn was_applied(&self) -> bool {
        self.applied.load(Ordering::SeqCst) > 0
    }

    pub(crate) fn apply(&self) {
        self.applied.fetch_add(1, Ordering::SeqCst);
    }

    fn hits(&self, number: usize) -> bool {
        number >= self.first && number - self.first < self.count
    }
}

impl Network for Plan {
    fn request(&self, number: usize) -> RequestFate {
        match self.fault {
            Fault::Request(fate) if self.hits(number) => {
                self.apply();
                fate
            }
            _ => RequestFate::Forwarded,
        }
    }

    fn reply(&self, number: usize) -> ReplyFate {
        match self.fault {
            Fault::Reply(fate) if self.hits(number) => {
                self.apply();
                fate
            }
            Fault::Refused if self.hits(number + 1) => {
                self.apply();
                ReplyFate::OutageAfter
            }
            _ => ReplyFate::PassedOn,
        }
    }
}
