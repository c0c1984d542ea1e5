//! Copies the log into the file beside the thread that writes: done by that thread, as SQLite does it
//! by itself, everybody who writes waits meanwhile.

use std::ffi::c_int;
use std::io;
use std::sync::mpsc::{self, Receiver, SyncSender, TryRecvError};
use std::thread::{self, JoinHandle};

use rusqlite::Connection;
use rusqlite::hooks::Wal;

/// Pages written before they go from the log into the file: some 100 MB. The more, the fewer of them
/// go there twice, but a gateway that was killed reads the log when it starts: 24,000 pages in some
/// 25 ms.
pub(super) const PAGES: c_int = 24_000;

/// The thread that copies. Dropping it waits until it has closed the file.
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
    pub(super) fn start(
        writer: &mut Connection,
        copier: Connection,
        pages: c_int,
    ) -> io::Result<Self> {
        let (orders, to_do) = mpsc::sync_channel(1);
        let (done, finished) = mpsc::channel();
        let thread = thread::Builder::new()
            .name("mpac-gateway-log".to_owned())
            .spawn(move || {
                while let Ok(Order::Copy) = to_do.recv() {
                    // What could not be copied now is copied the next time.
                    let _ = copy(&copier);
                    let _ = done.send(());
                }
            })?;
        let hook = after_commit(pages, orders.clone(), finished);
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

/// What the writer does after each commit. While most of the log is copied beside it, it goes on
/// writing to the log; the little that this has added it copies itself. Only then nothing is left in
/// the log, and SQLite starts it anew.
fn after_commit(
    limit: c_int,
    orders: SyncSender<Order>,
    finished: Receiver<()>,
) -> impl FnMut(&mut Wal, c_int) -> rusqlite::Result<()> + Send {
    let mut copying = false;
    move |log, pages| {
        let copy_now = if copying {
            copying = matches!(finished.try_recv(), Err(TryRecvError::Empty));
            !copying
        } else if pages >= limit {
            copying = orders.try_send(Order::Copy).is_ok();
            !copying
        } else {
            false
        };
        if copy_now {
            // The commit has succeeded, whatever becomes of this.
            let _ = log.checkpoint();
        }
        Ok(())
    }
}

/// Copies as much as there is, without keeping anybody from reading or writing.
fn copy(connection: &Connection) -> rusqlite::Result<()> {
    connection.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(()))
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    const LIMIT: c_int = 50;

    fn open(path: &Path) -> Connection {
        let connection = Connection::open(path).unwrap();
        let wal = "PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF; \
             CREATE TABLE IF NOT EXISTS t (n INTEGER PRIMARY KEY) STRICT";
        connection.execute_batch(wal).unwrap();
        connection
    }

    /// Commits one row at a time, and answers how long the log has become, in pages.
    fn write(writer: &Connection, path: &Path, rows: u32) -> u64 {
        for _ in 0..rows {
            writer.execute("INSERT INTO t VALUES (NULL)", []).unwrap();
        }
        let mut log = path.as_os_str().to_owned();
        log.push("-wal");
        std::fs::metadata(log).unwrap().len() / 4096
    }

    #[test]
    fn the_log_starts_anew_however_much_is_written() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("t.db");
        let mut writer = open(&path);
        let checkpoints = Checkpoints::start(&mut writer, open(&path), LIMIT).unwrap();
        let mut lengths = (0..1_000).map(|_| write(&writer, &path, 1_000));
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
        drop(Checkpoints::start(&mut writer, open(&path), LIMIT).unwrap());
        assert!(write(&writer, &path, 1_000) < 60);
    }
}
