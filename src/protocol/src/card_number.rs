//! Keeps card numbers out of where they do not belong.
//!
//! ```
//! use mpac_pgw_protocol::card_number::redact;
//!
//! let number = "4111".to_owned() + &"1".repeat(12);
//! assert_eq!(redact(&format!("card {number} declined")), "card ************1111 declined");
//! assert_eq!(redact("reference 4111111111111112"), "reference 4111111111111112");
//! ```

use std::borrow::Cow;

/// How many digits a card number has (ISO/IEC 7812).
const LENGTHS: std::ops::RangeInclusive<usize> = 13..=19;

/// How many digits of a card number may be shown.
const SHOWN: usize = 4;

/// Replaces every card number by a mask of the same length that ends in its last four digits.
///
/// A card number is 13 to 19 digits that pass Luhn's check, in ASCII or full-width digits, with
/// spaces, dashes, dots, slashes or nothing between them, inside any longer text. In a longer
/// number, and with other characters between the digits (`:`, `,`, `%20`, `&nbsp;`, a tag), only what a
/// card scheme gives out is one: a number of another kind passes the check by chance once in ten
/// times, and holds many others. The same text gives the same mask, and a masked text stays as it
/// is. What a magnetic stripe holds behind the number is masked with it.
///
/// Use it where no such number is needed: not on ids.
#[must_use]
pub fn redact(text: &str) -> Cow<'_, str> {
    let mut text = Cow::Borrowed(text);
    // What is left of one number, and what follows it, may look like another.
    while let Some(masked) = redact_once(&text, true).or_else(|| redact_once(&text, false)) {
        text = Cow::Owned(masked);
    }
    text
}

/// What follows the number in the data of a magnetic stripe or a chip (ISO/IEC 7813): it must not be
/// kept either.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Track {
    None,
    /// Name, expiry date and more, up to a `?`.
    One,
    /// Digits: the expiry date and more.
    Two,
}

impl Track {
    /// What the separator behind a number begins.
    fn after(separator: char) -> Self {
        match separator {
            '^' => Self::One,
            '=' | 'D' | 'd' => Self::Two,
            _ => Self::None,
        }
    }

    fn goes_on(self, c: char, is_digit: bool) -> Self {
        match self {
            Self::One if c != '?' => Self::One,
            Self::Two if is_digit => Self::Two,
            _ => Self::None,
        }
    }
}

/// How many characters that are odd between digits may stand between those of one number.
const MAX_ODD: usize = 4;

/// A digit of a text.
struct Digit {
    /// Where it stands, in bytes.
    at: usize,
    value: u32,
    /// Whether there is no digit right before it.
    begins: bool,
    /// Whether what separates it from the digit before is odd.
    is_odd: bool,
}

/// In `decoded` text, what is written in code between the digits counts as what it means.
fn redact_once(text: &str, decoded: bool) -> Option<String> {
    let mut hidden = Vec::new();
    let mut run = Vec::new();
    let (mut begins, mut odd) = (true, 0);
    let mut track = Track::None;
    let mut code_end = 0;
    for (at, c) in text.char_indices() {
        if at < code_end {
            continue;
        }
        let digit = digit(c);
        track = track.goes_on(c, digit.is_some());
        if track != Track::None {
            if !is_separator(c) && !is_odd_separator(c) {
                hidden.push(at);
            }
        } else if let Some(value) = digit {
            let is_odd = std::mem::take(&mut odd) > 0;
            run.push(Digit {
                at,
                value,
                begins,
                is_odd,
            });
        } else {
            let code = text.get(at..).filter(|_| decoded).and_then(code_length);
            code_end = at + code.unwrap_or(0);
            let is_one = is_separator(c);
            odd += usize::from(!is_one);
            let joins = code.is_some() || is_one || is_odd_separator(c);
            let goes_on = joins && odd <= MAX_ODD;
            let next = Track::after(c);
            if next != Track::None && ends_in_a_number(&run) {
                track = next;
            }
            if !goes_on || track != Track::None {
                hide(&run, &mut hidden);
                run.clear();
            }
        }
        begins = digit.is_none();
    }
    hide(&run, &mut hidden);
    if hidden.is_empty() {
        return None;
    }
    let mut hidden = hidden.into_iter().peekable();
    let mask = |(at, c): (usize, char)| match hidden.next_if_eq(&at) {
        Some(_) => '*',
        None => c,
    };
    Some(text.char_indices().map(mask).collect())
}

