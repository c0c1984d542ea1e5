//! What happened, summed up over many payments.

/// What happened, summed up over many payments.
#[derive(Debug, Default, Clone)]
pub(super) struct Tally {
    pub(super) succeeded: u64,
    pub(super) failed: u64,
    pub(super) cancelled: u64,
    pub(super) unresolved: u64,
    pub(super) crashes: u64,
    pub(super) requests: u64,
    pub(super) faults: u64,
    pub(super) replays: u64,
    pub(super) scanned_codes_paid: u64,
    pub(super) scanned_codes_refused: u64,
    pub(super) contradictions: u64,
    pub(super) copies: u64,
    pub(super) forgeries: u64,
    pub(super) failed_writes: u64,
    pub(super) the_next_day: u64,
    pub(super) unmatched_cards: u64,
}

impl Tally {
    pub(super) fn add(&mut self, other: &Self) {
        self.succeeded += other.succeeded;
        self.failed += other.failed;
        self.cancelled += other.cancelled;
        self.unresolved += other.unresolved;
        self.crashes += other.crashes;
        self.requests += other.requests;
        self.faults += other.faults;
        self.replays += other.replays;
        self.scanned_codes_paid += other.scanned_codes_paid;
        self.scanned_codes_refused += other.scanned_codes_refused;
        self.contradictions += other.contradictions;
        self.copies += other.copies;
        self.forgeries += other.forgeries;
        self.failed_writes += other.failed_writes;
        self.the_next_day += other.the_next_day;
        self.unmatched_cards += other.unmatched_cards;
    }

    /// A simulation in which something never happens proves nothing about it.
    pub(super) fn assert_everything_happened(&self) {
        let counts = [
            self.succeeded,
            self.failed,
            self.cancelled,
            self.unresolved,
            self.crashes,
            self.requests,
            self.faults,
            self.replays,
            self.scanned_codes_paid,
            self.scanned_codes_refused,
            self.contradictions,
            self.copies,
            self.forgeries,
            self.failed_writes,
            self.the_next_day,
            self.unmatched_cards,
        ];
        assert!(counts.iter().all(|count| *count > 100), "{self:?}");
    }
}
