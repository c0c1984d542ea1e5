//! What `crate::sync` is in these tests: shuttle's threads and locks, with time-outs that fire.

use std::cell::Cell;
use std::sync::Arc;
use std::time::Duration;

pub(crate) use shuttle::sync::{Mutex, MutexGuard, PoisonError};

use super::time;

/// A condition variable whose time-outs fire.
#[derive(Default)]
pub(crate) struct Condvar(Arc<shuttle::sync::Condvar>);

impl Condvar {
    pub(crate) fn new() -> Self {
        Self::default()
    }

    pub(crate) fn notify_all(&self) {
        self.0.notify_all();
    }

    pub(crate) fn wait_timeout_while<'a, T>(
        &self,
        mut guard: MutexGuard<'a, T>,
        timeout: Duration,
        mut condition: impl FnMut(&mut T) -> bool,
    ) -> Result<(MutexGuard<'a, T>, TimedOut), PoisonError<(MutexGuard<'a, T>, TimedOut)>> {
        let fired = std::rc::Rc::new(Cell::new(false));
        let timer = time::set_timer(timeout, {
            let (fired, condvar) = (fired.clone(), self.0.clone());
            move || {
                fired.set(true);
                condvar.notify_all();
            }
        });
        let mut timed_out = false;
        while condition(&mut guard) {
            timed_out = fired.get();
            if timed_out {
                break;
            }
            guard = self.0.wait(guard).unwrap_or_else(PoisonError::into_inner);
        }
        time::cancel_timer(timer);
        Ok((guard, TimedOut(timed_out)))
    }
}

/// Whether a wait has ended by its time-out. Nobody asks so far.
pub(crate) struct TimedOut(#[allow(dead_code, reason = "as the standard library has it")] bool);

/// The time of [`time::now`].
#[derive(Clone, Copy)]
pub(crate) struct Instant(Duration);

impl Instant {
    pub(crate) fn now() -> Self {
        Self(time::now())
    }

    pub(crate) fn elapsed(self) -> Duration {
        time::now() - self.0
    }
}

pub(crate) mod thread {
    //! Threads, which can fail to start.

    use std::cell::Cell;
    use std::io;

    use super::time;

    thread_local! {
        static CANNOT_START: Cell<bool> = const { Cell::new(false) };
    }

    /// Whether the next threads cannot be started, as when memory is short.
    pub(in crate::schedules) fn cannot_start(cannot: bool) {
        CANNOT_START.set(cannot);
    }

    /// Lets other threads run in between.
    pub(in crate::schedules) fn step() {
        shuttle::thread::yield_now();
    }

    pub(crate) use shuttle::thread::{ThreadId, current};

    #[derive(Default)]
    pub(crate) struct Builder(shuttle::thread::Builder);

    impl Builder {
        pub(crate) fn new() -> Self {
            Self::default()
        }

        pub(crate) fn name(self, name: String) -> Self {
            Self(self.0.name(name))
        }

        pub(crate) fn spawn(self, body: impl FnOnce() + Send + 'static) -> io::Result<()> {
            if CANNOT_START.get()
                && shuttle::rand::RngCore::next_u64(&mut super::super::rng()) % 2 == 0
            {
                return Err(io::Error::other("no thread can be started"));
            }
            let alive = time::Alive::new();
            self.0.spawn(move || {
                let _alive = alive;
                body();
            })?;
            Ok(())
        }
    }
}

pub(crate) mod mpsc {
    //! Channels whose time-outs fire, and which drop what nobody will receive, as the standard
    //! library's do.

    use std::cell::Cell;
    use std::sync::{Arc, Mutex, PoisonError};
    use std::time::Duration;

    use shuttle::sync::mpsc as inner;
    pub(crate) use shuttle::sync::mpsc::{RecvError, RecvTimeoutError, SendError};

    use super::time;

    enum Item<T> {
        Message(T),
        /// A time-out: the timer's number.
        Tick(u64),
    }

    pub(crate) struct Sender<T> {
        inner: inner::Sender<Item<T>>,
        /// One for each sender.
        alive: Arc<()>,
        shared: Arc<Shared<T>>,
    }

    pub(crate) struct Receiver<T> {
        inner: inner::Receiver<Item<T>>,
        shared: Arc<Shared<T>>,
    }

    struct Shared<T> {
        /// What time-outs are sent by, while there are other senders.
        ticks: Mutex<Option<inner::Sender<Item<T>>>>,
        timer: Mutex<Option<u64>>,
    }

    pub(crate) fn channel<T: 'static>() -> (Sender<T>, Receiver<T>) {
        let (sender, receiver) = inner::channel();
        let shared = Arc::new(Shared {
            ticks: Mutex::new(Some(sender.clone())),
            timer: Mutex::new(None),
        });
        let sender = Sender {
            inner: sender,
            alive: Arc::new(()),
            shared: shared.clone(),
        };
        let receiver = Receiver {
            inner: receiver,
            shared,
        };
        (sender, receiver)
    }

    impl<T> Shared<T> {
        fn cancel_timer(&self) {
            let timer = self
                .timer
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .take();
            if let Some(timer) = timer {
                time::cancel_timer(timer);
            }
        }
    }

    impl<T> Sender<T> {
        pub(crate) fn send(&self, message: T) -> Result<(), SendError<T>> {
            self.inner
                .send(Item::Message(message))
                .map_err(|SendError(item)| match item {
                    Item::Message(message) => SendError(message),
                    Item::Tick(_) => unreachable!("only messages are sent here"),
                })
        }
    }

    impl<T> Clone for Sender<T> {
        fn clone(&self) -> Self {
            Self {
                inner: self.inner.clone(),
                alive: self.alive.clone(),
                shared: self.shared.clone(),
            }
        }
    }

    impl<T> Drop for Sender<T> {
        fn drop(&mut self) {
            if Arc::strong_count(&self.alive) == 1 {
                // Time-outs keep no channel open.
                let ticks = &self.shared.ticks;
                drop(ticks.lock().unwrap_or_else(PoisonError::into_inner).take());
                self.shared.cancel_timer();
            }
        }
    }

    impl<T: 'static> Receiver<T> {
        pub(crate) fn recv(&self) -> Result<T, RecvError> {
            loop {
                if let Item::Message(message) = self.inner.recv()? {
                    return Ok(message);
                }
            }
        }

        pub(crate) fn recv_timeout(&self, timeout: Duration) -> Result<T, RecvTimeoutError> {
            let ticks = &self.shared.ticks;
            let ticks = ticks.lock().unwrap_or_else(PoisonError::into_inner).clone();
            let id = ticks.map(|ticks| {
                let id = std::rc::Rc::new(Cell::new(0));
                let timer = time::set_timer(timeout, {
                    let id = id.clone();
                    move || drop(ticks.send(Item::Tick(id.get())))
                });
                id.set(timer);
                *self
                    .shared
                    .timer
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner) = Some(timer);
                timer
            });
            let received = loop {
                match self.inner.recv() {
                    Ok(Item::Message(message)) => break Ok(message),
                    Ok(Item::Tick(tick)) if Some(tick) == id => {
                        break Err(RecvTimeoutError::Timeout);
                    }
                    Ok(Item::Tick(_)) => {}
                    Err(RecvError) => break Err(RecvTimeoutError::Disconnected),
                }
            };
            self.shared.cancel_timer();
            received
        }
    }

    impl<T> Drop for Receiver<T> {
        fn drop(&mut self) {
            self.shared.cancel_timer();
            while self.inner.try_recv().is_ok() {}
        }
    }
}