/// The length of a character at the beginning that is written in code, such as `%20`, `&nbsp;`, `\n` or
/// `\u{200b}`, or of a tag.
fn code_length(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    let hex = |from: usize, to: usize| {
        let digits = bytes.get(from..to)?;
        digits.iter().all(u8::is_ascii_hexdigit).then_some(to)
    };
    let until = |end: u8, max: usize| {
        let at = bytes.iter().take(max).position(|byte| *byte == end)?;
        Some(at + 1)
    };
    match bytes {
        [b'%', ..] => hex(1, 3),
        [b'&', ..] => until(b';', 10),
        [b'<', ..] => until(b'>', 40),
        [b'\\', b'u', b'{', ..] => until(b'}', 10),
        [b'\\', b'u', ..] => hex(2, 6),
        [b'\\', b'x', ..] => hex(2, 4),
        [b'\\', letter, ..] => letter.is_ascii_alphabetic().then_some(2),
        _ => None,
    }
}

/// A decimal digit of the scripts that software writes numbers in.
fn digit(c: char) -> Option<u32> {
    const ZEROS: [char; 5] = ['0', '\u{660}', '\u{6f0}', '\u{966}', '\u{ff10}'];
    ZEROS.iter().find_map(|zero| {
        let digit = u32::from(c).checked_sub(u32::from(*zero))?;
        (digit < 10).then_some(digit)
    })
}

/// What people and programs write between the digits of one number.
fn is_separator(c: char) -> bool {
    c.is_whitespace()
        || matches!(
            c,
            '-' | '.'
                | '_'
                | '/'
                | '\u{ad}'
                | '\u{b7}'
                | '\u{200b}'..='\u{200f}'
                | '\u{2010}'..='\u{2015}'
                | '\u{2060}'
                | '\u{2212}'
                | '\u{30fb}'
                | '\u{30fc}'
                | '\u{fe63}'
                | '\u{feff}'
                | '\u{ff0d}'
                | '\u{ff0e}'
                | '\u{ff0f}'
                | '\u{ff3f}'
                | '\u{ff70}'
        )
}

/// What is no letter or digit, and may stand between the digits of a number all the same.
fn is_odd_separator(c: char) -> bool {
    (c.is_ascii() && !c.is_ascii_alphanumeric())
        || matches!(
            c,
            '\u{80}'..='\u{bf}'
                | '\u{d7}'
                | '\u{2000}'..='\u{2bff}'
                | '\u{3000}'..='\u{303f}'
                | '\u{fe00}'..='\u{fe6f}'
                | '\u{ff01}'..='\u{ff0f}'
                | '\u{ff1a}'..='\u{ff20}'
                | '\u{ff3b}'..='\u{ff40}'
                | '\u{ff5b}'..='\u{ff65}'
                | '\u{fff0}'..='\u{ffff}'
                | '\u{1f000}'..
        )
}

/// Adds where the digits to hide are, in order. Numbers that overlap count as one.
fn hide(run: &[Digit], hidden: &mut Vec<usize>) {
    let mut numbers: Vec<std::ops::Range<usize>> = Vec::new();
    for start in 0..run.len() {
        let found = LENGTHS
            .rev()
            .map(|length| start..start + length)
            .find(|range| is_card_number(run, range.clone()));
        match (found, numbers.last_mut()) {
            (Some(found), Some(last)) if found.start < last.end => {
                last.end = last.end.max(found.end);
            }
            (Some(found), _) => numbers.push(found),
            (None, _) => {}
        }
    }
    for number in numbers {
        let masked = run.get(number.start..number.end - SHOWN);
        hidden.extend(masked.unwrap_or_default().iter().map(|digit| digit.at));
    }
}

fn ends_in_a_number(run: &[Digit]) -> bool {
    let end = run.len();
    LENGTHS
        .filter_map(|length| end.checked_sub(length))
        .any(|start| is_card_number(run, start..end))
}

fn is_card_number(run: &[Digit], range: std::ops::Range<usize>) -> bool {
    let ends = run.get(range.end).is_none_or(|next| next.begins);
    let Some(digits @ [first, rest @ ..]) = run.get(range) else {
        return false;
    };
    let is_whole = first.begins && ends;
    let may_be = if rest.iter().any(|digit| digit.is_odd) {
        // Times are written like this too, but in pairs.
        let mut groups = digits.chunk_by(|_, next| !next.begins);
        let is_grouped =
            groups.all(|group| group.len() > 2) || rest.iter().all(|digit| digit.begins);
        is_whole && is_grouped && is_of_a_scheme(digits)
    } else {
        is_whole || is_of_a_scheme(digits)
    };
    may_be && passes_luhn(digits)
}

