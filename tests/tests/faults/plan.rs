//! Which message goes wrong, and how.

use std::sync::atomic::{AtomicUsize, Ordering};

use mpac_pgw_tests::{Network, ReplyFate, RequestFate};

/// One way for a message to go wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    /// Nobody listens when the terminal connects.
    Refused,
    Request(RequestFate),
    Reply(ReplyFate),
}

impl Fault {
    pub(crate) const ALL: [Self; 14] = [
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
        Self::Reply(ReplyFate::HungUpAfter),
    ];
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
        (self.first..self.first + self.count).contains(&number)
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
