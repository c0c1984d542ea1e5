//! Threads, locks, channels and their time-outs, from one place: the standard library's in every
//! build that ships, and models of them in the tests that try schedules.

#[cfg(not(all(test, shuttle)))]
pub(crate) use std::{
    sync::{Condvar, Mutex, MutexGuard, PoisonError, mpsc},
    thread,
    time::Instant,
};

#[cfg(all(test, shuttle))]
pub(crate) use crate::schedules::sync::{
    Condvar, Instant, Mutex, MutexGuard, PoisonError, mpsc, thread,
};