/// Whether the schemes give out numbers that begin so and are that long.
fn is_of_a_scheme(digits: &[Digit]) -> bool {
    let first_four = digits
        .iter()
        .take(4)
        .fold(0, |all, digit| all * 10 + digit.value);
    matches!(
        (digits.len(), first_four),
        // Visa, American Express, Diners Club, UnionPay.
        (16 | 19, 4000..=4999)
            | (15, 3400..=3499 | 3700..=3799)
            | (14, 3000..=3059 | 3600..=3699 | 3800..=3999)
            | (16..=19, 6200..=6299)
            // Mastercard, JCB, Discover.
            | (16, 5100..=5599 | 2221..=2720 | 3528..=3589 | 6011 | 6440..=6599)
    )
}

fn passes_luhn(digits: &[Digit]) -> bool {
    let doubled = |digit: u32| if digit > 4 { digit * 2 - 9 } else { digit * 2 };
    let sum: u32 = digits
        .iter()
        .rev()
        .enumerate()
        .map(|(place, digit)| match place % 2 {
            0 => digit.value,
            _ => doubled(digit.value),
        })
        .sum();
    sum.is_multiple_of(10)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Test numbers of the card schemes, put together here so that no file holds one.
    fn numbers() -> Vec<String> {
        let number = |parts: &[&str]| parts.concat();
        vec![
            number(&["4111", "1111", "1111", "1111"]),
            number(&["5555", "5555", "5555", "4444"]),
            number(&["3782", "822463", "10005"]),
            number(&["3056", "930902", "5904"]),
            number(&["3530", "1113", "3330", "0000"]),
        ]
    }

    fn mask(number: &str) -> String {
        let (hidden, shown) = number.split_at(number.len() - 4);
        "*".repeat(hidden.len()) + shown
    }

    fn full_width(text: &str) -> String {
        let wide = |c: char| char::from_u32(u32::from(c) + 0xfee0).unwrap();
        text.chars().map(wide).collect()
    }

    #[test]
    fn a_card_number_is_masked_wherever_it_stands() {
        let old = ["4222", "2222", "2222", "2"].concat();
        assert_eq!(redact(&old), mask(&old));
        for number in numbers() {
            let mask = mask(&number);
            let table = [
                (number.clone(), mask.clone()),
                (format!("declined: {number}."), format!("declined: {mask}.")),
                (format!("PAN{number}X"), format!("PAN{mask}X")),
                (
                    format!(";{number}=25121010000?9"),
                    format!(";{mask}=***********?9"),
                ),
                (
                    format!("%B{number}^DOE/J^25121010000?;9"),
                    format!("%B{mask}^***/*^***********?;9"),
                ),
                (format!("{number}D2512F"), format!("{mask}D****F")),
                (format!("{number}Declined 5"), format!("{mask}Declined 5")),
                (format!("カード{number}番"), format!("カード{mask}番")),
            ];
            for (text, expected) in table {
                assert_eq!(redact(&text), expected);
            }
            // With an expiry date or a check number behind it, or zeros before.
            for text in [
                format!("{number}2512"),
                format!("{number}123"),
                format!("0000{number}"),
                full_width(&number),
            ] {
                let shown = redact(&text);
                assert!(!shown.contains(&number[..9]), "{shown}");
                assert!(!shown.contains(&full_width(&number[..9])), "{shown}");
            }
            for separator in [
                " ", "-", "  ", " - ", "\u{a0}", "\u{3000}", "\u{2010}", "\u{ff0d}", ".", "\n",
            ] {
                let spaced: Vec<_> = number.split("").filter(|digit| !digit.is_empty()).collect();
                let masked = redact(&spaced.join(separator)).replace(separator, "");
                assert_eq!(masked, mask, "{separator:?}");
            }
        }
    }

    #[test]
    fn a_card_number_is_masked_whatever_stands_between_its_groups() {
        for separator in [
            "+",
            ",",
            ", ",
            ":",
            "|",
            ";",
            "'",
            "\"",
            "=",
            "^",
            "*",
            "#",
            "~",
            "\\",
            " | ",
            "><",
            "\t",
            "\r\n",
            "\0",
            "\u{1f}",
            "\u{200b}",
            "\u{ad}",
            "\u{2022}",
            "\u{3001}",
            "\u{ff0c}",
            "\u{ff5c}",
            "\u{fffd}",
            "\u{1f4b3}",
            "\", \"",
            "%20",
            "%C2%A0",
            "%E3%80%80",
            "%2d",
            "%0D%0A",
            "&nbsp;",
            "&#160;",
            "&#xa0;",
            "&amp;",
            "<br>",
            "<br />",
            "</td>\n    <td class=\"n\">",
            "\\n",
            "\\r\\n",
            "\\t",
            "\\u00a0",
            "\\u{200b}",
            "\\x20",
            "\\\\n",
        ] {
            for groups in [
                &["4111", "1111", "1111", "1111"][..],
                &["5555", "5555", "5555", "4444"],
                &["3782", "822463", "10005"],
                &["3056", "930902", "5904"],
            ] {
                let number = groups.join(separator);
                for (before, after) in [("", ""), ("card: ", "."), ("5 | ", " | 12 | 25")] {
                    let text = format!("{before}{number}{after}");
                    let shown = redact(&text);
                    let count = |text: &str| text.chars().filter(char::is_ascii_digit).count();
                    let other = count(&text) - groups.concat().len();
                    let left = count(&shown) - other;
                    assert_eq!(left, 4, "{number:?} -> {shown:?}");
                }
            }
            let alone = number_of_single_digits(separator);
            assert!(redact(&alone).contains('*'), "{alone:?}");
        }
    }

    fn number_of_single_digits(separator: &str) -> String {
        let number = ["4111", "1111", "1111", "1111"].concat();
        let digits: Vec<_> = number.split("").filter(|digit| !digit.is_empty()).collect();
        digits.join(separator)
    }

    #[test]
    fn a_number_that_is_none_stays() {
        for text in [
            "",
            "APPROVED 123456",
            "4111111111111112",
            "411111111111",
            "2025-12-08T10:30:00+09:00",
            "pi_01HXYEXAMPLE",
            "****-****-****-1111",
        ] {
            assert_eq!(redact(text), text);
        }
    }

    /// Whether one number, or some that stand side by side, pass: read in the plainest way.
    fn holds_a_number(text: &str) -> bool {
        text.split(|c| digit(c).is_none() && !is_separator(c))
            .any(|run| {
                let groups: Vec<&str> = run
                    .split(is_separator)
                    .filter(|part| !part.is_empty())
                    .collect();
                (0..groups.len()).any(|first| {
                    (first..groups.len()).any(|last| is_number(&groups[first..=last].concat()))
                })
            })
    }

    fn is_number(digits: &str) -> bool {
        let values: Vec<u32> = digits.chars().filter_map(digit).collect();
        let sum = values
            .iter()
            .rev()
            .enumerate()
            .fold(0, |sum, (place, value)| {
                let value = value << (place % 2);
                sum + value / 10 + value % 10
            });
        LENGTHS.contains(&values.len()) && sum % 10 == 0
    }

    proptest! {
        #[test]
        fn a_time_is_no_card_number(
            seconds in 0..4_102_444_800_i64, fraction in "[0-9]{3}|[0-9]{6}|[0-9]{9}", form in 0..5_usize,
        ) {
            let text = crate::Timestamp::from_unix_seconds(seconds).to_string();
            let (date, time) = text.trim_end_matches('Z').split_once('T').unwrap();
            let text = match form {
                0 => format!("{date} {time}.{fraction}+09:00"),
                1 => format!("{date}, {time},{fraction} | {date}, {time}"),
                2 => format!("{}+{}", date, time.replace(':', "%3A")),
                3 => format!("at {time}.{fraction}+09:00: {date}T{time}.{fraction}Z"),
                _ => format!("<td>{date}</td><td>{time}</td>"),
            };
            prop_assert_eq!(redact(&text), text.as_str());
        }

        #[test]
        fn a_number_that_fails_the_check_stays(number in "[0-24-9]{13,16}") {
            // Without a 3, with which the shorter numbers of the schemes begin.
            prop_assume!(!is_number(&number));
            prop_assert_eq!(redact(&number), number.as_str());
        }

        #[test]
        fn no_number_is_left_and_a_mask_stays(text in "([0-9]{0,24}[ \\-]?[0-9０-９]{0,24}|\\PC{0,6}){0,4}") {
            let once = redact(&text).into_owned();
            prop_assert!(!holds_a_number(&once), "{} -> {}", text, once);
            prop_assert_eq!(redact(&once), once.as_str());
            prop_assert_eq!(once.chars().count(), text.chars().count());
        }

        #[test]
        fn a_number_is_found_behind_anything(before in "\\PC{0,20}", after in "\\PC{0,20}", which in 0..5_usize) {
            let number = &numbers()[which];
            let shown = redact(&format!("{before}{number}{after}")).into_owned();
            prop_assert!(!shown.contains(number));
            prop_assert!(!shown.contains(&number[..9]) || before.contains(&number[..9]) || after.contains(&number[..9]));
        }
    }
}
