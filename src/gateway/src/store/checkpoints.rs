//! Copies the log into the file beside the thread that writes: done by that thread, as SQLite does it
//! by itself, everybody who writes waits meanwhile.

use std::error::Error;
use std::ffi::c_int;
use std::fs::File;
use std::io;
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, SyncSender, TryRecvError};
use std::thread::{self, JoinHandle};

use rusqlite::Connection;
use rusqlite::hooks::Wal;

/// Pages written before they go from the log into the file: some 80 MB. The more, the fewer of them
/// go there twice, but a gateway that was killed reads the log when it starts: 20,000 pages in some
/// 20 ms, on a slow day 50.
pub(super) const PAGES: c_int = 20_000;

/// What copies: a connection of its own, and a handle on the file, which stays open for as long as
/// any connection to it: closing one drops SQLite's locks.
#[derive(Debug)]
pub(super) struct Copier {
    pub(super) connection: Connection,
    pub(super) file: Arc<File>,
}

impl Copier {
    /// Copies as much of the log as there is, without keeping anybody from reading or writing.
    fn copy(&self) -> io::Result<()> {
        let passive = "PRAGMA wal_checkpoint(PASSIVE)";
        let copied = self.connection.query_row(passive, [], |_| Ok(()));
        copied.map_err(io::Error::other)?;
        // SQLite leaves this to the one who copies the last page, which is the writer.
        self.file.sync_data()
    }
}

/// The thread that copies. Dropping it waits until it has closed its connection.
#[derive(Debug)]
pub(super) struct Checkpoints {
    orders: SyncSender<Order>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Debug)]
enum Order {
    Copy,
    Stop,
}

impl Checkpoints {
    /// Has `copier`, which is of the same file as `writer`, copy the log whenever it has grown to
    /// this many pages.
    pub(super) fn start(writer: &mut Connection, copier: Copier, pages: c_int) -> io::Result<Self> {
        let (orders, to_do) = mpsc::sync_channel(1);
        let (done, finished) = mpsc::channel();
        let thread = thread::Builder::new()
            .name("mpac-gateway-log".to_owned())
            .spawn(move || {
                while let Ok(Order::Copy) = to_do.recv() {
                    if let Err(error) = copier.copy() {
                        warn(&error);
                    }
                    let _ = done.send(());
                }
            })?;
        let hook = after_commit(Turns::new(pages), orders.clone(), finished);
        writer.wal_hook(Some(hook)).map_err(io::Error::other)?;
        Ok(Self {
            orders,
            thread: Some(thread),
        })
    }
}

