use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use time::{Date, Month, OffsetDateTime};

/// A moment in UTC with a precision of one second, written as RFC 3339: `2025-12-08T10:30:00Z`.
///
/// It is read in every form that RFC 3339, ISO 8601 and RFC 9557 have for a date with a time and an
/// offset: without seconds, with a fraction of any length behind a full stop or a comma, in
/// the basic format, with a space or a small letter between, with an offset of hours alone
/// or without a colon, with a time zone's name behind it. A time without an offset is no moment.
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

    /// Reads the value of an HTTP `Date` header, in each of the three forms of RFC 9110, also with an
    /// offset in place of `GMT`. The name of the day is not held against the date.
    ///
    /// # Errors
    /// [`TimestampError`] when the text is not such a date.
    pub fn from_http_date(text: &str) -> Result<Self, TimestampError> {
        Reader(text.trim())
            .http_date()
            .map(Self::from_unix_seconds)
            .ok_or(TimestampError)
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
        Reader(text.trim())
            .moment()
            .map(Self::from_unix_seconds)
            .ok_or(TimestampError)
    }
}

const MONTHS: [&str; 12] = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
];

/// Takes a date and time apart, from the left.
struct Reader<'a>(&'a str);

impl<'a> Reader<'a> {
    /// The Unix seconds of a whole text.
    fn moment(mut self) -> Option<i64> {
        let midnight = self.date()?;
        let separator = self.0.chars().next()?;
        if !matches!(separator, 'T' | 't' | '_') && !separator.is_whitespace() {
            return None;
        }
        self.0 = self.0.get(separator.len_utf8()..)?.trim_start();
        let time = self.time()?;
        let offset = self.offset()?;
        self.zone_name();
        self.0.is_empty().then_some(midnight + time - offset)
    }

    /// `2025-12-08` or `20251208`, as the Unix seconds of its start.
    fn date(&mut self) -> Option<i64> {
        let year = self.number(4)?;
        let is_extended = self.skip("-");
        let month = self.number(2)?;
        if self.skip("-") != is_extended {
            return None;
        }
        midnight(year, month, self.number(2)?)
    }

    /// `Mon, 08 Dec 2025 10:30:00 GMT`, `Monday, 08-Dec-25 10:30:00 GMT` or
    /// `Mon Dec  8 10:30:00 2025`, as Unix seconds.
    fn http_date(mut self) -> Option<i64> {
        self.word();
        self.skip(",");
        let day = self.day();
        let month = self.month()?;
        let moment = if let Some(day) = day {
            let year = self.year()?;
            self.gap();
            let time = self.time()?;
            midnight(year, month, day)? + time - self.zone()?
        } else {
            let day = self.day()?;
            self.gap();
            let time = self.time()?;
            midnight(self.year()?, month, day)? + time
        };
        self.0.is_empty().then_some(moment)
    }

    /// `8` or `08`.
    fn day(&mut self) -> Option<i64> {
        self.gap();
        self.number(2).or_else(|| self.number(1))
    }

    fn month(&mut self) -> Option<i64> {
        self.gap();
        let name = self.word();
        let months = (1..).zip(MONTHS);
        let mut named = months.filter(|(_, month)| name.eq_ignore_ascii_case(month));
        named.next().map(|(month, _)| month)
    }

    /// `2025` or `25`, which is then from 1970 to 2069.
    fn year(&mut self) -> Option<i64> {
        self.gap();
        self.number(4).or_else(|| match self.number(2)? {
            year @ ..70 => Some(year + 2000),
            year => Some(year + 1900),
        })
    }

    /// `GMT`, or an offset, in seconds.
    fn zone(&mut self) -> Option<i64> {
        self.0 = self.0.trim_start();
        match self.word() {
            "" => self.offset(),
            "GMT" | "UTC" | "UT" | "Z" => Some(0),
            _ => None,
        }
    }

    /// What stands between the parts of an HTTP date.
    fn gap(&mut self) {
        self.0 = self.0.trim_start_matches([' ', '-']);
    }

