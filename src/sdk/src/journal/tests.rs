//! Every write of the journal, on a disk that fails.

use std::sync::atomic::{AtomicBool, Ordering};

use mpac_pgw_protocol::Timestamp;
use rustix::io::Errno;

use super::disk::{cannot_sync, cannot_sync_folder};
use super::model::{Done, Fault, ModelDisk, Step};
use super::*;
use crate::card::{CardOutcome, CardResult};
use crate::method::PaymentMethod;
use crate::record::Stage;

const GATEWAY: &str = "https://gateway.example";

const OWNER: Owner<'_> = Owner {
    gateway_url: GATEWAY,
    device_id: None,
    seals_existing: false,
};

/// What a disk may say. Not ENOENT, with which it would say that nothing is there.
const ERRNOS: [Errno; 20] = [
    Errno::IO,
    Errno::NOSPC,
    Errno::DQUOT,
    Errno::ROFS,
    Errno::ACCESS,
    Errno::PERM,
    Errno::INVAL,
    Errno::NOTSUP,
    Errno::NOSYS,
    Errno::EXIST,
    Errno::BUSY,
    Errno::MFILE,
    Errno::STALE,
    Errno::ISDIR,
    Errno::LOOP,
    Errno::NXIO,
    Errno::BADF,
    Errno::FBIG,
    Errno::NOTTY,
    Errno::TIMEDOUT,
];

/// A change of the journal, and what is there before and after it.
struct Change {
    name: &'static str,
    before: Option<AttemptRecord>,
    after: Option<AttemptRecord>,
}

fn begun(method: PaymentMethod) -> AttemptRecord {
    let token = "pi_01HXY_secret_abc".parse().unwrap();
    let created_at = Timestamp::from_unix_seconds(1_765_189_800);
    AttemptRecord::new(token, method, created_at, &mut SystemEntropy).unwrap()
}

fn at(stage: Stage, record: &AttemptRecord) -> AttemptRecord {
    AttemptRecord {
        stage,
        ..record.clone()
    }
}

fn changes() -> [Change; 5] {
    let qr = begun(PaymentMethod::QrMpm {
        provider: "PAYPAY".to_owned(),
    });
    let watching = at(Stage::Watching, &qr);
    let mut switched = at(Stage::Confirming, &watching);
    switched.switched_from = Some(switched.method.clone());
    switched.method = PaymentMethod::Cash;
    switched.confirm_key = "another".to_owned();
    let awaiting = at(Stage::AwaitingCard, &begun(PaymentMethod::CreditCard));
    let mut approved = at(Stage::Confirming, &awaiting);
    approved.approval = Some(CardResult {
        version: 1,
        attempt_id: approved.attempt_id.clone(),
        nonce: approved.card_nonce.clone().into(),
        outcome: CardOutcome::Approved,
        amount: mpac_pgw_protocol::Amount::new(2500).unwrap(),
        currency: "JPY".parse().unwrap(),
        approval_code: Some("A1".into()),
        card_brand: Some("VISA".to_owned()),
        masked_pan: None,
        reason: None,
        processed_at: None,
        signed_text: None,
    });
    let change = |name, before: Option<&AttemptRecord>, after: Option<&AttemptRecord>| Change {
        name,
        before: before.cloned(),
        after: after.cloned(),
    };
    [
        change("a new attempt", None, Some(&begun(PaymentMethod::Cash))),
        change("a switch", Some(&watching), Some(&switched)),
        change(
            "a cancel",
            Some(&watching),
            Some(&at(Stage::Cancelling, &watching)),
        ),
        change("a card result", Some(&awaiting), Some(&approved)),
        change("a forget", Some(&watching), None),
    ]
}

fn open(disk: &ModelDisk) -> (Journal<ModelDisk>, Found) {
    Journal::read(disk.clone(), None, None, &OWNER).unwrap()
}

/// A journal that was opened, and holds what is there before.
fn disk_before(change: &Change, disk: ModelDisk) -> ModelDisk {
    let (journal, _) = open(&disk);
    if let Some(record) = &change.before {
        journal.write(GATEWAY, record).unwrap();
    }
    disk
}

impl Change {
    fn make(&self, disk: &ModelDisk) -> io::Result<()> {
        // Opened before the disk began to fail.
        let (mut journal, _) = open(&disk.failing(&[]));
        journal.disk = disk.clone();
        match (&self.before, &self.after) {
            (_, Some(record)) => journal.write(GATEWAY, record),
            (Some(record), None) => journal.forget(record),
            (None, None) => Ok(()),
        }
    }

