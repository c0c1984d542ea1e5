//! Whether the card app itself has written a result: the signature of contract version 2.

use std::fmt;

use mpac_pgw_protocol::reading::{Members, ReadJson, UnreadableField};
use ring::agreement::{self, ECDH_P256, EphemeralPrivateKey};
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_ASN1, UnparsedPublicKey};

use crate::card::{CARD_CONTRACT_VERSION, CardOutcome, CardResult, SIGNED_CARD_CONTRACT_VERSION};
use crate::card_url::from_base64;
use crate::error::{CardResultRefusal, TerminalError};

const SIGNATURE: &str = "signature";

/// What stands before the point in the DER of a public key on P-256 (RFC 5480).
const SUBJECT_PUBLIC_KEY_INFO: [u8; 26] = [
    0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a,
    0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00,
];

/// The card app's public keys, as uncompressed points. Without one, nothing is checked.
#[derive(Default)]
pub(crate) struct CardAppKeys(Vec<Vec<u8>>);

impl CardAppKeys {
    /// Reads the configuration.
    pub(crate) fn read(keys: &[String]) -> Result<Self, TerminalError> {
        let point = |(index, key): (usize, &String)| {
            point(key).ok_or_else(|| {
                // The text itself may be a private key, by mistake.
                let reason = format!(
                    "must be public keys on P-256, each an X.509 SubjectPublicKeyInfo as PEM or as \
                     the base64 of its DER; number {} is none",
                    index + 1
                );
                TerminalError::configuration("card_app_public_keys", reason)
            })
        };
        let points: Result<_, _> = keys.iter().enumerate().map(point).collect();
        Ok(Self(points?))
    }

    /// In which version of the contract the card app is asked.
    pub(crate) fn contract_version(&self) -> i32 {
        match self.0.is_empty() {
            true => CARD_CONTRACT_VERSION,
            false => SIGNED_CARD_CONTRACT_VERSION,
        }
    }

    /// What was signed of a result. Nothing else of it counts before that is known.
    pub(crate) fn check(&self, result: CardResult) -> Result<CardResult, CardResultRefusal> {
        if self.0.is_empty() {
            return Ok(result);
        }
        let Some(text) = &result.signed_text else {
            // What is read from a text of version 2 always has it, so this is the app's own word.
            let is_own = result.version == SIGNED_CARD_CONTRACT_VERSION
                && result.outcome == CardOutcome::Error;
            return is_own
                .then_some(result)
                .ok_or(CardResultRefusal::MissingSignature);
        };
        let members = Members::read(text).ok_or(UnreadableField::new("result"))?;
        let signature: Option<String> = members.informative(SIGNATURE);
        let signature = signature.ok_or(CardResultRefusal::MissingSignature)?;
        let signature = from_base64(signature.bytes()).ok_or(CardResultRefusal::WrongSignature)?;
        let signed = canonical(&members);
        let is_signed_by = |key: &Vec<u8>| {
            UnparsedPublicKey::new(&ECDSA_P256_SHA256_ASN1, key)
                .verify(signed.as_bytes(), &signature)
                .is_ok()
        };
        match self.0.iter().any(is_signed_by) {
            true => CardResult::from_json(text),
            false => Err(CardResultRefusal::WrongSignature),
        }
    }
}

impl fmt::Debug for CardAppKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CardAppKeys({})", self.0.len())
    }
}

/// The point of a public key; `None` when it is none, or not on the curve. A key with one wrong letter
/// would refuse every result, after the card was charged.
fn point(key: &str) -> Option<Vec<u8>> {
    let base64 = key.lines().filter(|line| !line.starts_with("-----"));
    let base64 = base64.flat_map(str::bytes).filter(|byte| *byte != b' ');
    let der = from_base64(base64)?;
    let point = der.strip_prefix(&SUBJECT_PUBLIC_KEY_INFO)?;
    let own = EphemeralPrivateKey::generate(&ECDH_P256, &SystemRandom::new()).ok()?;
    let theirs = agreement::UnparsedPublicKey::new(&ECDH_P256, point);
    agreement::agree_ephemeral(own, &theirs, |_| point.to_vec()).ok()
}