    fn word(&mut self) -> &'a str {
        let rest = self.0.trim_start_matches(|c: char| c.is_ascii_alphabetic());
        let (word, rest) = self.0.split_at(self.0.len() - rest.len());
        self.0 = rest;
        word
    }

    /// `10:30:00.5`, `10:30`, `103000,5` or `1030`, in seconds.
    fn time(&mut self) -> Option<i64> {
        let hour = self.number(2)?;
        let is_extended = self.skip(":");
        let minute = self.number(2)?;
        let has_second = match is_extended {
            true => self.skip(":"),
            false => self.0.starts_with(|c: char| c.is_ascii_digit()),
        };
        let second = if has_second { self.number(2)? } else { 0 };
        if has_second && (self.skip(".") || self.skip(",")) {
            let fraction = self.0.trim_start_matches(|c: char| c.is_ascii_digit());
            if fraction.len() == self.0.len() {
                return None;
            }
            self.0 = fraction;
        }
        let is_end_of_day = (hour, minute, second) == (24, 0, 0);
        // A leap second has no Unix second of its own, and shares that of the one before.
        (is_end_of_day || (hour <= 23 && minute <= 59 && second <= 60))
            .then_some(hour * 3600 + minute * 60 + second.min(59))
    }

    /// `Z`, `+09:00`, `+0900` or `+09`, in seconds.
    fn offset(&mut self) -> Option<i64> {
        self.0 = self.0.trim_start();
        if self.skip("Z") || self.skip("z") {
            return Some(0);
        }
        let sign = if self.skip("+") {
            1
        } else if self.skip("-") || self.skip("\u{2212}") {
            -1
        } else {
            return None;
        };
        let hours = self.number(2)?;
        let has_colon = self.skip(":");
        let minutes = match self.number(2) {
            Some(minutes) => minutes,
            None if has_colon => return None,
            None => 0,
        };
        (hours <= 23 && minutes <= 59).then_some(sign * (hours * 3600 + minutes * 60))
    }

    /// `[Asia/Tokyo]`: the offset has said it already.
    fn zone_name(&mut self) {
        while let Some(end) = self.0.strip_prefix('[').and_then(|name| name.find(']')) {
            self.0 = self.0.get(end + 2..).unwrap_or_default();
        }
    }

    fn number(&mut self, digits: usize) -> Option<i64> {
        let (number, rest) = self.0.split_at_checked(digits)?;
        let is_number = number.bytes().all(|byte| byte.is_ascii_digit());
        self.0 = if is_number { rest } else { return None };
        number.parse().ok()
    }

    fn skip(&mut self, mark: &str) -> bool {
        let rest = self.0.strip_prefix(mark);
        self.0 = rest.unwrap_or(self.0);
        rest.is_some()
    }
}