    /// What the next start must find: exactly one of these.
    fn may_be_found(&self, made: bool, lasting: bool) -> Vec<Option<&AttemptRecord>> {
        let (before, after) = (self.before.as_ref(), self.after.as_ref());
        match (made, after) {
            (true, _) if lasting => vec![after],
            (true, _) => vec![before, after],
            (false, Some(_)) => vec![before],
            // What could not be forgotten is over, and is told again.
            (false, None) => vec![before, after],
        }
    }
}

/// Has a change made on a failing disk, and looks at every disk that may come of it. Tells whether
/// the faults came to pass.
fn check(change: &Change, disk: &ModelDisk, faults: &[Fault]) -> bool {
    let disk = disk.failing(faults);
    let made = change.make(&disk).is_ok();
    // What the file system has no way to sync, a power cut may lose, or tear.
    let can_sync = |step, cannot: fn(&io::Error) -> bool| {
        let error = |fault: &Fault| io::Error::from_raw_os_error(fault.errno);
        let mut faults = faults.iter().filter(|fault| fault.step == step);
        !faults.any(|fault| cannot(&error(fault)))
    };
    let mut ends = vec![(disk.failing(&[]), true)];
    if can_sync(Step::Sync, cannot_sync) {
        let lasting = can_sync(Step::SyncFolder, cannot_sync_folder);
        let cut = disk.after_power_cuts().into_iter();
        ends.extend(cut.map(|end| (end, lasting)));
    }
    for (number, (end, lasting)) in ends.iter().enumerate() {
        let (_, found) = open(end);
        let may_be_found = change.may_be_found(made, *lasting);
        let attempts: Vec<_> = found.attempts.iter().collect();
        let is_right = may_be_found
            .iter()
            .any(|record| attempts == record.iter().copied().collect::<Vec<_>>());
        assert!(
            is_right && found.damaged.is_empty(),
            "{}, {faults:?}, end {number}: made {made}, found {attempts:?} {:?}",
            change.name,
            found.damaged
        );
    }
    disk.all_fired()
}

fn faults(step: Step, number: usize, errno: Errno) -> impl Iterator<Item = Fault> {
    let done = [Done::Nothing, Done::Half, Done::All].into_iter();
    let done = done.filter(move |done| *done != Done::Half || step == Step::Write);
    done.flat_map(move |done| {
        [false, true].map(|lasts| Fault {
            step,
            number,
            lasts,
            done,
            errno: errno.raw_os_error(),
        })
    })
}

/// All faults of one kind that come to pass, one after the other.
fn each_fault(errno: Errno, mut comes_to_pass: impl FnMut(Fault) -> bool) -> usize {
    let mut count = 0;
    for step in Step::ALL {
        for number in 0.. {
            let fired = faults(step, number, errno)
                .filter(|fault| comes_to_pass(*fault))
                .count();
            if fired == 0 {
                break;
            }
            count += fired;
        }
    }
    count
}

#[test]
fn an_error_leaves_what_was_there_whichever_step_fails_and_how() {
    let mut count = 0;
    for change in changes() {
        let disk = disk_before(&change, ModelDisk::default());
        assert!(check(&change, &disk, &[]));
        for errno in ERRNOS {
            count += each_fault(errno, |fault| check(&change, &disk, &[fault]));
        }
    }
    println!("disk: {count} single faults");
    assert!(count > 2000, "{count}");
}

#[test]
fn an_error_leaves_what_was_there_when_the_undo_meets_a_fault_too() {
    let mut count = 0;
    for change in changes() {
        let disk = disk_before(&change, ModelDisk::default());
        each_fault(Errno::IO, |first| {
            let reaches = check(&change, &disk, &[first]);
            if reaches {
                count += each_fault(Errno::NOSPC, |second| {
                    // One that lasts has taken every way already.
                    !second.lasts && check(&change, &disk, &[first, second])
                });
            }
            reaches
        });
    }
    println!("disk: {count} pairs of faults");
    assert!(count > 500, "{count}");
}

