use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::recording::Exchange;

/// How many exchanges are kept, and how many bytes of them: what is older is forgotten.
const MOST: usize = 500;
const MOST_BYTES: usize = 4 * 1024 * 1024;

/// The last requests and their answers. In memory only.
#[derive(Default)]
pub(crate) struct RequestLog {
    ring: Mutex<Ring>,
    /// Moves with every change, for those who wait for one.
    version: AtomicU64,
}

#[derive(Default)]
struct Ring {
    exchanges: VecDeque<Arc<Exchange>>,
    bytes: usize,
    made: u64,
}

impl RequestLog {
    /// Keeps an exchange, and forgets the oldest ones for it.
    pub(crate) fn keep(&self, mut exchange: Exchange) {
        let weight = exchange.weight();
        let mut forgotten = Vec::new();
        {
            let mut ring = self.ring();
            ring.made += 1;
            exchange.number = ring.made;
            ring.bytes += weight;
            ring.exchanges.push_back(Arc::new(exchange));
            while ring.exchanges.len() > MOST || ring.bytes > MOST_BYTES {
                let Some(oldest) = ring.exchanges.pop_front() else {
                    break;
                };
                ring.bytes -= oldest.weight();
                forgotten.push(oldest);
            }
        }
        self.version.fetch_add(1, Ordering::Relaxed);
        // Freed here, so that nobody waits for it.
        drop(forgotten);
    }

    /// Up to `limit` exchanges before the one with the number `before`, newest first.
    pub(crate) fn newest(
        &self,
        before: Option<u64>,
        limit: usize,
        wanted: impl Fn(&Exchange) -> bool,
    ) -> Vec<Arc<Exchange>> {
        // Looked at without the lock: masking and searching take longer than copying handles.
        let all: Vec<_> = self.ring().exchanges.iter().rev().cloned().collect();
        all.into_iter()
            .filter(|exchange| before.is_none_or(|before| exchange.number < before))
            .filter(|exchange| wanted(exchange))
            .take(limit)
            .collect()
    }

    /// The exchange with this number, if it is not forgotten.
    pub(crate) fn find(&self, number: u64) -> Option<Arc<Exchange>> {
        let ring = self.ring();
        let found = ring.exchanges.iter().find(|kept| kept.number == number);
        found.cloned()
    }

    /// Forgets everything. Numbers are not used again.
    pub(crate) fn clear(&self) {
        let mut ring = self.ring();
        ring.exchanges.clear();
        ring.bytes = 0;
        drop(ring);
        self.version.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn version(&self) -> u64 {
        self.version.load(Ordering::Relaxed)
    }

    fn ring(&self) -> MutexGuard<'_, Ring> {
        self.ring.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dashboard::recording::Recording;
    use axum::body::Body;
    use axum::extract::Request;
    use axum::response::Response;

    async fn exchange(body: usize) -> Exchange {
        let mut request = Request::get("/v1/x?y=1").body(Body::empty()).unwrap();
        let response = Response::new(Body::from("b".repeat(body)));
        let (exchange, response) = Recording::start(&mut request, 5).finish(response).await;
        let passed = axum::body::to_bytes(response.into_body(), usize::MAX).await;
        assert_eq!(passed.unwrap().len(), body);
        exchange
    }

    #[tokio::test]
    async fn the_oldest_is_forgotten_first() {
        let log = RequestLog::default();
        for _ in 0..MOST + 3 {
            log.keep(exchange(1).await);
        }
        let kept = log.newest(None, usize::MAX, |_| true);
        let numbers: Vec<_> = kept.iter().map(|kept| kept.number).collect();
        assert_eq!(numbers, (4..=503).rev().collect::<Vec<_>>());
        assert!(log.find(3).is_none());
        assert_eq!(
            log.find(4).unwrap().request.head().0,
            "GET /v1/x?y=1 HTTP/1.1"
        );
        let page = log.newest(Some(10), 2, |kept| kept.number != 8);
        assert_eq!(
            page.iter().map(|kept| kept.number).collect::<Vec<_>>(),
            [9, 7]
        );
    }

    #[tokio::test]
    async fn its_size_is_bounded_and_large_bodies_are_cut() {
        let log = RequestLog::default();
        for _ in 0..MOST {
            log.keep(exchange(100_000).await);
        }
        let kept = log.newest(None, usize::MAX, |_| true);
        let bytes: usize = kept.iter().map(|kept| kept.weight()).sum();
        assert!((MOST_BYTES / 2..=MOST_BYTES).contains(&bytes), "{bytes}");
        assert_eq!(kept[0].response.body_length, 100_000);
        assert!(kept[0].response.body().len() < 20_000);
        log.clear();
        assert!(log.newest(None, 1, |_| true).is_empty());
    }
}
