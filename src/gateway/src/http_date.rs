use std::time::{Duration, UNIX_EPOCH};

use axum::http::HeaderValue;
use axum::http::header::DATE;
use axum::response::Response;

use crate::clock::Clock;

/// Dates a response by the gateway's own clock.
pub(crate) fn set(response: &mut Response, clock: &Clock) {
    if let Ok(date) = HeaderValue::try_from(date(clock.now().unix_seconds())) {
        response.headers_mut().insert(DATE, date);
    }
}

fn date(unix_seconds: i64) -> String {
    let since = Duration::from_secs(u64::try_from(unix_seconds).unwrap_or(0));
    httpdate::fmt_http_date(UNIX_EPOCH + since)
}

#[cfg(test)]
mod tests {
    use super::date;

    #[test]
    fn dates_are_http_dates() {
        assert_eq!(date(1_765_189_800), "Mon, 08 Dec 2025 10:30:00 GMT");
        assert_eq!(date(253_402_300_799), "Fri, 31 Dec 9999 23:59:59 GMT");
    }
}
