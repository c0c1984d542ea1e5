use mpac_pgw_protocol::Timestamp;

use crate::store::deliveries::{Attempt, Next};

/// Seconds from one attempt to the next: fast while a back end restarts, slow while it is down,
/// and not quite a day in all.
const DELAYS: [i64; 10] = [5, 30, 120, 600, 1_800, 3_600, 7_200, 14_400, 28_800, 28_800];

/// What follows an attempt, when `tries` in a row before it had failed.
pub(super) fn next(attempt: &Attempt, tries: u32, now: Timestamp) -> Next {
    if matches!(attempt.http_status, Some(200..=299)) {
        return Next::Delivered;
    }
    let delay = usize::try_from(tries)
        .ok()
        .and_then(|tries| DELAYS.get(tries));
    match delay {
        Some(delay) => Next::TryAgain(now.plus_seconds(*delay)),
        None => Next::GiveUp,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attempts_go_on_for_most_of_a_day_ever_more_slowly() {
        assert!(DELAYS.is_sorted());
        let all: i64 = DELAYS.iter().sum();
        assert!((20 * 3600..=24 * 3600).contains(&all), "{all}");
    }
}
