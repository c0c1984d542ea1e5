use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use time::format_description::well_known::{Rfc2822, Rfc3339};

/// A moment in UTC with a precision of one second, written as RFC 3339: `2025-12-08T10:30:00Z`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Timestamp(i64);

impl Timestamp {
    /// The moment `seconds` after 1970-01-01T00:00:00Z. Years outside 0000 to 9999 are clamped,
    /// since RFC 3339 has no others.
    #[must_use]
    pub fn from_unix_seconds(seconds: i64) -> Self {
        Self(seconds.clamp(-62_167_219_200, 253_402_300_799))
    }

    /// Seconds since 1970-01-01T00:00:00Z.
    #[must_use]
    pub const fn unix_seconds(self) -> i64 {
        self.0
    }

    /// Reads the value of an HTTP `Date` header.
    ///
    /// # Errors
    /// [`TimestampError`] when the text is not such a date.
    pub fn from_http_date(text: &str) -> Result<Self, TimestampError> {
        let moment = OffsetDateTime::parse(text, &Rfc2822).map_err(|_| TimestampError)?;
        Ok(Self::from_unix_seconds(moment.unix_timestamp()))
    }

    /// The moment `seconds` later, or earlier when negative.
    #[must_use]
    pub fn plus_seconds(self, seconds: i64) -> Self {
        Self::from_unix_seconds(self.0.saturating_add(seconds))
    }
}

impl FromStr for Timestamp {
    type Err = TimestampError;

    fn from_str(text: &str) -> Result<Self, TimestampError> {
        let moment = OffsetDateTime::parse(text, &Rfc3339).map_err(|_| TimestampError)?;
        Ok(Self::from_unix_seconds(moment.unix_timestamp()))
    }
}

impl TryFrom<String> for Timestamp {
    type Error = TimestampError;

    fn try_from(text: String) -> Result<Self, TimestampError> {
        text.parse()
    }
}

impl From<Timestamp> for String {
    fn from(timestamp: Timestamp) -> Self {
        timestamp.to_string()
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let moment =
            OffsetDateTime::from_unix_timestamp(self.0).unwrap_or(OffsetDateTime::UNIX_EPOCH);
        let date = moment.date();
        let (hour, minute, second) = moment.to_hms();
        let (year, month, day) = (date.year(), u8::from(date.month()), date.day());
        write!(
            f,
            "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z"
        )
    }
}

impl fmt::Debug for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// The text is not a moment in time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("timestamp must be RFC 3339, such as 2025-12-08T10:30:00Z")]
pub struct TimestampError;

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn reads_what_gateways_and_servers_write() {
        let table = [
            ("2025-12-08T10:30:00Z", 1_765_189_800),
            ("2025-12-08T10:30:00.999Z", 1_765_189_800),
            ("2025-12-08T19:30:00+09:00", 1_765_189_800),
            ("1970-01-01T00:00:00Z", 0),
        ];
        for (text, seconds) in table {
            assert_eq!(
                text.parse::<Timestamp>().unwrap().unix_seconds(),
                seconds,
                "{text}"
            );
        }
        let date = Timestamp::from_http_date("Mon, 08 Dec 2025 10:30:00 GMT").unwrap();
        assert_eq!(date.to_string(), "2025-12-08T10:30:00Z");
        // In UTC these are in the years 10000 and -1, which RFC 3339 cannot write.
        let ends = [
            ("9999-12-31T23:59:59-01:00", "9999-12-31T23:59:59Z"),
            ("0000-01-01T00:00:00+01:00", "0000-01-01T00:00:00Z"),
        ];
        for (text, clamped) in ends {
            let timestamp: Timestamp = text.parse().unwrap();
            assert_eq!(timestamp.to_string(), clamped);
            assert_eq!(clamped.parse::<Timestamp>().unwrap(), timestamp);
        }
        let date = Timestamp::from_http_date("Fri, 31 Dec 9999 23:59:59 -0100").unwrap();
        assert_eq!(date.to_string(), "9999-12-31T23:59:59Z");
        assert!("2025-12-08".parse::<Timestamp>().is_err());
        assert!(Timestamp::from_http_date("yesterday").is_err());
    }

    proptest! {
        #[test]
        fn text_and_value_agree(seconds in any::<i64>()) {
            let timestamp = Timestamp::from_unix_seconds(seconds);
            prop_assert_eq!(timestamp.to_string().parse::<Timestamp>().unwrap(), timestamp);
        }
    }
}
