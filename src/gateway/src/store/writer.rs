use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{self, Receiver, Sender};
use std::thread::{self, JoinHandle};

use rusqlite::Connection;
use rusqlite::hooks::Action;
use tokio::sync::{Notify, oneshot};

use super::StoreError;
use super::checkpoints::Checkpoints;

/// Transactions that may share one commit. A commit waits for the disk, so those that arrive
/// meanwhile go together with the next one: each still succeeds or fails alone.
const GROUP: usize = 256;

/// The one thread that writes.
#[derive(Debug)]
pub(super) struct Writer {
    jobs: Option<Sender<Box<dyn Job>>>,
    thread: Option<JoinHandle<()>>,
}

impl Writer {
    /// `outbox` is told of every commit that has changed the outbox of webhooks; `changes` counts
    /// the rows that have been written.
    pub(super) fn start(
        connection: Connection,
        checkpoints: Option<Checkpoints>,
        outbox: Arc<Notify>,
        changes: Arc<AtomicU64>,
    ) -> io::Result<Self> {
        let watched =
            Watched::new(connection, checkpoints, outbox, changes).map_err(io::Error::other)?;
        let (jobs, queue) = mpsc::channel();
        let thread = thread::Builder::new()
            .name("mpac-gateway-store".to_owned())
            .spawn(move || run(&watched, &queue))?;
        Ok(Self {
            jobs: Some(jobs),
            thread: Some(thread),
        })
    }

    pub(super) fn submit<T, E, F>(
        &self,
        work: F,
    ) -> Result<oneshot::Receiver<Result<T, E>>, StoreError>
    where
        F: FnOnce(&Connection) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        let (reply, answer) = oneshot::channel();
        let job = Transaction {
            work: Some(work),
            result: None,
            reply,
        };
        let jobs = self.jobs.as_ref().ok_or(StoreError::Closed)?;
        jobs.send(Box::new(job)).map_err(|_| StoreError::Closed)?;
        Ok(answer)
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.jobs = None;
        if let Some(thread) = self.thread.take() {
            // What is queued is written before the thread ends; its panics have been answered.
            let _ = thread.join();
        }
    }
}

/// A connection that notices what changes.
struct Watched {
    // Dropped before the connection, so that one alone closes the file and finishes its log.
    _checkpoints: Option<Checkpoints>,
    connection: Connection,
    changed: Arc<AtomicBool>,
    outbox: Arc<Notify>,
    written: Arc<AtomicU64>,
}

impl Watched {
    fn new(
        connection: Connection,
        checkpoints: Option<Checkpoints>,
        outbox: Arc<Notify>,
        written: Arc<AtomicU64>,
    ) -> rusqlite::Result<Self> {
        let changed = Arc::new(AtomicBool::new(false));
        let seen = Arc::clone(&changed);
        let hook = move |_: Action, _: &str, table: &str, _: i64| {
            if table == OUTBOX {
                seen.store(true, Ordering::Relaxed);
            }
        };
        let mut connection = connection;
        connection.update_hook(Some(hook))?;
        Ok(Self {
            _checkpoints: checkpoints,
            connection,
            changed,
            outbox,
            written,
        })
    }

    /// After a commit: an earlier look would not have seen the change.
    fn tell(&self) {
        // SQLite counts anyway, in every table, also those that its hook does not see.
        let written = self.connection.total_changes();
        self.written.store(written, Ordering::Relaxed);
        if self.changed.swap(false, Ordering::Relaxed) {
            self.outbox.notify_one();
        }
    }
}

const OUTBOX: &str = "webhook_deliveries";

fn run(watched: &Watched, queue: &Receiver<Box<dyn Job>>) {
    let connection = &watched.connection;
    while let Ok(first) = queue.recv() {
        // Others that are about to write get the moment to say so: they share the commit then.
        thread::yield_now();
        let mut group = vec![first];
        group.extend(queue.try_iter().take(GROUP - 1));
        let committed = commit(connection, &mut group);
        if committed.is_err() && !connection.is_autocommit() {
            // Nothing was promised yet, and closing the connection would undo it too.
            let _ = connection.execute_batch("ROLLBACK");
        }
        watched.tell();
        for job in group {
            job.answer(committed.clone());
        }
    }
}

