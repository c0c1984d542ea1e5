//! Which of a host's addresses to connect to: the first that answers.
//!
//! A simple form of RFC 8305: the families take turns, an address gets a head start of 250 ms before
//! the next is tried beside it, and a failure makes the next start at once. The address that won is
//! tried first the next time, so that one race is enough for a network as it is.

use std::net::SocketAddr;
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use ureq::Error;
use ureq::unversioned::resolver::{DefaultResolver, Resolver};
use ureq::unversioned::transport::{ConnectionDetails, Connector, NextTimeout, TcpConnector, time};

const HEAD_START: Duration = Duration::from_millis(250);

/// Stands for no timeout at all, which would let a thread wait for ever.
const LONGEST: Duration = Duration::from_secs(120);

/// The connector at the start of a chain. The threads that lose a race end with its time for
/// connecting, so that there are never more than the addresses of the connections being made.
#[derive(Debug, Default)]
pub(crate) struct Race {
    /// The address that was connected to last.
    last: Mutex<Option<SocketAddr>>,
}

type Connection = <TcpConnector as Connector>::Out;

impl Connector for Race {
    type Out = Connection;

    fn connect(
        &self,
        details: &ConnectionDetails<'_>,
        _: Option<()>,
    ) -> Result<Option<Self::Out>, Error> {
        let last = *self.last.lock().unwrap_or_else(PoisonError::into_inner);
        let addresses = in_turns(&details.addrs, last);
        let connect = connect_by_itself(details);
        if let [address] = addresses[..] {
            // Nothing to choose from.
            return connect(address, details.timeout).map(Some);
        }
        let timeout = details.timeout;
        let budget = (*timeout.after).min(LONGEST);
        let connect = move |address, left| {
            let after = time::Duration::Exact(left);
            connect(address, NextTimeout { after, ..timeout })
        };
        let (winner, transport) =
            first_of(&addresses, budget, connect)?.ok_or(Error::Timeout(details.timeout.reason))?;
        *self.last.lock().unwrap_or_else(PoisonError::into_inner) = Some(winner);
        Ok(Some(transport))
    }
}

/// ureq's own way to connect to one address, with all that it needs: a thread that has lost the race
/// outlives it.
fn connect_by_itself(
    details: &ConnectionDetails<'_>,
) -> impl Fn(SocketAddr, NextTimeout) -> Result<Connection, Error> + Clone + Send + 'static {
    let (uri, config) = (details.uri.clone(), details.config.clone());
    let request_level = details.request_level;
    let current_time = details.current_time.clone();
    let run_connector = details.run_connector.clone();
    let register_shutdown = details.register_shutdown.clone();
    move |address, timeout| {
        let resolver = DefaultResolver::default();
        let mut addrs = resolver.empty();
        addrs.push(address);
        let details = ConnectionDetails {
            uri: &uri,
            addrs,
            resolver: &resolver,
            config: &config,
            request_level,
            now: current_time(),
            timeout,
            current_time: current_time.clone(),
            run_connector: run_connector.clone(),
            register_shutdown: register_shutdown.clone(),
        };
        let connection = TcpConnector::default().connect(&details, None)?;
        connection.ok_or(Error::ConnectionFailed)
    }
}

/// The addresses in the order in which to try them: the families take turns, each in the resolver's
/// order; `last` and its family come first.
fn in_turns(addresses: &[SocketAddr], last: Option<SocketAddr>) -> Vec<SocketAddr> {
    let leading = last.or(addresses.first().copied());
    let (mut ours, others): (Vec<SocketAddr>, Vec<SocketAddr>) = addresses
        .iter()
        .partition(|address| leading.is_some_and(|first| first.is_ipv6() == address.is_ipv6()));
    if let Some(at) = ours.iter().position(|address| Some(*address) == last) {
        ours[..=at].rotate_right(1);
    }
    let mut others = others.into_iter();
    let mut order = Vec::with_capacity(addresses.len());
    for address in ours {
        order.push(address);
        order.extend(others.next());
    }
    order.extend(others);
    order
}

/// Connects to the addresses, one a little after the other. `None` when the time is up.
fn first_of<T: Send + 'static>(
    addresses: &[SocketAddr],
    budget: Duration,
    connect: impl Fn(SocketAddr, Duration) -> Result<T, Error> + Clone + Send + 'static,
) -> Result<Option<(SocketAddr, T)>, Error> {
    let deadline = Instant::now() + budget;
    // Each address gets its chance in a short time too.
    let shares = u32::try_from(addresses.len()).unwrap_or(u32::MAX).max(1);
    let head_start = HEAD_START.min(budget / shares);
    // A channel would make the library 17 kB larger.
    let results = Arc::new((Mutex::new(Vec::new()), Condvar::new()));
    let mut waiting = addresses.iter();
    let mut running = 0_usize;
    let mut failure = Error::ConnectionFailed;
    loop {
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Ok(None);
        }
        let wait = match waiting.next() {
            Some(&address) => {
                let (results, connect) = (results.clone(), connect.clone());
                let run = move || {
                    let result = connect(address, left);
                    // Nobody looks once another has won: then this connection closes here.
                    let (list, news) = &*results;
                    let mut list = list.lock().unwrap_or_else(PoisonError::into_inner);
                    list.push((address, result));
                    news.notify_one();
                };
                thread::Builder::new()
                    .name("mpac-pgw connect".to_owned())
                    .spawn(run)?;
                running += 1;
                head_start.min(left)
            }
            None if running == 0 => return Err(failure),
            None => left,
        };
        let (list, news) = &*results;
        let list = list.lock().unwrap_or_else(PoisonError::into_inner);
        let (mut list, _) = news
            .wait_timeout_while(list, wait, |list| list.is_empty())
            .unwrap_or_else(PoisonError::into_inner);
        match list.pop() {
            Some((address, Ok(connection))) => return Ok(Some((address, connection))),
            Some((_, Err(error))) => {
                running -= 1;
                failure = error;
            }
            None => {}
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests;