#[test]
fn a_file_system_that_cannot_sync_a_folder_still_takes_payments() {
    let cannot = [
        Errno::INVAL,
        Errno::NOTSUP,
        Errno::OPNOTSUPP,
        Errno::NOSYS,
        Errno::NOTTY,
        Errno::ACCESS,
        Errno::PERM,
        Errno::ISDIR,
        Errno::BADF,
    ];
    for change in changes() {
        let disk = disk_before(&change, ModelDisk::default());
        for errno in cannot {
            let fault = Fault {
                step: Step::SyncFolder,
                number: 0,
                lasts: true,
                done: Done::Nothing,
                errno: errno.raw_os_error(),
            };
            let disk = disk.failing(&[fault]);
            assert!(change.make(&disk).is_ok(), "{}: {errno}", change.name);
        }
        for errno in ERRNOS.into_iter().filter(|errno| !cannot.contains(errno)) {
            let fault = Fault {
                step: Step::SyncFolder,
                number: 0,
                lasts: false,
                done: Done::Nothing,
                errno: errno.raw_os_error(),
            };
            let disk = disk.failing(&[fault]);
            let is_forget = change.after.is_none();
            assert_eq!(
                change.make(&disk).is_ok(),
                is_forget,
                "{}: {errno}",
                change.name
            );
        }
    }
}

#[test]
fn a_file_system_without_replacing_renames_works_and_fails_the_same() {
    for errno in [
        Errno::EXIST,
        Errno::PERM,
        Errno::ACCESS,
        Errno::INVAL,
        Errno::NOTSUP,
    ] {
        for change in changes() {
            let disk = ModelDisk::default().without_replacing(errno.raw_os_error());
            let disk = disk_before(&change, disk);
            assert!(change.make(&disk.failing(&[])).is_ok(), "{}", change.name);
            each_fault(Errno::IO, |fault| check(&change, &disk, &[fault]));
        }
    }
}

#[test]
fn a_voided_file_stands_for_nothing_and_goes() {
    let disk = ModelDisk::default();
    let name = name_of(&begun(PaymentMethod::Cash));
    disk.plant(&name, b"void\n");
    let (_, found) = open(&disk);
    assert!(found.attempts.is_empty() && found.damaged.is_empty());
    assert_eq!(disk.content(&name), None);
}

/// File systems leave such a file after a power cut, and so do restores that were broken off.
#[test]
fn an_empty_file_may_stand_for_a_payment_and_is_set_aside() {
    let disk = ModelDisk::default();
    let name = name_of(&begun(PaymentMethod::Cash));
    disk.plant(&name, b"");
    for _ in 0..2 {
        let (journal, found) = open(&disk);
        assert!(found.attempts.is_empty());
        assert_eq!(found.damaged.len(), 1);
        assert!(found.damaged[0].path.ends_with(".damaged"));
        assert_eq!(disk.content(&name), None);
        drop(journal);
    }
}

fn copied(disk: &ModelDisk) -> Vec<bool> {
    let (_, found) = open(disk);
    found.attempts.iter().map(|record| record.copied).collect()
}

/// Cash that is begun, at a time of its own, so that the order is known.
fn cash_at(seconds: i64) -> AttemptRecord {
    AttemptRecord {
        created_at: Timestamp::from_unix_seconds(seconds),
        ..begun(PaymentMethod::Cash)
    }
}

#[test]
fn a_copy_of_a_journal_is_recognised_and_the_original_is_not_taken_for_one() {
    let original = ModelDisk::default();
    let (journal, _) = open(&original);
    journal.write(GATEWAY, &cash_at(1)).unwrap();
    let copy = original.copied();
    assert_eq!(copied(&original), [false]);
    assert_eq!(copied(&copy), [true]);

    // What is begun on the copy is its own, also after a restart.
    let (journal, _) = open(&copy);
    journal.write(GATEWAY, &cash_at(2)).unwrap();
    assert_eq!(copied(&copy), [true, false]);
    assert_eq!(copied(&copy.copied()), [true, true]);
    assert_eq!(copied(&original), [false]);
}

#[test]
fn a_single_attempt_from_another_journal_is_recognised() {
    let record = cash_at(1);
    let name = name_of(&record);
    let disks = [ModelDisk::default(), ModelDisk::default()];
    let [(journal, _), _] = [open(&disks[0]), open(&disks[1])];
    journal.write(GATEWAY, &record).unwrap();
    disks[1].plant(&name, &disks[0].content(&name).unwrap());
    assert_eq!(copied(&disks[1]), [true]);

    // Nor does it help to leave the mark behind.
    let bare = ModelDisk::default();
    bare.plant(&name, &disks[0].content(&name).unwrap());
    assert_eq!(copied(&bare), [true]);
    assert_eq!(copied(&bare), [true]);
}

