//! A till on a disk that fails, against the real gateway: every file call of the journal, one
//! after the other, with several errnos, once and from then on, having done its work or not. The
//! calls are those of the C library, made to fail by a small library in front of it
//! (`disk_faults/fault.c`). A thread that cannot be started counts as one of them.
//!
//! Then the till is started again on a disk that works. What was refused must not have happened,
//! nor happen now; what was begun must come to an end, and the app must hear of it what the
//! gateway's books say.
//!
//! Mistakes made on purpose in the SDK, and how many of the payments went wrong:
//!
//! | mistake | payments |
//! |---|---|
//! | a failed write is not undone | 40 |
//! | an attempt that was not started is forgotten only once it is acknowledged | 20 |
#![cfg(target_os = "linux")]

use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use anyhow::{Context, Result, bail, ensure};
use mpac_pgw_tests::{Books, Order, TestGateway};

const EPERM: i32 = 1;
const EIO: i32 = 5;
const EINVAL: i32 = 22;
const EAGAIN: i32 = 11;
const ENOSPC: i32 = 28;
const EROFS: i32 = 30;
const ENOTSUP: i32 = 95;
const EDQUOT: i32 = 122;

/// How a call fails.
#[derive(Debug, Clone, Copy)]
struct Fault {
    call: &'static str,
    number: usize,
    errno: i32,
    done: &'static str,
    lasts: bool,
}

/// The errno, what is done all the same, and whether it lasts.
type Way = (i32, &'static str, bool);

const CALLS: [(&str, &[Way]); 8] = [
    ("open", &[(EIO, "nothing", false)]),
    (
        "write",
        &[(ENOSPC, "half", false), (EDQUOT, "nothing", true)],
    ),
    ("ftruncate", &[(EIO, "nothing", true)]),
    ("fsync", &[(EIO, "nothing", false), (EIO, "all", true)]),
    (
        "fsync-folder",
        &[
            (EIO, "nothing", false),
            (EIO, "nothing", true),
            (ENOSPC, "all", false),
        ],
    ),
    (
        "rename",
        &[
            (EIO, "all", false),
            (EIO, "all", true),
            (EROFS, "nothing", true),
        ],
    ),
    ("unlink", &[(EIO, "nothing", true)]),
    ("thread", &[(EAGAIN, "nothing", false)]),
];

const STORIES: [&str; 4] = ["cash", "card", "switch", "cancel"];

struct Shop {
    gateway: TestGateway,
    books: Books,
    library: PathBuf,
}

impl Shop {
    fn open(folder: &Path, library: PathBuf) -> Result<Self> {
        let database = folder.join("gateway.db");
        Ok(Self {
            gateway: TestGateway::start_at(&database, 0)?,
            books: Books::new(&database),
            library,
        })
    }
}

/// What a life of the till said.
struct Life {
    lines: Vec<String>,
    fired: bool,
}

impl Life {
    fn says(&self, start: &str) -> bool {
        self.lines.iter().any(|line| line.starts_with(start))
    }

    fn finals(&self) -> Vec<&str> {
        let finals = ["payment_success", "payment_failed", "payment_cancelled"];
        let events = self
            .lines
            .iter()
            .filter_map(|line| line.strip_prefix("event "));
        events.filter(|name| finals.contains(name)).collect()
    }
}

#[test]
fn an_error_of_the_disk_books_nothing_and_loses_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let library = match build(folder.path()) {
        Ok(library) => library,
        Err(error) => return println!("SKIPPED, no C compiler `cc`: {error}"),
    };
    let shop = Shop::open(folder.path(), library).unwrap();
    let wrong = Mutex::new(Vec::new());
    let count = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for story in STORIES {
            let ways = CALLS.map(|(call, ways)| ways.iter().map(move |way| (call, *way)));
            for (call, (errno, done, lasts)) in ways.into_iter().flatten() {
                let (shop, wrong, count) = (&shop, &wrong, &count);
                scope.spawn(move || {
                    for number in 1.. {
                        let fault = Fault {
                            call,
                            number,
                            errno,
                            done,
                            lasts,
                        };
                        match pay(shop, story, &fault) {
                            Ok(false) => break,
                            Ok(true) => {}
                            Err(error) => {
                                let text = format!("{story}, {fault:?}: {error:#}");
                                wrong.lock().unwrap().push(text);
                            }
                        }
                        count.fetch_add(1, Ordering::Relaxed);
                        assert!(number < 200, "{fault:?} does not end");
                    }
                });
            }
        }
    });
    let wrong = wrong.into_inner().unwrap();
    let count = count.into_inner();
    println!("disk faults: {count} payments, {} wrong", wrong.len());
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(count > 100, "{count}");
}

#[test]
fn a_file_system_that_cannot_sync_a_folder_takes_payments() {
    let folder = tempfile::tempdir().unwrap();
    let library = match build(folder.path()) {
        Ok(library) => library,
        Err(error) => return println!("SKIPPED, no C compiler `cc`: {error}"),
    };
    let shop = Shop::open(folder.path(), library).unwrap();
    for errno in [EINVAL, ENOTSUP] {
        let fault = Fault {
            call: "fsync-folder",
            number: 1,
            errno,
            done: "nothing",
            lasts: true,
        };
        for story in STORIES {
            let heard = takes(&shop, story, &fault).unwrap();
            assert!(
                !heard.says("refused"),
                "{story}, {fault:?}: {:?}",
                heard.lines
            );
        }
    }
}