impl Drop for Checkpoints {
    fn drop(&mut self) {
        let _ = self.orders.send(Order::Stop);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// Whose turn it is to copy. While most of the log is copied beside it, the writer goes on writing to
/// the log; the little that this has added it copies itself. Only then nothing is left in the log, and
/// SQLite starts it anew.
#[derive(Debug)]
struct Turns {
    limit: c_int,
    copying: bool,
}

/// What is to be done after a commit.
#[derive(Debug, PartialEq, Eq)]
enum Turn {
    Nobody,
    Thread,
    Writer,
}

impl Turns {
    fn new(limit: c_int) -> Self {
        Self {
            limit,
            copying: false,
        }
    }

    /// `pages` are in the log; `finished` says that the thread has copied what was in it.
    fn after_commit(&mut self, pages: c_int, finished: bool) -> Turn {
        let turn = match (self.copying, finished) {
            (true, false) => return Turn::Nobody,
            (true, true) => Turn::Writer,
            (false, _) if pages >= self.limit => Turn::Thread,
            (false, _) => Turn::Nobody,
        };
        self.copying = turn == Turn::Thread;
        turn
    }
}

fn after_commit(
    mut turns: Turns,
    orders: SyncSender<Order>,
    finished: Receiver<()>,
) -> impl FnMut(&mut Wal, c_int) -> rusqlite::Result<()> + Send {
    move |log, pages| {
        // A thread that is gone has nothing more to do.
        let finished = !matches!(finished.try_recv(), Err(TryRecvError::Empty));
        let copy_now = match turns.after_commit(pages, finished) {
            Turn::Nobody => false,
            Turn::Thread => orders.try_send(Order::Copy).is_err(),
            Turn::Writer => true,
        };
        if copy_now && let Err(error) = log.checkpoint() {
            // The commit has succeeded all the same.
            warn(&error);
        }
        Ok(())
    }
}

fn warn(error: &dyn Error) {
    log::warn!("the database's log could not be copied, it grows: {error}");
}

#[cfg(test)]
mod tests {
    use std::path::{Path, PathBuf};
    use std::time::{Duration, Instant};

    use super::*;

    const LIMIT: c_int = 50;

    #[test]
    fn the_thread_copies_what_there_is_and_the_writer_what_came_meanwhile() {
        let mut turns = Turns::new(LIMIT);
        for (pages, finished, turn) in [
            (LIMIT - 1, false, Turn::Nobody),
            (LIMIT, false, Turn::Thread),
            (LIMIT + 1, false, Turn::Nobody),
            (LIMIT + 2, true, Turn::Writer),
            // Somebody was reading, so the log could not start anew.
            (LIMIT + 3, false, Turn::Thread),
            (LIMIT + 4, true, Turn::Writer),
            (1, false, Turn::Nobody),
        ] {
            let found = turns.after_commit(pages, finished);
            assert_eq!(found, turn, "{pages} {finished}");
        }
    }

    fn open(path: &Path) -> Connection {
        let connection = Connection::open(path).unwrap();
        let wal = "PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF; \
             CREATE TABLE IF NOT EXISTS t (n INTEGER PRIMARY KEY) STRICT";
        connection.execute_batch(wal).unwrap();
        connection
    }

    fn checkpoints(writer: &mut Connection, path: &Path) -> Checkpoints {
        let copier = Copier {
            connection: open(path),
            file: Arc::new(File::open(path).unwrap()),
        };
        Checkpoints::start(writer, copier, LIMIT).unwrap()
    }

    /// Commits one row at a time.
    fn write(writer: &Connection, rows: c_int) {
        for _ in 0..rows {
            writer.execute("INSERT INTO t VALUES (NULL)", []).unwrap();
        }
    }

    fn pages(file: &Path) -> u64 {
        std::fs::metadata(file).unwrap().len() / 4096
    }

    fn log(path: &Path) -> PathBuf {
        let mut log = path.as_os_str().to_owned();
        log.push("-wal");
        log.into()
    }

    #[test]
    fn the_thread_copies_while_nobody_writes() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("t.db");
        let mut writer = open(&path);
        writer
            .execute_batch("PRAGMA wal_checkpoint(TRUNCATE)")
            .unwrap();
        let before = pages(&path);
        let checkpoints = checkpoints(&mut writer, &path);
        writer
            .execute_batch("CREATE TABLE large AS SELECT zeroblob(1000000)")
            .unwrap();
        let start = Instant::now();
        while pages(&path) < before + 244 {
            assert!(
                start.elapsed() < Duration::from_secs(30),
                "nothing is copied"
            );
            thread::yield_now();
        }
        drop(checkpoints);
    }

    #[test]
    fn the_log_starts_anew_however_much_is_written() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("t.db");
        let mut writer = open(&path);
        let checkpoints = checkpoints(&mut writer, &path);
        let mut lengths = (0..1_000).map(|_| {
            write(&writer, 1_000);
            pages(&log(&path))
        });
        let mut before = 0;
        let stays = lengths.find(|length| std::mem::replace(&mut before, *length) == *length);
        assert!(stays.is_some(), "{before} pages");
        let rows = writer.last_insert_rowid();

        drop((checkpoints, writer));
        let count = open(&path).query_row("SELECT count(*) FROM t", [], |row| row.get(0));
        assert_eq!(count, Ok(rows));
    }

    #[test]
    fn without_its_thread_the_writer_copies() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("t.db");
        let mut writer = open(&path);
        drop(checkpoints(&mut writer, &path));
        write(&writer, 1_000);
        assert!(pages(&log(&path)) < 60);
    }
}
