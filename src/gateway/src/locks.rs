//! One lock per key: the running requests of one PaymentIntent, or of one Idempotency-Key, wait
//! for each other and for nobody else.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::{Mutex as AsyncMutex, OwnedMutexGuard};

type Map<K> = Mutex<HashMap<K, Arc<AsyncMutex<()>>>>;

#[derive(Debug)]
pub(crate) struct KeyedLocks<K> {
    map: Map<K>,
}

impl<K> Default for KeyedLocks<K> {
    fn default() -> Self {
        Self {
            map: Mutex::default(),
        }
    }
}

impl<K: Eq + Hash + Clone> KeyedLocks<K> {
    pub(crate) async fn lock(&self, key: K) -> KeyedGuard<'_, K> {
        let lock = Arc::clone(entries(&self.map).entry(key.clone()).or_default());
        let held = lock.lock_owned().await;
        KeyedGuard {
            map: &self.map,
            key,
            held: Some(held),
        }
    }
}

/// Holds the key until it is dropped.
#[derive(Debug)]
pub(crate) struct KeyedGuard<'a, K: Eq + Hash> {
    map: &'a Map<K>,
    key: K,
    held: Option<OwnedMutexGuard<()>>,
}

impl<K: Eq + Hash> Drop for KeyedGuard<'_, K> {
    fn drop(&mut self) {
        let mut entries = entries(self.map);
        self.held = None;
        // Those who wait hold the lock too; the last one takes the entry away.
        if entries
            .get(&self.key)
            .is_some_and(|lock| Arc::strong_count(lock) == 1)
        {
            entries.remove(&self.key);
        }
    }
}

// Nothing panics while the map is held, and a map of locks cannot be half-changed.
fn entries<K>(map: &Map<K>) -> MutexGuard<'_, HashMap<K, Arc<AsyncMutex<()>>>> {
    map.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering};

    #[tokio::test]
    async fn one_at_a_time_per_key_and_nothing_left_behind() {
        let locks = Arc::new(KeyedLocks::<u8>::default());
        let inside = Arc::new([AtomicUsize::new(0), AtomicUsize::new(0)]);
        let tasks: Vec<_> = (0..64usize)
            .map(|n| {
                let (locks, inside) = (Arc::clone(&locks), Arc::clone(&inside));
                tokio::spawn(async move {
                    let _held = locks.lock(u8::try_from(n % 2).unwrap()).await;
                    assert_eq!(inside[n % 2].fetch_add(1, Ordering::SeqCst), 0);
                    tokio::task::yield_now().await;
                    inside[n % 2].fetch_sub(1, Ordering::SeqCst);
                })
            })
            .collect();
        for task in tasks {
            task.await.unwrap();
        }
        assert!(entries(&locks.map).is_empty());
    }
}
