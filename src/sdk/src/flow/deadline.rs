//! What time it is at the gateway, and when an attempt without an outcome becomes unresolved.

use std::time::Duration;

use mpac_pgw_protocol::{PaymentIntent, Timestamp};

use crate::clock::Moment;
use crate::exchange::Answer;
use crate::gateway_clock::time_between;

use super::Flow;
use super::answers::is_waiting;

/// How long a PaymentIntent lives when the gateway has not said so yet (guide, *Best Practices*).
const DEFAULT_LIFETIME: Duration = Duration::from_secs(30 * 60);

/// How long the gateway may need to end a PaymentIntent whose time is over.
const EXPIRY_LAG: i64 = 60;

/// The longest life of a PaymentIntent that is believed.
const LONGEST_LIFETIME: Duration = Duration::from_secs(24 * 60 * 60);

/// When a PaymentIntent was created, unless that cannot be: it is only informative, and some write
/// the year 1, or their own time for UTC.
pub(super) fn plausible_creation(
    created_at: Option<Timestamp>,
    expires_at: Timestamp,
) -> Option<Timestamp> {
    created_at.filter(|created_at| {
        let lifetime = time_between(*created_at, expires_at);
        !lifetime.is_zero() && lifetime <= LONGEST_LIFETIME
    })
}

impl Flow {
    /// Learns what the gateway's clock shows. A `Date` that the same answer belies was written by
    /// somebody else on the way: the gateway ends a PaymentIntent whose time is over, and hands out
    /// no code that has expired. Only the answer to a repeated confirm may be older than it arrives.
    pub(super) fn read_clock(&mut self, now: Moment, answer: &Answer, date: Option<Timestamp>) {
        let is_open = |intent: &PaymentIntent| is_waiting(&intent.status);
        let (created_at, not_yet) = match answer {
            Answer::Intent(intent) => (
                plausible_creation(intent.created_at, intent.expires_at),
                is_open(intent).then(|| intent.expires_at.plus_seconds(EXPIRY_LAG)),
            ),
            Answer::Confirmed(confirmation) if !self.confirm_sent => {
                let known = self.record.intent.as_ref();
                let created_at = known.and_then(|known| known.created_at);
                let is_sane = |expiry: &Timestamp| Some(*expiry) > created_at;
                (None, confirmation.expires_at.filter(is_sane))
            }
            _ => (None, None),
        };
        let is_belied = |date: &Timestamp| not_yet.is_some_and(|not_yet| *date >= not_yet);
        if let Some(date) = date.filter(|date| !is_belied(date)) {
            self.clock.read(date, now.monotonic);
        }
        if let Some(created_at) = created_at {
            // The token was there when the attempt began, and so was the PaymentIntent.
            self.clock.has_reached(created_at, self.started.monotonic);
        }
        if let Some(not_yet) = not_yet {
            self.clock.has_not_reached(not_yet, now.monotonic);
        }
        self.learn_deadline(now);
    }

    /// The time to show; nothing is decided by it.
    pub(super) fn shown_time(&self, now: Moment) -> Timestamp {
        self.clock.now(now.monotonic).unwrap_or(now.wall)
    }

    pub(super) fn deadline(&self) -> Duration {
        let latest = self.started.monotonic + DEFAULT_LIFETIME + self.policy.expiry_grace;
        self.deadline.unwrap_or(latest)
    }

    pub(super) fn is_past_deadline(&self, now: Moment) -> bool {
        now.monotonic >= self.deadline()
    }

    /// The PaymentIntent's end or the gateway's clock is known, perhaps more exactly than before.
    pub(super) fn learn_deadline(&mut self, now: Moment) {
        let (Some(intent), Some(time)) = (&self.record.intent, self.clock.now(now.monotonic))
        else {
            return;
        };
        let grace = i64::try_from(self.policy.expiry_grace.as_secs()).unwrap_or(i64::MAX);
        let left = time_between(time, intent.expires_at.plus_seconds(grace));
        // Nor later than the whole life of a PaymentIntent, whatever a clock says.
        let lifetime = plausible_creation(intent.created_at, intent.expires_at)
            .map_or(DEFAULT_LIFETIME, |created_at| {
                time_between(created_at, intent.expires_at)
            });
        let latest = self.started.monotonic + lifetime + self.policy.expiry_grace;
        let end = (now.monotonic + left).min(latest);
        self.deadline = Some(self.deadline.map_or(end, |known| known.min(end)));
    }
}
