//! Days in Japan, which PayPay's deadlines go by: UTC+9, without summer time.

use mpac_pgw_protocol::Timestamp;

const OFFSET: i64 = 9 * 3600;
const DAY: i64 = 86_400;
/// 00:15.
const CANCEL_UNTIL: i64 = 15 * 60;
const REFUND_DAYS: i64 = 365;

/// The first moment at which a payment cannot be cancelled any more: 00:15:00 on the next day.
pub(super) fn cancel_window_end(paid: Timestamp) -> Timestamp {
    start_of_day(paid, 1).plus_seconds(CANCEL_UNTIL)
}

/// The last moment at which a payment can be refunded: 23:59:59, 365 days later.
pub(super) fn refund_window_end(completed: Timestamp) -> Timestamp {
    start_of_day(completed, REFUND_DAYS + 1).plus_seconds(-1)
}

fn start_of_day(of: Timestamp, days_later: i64) -> Timestamp {
    let local = of.unix_seconds() + OFFSET;
    let midnight = local - local.rem_euclid(DAY) + days_later * DAY;
    Timestamp::from_unix_seconds(midnight - OFFSET)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn deadlines_go_by_the_japanese_day() {
        // Paid (UTC), first moment too late for a cancel, last moment for a refund.
        let table = [
            (
                "2025-12-08T14:59:59Z",
                "2025-12-08T15:15:00Z",
                "2026-12-08T14:59:59Z",
            ),
            (
                "2025-12-08T15:00:00Z",
                "2025-12-09T15:15:00Z",
                "2026-12-09T14:59:59Z",
            ),
            (
                "2025-12-08T01:00:00Z",
                "2025-12-08T15:15:00Z",
                "2026-12-08T14:59:59Z",
            ),
        ];
        for (paid, cancel, refund) in table {
            let paid: Timestamp = paid.parse().unwrap();
            assert_eq!(cancel_window_end(paid).to_string(), cancel);
            assert_eq!(refund_window_end(paid).to_string(), refund);
        }
    }
}
