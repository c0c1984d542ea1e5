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
/// number, only what a card scheme gives out is one: a number of another kind passes the check by
/// chance once in ten times, and holds many others. The same text gives the same mask, and a masked
/// text stays as it is. What a magnetic stripe holds behind the number is masked with it.
///
/// Use it where no such number is needed: not on ids.
#[must_use]
pub fn redact(text: &str) -> Cow<'_, str> {
    let mut text = Cow::Borrowed(text);
    // What is left of one number, and what follows it, may look like another.
    while let Some(masked) = redact_once(&text) {
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

/// A digit of a text.
struct Digit {
    /// Where it stands, in bytes.
    at: usize,
    value: u32,
    /// Whether there is no digit right before it.
    begins: bool,
}

fn redact_once(text: &str) -> Option<String> {
    let mut hidden = Vec::new();
    let mut run = Vec::new();
    let mut begins = true;
    let mut track = Track::None;
    for (at, c) in text.char_indices() {
        let digit = digit(c);
        track = track.goes_on(c, digit.is_some());
        if track != Track::None {
            if c.is_alphanumeric() {
                hidden.push(at);
            }
        } else if let Some(value) = digit {
            run.push(Digit { at, value, begins });
        } else if !is_separator(c) {
            let ends_in_a_number = hide(&run, &mut hidden);
            run.clear();
            track = if ends_in_a_number {
                Track::after(c)
            } else {
                track
            };
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

/// Adds where the digits to hide are, in order, and tells whether the run ends in a number. Numbers
/// that overlap count as one.
fn hide(run: &[Digit], hidden: &mut Vec<usize>) -> bool {
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
    let ends_in_a_number = numbers.last().is_some_and(|last| last.end == run.len());
    for number in numbers {
        let masked = run.get(number.start..number.end - SHOWN);
        hidden.extend(masked.unwrap_or_default().iter().map(|digit| digit.at));
    }
    ends_in_a_number
}

fn is_card_number(run: &[Digit], range: std::ops::Range<usize>) -> bool {
    let ends = run.get(range.end).is_none_or(|next| next.begins);
    let Some(digits) = run.get(range) else {
        return false;
    };
    let begins = digits.first().is_some_and(|first| first.begins);
    ((begins && ends) || is_of_a_scheme(digits)) && passes_luhn(digits)
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
