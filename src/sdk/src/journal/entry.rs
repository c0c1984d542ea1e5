//! The form of an attempt's file.

use std::io;

use mpac_pgw_protocol::{Amount, Currency, PaymentIntentId, PaymentMethodType, Timestamp};
use serde::{Deserialize, Serialize};

use crate::method::PaymentMethod;
use crate::record::{AttemptRecord, Stage};
use crate::state::UncertaintyCause;
use crate::vault::{Vault, VaultError};

/// The newest form of a file that this SDK reads and writes. Whatever fits is still written in an
/// older one, so that an older version of the app, put back in place, can go on with it.
///
/// It is the form of a record whose cause of being unresolved is one of the network that older ones
/// do not tell apart.
const VERSION: u32 = 4;
/// The form without these.
///
/// It is the form of a record that came from another device, which an SDK that does not know those
/// would go on with as with its own, and of stages and causes that are as new.
const VERSION_WITHOUT_NETWORK: u32 = 3;
/// The form without these.
const VERSION_WITHOUT_COPIES: u32 = 2;
/// The form that knows no [`PaymentMethod::QrCpm`] either.
const VERSION_WITHOUT_QR_CPM: u32 = 1;
/// First bytes of a file that a vault has sealed; no JSON begins like this. A line with the facts
/// follows, and then what is sealed.
const SEALED_MARK: &[u8] = b"mpac-sealed-2\n";
/// The same without the facts.
const SEALED_MARK_WITHOUT_FACTS: &[u8] = b"mpac-sealed-1\n";

/// Where the facts begin in a file that is not sealed.
const FACTS: &[u8] = b"\"facts\":";

#[derive(Serialize)]
struct EntryToWrite<'a> {
    version: u32,
    gateway_url: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    device: Option<&'a str>,
    /// Before the rest, so that half of a file has them too.
    facts: &'a Facts,
    attempt: &'a AttemptRecord,
}

/// Which payment a file is about, for people: it can be read where the rest cannot, as its key is
/// gone or another version wrote it. No secret is among it. Whoever can write to the folder can
/// change it, so nothing is decided by it.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct Facts {
    pub(crate) payment_intent_id: Option<PaymentIntentId>,
    pub(crate) method: Option<PaymentMethodType>,
    pub(crate) amount: Option<Amount>,
    pub(crate) currency: Option<Currency>,
    pub(crate) created_at: Option<Timestamp>,
}

impl Facts {
    fn of(record: &AttemptRecord) -> Self {
        let intent = record.intent.as_ref();
        Self {
            payment_intent_id: Some(record.payment_intent_id().clone()),
            method: Some(record.method_type()),
            amount: intent.map(|intent| intent.amount),
            currency: intent.map(|intent| intent.currency),
            created_at: Some(record.created_at),
        }
    }

    /// What can be read of a file that cannot be read as a whole.
    pub(crate) fn read(bytes: &[u8]) -> Self {
        let begin = match bytes.strip_prefix(SEALED_MARK) {
            Some(facts) => Some(facts),
            // Within a text there is no such thing: there the quotes are escaped.
            None => (0..bytes.len()).find_map(|begin| bytes.get(begin..)?.strip_prefix(FACTS)),
        };
        // Whatever follows them may be damaged.
        let mut json = serde_json::Deserializer::from_slice(begin.unwrap_or_default());
        Self::deserialize(&mut json).unwrap_or_default()
    }
}

/// The first line, and what follows it.
fn first_line(bytes: &[u8]) -> (&[u8], &[u8]) {
    let end = bytes.iter().position(|byte| *byte == b'\n');
    let (line, rest) = bytes.split_at(end.unwrap_or(bytes.len()));
    (line, rest.get(1..).unwrap_or_default())
}

#[derive(Deserialize)]
struct EntryVersion {
    version: u32,
}

/// What a file holds.
#[derive(Deserialize)]
pub(crate) struct Entry {
    pub(crate) gateway_url: String,
    /// The journal that it was written for: see [`device`](super::device).
    #[serde(default)]
    pub(crate) device: Option<String>,
    pub(crate) attempt: AttemptRecord,
}

/// Why a file cannot be read. Nothing of its content is repeated.
pub(crate) enum Unreadable {
    /// Nothing will ever read it.
    Damaged(String),
    /// This SDK, or its vault, does not read it, but another may: the file stays where it is.
    ForNow(String),
    /// It is not given now, as a keystore is locked until the device is unlocked. It may stand for a
    /// payment under way, so nothing is begun beside it.
    Locked(String),
}

/// The content of a file, sealed when there is a vault.
pub(crate) fn encode(
    gateway_url: &str,
    device: Option<&str>,
    record: &AttemptRecord,
    vault: Option<&dyn Vault>,
) -> io::Result<Vec<u8>> {
    let facts = Facts::of(record);
    let json = serde_json::to_vec(&EntryToWrite {
        version: version_for(record),
        gateway_url,
        device,
        facts: &facts,
        attempt: record,
    })?;
    let Some(vault) = vault else {
        return Ok(json);
    };
    let sealed = vault.seal(json).map_err(io::Error::other)?;
    let facts = serde_json::to_vec(&facts)?;
    Ok([SEALED_MARK, &facts, b"\n", &sealed].concat())
}

