//! What is kept of what the card app says about a card: enough to find the payment again, and
//! nothing that could be used to pay.

use mpac_pgw_protocol::card_number::redact;

/// Stands for a text that was given, but holds nothing that may be kept. The approval counts all
/// the same.
const UNKNOWN: &str = "UNKNOWN";

/// How much is looked at. A real text is far shorter.
const MAX_READ: usize = 4_096;

/// As long as the gateway takes.
const MAX_APPROVAL_CODE: usize = 255;

const MAX_BRAND: usize = 32;

const MAX_REASON: usize = 500;

/// How many digits of a card's number are kept.
const LAST_DIGITS: usize = 4;

/// The approval code without a card's number or a character that the gateway refuses.
pub(crate) fn approval_code(text: &str) -> String {
    let printable: String = text
        .chars()
        .take(MAX_READ)
        .filter(|c| !c.is_control())
        .collect();
    usable(text, shortened(&redact(&printable), MAX_APPROVAL_CODE))
}

/// Whether an approval code tells one charge from others: not one that had to be made up or masked,
/// which the charge of another till may have too.
pub(crate) fn names_one_charge(approval_code: &str) -> bool {
    approval_code != UNKNOWN && !approval_code.contains('*')
}

/// A brand is letters, digits, spaces, `_`, `-` and `.`. A number in it that could be a card's is
/// left out with all other digits.
pub(crate) fn brand(text: &str) -> String {
    let is_of_a_name = |c: &char| c.is_alphabetic() || c.is_ascii_digit() || " _-.".contains(*c);
    let given: String = text.chars().take(MAX_READ).map(narrow).collect();
    let name: String = given.chars().filter(is_of_a_name).collect();
    // What separates the groups of a number may be left of it, or not.
    let name = match redact(&given) == given && redact(&name) == name {
        true => name,
        false => name.chars().filter(|c| !c.is_ascii_digit()).collect(),
    };
    usable(text, shortened(&name, MAX_BRAND))
}

/// A mask of one form that ends in at most the last four digits; `None` when there are none, or
/// when the text is more than a number and its mask.
pub(crate) fn masked_pan(text: &str) -> Option<String> {
    let text: String = text.trim().chars().take(MAX_READ).map(narrow).collect();
    let is_of_a_mask = |c: char| {
        c.is_ascii_digit()
            || c.is_whitespace()
            || matches!(
                c,
                '*' | '#' | 'x' | 'X' | '-' | '.' | '_' | '•' | '●' | '…' | '×'
            )
    };
    let digits = text.bytes().rev().take_while(u8::is_ascii_digit).count();
    if digits == 0 || !text.chars().all(is_of_a_mask) {
        return None;
    }
    let last = text.get(text.len() - digits.min(LAST_DIGITS)..)?;
    Some(format!("************{last}"))
}

/// The reason, for people, without a card's number.
pub(crate) fn reason(text: &str) -> String {
    let in_one_line: String = text
        .chars()
        .take(MAX_READ)
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect();
    shortened(&redact(&in_one_line), MAX_REASON)
}

/// What is left, or that something was there.
fn usable(given: &str, left: String) -> String {
    match given.is_empty() || !left.is_empty() {
        true => left,
        false => UNKNOWN.to_owned(),
    }
}

fn shortened(text: &str, max: usize) -> String {
    let short: String = text.trim().chars().take(max).collect();
    short.trim_end().to_owned()
}