/// The Unix seconds of a day's start.
fn midnight(year: i64, month: i64, day: i64) -> Option<i64> {
    let month = Month::try_from(u8::try_from(month).ok()?).ok()?;
    let year = i32::try_from(year).ok()?;
    let date = Date::from_calendar_date(year, month, u8::try_from(day).ok()?).ok()?;
    Some(date.midnight().assume_utc().unix_timestamp())
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
    use std::time::{Duration, UNIX_EPOCH};

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

    #[test]
    fn a_moment_is_read_in_every_form_of_its_standards() {
        let moment = Timestamp::from_unix_seconds(1_765_189_800);
        for text in [
            "2025-12-08T10:30Z",
            "2025-12-08T10:30:00z",
            "2025-12-08t10:30:00Z",
            "2025-12-08 10:30:00Z",
            "2025-12-08 10:30:00 Z",
            "2025-12-08_10:30:00Z",
            "2025-12-08T10:30:00.1Z",
            "2025-12-08T10:30:00,999Z",
            "2025-12-08T10:30:00.123456789012345678901234567890Z",
            "2025-12-08T10:30:00-00:00",
            "2025-12-08T19:30+09:00",
            "2025-12-08T19:30:00+0900",
            "2025-12-08T19:30:00+09",
            "2025-12-08 19:30:00 +0900",
            "2025-12-08T05:00:00-05:30",
            "2025-12-08T05:00:00\u{2212}0530",
            "2025-12-08T19:30+09:00[Asia/Tokyo]",
            "2025-12-08T10:30:00Z[UTC][u-ca=japanese]",
            "20251208T103000Z",
            "20251208T1930+09",
            "20251208T103000.5Z",
            " 2025-12-08T10:30:00Z\n",
        ] {
            assert_eq!(text.parse(), Ok(moment), "{text}");
        }
        let ends: [(&str, &str); 3] = [
            ("2016-12-31T23:59:60Z", "2016-12-31T23:59:59Z"),
            ("2025-12-31T24:00:00Z", "2026-01-01T00:00:00Z"),
            ("2024-02-29T24:00+00", "2024-03-01T00:00:00Z"),
        ];
        for (text, same) in ends {
            assert_eq!(text.parse(), same.parse::<Timestamp>(), "{text}");
        }
        for text in [
            "",
            "soon",
            "2025-12-08",
            "2025-12-08T10:30:00",
            "2025-12-08T10:30",
            "2025-12-08T10Z",
            "2025-12-08T10:30:Z",
            "2025-12-08T10:30:00.Z",
            "2025-12-08T10:30:00+9",
            "2025-12-08T10:30:00+09:",
            "2025-12-08T10:30:00+24:00",
            "2025-12-08T10:30:00Z tomorrow",
            "2025-12-08T10:30:00Z[Asia/Tokyo",
            "2025-1208T10:30:00Z",
            "2025-13-08T10:30:00Z",
            "2025-02-29T10:30:00Z",
            "2025-12-08T24:00:01Z",
            "2025-12-08T10:60:00Z",
            "2025-12-08T10:30:61Z",
            "25-12-08T10:30:00Z",
            "2025-12-08Ｔ10:30:00Z",
            "12/08/2025 10:30:00Z",
        ] {
            assert!(text.parse::<Timestamp>().is_err(), "{text}");
        }
    }

    #[test]
    fn an_http_date_is_read_in_every_form_of_its_standards() {
        let moment = Timestamp::from_unix_seconds(1_765_189_800);
        for text in [
            "Mon, 08 Dec 2025 10:30:00 GMT",
            "Monday, 08-Dec-25 10:30:00 GMT",
            "Mon Dec  8 10:30:00 2025",
            " Mon, 08 Dec 2025 10:30:00 GMT ",
            "Mon, 8 Dec 2025 10:30:00 GMT",
            "Mon, 08-Dec-2025 10:30:00 GMT",
            "mon, 08 dec 2025 10:30:00 GMT",
            "08 Dec 2025 10:30:00 GMT",
            "Mon, 08 Dec 2025 10:30:00 UTC",
            "Mon, 08 Dec 2025 10:30:00 +0000",
            "Mon, 08 Dec 2025 10:30:00 -0000",
            "Mon, 08 Dec 2025 19:30:00 +0900",
            "Mon, 08 Dec 2025 05:00:00 -0530",
        ] {
            assert_eq!(Timestamp::from_http_date(text), Ok(moment), "{text}");
        }
        for (text, seconds) in [
            ("Sunday, 06-Nov-94 08:49:37 GMT", 784_111_777),
            ("Sun Nov  6 08:49:37 1994", 784_111_777),
            ("Wed Nov 16 08:49:37 1994", 784_975_777),
            ("Wednesday, 31-Dec-69 23:59:59 GMT", 3_155_759_999),
            ("Sat, 31 Dec 2016 23:59:60 GMT", 1_483_228_799),
        ] {
            let read = Timestamp::from_http_date(text).map(Timestamp::unix_seconds);
            assert_eq!(read, Ok(seconds), "{text}");
        }
        for text in [
            "",
            "Mon",
            "yesterday",
            "Mon, 08 Dec 2025 10:30:00",
            "Mon, 08 Dec 2025",
            "Mon, 08 Dez 2025 10:30:00 GMT",
            "Mon, 31 Feb 2025 10:30:00 GMT",
            "Mon, 08 Dec 2025 24:30:00 GMT",
            "Mon, 08 Dec 2025 10:30:00 JST",
            "Mon, 08 Dec 2025 10:30:00 GMT, Mon, 08 Dec 2025 10:30:00 GMT",
            "Mon Dec  8 10:30:00 2025 GMT",
            "Mon Dec 10:30:00 2025",
            "2025-12-08T10:30:00Z",
            "1765189800",
        ] {
            assert!(Timestamp::from_http_date(text).is_err(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in "\\PC{0,30}|[-0-9:+.,TtZz \\[\\]]{0,30}") {
            let _ = text.parse::<Timestamp>();
        }

        #[test]
        fn no_http_date_makes_it_panic(
            text in "\\PC{0,30}|[MonDec, ]{0,8}[-0-9:+GMT, ]{0,30}|(Mon,? )?(0?8|Dec)[ -](0?8|Dec)[ -][-0-9 :GMT]{0,20}",
        ) {
            let _ = Timestamp::from_http_date(&text);
        }

        #[test]
        fn http_dates_read_as_an_independent_library_writes_them(
            seconds in 0_u64..=253_402_300_799,
        ) {
            let date = UNIX_EPOCH + Duration::from_secs(seconds);
            let read = Timestamp::from_http_date(&httpdate::fmt_http_date(date));
            prop_assert_eq!(read.map(Timestamp::unix_seconds), Ok(i64::try_from(seconds).unwrap()));
        }

        #[test]
        fn any_form_of_a_moment_reads_the_same(
            seconds in 0_i64..=4_000_000_000, hours in 0_i64..=23, minutes in 0_i64..=59,
            east in any::<bool>(), fraction in "|[.,][0-9]{1,40}", separator in "[Tt _]",
        ) {
            let moment = Timestamp::from_unix_seconds(seconds);
            let offset = hours * 3600 + minutes * 60;
            let (sign, local) = if east { ('+', offset) } else { ('-', -offset) };
            let local = moment.plus_seconds(local).to_string();
            let (date, time) = local.trim_end_matches('Z').split_once('T').unwrap();
            for colon in [":", ""] {
                let text = format!("{date}{separator}{time}{fraction}{sign}{hours:02}{colon}{minutes:02}");
                prop_assert_eq!(text.parse(), Ok(moment), "{}", text);
                let (date, time) = (date.replace('-', ""), time.replace(':', ""));
                let text = format!("{date}{separator}{time}{fraction}{sign}{hours:02}{colon}{minutes:02}");
                prop_assert_eq!(text.parse(), Ok(moment), "{}", text);
            }
        }

        #[test]
        fn text_and_value_agree(seconds in any::<i64>()) {
            let timestamp = Timestamp::from_unix_seconds(seconds);
            prop_assert_eq!(timestamp.to_string().parse::<Timestamp>().unwrap(), timestamp);
        }
    }
}