/// As on a memory card that knows no rights: there they cannot be changed, or only seemingly.
#[test]
fn a_folder_that_cannot_be_closed_to_others_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let library = match build(folder.path()) {
        Ok(library) => library,
        Err(error) => return println!("SKIPPED, no C compiler `cc`: {error}"),
    };
    let shop = Shop::open(folder.path(), library).unwrap();
    for errno in [0, EPERM, ENOTSUP] {
        let fault = Fault {
            call: "chmod",
            number: 1,
            errno,
            done: "nothing",
            lasts: true,
        };
        let folder = tempfile::tempdir().unwrap();
        let journal = folder.path().join("journal");
        std::fs::create_dir(&journal).unwrap();
        std::fs::set_permissions(&journal, Permissions::from_mode(0o777)).unwrap();
        let order = shop.gateway.create(&["cash"]).unwrap();
        let life = live(&shop, "cash", &order, folder.path(), Some(&fault)).unwrap();
        let refused = "refused to open: configuration field `data_directory`";
        assert!(life.fired && life.says(refused), "{:?}", life.lines);
        assert_eq!(std::fs::read_dir(&journal).unwrap().count(), 0);
    }
}

/// Takes a payment while the disk fails, lives on without faults, and compares with the books.
/// Tells whether the fault came to pass.
fn pay(shop: &Shop, story: &str, fault: &Fault) -> Result<bool> {
    takes(shop, story, fault).map(|life| life.fired)
}

fn takes(shop: &Shop, story: &str, fault: &Fault) -> Result<Life> {
    let order = shop.gateway.create(&["qr_mpm", "credit_card", "cash"])?;
    let folder = tempfile::tempdir()?;
    let first = live(shop, story, &order, folder.path(), Some(fault))?;
    let second = live(shop, "recover", &order, folder.path(), None)?;
    let heard = format!("{:?}, then {:?}", first.lines, second.lines);
    check(shop, &order, &first, &second).context(heard)?;
    Ok(first)
}

fn check(shop: &Shop, order: &Order, first: &Life, second: &Life) -> Result<()> {
    let entry = shop.books.entry(&order.id)?;
    let finals = [first.finals(), second.finals()].concat();
    ensure!(!second.says("damaged"), "a file was damaged");
    if first.says("refused") {
        ensure!(!second.says("recovered"), "it was refused, and came back");
        ensure!(
            entry.successes == 0,
            "it was refused, and booked: {entry:?}"
        );
        ensure!(entry.payable_codes == 0, "it can still be paid: {entry:?}");
        return Ok(());
    }
    if first.says("switch refused") {
        let method = entry.method.as_deref();
        ensure!(method == Some("qr_mpm"), "the switch was made: {entry:?}");
    }
    let Some(told) = finals.first() else {
        bail!("it was begun, and lost: {entry:?}");
    };
    ensure!(finals.iter().all(|name| name == told), "told {finals:?}");
    let successes = u32::from(*told == "payment_success");
    ensure!(entry.successes == successes, "told {told}: {entry:?}");
    ensure!(entry.payable_codes == 0, "it can still be paid: {entry:?}");
    if first.says("card charged") {
        ensure!(successes == 1, "the card was charged, and told {told}");
    }
    Ok(())
}

fn live(
    shop: &Shop,
    story: &str,
    order: &Order,
    folder: &Path,
    fault: Option<&Fault>,
) -> Result<Life> {
    let journal = folder.join("journal");
    let fired = folder.join("fired");
    let mut command = Command::new(env!("CARGO_BIN_EXE_failing-disk-terminal"));
    command
        .args([shop.gateway.url(), journal.to_str().context("text")?, story])
        .env("MPAC_PAYMENT_TOKEN", &order.payment_token);
    if let Some(fault) = fault {
        command
            .env("LD_PRELOAD", &shop.library)
            .env("FAULT_FOLDER", &journal)
            .env("FAULT_CALL", fault.call)
            .env("FAULT_NUMBER", fault.number.to_string())
            .env("FAULT_ERRNO", fault.errno.to_string())
            .env("FAULT_DONE", fault.done)
            .env("FAULT_LASTS", u8::from(fault.lasts).to_string())
            .env("FAULT_FIRED", &fired);
    }
    let output = command.output()?;
    let lines = String::from_utf8(output.stdout)?;
    ensure!(
        output.status.success(),
        "the till gave up after {lines}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    Ok(Life {
        lines: lines.lines().map(str::to_owned).collect(),
        fired: fired.exists(),
    })
}

/// Builds the library that makes calls fail.
///
/// # Errors
/// Without a C compiler.
fn build(folder: &Path) -> std::io::Result<PathBuf> {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/disk_faults/fault.c");
    let library = folder.join("fault.so");
    let status = Command::new("cc")
        .args(["-shared", "-fPIC", "-Wall", "-Werror", "-o"])
        .args([&library, &source])
        .args(["-ldl", "-pthread"])
        .status()?;
    assert!(status.success(), "{} does not build", source.display());
    Ok(library)
}