/// A full-width character as its ASCII one.
pub(crate) fn narrow(c: char) -> char {
    match c {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(c) - 0xfee0).unwrap_or(c),
        '\u{3000}' => ' ',
        _ => c,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// A test number of a card scheme, put together here so that no file holds one.
    fn number() -> String {
        ["4111", "1111", "1111", "1111"].concat()
    }

    fn full_width(text: &str) -> String {
        let wide = |c: char| char::from_u32(u32::from(c) + 0xfee0).unwrap();
        text.chars().map(wide).collect()
    }

    #[test]
    fn of_a_masked_number_at_most_the_last_four_digits_are_kept() {
        let number = number();
        let kept = "************1111";
        let table = [
            (number.clone(), Some(kept)),
            (full_width(&number), Some(kept)),
            ("4111 1111 1111 1111".to_owned(), Some(kept)),
            ("411111******1111".to_owned(), Some(kept)),
            ("XXXX-XXXX-XXXX-1111".to_owned(), Some(kept)),
            ("•••• 1111".to_owned(), Some(kept)),
            ("1111".to_owned(), Some(kept)),
            (kept.to_owned(), Some(kept)),
            (" 12 ".to_owned(), Some("************12")),
            ("411111**********".to_owned(), None),
            (format!("{number}=25121010"), None),
            (format!("%B{number}^DOE/J^2512"), None),
            (String::new(), None),
            ("VISA".to_owned(), None),
        ];
        for (text, expected) in table {
            assert_eq!(masked_pan(&text).as_deref(), expected);
        }
    }

    #[test]
    fn a_brand_is_a_short_set_of_characters() {
        let number = number();
        let table = [
            ("VISA", "VISA"),
            (" Visa\r\n", "Visa"),
            ("ＶＩＳＡ", "VISA"),
            ("ジェーシービー", "ジェーシービー"),
            ("American Express", "American Express"),
            ("D2_x-1.0", "D2_x-1.0"),
            ("<b>VISA</b>", "bVISAb"),
            ("\u{1F4B3}", "UNKNOWN"),
            ("  ", "UNKNOWN"),
            ("", ""),
        ];
        for (text, expected) in table {
            assert_eq!(brand(text), expected, "{text}");
        }
        assert_eq!(brand(&number), "UNKNOWN");
        assert_eq!(brand(&format!("VISA {number}")), "VISA");
        assert_eq!(brand(&number.replace("11", "1@1")), "UNKNOWN");
        let in_groups = "4111&nbsp;1111&nbsp;1111&nbsp;1111";
        assert_eq!(brand(in_groups), "nbspnbspnbsp");
        assert_eq!(brand(&"V".repeat(10_000)), "V".repeat(32));
    }

    #[test]
    fn an_approval_code_is_kept_in_a_form_that_the_gateway_takes() {
        let number = number();
        let table = [
            ("A1", "A1"),
            (" 012345\r\n", "012345"),
            ("承認1", "承認1"),
            ("\u{1}", "UNKNOWN"),
            ("", ""),
        ];
        for (text, expected) in table {
            assert_eq!(approval_code(text), expected, "{text}");
        }
        assert_eq!(approval_code(&number), "************1111");
        assert_eq!(
            approval_code(&format!("A1;{number}=2512?")),
            "A1;************1111=****?"
        );
        assert_eq!(approval_code(&"A".repeat(10_000)), "A".repeat(255));
        assert!(!approval_code(&number.replace("11", "1\u{0}1")).contains("4111"));
    }

    proptest! {
        #[test]
        fn what_is_kept_holds_no_card_number_and_stays(
            before in "\\PC{0,10}|[ -~]{0,40}", after in ".{0,10}|[0-9 \\-]{0,40}", part in 0..2_usize,
        ) {
            let number = [number(), full_width(&number())][part].clone();
            let text = format!("{before}{number}{after}");
            for clean in [approval_code, brand, reason] {
                let once = clean(&text);
                prop_assert!(!once.is_empty());
                prop_assert!(!once.contains(&number));
                prop_assert_eq!(redact(&once), once.as_str());
                prop_assert_eq!(clean(&once), once);
            }
            let mask = masked_pan(&text);
            let digits = mask.iter().flat_map(|mask| mask.chars()).filter(char::is_ascii_digit);
            prop_assert!(digits.count() <= 4);
            prop_assert_eq!(mask.as_deref().and_then(masked_pan), mask);
        }
    }
}
