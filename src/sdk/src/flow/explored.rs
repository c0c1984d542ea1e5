//! What the exploration needs of a flow: a copy of it, and its fingerprint.

use std::hash::{Hash, Hasher};
use std::time::Duration;

use mpac_pgw_protocol::Timestamp;

use super::{Flow, SHORTEST_SHOW};
use crate::clock::{Entropy, Moment};

/// Clocks that are apart by less than this count as the same: what the gateway's clock stands
/// still for in the exploration, while the terminal waits for the next request.
const CLOCK_TOLERANCE: i64 = 50;
/// What the gateway's clock stands still for.
const SHORT_WAIT: Duration = Duration::from_secs(61);

impl Flow {
    /// A copy that goes its own way.
    pub(crate) fn fork(&self, entropy: Box<dyn Entropy>) -> Self {
        Self {
            record: self.record.clone(),
            undo: self.undo.clone(),
            policy: self.policy.clone(),
            entropy,
            pace: self.pace.clone(),
            effects: self.effects.clone(),
            started: self.started,
            clock: self.clock.clone(),
            deadline: self.deadline,
            is_unverified: self.is_unverified,
            code_since: self.code_since,
            status: self.status.clone(),
            in_flight: self.in_flight.clone(),
            due: self.due,
            must_verify: self.must_verify,
            confirm_sent: self.confirm_sent,
            refused: self.refused.clone(),
            busy_since: self.busy_since,
            doubt: self.doubt,
            agreed_again: self.agreed_again,
            hides_code: self.hides_code,
            connection_lost: self.connection_lost,
            authorized_told: self.authorized_told,
            card_contract: self.card_contract,
            over: self.over,
        }
    }

    /// The Idempotency-Keys that a request of this flow may still have.
    pub(crate) fn keys(&self) -> impl Iterator<Item = &str> {
        let records = std::iter::once(&self.record).chain(self.undo.as_ref().map(|(undo, _)| undo));
        records.flat_map(|record| [&*record.confirm_key, &*record.cancel_key])
    }

    /// Hashes all that the flow's decisions depend on. Times are held against `now`, and the
    /// gateway's clock as known here against what it really shows: `true_time`.
    pub(crate) fn fingerprint(&self, now: Moment, true_time: Timestamp, hasher: &mut impl Hasher) {
        // No `..`: a new field has to be thought about.
        let Self {
            record: _,
            undo,
            policy: _,
            entropy: _,
            pace,
            effects,
            started,
            clock,
            deadline: _,
            is_unverified,
            code_since,
            status,
            in_flight,
            due,
            must_verify,
            confirm_sent,
            refused,
            busy_since,
            doubt,
            agreed_again,
            hides_code,
            connection_lost,
            authorized_told,
            card_contract: _,
            over,
        } = self;
        self.record.fingerprint(hasher);
        undo.is_some().hash(hasher);
        if let Some((undo, in_flight)) = undo {
            undo.fingerprint(hasher);
            in_flight.is_some().hash(hasher);
        }
        debug_assert!(effects.is_empty(), "effects are carried out at once");
        let _ = (started, pace, doubt, connection_lost);
        for time in [clock.now(now.monotonic), clock.latest(now.monotonic)] {
            let error = time.map(|time| time.unix_seconds() - true_time.unix_seconds());
            error.map(|error| error / CLOCK_TOLERANCE).hash(hasher);
        }
        let left = self.deadline().saturating_sub(now.monotonic);
        (left.as_secs() / 100, is_unverified).hash(hasher);
        let was_shown = |since: &Duration| *since + SHORTEST_SHOW <= now.monotonic;
        code_since.as_ref().map(was_shown).hash(hasher);
        status.hash(hasher);
        std::mem::discriminant(in_flight).hash(hasher);
        // How long a short wait is makes no difference, nor does what only the app is told.
        let is_far = |due: &Duration| due.saturating_sub(now.monotonic) > SHORT_WAIT;
        due.as_ref().map(is_far).hash(hasher);
        (must_verify, confirm_sent, hides_code, over).hash(hasher);
        (agreed_again, authorized_told).hash(hasher);
        if self.record.is_new() {
            let is_long = |since: &Duration| *since + self.policy.backoff_after <= now.monotonic;
            busy_since.as_ref().map(is_long).hash(hasher);
        }
        refused.as_ref().map(|error| &error.code).hash(hasher);
    }
}
