//! The hand-off to the app MPACCreditCard.
//!
//! The guide (*Credit Card (External via MPACCreditCard)*) fixes the sequence: launch the app,
//! receive its result, confirm with the brand and the approval code. The messages are ours:
//! `card-contract.md`, beside `Cargo.toml`.

use std::fmt;

use mpac_pgw_protocol::card_number::redact;
use mpac_pgw_protocol::reading::{Members, ReadJson, UnreadableField};
use mpac_pgw_protocol::{Amount, Currency, PaymentIntentId, Timestamp};
use serde::{Deserialize, Serialize};

use crate::card_data;
use crate::error::CardResultRefusal;
use crate::secret::Secret;

/// The version of the hand-off contract whose results are not signed.
pub const CARD_CONTRACT_VERSION: i32 = 1;

/// The version of the hand-off contract whose results are signed by the card app.
pub const SIGNED_CARD_CONTRACT_VERSION: i32 = 2;

/// What MPACCreditCard is asked to do. It never holds the payment token.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, uniffi::Record)]
pub struct CardRequest {
    /// The contract version: 1, or 2 where the result has to be signed, as
    /// [`TerminalConfig`](crate::TerminalConfig) names keys of the card app.
    pub version: i32,
    /// The attempt that waits for the result.
    pub attempt_id: String,
    /// 128 random bits in hex, for one use: the result has to repeat them.
    pub nonce: Secret,
    /// The PaymentIntent.
    pub payment_intent_id: PaymentIntentId,
    /// Minor units.
    pub amount: Amount,
    /// ISO 4217.
    pub currency: Currency,
    /// The store, where the PaymentIntent names one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub merchant_store_id: Option<String>,
    /// The terminal, where the PaymentIntent names one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub merchant_terminal_id: Option<String>,
    /// Do not charge after this moment: the gateway will not record it.
    pub expires_at: Timestamp,
}

// The nonce proves that a result is genuine.
impl fmt::Debug for CardRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CardRequest")
            .field("attempt_id", &self.attempt_id)
            .field("payment_intent_id", &self.payment_intent_id)
            .field("amount", &self.amount)
            .field("currency", &self.currency)
            .field("expires_at", &self.expires_at)
            .finish_non_exhaustive()
    }
}

/// What became of the card.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, uniffi::Enum)]
#[serde(rename_all = "snake_case")]
pub enum CardOutcome {
    /// The card was charged.
    Approved,
    /// The issuer or the card said no.
    Declined,
    /// The customer or the staff gave up in the card app.
    Cancelled,
    /// The card app could not take the payment, and charged nothing.
    Error,
}

impl ReadJson for CardOutcome {
    fn read_json(json: &str) -> Option<Self> {
        let text = String::read_json(json)?;
        let table = [
            ("approved", Self::Approved),
            ("declined", Self::Declined),
            ("cancelled", Self::Cancelled),
            ("canceled", Self::Cancelled),
            ("error", Self::Error),
        ];
        let (_, outcome) = table
            .into_iter()
            .find(|(word, _)| text.trim().eq_ignore_ascii_case(word))?;
        Some(outcome)
    }
}

/// What MPACCreditCard answers.
///
/// Card data in the wrong member is masked before the SDK keeps or sends it, however this was made.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, uniffi::Record)]
pub struct CardResult {
    /// The contract version, 1 or 2.
    pub version: i32,
    /// From the request.
    pub attempt_id: String,
    /// From the request.
    pub nonce: Secret,
    /// What became of the card.
    pub outcome: CardOutcome,
    /// Minor units, as charged.
    pub amount: Amount,
    /// ISO 4217, as charged.
    pub currency: Currency,
    /// The approval code, when approved. Goes to the gateway as `external_ref_id`, in at most 255
    /// characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approval_code: Option<Secret>,
    /// The card brand, when approved, such as `VISA`. Goes to the gateway as `provider`, in at most
    /// 32 letters, digits, spaces, `_`, `-` and `.`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub card_brand: Option<String>,
    /// A mask that ends in at most the last four digits of the card number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub masked_pan: Option<Secret>,
    /// Why it was not approved, for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// When the card app finished.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub processed_at: Option<Timestamp>,
    /// In version 2, the text of the card app with its signature. It counts, and not what stands
    /// beside it, where the terminal knows the card app's key: hand the result in as it was read. It
    /// is left out where the app itself says that no card was charged. The SDK does not keep it.
    #[serde(skip)]
    #[uniffi(default = None)]
    pub signed_text: Option<Secret>,
}