#[test]
fn a_journal_of_an_older_version_stays_its_terminals_own() {
    let disk = ModelDisk::default();
    let record = cash_at(1);
    let bytes = encode(GATEWAY, None, &record, None).unwrap();
    disk.plant(&name_of(&record), &bytes);
    assert_eq!(copied(&disk), [false]);
    assert_eq!(copied(&disk), [false]);
    assert_eq!(copied(&disk.copied()), [true]);
}

#[test]
fn a_copy_is_recognised_whichever_step_of_marking_it_fails() {
    let original = ModelDisk::default();
    let (journal, _) = open(&original);
    for seconds in 1..=2 {
        journal.write(GATEWAY, &cash_at(seconds)).unwrap();
    }
    let copy = original.copied();
    for errno in [Errno::IO, Errno::NOSPC, Errno::ROFS] {
        let count = each_fault(errno, |fault| {
            let disk = copy.failing(&[fault]);
            let opened = Journal::read(disk.clone(), None, None, &OWNER);
            if let Ok((_, found)) = &opened {
                assert!(
                    found.attempts.iter().all(|record| record.copied),
                    "{fault:?}"
                );
            }
            for end in disk.after_power_cuts() {
                assert_eq!(copied(&end), [true, true], "{fault:?}");
            }
            disk.all_fired()
        });
        assert!(count > 50, "{count}");
    }
}

/// Anything but a secret, and locked at times.
#[derive(Default)]
struct Reversing {
    is_locked: AtomicBool,
}

impl Vault for Reversing {
    fn seal(&self, mut plain: Vec<u8>) -> Result<Vec<u8>, crate::VaultError> {
        if self.is_locked.load(Ordering::SeqCst) {
            return Err(crate::VaultError::Unavailable);
        }
        plain.reverse();
        Ok(plain)
    }

    fn open_sealed(&self, sealed: Vec<u8>) -> Result<Vec<u8>, crate::VaultError> {
        self.seal(sealed)
    }
}

#[test]
fn what_is_locked_is_found_once_it_is_not_and_a_copy_is_recognised_then_too() {
    let vault = Arc::new(Reversing::default());
    let open = |disk: &ModelDisk| {
        let vault: Arc<dyn Vault> = vault.clone();
        Journal::read(disk.clone(), None, Some(vault), &OWNER).unwrap()
    };
    let original = ModelDisk::default();
    let (journal, _) = open(&original);
    journal.write(GATEWAY, &cash_at(1)).unwrap();
    for (disk, is_copy) in [(original.copied(), true), (original, false)] {
        vault.is_locked.store(true, Ordering::SeqCst);
        let (journal, found) = open(&disk);
        assert_eq!((found.attempts.len(), found.locked.len()), (0, 1));
        let again = journal.look_again(GATEWAY, &found.locked).unwrap();
        assert_eq!((again.attempts.len(), again.locked.len()), (0, 1));

        vault.is_locked.store(false, Ordering::SeqCst);
        let again = journal.look_again(GATEWAY, &found.locked).unwrap();
        // What was never sent is in nobody's way; what another device may have sent is.
        let elsewhere = journal.look_again("https://another.example", &found.locked);
        let withdrawn = elsewhere.map(|found| found.attempts[0].unsent).ok();
        assert_eq!(withdrawn, (!is_copy).then_some(true));
        for found in [again, open(&disk).1] {
            let copied: Vec<bool> = found.attempts.iter().map(|record| record.copied).collect();
            assert_eq!(copied, [is_copy]);
            assert!(found.locked.is_empty() && found.damaged.is_empty());
        }
    }
}

#[test]
fn with_a_vault_an_unsealed_file_counts_only_when_the_app_takes_it_over() {
    let disk = ModelDisk::default();
    let record = cash_at(1);
    let name = name_of(&record);
    let bytes = encode(GATEWAY, None, &record, None).unwrap();
    disk.plant(&name, &bytes);
    let open = |seals_existing| {
        let vault: Arc<dyn Vault> = Arc::new(Reversing::default());
        let owner = Owner {
            seals_existing,
            ..OWNER
        };
        let (_, found) = Journal::read(disk.clone(), None, Some(vault), &owner).unwrap();
        (found.attempts, found.damaged.len())
    };
    assert_eq!(open(false), (vec![], 1));
    assert_eq!(disk.content(&name), Some(bytes));
    assert_eq!(open(true), (vec![record.clone()], 0));
    assert!(entry::is_sealed(&disk.content(&name).unwrap()));
    assert_eq!(open(false), (vec![record], 0));
}