/// The oldest form that holds the record.
fn version_for(record: &AttemptRecord) -> u32 {
    let is_qr_cpm = |method: &PaymentMethod| matches!(method, PaymentMethod::QrCpm { .. });
    let methods = [Some(&record.method), record.switched_from.as_ref()];
    let is_new_stage = matches!(record.stage, Stage::CardNotCharged { .. });
    let mut form = record
        .unresolved
        .map_or(VERSION_WITHOUT_QR_CPM, form_of_cause);
    if methods.into_iter().flatten().any(is_qr_cpm) {
        form = form.max(VERSION_WITHOUT_COPIES);
    }
    if record.copied || is_new_stage {
        form = form.max(VERSION_WITHOUT_NETWORK);
    }
    form
}

/// The oldest form that knows a cause.
fn form_of_cause(cause: UncertaintyCause) -> u32 {
    match cause {
        UncertaintyCause::ConnectionLost
        | UncertaintyCause::GatewayError
        | UncertaintyCause::RateLimited
        | UncertaintyCause::InvalidResponse
        | UncertaintyCause::NoFinalStatus
        | UncertaintyCause::CardAppSilent
        | UncertaintyCause::CardChargedNotRecorded => VERSION_WITHOUT_QR_CPM,
        UncertaintyCause::ContradictoryAnswer | UncertaintyCause::CardChargeNotMatched => {
            VERSION_WITHOUT_NETWORK
        }
        _ => VERSION,
    }
}

/// Whether a vault has sealed a file, or somebody says so.
pub(crate) fn is_sealed(bytes: &[u8]) -> bool {
    sealed_part(bytes).is_some()
}

fn sealed_part(bytes: &[u8]) -> Option<&[u8]> {
    match bytes.strip_prefix(SEALED_MARK) {
        Some(rest) => Some(first_line(rest).1),
        None => bytes.strip_prefix(SEALED_MARK_WITHOUT_FACTS),
    }
}

/// Reads what [`encode`] wrote; with a vault, what that did not seal only when it is to be
/// `trusted`. The version comes first: another version may have another form.
pub(crate) fn decode(
    bytes: Vec<u8>,
    vault: Option<&dyn Vault>,
    trusted: bool,
) -> Result<Entry, Unreadable> {
    let json = match (sealed_part(&bytes), vault) {
        (None, Some(_)) if !trusted => {
            let reason = "it is not sealed, so anybody may have written it; a journal from before \
                          the vault has to be opened once with the option to seal an existing one";
            return Err(Unreadable::ForNow(reason.to_owned()));
        }
        (None, _) => bytes,
        (Some(sealed), Some(vault)) => unseal(sealed, vault)?,
        (Some(_), None) => {
            let reason = "it is sealed, and no vault was given; open the terminal with its vault";
            return Err(Unreadable::Locked(reason.to_owned()));
        }
    };
    let damaged = |_| Unreadable::Damaged("it is damaged".to_owned());
    let EntryVersion { version } = serde_json::from_slice(&json).map_err(damaged)?;
    if !(VERSION_WITHOUT_QR_CPM..=VERSION).contains(&version) {
        // An update of the app may bring the SDK that reads it.
        return Err(Unreadable::ForNow(format!(
            "its version is {version}, this SDK reads up to {VERSION}"
        )));
    }
    serde_json::from_slice(&json).map_err(damaged)
}