/// What is signed: all members but the signature, in one form however they came (RFC 8785). What is
/// neither a text nor a whole number has no part in it, and none in a result.
fn canonical(members: &Members<'_>) -> String {
    let text = |text: &str| serde_json::to_string(text).ok();
    let one_form = |(name, json): (&str, &str)| {
        let value = match name {
            SIGNATURE => None,
            "version" | "amount" => Some(i64::read_json(json)?.to_string()),
            _ if json.starts_with('"') => text(&String::read_json(json)?),
            _ => String::read_json(json),
        };
        Some(format!("{}:{}", text(name)?, value?))
    };
    let mut members: Vec<String> = members.iter().filter_map(one_form).collect();
    members.sort_unstable();
    // Said twice is said once. Said in two ways is not what was signed.
    members.dedup();
    format!("{{{}}}", members.join(","))
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    /// Computed by `tests/vectors/card_results.py`, with none of this code.
    const VECTORS: &str = include_str!("../../../tests/vectors/card_results.json");

    #[derive(Deserialize)]
    struct Vectors {
        public_key: String,
        foreign_public_key: String,
        results: Vec<Vector>,
    }

    #[derive(Deserialize)]
    struct Vector {
        name: String,
        signed: String,
        json: String,
        refusal: Option<String>,
    }

    impl Vectors {
        fn read() -> Self {
            serde_json::from_str(VECTORS).unwrap()
        }

        fn keys(&self) -> CardAppKeys {
            CardAppKeys::read(std::slice::from_ref(&self.public_key)).unwrap()
        }

        fn result(&self, name: &str) -> CardResult {
            let vector = self.results.iter().find(|vector| vector.name == name);
            CardResult::from_json(&vector.unwrap().json).unwrap()
        }
    }

    fn none() -> CardAppKeys {
        CardAppKeys::read(&[]).unwrap()
    }

    #[test]
    fn only_what_the_card_app_has_signed_is_its_result() {
        let vectors = Vectors::read();
        let keys = vectors.keys();
        assert!(vectors.results.len() > 30);
        for vector in &vectors.results {
            let result = CardResult::from_json(&vector.json).unwrap();
            let expected = match vector.refusal.as_deref() {
                None => Ok(result.clone()),
                Some("missing_signature") => Err(CardResultRefusal::MissingSignature),
                Some("wrong_signature") => Err(CardResultRefusal::WrongSignature),
                Some(other) => panic!("{other}"),
            };
            assert_eq!(keys.check(result.clone()), expected, "{}", vector.name);
            assert_eq!(none().check(result.clone()), Ok(result), "{}", vector.name);
        }
    }

    #[test]
    fn what_is_signed_has_one_form_however_it_came() {
        for vector in Vectors::read().results {
            let members = Members::read(&vector.json).unwrap();
            let is_same = canonical(&members) == vector.signed;
            // In the others, the text was altered after it was signed.
            let is_altered = ["_altered", "_added", "_away", "_twice"]
                .iter()
                .any(|end| vector.name.ends_with(end));
            assert_eq!(is_same, !is_altered, "{}", vector.name);
        }
    }

    #[test]
    fn what_stands_beside_the_signed_text_does_not_count() {
        let vectors = Vectors::read();
        let signed = vectors.result("declined");
        let altered = CardResult {
            outcome: CardOutcome::Approved,
            nonce: "another".into(),
            ..signed.clone()
        };
        assert_eq!(vectors.keys().check(altered), Ok(signed));
    }

    /// Only `notCharged` makes such a result: no text can.
    #[test]
    fn without_a_signature_only_the_apps_own_word_counts_and_only_that_nothing_was_charged() {
        let vectors = Vectors::read();
        let own = CardResult {
            outcome: CardOutcome::Error,
            ..vectors.result("declined").without_card_data()
        };
        assert_eq!(own.signed_text, None);
        assert_eq!(vectors.keys().check(own.clone()), Ok(own.clone()));
        let of_version_1 = CardResult {
            version: CARD_CONTRACT_VERSION,
            ..own.clone()
        };
        let said = |outcome| CardResult {
            outcome,
            ..own.clone()
        };
        for other in [
            of_version_1,
            said(CardOutcome::Approved),
            said(CardOutcome::Declined),
            said(CardOutcome::Cancelled),
        ] {
            let refused = vectors.keys().check(other);
            assert_eq!(refused, Err(CardResultRefusal::MissingSignature));
        }
        for text in [own.to_json(), vectors.result("error").to_json()] {
            let read = CardResult::from_json(&text).unwrap();
            let refused = vectors.keys().check(read);
            assert_eq!(refused, Err(CardResultRefusal::MissingSignature));
        }
    }

    #[test]
    fn any_of_the_keys_will_do_so_that_a_card_app_can_change_its_own() {
        let vectors = Vectors::read();
        let both = [&vectors.foreign_public_key, &vectors.public_key].map(Clone::clone);
        let keys = CardAppKeys::read(&both).unwrap();
        for name in ["approved", "signed_by_a_foreign_key"] {
            assert!(keys.check(vectors.result(name)).is_ok(), "{name}");
        }
        assert!(keys.check(vectors.result("amount_altered")).is_err());
    }

    #[test]
    fn a_key_is_taken_as_pem_and_as_base64_and_refused_with_one_wrong_letter() {
        let key = Vectors::read().public_key;
        let (first, rest) = key.split_at(64);
        let pem = format!(
            "-----BEGIN PUBLIC KEY-----\r\n{first}\r\n{rest}\r\n-----END PUBLIC KEY-----\r\n"
        );
        for good in [&key, &pem, &pem.replace('\r', ""), &format!(" {key}\n")] {
            assert!(
                CardAppKeys::read(std::slice::from_ref(good)).is_ok(),
                "{good}"
            );
        }
        let certificate = pem
            .replace("PUBLIC KEY", "CERTIFICATE")
            .replace("MFkw", "MIIB");
        for bad in [
            "",
            "not a key",
            "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg",
            &key[..60],
            &key.replace("YP7U", "YP7V"),
            &key.replace("DAQcD", "DAQYD"),
            &certificate,
            &key.repeat(2),
        ] {
            let error = CardAppKeys::read(&[key.clone(), bad.to_owned()]).unwrap_err();
            let expected = "must be public keys on P-256, each an X.509 SubjectPublicKeyInfo as PEM or \
                            as the base64 of its DER; number 2 is none";
            let is_named = |field: &str| field == "card_app_public_keys";
            assert!(
                matches!(&error, TerminalError::InvalidConfiguration { field, reason }
                    if is_named(field) && reason == expected),
                "{error}"
            );
        }
    }

    #[test]
    fn neither_keys_nor_signed_texts_are_shown() {
        let vectors = Vectors::read();
        let shown = format!("{:?} {:?}", vectors.keys(), vectors.result("approved"));
        assert!(
            !shown.contains("MEQC") && !shown.contains("NOTREAL1"),
            "{shown}"
        );
    }
}