// Everything else here is card data.
impl fmt::Debug for CardResult {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CardResult")
            .field("attempt_id", &redact(&self.attempt_id))
            .field("outcome", &self.outcome)
            .finish_non_exhaustive()
    }
}

impl CardResult {
    /// Reads the JSON that the card app returned, in every spelling that means the same: whole
    /// numbers as `12800.0`, `1.28e4` or in quotes, words in any case, a byte order mark before.
    ///
    /// | member | needed |
    /// |---|---|
    /// | `version`, `attempt_id`, `nonce`, `outcome`, `amount`, `currency` | always |
    /// | `approval_code` | when approved |
    /// | `card_brand` | when approved; one that cannot be read becomes `UNKNOWN` |
    /// | `masked_pan`, `reason`, `processed_at`, all others | never: what cannot be read is as if it were not there |
    ///
    /// The result is [without card data](Self::without_card_data), but for
    /// [`signed_text`](Self::signed_text). The signature of version 2 is looked at by
    /// [`complete_card_payment`](crate::PaymentTerminal::complete_card_payment).
    ///
    /// # Errors
    /// [`CardResultRefusal::Malformed`], which names the member, or
    /// [`CardResultRefusal::UnsupportedVersion`].
    pub fn from_json(json: &str) -> Result<Self, CardResultRefusal> {
        let members = Members::read(json).ok_or(UnreadableField::new("result"))?;
        // The version first: another version may have another form.
        let version = members.needed("version")?;
        if !is_supported(version) {
            return Err(CardResultRefusal::UnsupportedVersion);
        }
        let id = |field| -> Result<String, UnreadableField> {
            Ok(members.needed::<String>(field)?.trim().to_owned())
        };
        let (attempt_id, nonce) = (id("attempt_id")?, id("nonce")?);
        let outcome = members.needed("outcome")?;
        let approval_code = match outcome {
            CardOutcome::Approved => members.optional("approval_code")?,
            _ => members.informative("approval_code"),
        };
        let approval_code = approval_code.map(|code: String| code.into());
        let masked_pan = members.informative("masked_pan");
        // Which brand it was can be found out later: the card is charged.
        let unreadable_brand = || members.has("card_brand").then(|| " ".to_owned());
        let result = Self {
            version,
            attempt_id,
            nonce: nonce.into(),
            outcome,
            amount: members.needed("amount")?,
            currency: members.needed("currency")?,
            approval_code,
            card_brand: members.informative("card_brand").or_else(unreadable_brand),
            masked_pan: masked_pan.map(|mask: String| mask.into()),
            reason: members.informative("reason"),
            processed_at: members.informative("processed_at"),
            signed_text: None,
        };
        Ok(Self {
            signed_text: (version == SIGNED_CARD_CONTRACT_VERSION).then(|| json.into()),
            ..result.without_card_data()
        })
    }

    /// What may be kept, shown and sent of it. The approval is never lost by this, and the same
    /// result always becomes the same.
    ///
    /// - `masked_pan` becomes a mask of one form with at most the last four digits, or nothing.
    /// - `card_brand` keeps letters, digits, spaces, `_`, `-` and `.`, at most 32.
    /// - A card's number (13 to 19 digits that pass Luhn's check) in `approval_code` or `reason` is
    ///   masked but for its last four digits; one in `card_brand` is left out.
    /// - A brand or an approval code of which nothing is left becomes `UNKNOWN`.
    /// - `signed_text` goes: it may hold anything.
    #[must_use]
    pub fn without_card_data(self) -> Self {
        Self {
            approval_code: (self.approval_code.as_deref())
                .map(|code| card_data::approval_code(code).into()),
            card_brand: self.card_brand.as_deref().map(card_data::brand),
            masked_pan: (self.masked_pan.as_deref())
                .and_then(card_data::masked_pan)
                .map(Secret::from),
            reason: self.reason.as_deref().map(card_data::reason),
            signed_text: None,
            ..self
        }
    }