fn commit(connection: &Connection, group: &mut [Box<dyn Job>]) -> Result<(), StoreError> {
    execute(connection, "BEGIN IMMEDIATE")?;
    if let [only] = group {
        // Nothing else would be undone with it.
        let kept = only.run(connection);
        if connection.is_autocommit() {
            return Err(rusqlite::Error::InvalidQuery.into());
        }
        return execute(connection, if kept { "COMMIT" } else { "ROLLBACK" });
    }
    for job in group {
        execute(connection, "SAVEPOINT job")?;
        if !job.run(connection) && !connection.is_autocommit() {
            execute(connection, "ROLLBACK TO job")?;
        }
        if connection.is_autocommit() {
            // A full disk makes SQLite undo the whole transaction by itself.
            return Err(rusqlite::Error::InvalidQuery.into());
        }
        execute(connection, "RELEASE job")?;
    }
    execute(connection, "COMMIT")
}

fn execute(connection: &Connection, statement: &str) -> Result<(), StoreError> {
    connection.prepare_cached(statement)?.execute([])?;
    Ok(())
}

/// Work of any type, waiting for its turn.
trait Job: Send {
    /// Does the work; answers whether to keep it.
    fn run(&mut self, connection: &Connection) -> bool;
    /// Tells whoever waits, once it is known whether the work is on disk.
    fn answer(self: Box<Self>, committed: Result<(), StoreError>);
}

struct Transaction<T, E, F> {
    work: Option<F>,
    result: Option<Result<T, E>>,
    reply: oneshot::Sender<Result<T, E>>,
}

impl<T, E, F> Job for Transaction<T, E, F>
where
    F: FnOnce(&Connection) -> Result<T, E> + Send,
    T: Send,
    E: From<StoreError> + Send,
{
    fn run(&mut self, connection: &Connection) -> bool {
        let work = self.work.take();
        // A bug in one request must not take down the writer. Its savepoint is undone, and the
        // one who waits is told.
        let result = catch_unwind(AssertUnwindSafe(|| work.map(|work| work(connection))));
        self.result = result.ok().flatten();
        matches!(self.result, Some(Ok(_)))
    }

    fn answer(self: Box<Self>, committed: Result<(), StoreError>) {
        let result = match (self.result, committed) {
            (Some(Ok(_)), Err(error)) => Err(error.into()),
            (Some(result), _) => result,
            (None, _) => Err(StoreError::Closed.into()),
        };
        // Nobody waits any more when the request was dropped.
        let _ = self.reply.send(result);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn writer() -> Writer {
        let connection = Connection::open_in_memory().unwrap();
        connection
            .execute_batch("CREATE TABLE t (n INTEGER UNIQUE) STRICT")
            .unwrap();
        Writer::start(connection, None, Arc::default(), Arc::default()).unwrap()
    }

    fn insert(connection: &Connection, n: i64) -> Result<(), StoreError> {
        connection.execute("INSERT INTO t VALUES (?1)", [n])?;
        Ok(())
    }

    fn count(writer: &Writer) -> i64 {
        let count = |c: &Connection| -> Result<i64, StoreError> {
            Ok(c.query_row("SELECT count(*) FROM t", [], |row| row.get(0))?)
        };
        writer
            .submit(count)
            .unwrap()
            .blocking_recv()
            .unwrap()
            .unwrap()
    }

    #[test]
    fn each_of_a_group_succeeds_or_fails_alone() {
        let writer = writer();
        let answers: Vec<_> = (0..100)
            .map(|n| {
                let work = move |c: &Connection| {
                    insert(c, n / 2)?;
                    insert(c, 1000 + n)
                };
                writer.submit(work).unwrap()
            })
            .collect();
        let kept = answers.into_iter().map(oneshot::Receiver::blocking_recv);
        let kept = kept.filter(|answer| matches!(answer, Ok(Ok(())))).count();
        assert_eq!(kept, 50, "every second one breaks the UNIQUE rule");
        assert_eq!(count(&writer), 100, "and leaves neither of its rows");
    }

    #[test]
    fn a_panic_undoes_one_transaction_and_spares_the_others() {
        let writer = writer();
        let bug = |c: &Connection| -> Result<(), StoreError> {
            insert(c, 1)?;
            panic!("a bug")
        };
        let broken = writer.submit(bug).unwrap();
        let healthy = writer.submit(|c: &Connection| insert(c, 2)).unwrap();
        assert!(matches!(
            broken.blocking_recv().unwrap(),
            Err(StoreError::Closed)
        ));
        assert!(healthy.blocking_recv().unwrap().is_ok());
        assert_eq!(count(&writer), 1);
    }
}
