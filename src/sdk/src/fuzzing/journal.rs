use mpac_pgw_protocol::PaymentToken;

use super::{NoEntropy, now};
use crate::card::CardResult;
use crate::flow::{Effect, Flow};
use crate::journal::{Entry, Facts, Unreadable, decode, encode};
use crate::method::PaymentMethod;
use crate::polling::Pacing;
use crate::record::{AttemptRecord, Stage};
use crate::vault::{Vault, VaultError};

/// A file of the journal: as it is, with and without a vault, and as what a vault has sealed.
pub fn journal_file(bytes: &[u8]) -> bool {
    // Of anything, what can be read of it for people.
    let _ = Facts::read(bytes);
    let plain = read(bytes, None);
    let with_vault = read(bytes, Some(&ToyVault));
    let sealed_bytes = [b"mpac-sealed-2\n{}\n", &*sealed(bytes)].concat();
    let sealed = read(&sealed_bytes, Some(&ToyVault));
    assert!(read(&sealed_bytes, None).is_none());
    match &plain {
        // A vault changes nothing about a file from before it that is to be taken over.
        Some(entry) => {
            assert!(same(entry, &with_vault) && same(entry, &sealed));
            check_entry(entry);
        }
        None => assert!(sealed.is_none()),
    }
    // Unless it is, only what the vault has sealed counts.
    assert!(is_sealed(bytes) || decode(bytes.to_vec(), Some(&ToyVault), false).is_err());
    if let Some(entry) = &with_vault {
        check_entry(entry);
    }
    with_vault.is_some()
}

fn is_sealed(bytes: &[u8]) -> bool {
    let marks: [&[u8]; 2] = [b"mpac-sealed-1\n", b"mpac-sealed-2\n"];
    marks.iter().any(|mark| bytes.starts_with(mark))
}

/// Reads a file. What is wrong with one that cannot be read is said without its content.
fn read(bytes: &[u8], vault: Option<&dyn Vault>) -> Option<Entry> {
    let (reason, is_damaged) = match decode(bytes.to_vec(), vault, true) {
        Ok(entry) => return Some(entry),
        // It stays where it is: another time it may open.
        Err(Unreadable::ForNow(reason) | Unreadable::Locked(reason)) => (reason, false),
        Err(Unreadable::Damaged(reason)) => (reason, true),
    };
    let version = reason
        .strip_prefix("its version is ")
        .and_then(|rest| rest.strip_suffix(", this SDK reads up to 4"));
    let is_sealed = is_sealed(bytes);
    match (version, vault) {
        (Some(version), _) => {
            assert!(
                !is_damaged
                    && version
                        .parse::<u32>()
                        .is_ok_and(|version| !(1..=4).contains(&version))
            );
        }
        (None, _) if is_damaged => assert_eq!(reason, "it is damaged"),
        (None, None) => {
            assert!(is_sealed);
            assert!(reason.starts_with("it is sealed, and no vault was given"));
        }
        (None, Some(_)) => {
            assert!(is_sealed);
            assert_eq!(reason, "the vault could not seal or open the journal");
        }
    }
    None
}

fn same(entry: &Entry, other: &Option<Entry>) -> bool {
    other.as_ref().is_some_and(|other| {
        other.gateway_url == entry.gateway_url
            && other.device == entry.device
            && other.attempt == entry.attempt
    })
}

fn check_entry(entry: &Entry) {
    let record = &entry.attempt;
    for vault in [None, Some(&ToyVault as &dyn Vault)] {
        let bytes = encode(&entry.gateway_url, entry.device.as_deref(), record, vault).unwrap();
        assert!(same(entry, &read(&bytes, vault)));
    }
    let other = with_other_secrets(record);
    assert_eq!(format!("{record:?}"), format!("{other:?}"));

    // A restart goes on with it.
    let policy = Pacing::default();
    let mut flow = Flow::new(record.clone(), policy, Box::new(NoEntropy), now());
    let effects = flow.resume(now());
    let is_unsent = record.unsent_end().is_some();
    let is_asked_first = record.final_result().is_some() || record.stage == Stage::CardNotRecorded;
    let is_told = is_unsent || (record.unresolved.is_some() && !is_asked_first);
    let tells = |effect: &Effect| matches!(effect, Effect::Emit { replayed: true, .. });
    assert_eq!(effects.iter().any(tells), is_told);
    for effect in &effects {
        // A file alone never says what became of the money.
        let is_end = matches!(effect, Effect::Emit { event, .. } if event.is_final());
        assert!(!is_end || is_unsent);
        if let Effect::Send(request) = effect {
            assert_eq!(request.payment_intent_id(), record.payment_intent_id());
        }
    }
    assert!(flow.is_over() || flow.wake_at().is_none_or(|due| due >= now().monotonic));
}

fn with_other_secrets(record: &AttemptRecord) -> AttemptRecord {
    let mut other = record.clone();
    other.payment_token = PaymentToken::new(record.payment_intent_id(), "other")
        .unwrap_or_else(|_| record.payment_token.clone());
    other.card_nonce = "other".to_owned();
    let methods = [Some(&mut other.method), other.switched_from.as_mut()];
    for method in methods.into_iter().flatten() {
        if let PaymentMethod::QrCpm { customer_code, .. } = method {
            *customer_code = "other".into();
        }
    }
    if let Some(qr) = &mut other.qr {
        qr.content = "other".into();
    }
    other.approval = other.approval.map(|approval| CardResult {
        nonce: "other".into(),
        approval_code: None,
        card_brand: None,
        masked_pan: None,
        reason: None,
        ..approval
    });
    other
}

/// Anything but a secret: it only has to be undone, and to refuse something.
struct ToyVault;

impl Vault for ToyVault {
    fn seal(&self, plain: Vec<u8>) -> Result<Vec<u8>, VaultError> {
        Ok(sealed(&plain))
    }

    fn open_sealed(&self, sealed: Vec<u8>) -> Result<Vec<u8>, VaultError> {
        let (last, plain) = sealed.split_last().ok_or(VaultError::Unavailable)?;
        let plain: Vec<u8> = plain.iter().map(|byte| byte ^ 0x20).collect();
        (*last == sum(&plain))
            .then_some(plain)
            .ok_or(VaultError::Unavailable)
    }
}

fn sealed(plain: &[u8]) -> Vec<u8> {
    let bytes = plain.iter().map(|byte| byte ^ 0x20);
    bytes.chain([sum(plain)]).collect()
}

fn sum(plain: &[u8]) -> u8 {
    plain.iter().fold(0, |sum, byte| sum.wrapping_add(*byte))
}