    /// The JSON of the contract, as the card app writes it, but without a signature.
    #[must_use]
    pub fn to_json(&self) -> String {
        // Only strings and numbers: there is nothing that could fail.
        serde_json::to_string(self).unwrap_or_default()
    }
}

fn is_supported(version: i32) -> bool {
    (CARD_CONTRACT_VERSION..=SIGNED_CARD_CONTRACT_VERSION).contains(&version)
}

impl CardRequest {
    /// The JSON of the contract, for the card app.
    #[must_use]
    pub fn to_json(&self) -> String {
        // Only strings and numbers: there is nothing that could fail.
        serde_json::to_string(self).unwrap_or_default()
    }

    /// Checks that a result answers this very request.
    pub(crate) fn check(&self, result: &CardResult) -> Result<(), CardResultRefusal> {
        use subtle::ConstantTimeEq;
        if !is_supported(result.version) {
            return Err(CardResultRefusal::UnsupportedVersion);
        }
        // Hexadecimal digits may come back in capitals.
        let [ours, theirs] = [&self.nonce, &result.nonce].map(|nonce| nonce.to_ascii_lowercase());
        let same_nonce: bool = ours.as_bytes().ct_eq(theirs.as_bytes()).into();
        if !same_nonce {
            return Err(CardResultRefusal::WrongNonce);
        }
        if (result.amount, result.currency) != (self.amount, self.currency) {
            return Err(CardResultRefusal::WrongAmount);
        }
        let missing = |field: Option<&str>| field.is_none_or(str::is_empty);
        if result.outcome == CardOutcome::Approved
            && (missing(result.approval_code.as_deref()) || missing(result.card_brand.as_deref()))
        {
            return Err(CardResultRefusal::Incomplete);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const RESULT: [(&str, &str); 11] = [
        ("version", "1"),
        ("attempt_id", "\"6b0f4c1e-7f0a-4a53-9d58-0c0c0c0c0c0c\""),
        ("nonce", "\"00112233445566778899aabbccddeeff\""),
        ("outcome", "\"approved\""),
        ("amount", "12800"),
        ("currency", "\"JPY\""),
        ("approval_code", "\"NOTREAL1\""),
        ("card_brand", "\"VISA\""),
        ("masked_pan", "\"************0000\""),
        ("reason", "\"thank you\""),
        ("processed_at", "\"2025-12-08T10:30:00Z\""),
    ];

    /// The result, with one member replaced, left out or added.
    fn with(name: &str, json: Option<&str>) -> String {
        let members = RESULT.iter().filter(|(member, _)| *member != name);
        let mut parts: Vec<_> = members
            .map(|(member, json)| format!("\"{member}\": {json}"))
            .collect();
        parts.extend(json.map(|json| format!("\"{name}\": {json}")));
        format!("{{{}}}", parts.join(", "))
    }

    fn plain() -> CardResult {
        CardResult::from_json(&with("", None)).unwrap()
    }

    fn malformed(field: &str) -> Result<CardResult, CardResultRefusal> {
        Err(CardResultRefusal::Malformed {
            field: field.to_owned(),
        })
    }

    #[test]
    fn any_spelling_of_a_result_is_the_same_result() {
        let table = [
            ("version", "1.0"),
            ("version", "\"1\""),
            ("version", "10e-1"),
            ("attempt_id", "\" 6b0f4c1e-7f0a-4a53-9d58-0c0c0c0c0c0c\\n\""),
            ("outcome", "\"APPROVED\""),
            ("outcome", "\" Approved\""),
            ("outcome", "\"\\u0061pproved\""),
            ("amount", "12800.0"),
            ("amount", "1.28e4"),
            ("amount", "1280000E-2"),
            ("amount", "12800.000000000000000000000"),
            ("amount", "\"12800\""),
            ("currency", "\"jpy\""),
            ("approval_code", "\" NOTREAL1\\r\\n\""),
            ("card_brand", "\"ＶＩＳＡ\""),
            ("masked_pan", "\"400000******0000\""),
            ("masked_pan", "\"0000\""),
            ("processed_at", "\"2025-12-08T10:30Z\""),
            ("processed_at", "\"2025-12-08T19:30+0900\""),
            ("processed_at", "\"2025-12-08 10:30:00,123z\""),
            ("processed_at", "\"2025-12-08T19:30+09:00[Asia/Tokyo]\""),
            ("processed_at", "1765189800"),
            ("processed_at", "1.765189800999E12"),
            ("unknown", "[{}]"),
        ];
        for (name, json) in table {
            let read = CardResult::from_json(&with(name, Some(json)));
            assert_eq!(read, Ok(plain()), "{name}: {json}");
        }
        let json = with("", None);
        for json in [
            format!("\u{feff}{json}"),
            format!("\n {json}\r\n"),
            format!("{json}\0\0"),
            json.replace('{', "{\"amount\": 12800.0, \"reason\": \"thank you\","),
        ] {
            assert_eq!(CardResult::from_json(&json), Ok(plain()), "{json:?}");
        }
        for (json, code) in [
            ("123456.0", "123456"),
            ("012800", "012800"),
            ("+12800", "12800"),
            ("000000000000000000042", "000000000000000000042"),
        ] {
            let read = CardResult::from_json(&with("approval_code", Some(json))).unwrap();
            assert_eq!(read.approval_code.as_deref(), Some(code), "{json}");
        }
    }

    #[test]
    fn what_is_refused_says_which_member() {
        let table = [
            ("version", ["null", "true", "1.5", "\"one\""]),
            ("attempt_id", ["null", "true", "{}", "\"\\ud800\""]),
            ("nonce", ["null", "[]", "1.5", "{}"]),
            ("outcome", ["null", "\"maybe\"", "1", "[\"approved\"]"]),
            ("amount", ["null", "12800.5", "1e400", "\"12,800\""]),
            ("amount", ["0", "-1", "100000000000", "9007199254740993.5"]),
            ("currency", ["null", "\"yen\u{3000}!\"", "392", "{}"]),
            ("approval_code", ["true", "{}", "[\"A1\"]", "1.5"]),
        ];
        for (name, values) in table {
            for json in values {
                let read = CardResult::from_json(&with(name, Some(json)));
                assert_eq!(read, malformed(name), "{name}: {json}");
            }
            if name != "approval_code" {
                assert_eq!(CardResult::from_json(&with(name, None)), malformed(name));
            }
        }
        let twice = with("", None).replace('{', "{\"amount\": 12801,");
        assert_eq!(CardResult::from_json(&twice), malformed("amount"));
        for json in ["", "canary", "[]", "{\"version\": 1", "\"{}\"", "{} {}"] {
            assert_eq!(CardResult::from_json(json), malformed("result"), "{json}");
        }
        let newer = with("version", Some("3.0")).replace("amount", "money");
        let refused = CardResult::from_json(&newer);
        assert_eq!(refused, Err(CardResultRefusal::UnsupportedVersion));
    }

    #[test]
    fn a_brand_that_cannot_be_read_loses_no_approval() {
        for json in ["{}", "true", "\"\\ud800\"", "\"\u{1F4B3}\"", "\"\\n\""] {
            let read = CardResult::from_json(&with("card_brand", Some(json))).unwrap();
            assert_eq!(read.card_brand.as_deref(), Some("UNKNOWN"), "{json}");
        }
        let none = CardResult::from_json(&with("card_brand", Some("null"))).unwrap();
        assert_eq!(none.card_brand, None);
    }

    /// A test number of a card scheme, put together here so that no file holds one.
    fn card_number() -> String {
        ["4111", "1111", "1111", "1111"].concat()
    }

    #[test]
    fn a_card_number_in_any_member_is_neither_kept_nor_shown_nor_loses_the_approval() {
        let number = card_number();
        let spaced = "4111 1111-1111 1111";
        let wide: String = number
            .chars()
            .map(|c| char::from_u32(u32::from(c) + 0xfee0).unwrap())
            .collect();
        for text in [
            &*number,
            spaced,
            &wide,
            &format!(";{number}=2512?"),
            &format!("PAN{number}"),
        ] {
            let json = format!("\"{text}\"");
            for member in [
                "approval_code",
                "card_brand",
                "masked_pan",
                "reason",
                "unknown",
            ] {
                let read = CardResult::from_json(&with(member, Some(&json))).unwrap();
                let constructed = CardResult {
                    approval_code: Some(text.into()),
                    card_brand: Some(text.to_owned()),
                    masked_pan: Some(text.into()),
                    reason: Some(text.to_owned()),
                    ..plain()
                };
                for result in [read, constructed.clone().without_card_data()] {
                    let kept = result.to_json();
                    assert!(
                        !kept.contains("41111111") && !kept.contains("4111 1111"),
                        "{kept}"
                    );
                    assert!(!kept.contains(&wide[..wide.len() / 2]), "{kept}");
                    assert_eq!(result.outcome, CardOutcome::Approved);
                    assert!(
                        result
                            .approval_code
                            .as_deref()
                            .is_some_and(|code| !code.is_empty())
                    );
                    assert!(
                        result
                            .card_brand
                            .as_deref()
                            .is_some_and(|brand| !brand.is_empty())
                    );
                    assert_eq!(result.clone().without_card_data(), result);
                }
                let other = constructed.clone().without_card_data();
                assert_eq!(constructed.without_card_data(), other);
            }
            let read = CardResult::from_json(&with("attempt_id", Some(&json))).unwrap();
            assert!(!format!("{read:?}").contains("41111111"));
        }
    }

    proptest! {
        #[test]
        fn what_only_informs_refuses_no_approval_whatever_it_holds(
            member in "masked_pan|reason|processed_at|unknown|[a-z]{1,3}",
            json in any_json(),
        ) {
            let read = CardResult::from_json(&with(&member, Some(&json))).unwrap();
            let expected = plain();
            prop_assert_eq!(
                CardResult { masked_pan: None, reason: None, processed_at: None, ..read },
                CardResult { masked_pan: None, reason: None, processed_at: None, ..expected },
            );
        }
    }

    /// JSON of every kind, to the edges of what parsers take.
    fn any_json() -> impl Strategy<Value = String> {
        let text = ".{0,20}".prop_map(|text| serde_json::to_string(&text).unwrap());
        let number = "-?(0|[1-9][0-9]{0,30})(\\.[0-9]{1,30})?([eE][+-]?[0-9]{1,6})?";
        let word = "null|true|false|\"\"|\"\\\\ud800\"|\"\\\\u0000\"|\\[\\]|\\{\\}";
        let leaf = prop_oneof![text, number, word].boxed();
        let nested = (leaf.clone(), 0..2_000_usize)
            .prop_map(|(leaf, depth)| "[".repeat(depth) + &leaf + &"]".repeat(depth));
        let object = leaf
            .clone()
            .prop_map(|leaf| format!("{{\"amount\":{leaf},\"amount\":1}}"));
        let long = (0..100_000_usize).prop_map(|length| format!("\"{}\"", "x".repeat(length)));
        // No JSON, but what some write for it.
        let bare = "NaN|-Infinity|undefined|[^\"\\[\\]{},]{0,20}";
        let raw = "[\0-!#-\\[\\]-~]{0,20}".prop_map(|text| format!("\"{text}\""));
        prop_oneof![leaf, nested, object, long, bare, raw]
    }
}