/// Opens what a vault has sealed. A vault that cannot say what is wrong is asked to open what it seals
/// just now: if it does, it is not locked, and what it does not open all the same was altered, or
/// sealed with a key that is gone.
fn unseal(sealed: &[u8], vault: &dyn Vault) -> Result<Vec<u8>, Unreadable> {
    let open = || vault.open_sealed(sealed.to_vec());
    let opened = open().or_else(|error| {
        if error != VaultError::Unavailable {
            return Err(error);
        }
        let works = vault
            .seal(SEALED_MARK.to_vec())
            .and_then(|sealed| vault.open_sealed(sealed));
        works.map_err(|_| VaultError::Locked).and_then(|_| open())
    });
    opened.map_err(|error| {
        let reason = error.to_string();
        match error {
            VaultError::Locked => Unreadable::Locked(reason),
            VaultError::KeyGone | VaultError::Unavailable => Unreadable::ForNow(reason),
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::SystemEntropy;
    use crate::record::End;
    use crate::state::CancelledBy;

    fn record(method: PaymentMethod) -> AttemptRecord {
        let token = "pi_01HXY_secret_abc".parse().unwrap();
        let created_at = Timestamp::from_unix_seconds(1_765_189_800);
        AttemptRecord::new(token, method, created_at, &mut SystemEntropy).unwrap()
    }

    fn scanned() -> PaymentMethod {
        PaymentMethod::QrCpm {
            provider: "PAYPAY".to_owned(),
            customer_code: "281012345678901234".into(),
        }
    }

    fn write(record: &AttemptRecord) -> Vec<u8> {
        encode("https://gateway.example", Some("mark"), record, None).unwrap()
    }

    /// The first version of the SDK reads only 1, the second only 2, and both leave the others
    /// where they are.
    #[test]
    fn a_record_is_written_in_the_oldest_form_that_holds_it() {
        let qr = PaymentMethod::QrMpm {
            provider: "PAYPAY".to_owned(),
        };
        let mut switched_away = record(qr.clone());
        switched_away.switched_from = Some(scanned());
        let mut finished = record(scanned());
        finished.method.forget_customer_code();
        let mut copied = record(PaymentMethod::Cash);
        copied.copied = true;
        let mut card_not_charged = record(PaymentMethod::CreditCard);
        card_not_charged.stage = Stage::CardNotCharged {
            result: End::Cancelled {
                by: CancelledBy::CardApp,
            },
        };
        let mut contradicted = record(PaymentMethod::Cash);
        contradicted.unresolved = Some(UncertaintyCause::ContradictoryAnswer);
        let mut at_a_portal = record(PaymentMethod::Cash);
        at_a_portal.unresolved = Some(UncertaintyCause::CaptivePortal);
        let table = [
            (at_a_portal, 4),
            (record(qr), 1),
            (record(PaymentMethod::CreditCard), 1),
            (record(PaymentMethod::Cash), 1),
            (record(scanned()), 2),
            (switched_away, 2),
            (finished, 2),
            (copied, 3),
            (card_not_charged, 3),
            (contradicted, 3),
        ];
        for (record, version) in table {
            let bytes = write(&record);
            let written: EntryVersion = serde_json::from_slice(&bytes).unwrap();
            assert_eq!(written.version, version, "{record:?}");
            let Ok(entry) = decode(bytes, None, false) else {
                panic!("{record:?} is not read again");
            };
            assert_eq!(entry.attempt, record);
            assert_eq!(entry.device.as_deref(), Some("mark"));
        }
    }

    /// It has no vault whose facts could be read beside it.
    #[test]
    fn what_is_left_of_a_damaged_file_says_which_payment_it_is_about() {
        let mut record = record(scanned());
        record.intent = Some(crate::record::IntentFacts {
            amount: Amount::new(2500).unwrap(),
            currency: Currency::JPY,
            payment_method_types: vec![PaymentMethodType::QrCpm],
            expires_at: record.created_at,
            created_at: None,
            merchant_store_id: None,
            merchant_terminal_id: None,
        });
        let whole = write(&record);
        let mut with_garbage = whole.clone();
        with_garbage.extend_from_slice(b"\0\0garbage");
        let damaged: [&[u8]; 4] = [
            &whole[..whole.len() / 2],
            &whole[..whole.len() - 1],
            &whole[10..],
            &with_garbage,
        ];
        for bytes in damaged {
            assert!(decode(bytes.to_vec(), None, false).is_err());
            let facts = Facts::read(bytes);
            assert_eq!(
                facts.payment_intent_id.as_ref(),
                Some(record.payment_intent_id())
            );
            assert_eq!(facts.method, Some(PaymentMethodType::QrCpm));
            assert_eq!(facts.amount, Amount::new(2500).ok());
            assert_eq!(facts.created_at, Some(record.created_at));
        }
        assert_eq!(Facts::read(b"").payment_intent_id, None);
        assert_eq!(Facts::read(b"\"facts\":7").payment_intent_id, None);
    }

    /// As it was written before there were copies and devices.
    #[test]
    fn a_file_of_an_older_version_is_read_as_this_terminals_own() {
        let mut json: serde_json::Value =
            serde_json::from_slice(&write(&record(scanned()))).unwrap();
        json.as_object_mut().unwrap().remove("device");
        json["attempt"].as_object_mut().unwrap().remove("copied");
        let Ok(entry) = decode(json.to_string().into(), None, false) else {
            panic!("it is not read");
        };
        assert_eq!((entry.device, entry.attempt.copied), (None, false));
    }

    #[test]
    fn a_form_of_tomorrow_is_left_for_the_version_that_reads_it() {
        for version in [0, VERSION + 1, u32::MAX] {
            let mut json: serde_json::Value =
                serde_json::from_slice(&write(&record(scanned()))).unwrap();
            json["version"] = version.into();
            let Err(Unreadable::ForNow(reason)) = decode(json.to_string().into(), None, false)
            else {
                panic!("version {version} was read, or set aside");
            };
            let expected = format!("its version is {version}, this SDK reads up to 4");
            assert_eq!(reason, expected);
        }
    }
}
