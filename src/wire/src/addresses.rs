//! Which of a host's addresses to connect to: the first that answers.
//!
//! What RFC 8305 is for, without its threads, which would be most of this crate in every app. The
//! families take turns, and each address has a quarter of a second at first; those that were silent
//! have the rest of the time, in equal shares. The address that answered is tried first the next
//! time, and for longer, so that a dead one delays the first connection alone.

use std::net::SocketAddr;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use ureq::Error;
use ureq::unversioned::transport::{
    ConnectionDetails, Connector, NextTimeout, TcpConnector, Transport, time,
};

use crate::names::look_up;

/// How long an address may take at first.
const FIRST_TRY: Duration = Duration::from_millis(250);

/// How long the address may take that answered the last time: the network may be slow today.
const FIRST_TRY_OF_KNOWN: Duration = Duration::from_secs(1);

/// Stands for no timeout at all.
const LONGEST: Duration = Duration::from_secs(120);

/// The connector at the start of a chain.
#[derive(Debug, Default)]
pub(crate) struct FirstThatAnswers {
    /// The address that was connected to last.
    last: Mutex<Option<SocketAddr>>,
}

impl<In: Transport> Connector<In> for FirstThatAnswers {
    type Out = <TcpConnector as Connector<In>>::Out;

    fn connect(
        &self,
        details: &ConnectionDetails<'_>,
        chained: Option<In>,
    ) -> Result<Option<Self::Out>, Error> {
        if chained.is_some() {
            // A proxy has connected already.
            return TcpConnector::default().connect(details, chained);
        }
        let last = *self.last.lock().unwrap_or_else(PoisonError::into_inner);
        let timeout = details.timeout;
        let deadline = Instant::now() + (*timeout.after).min(LONGEST);
        let addresses = match details.addrs.is_empty() {
            true => in_turns(&look_up(details)?, last),
            false => in_turns(&details.addrs, last),
        };
        let connect = |address, left| {
            let mut addrs = details.resolver.empty();
            addrs.push(address);
            let after = time::Duration::Exact(left);
            let details = ConnectionDetails {
                uri: details.uri,
                addrs,
                resolver: details.resolver,
                config: details.config,
                request_level: details.request_level,
                now: (details.current_time)(),
                timeout: NextTimeout { after, ..timeout },
                current_time: details.current_time.clone(),
                run_connector: details.run_connector.clone(),
                register_shutdown: details.register_shutdown.clone(),
            };
            let connection = TcpConnector::default().connect(&details, None::<In>)?;
            connection.ok_or(Error::ConnectionFailed)
        };
        let budget = deadline.saturating_duration_since(Instant::now());
        let (answered, transport) =
            first_of(&addresses, last, budget, connect)?.ok_or(Error::Timeout(timeout.reason))?;
        *self.last.lock().unwrap_or_else(PoisonError::into_inner) = Some(answered);
        Ok(Some(transport))
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

/// Connects to one address after the other, first for a short time each. `None` when the time is up.
fn first_of<T>(
    addresses: &[SocketAddr],
    last: Option<SocketAddr>,
    budget: Duration,
    mut connect: impl FnMut(SocketAddr, Duration) -> Result<T, Error>,
) -> Result<Option<(SocketAddr, T)>, Error> {
    let deadline = Instant::now() + budget;
    let mut failure = Error::ConnectionFailed;
    let mut silent = Vec::new();
    for (is_first_round, round) in [(true, addresses.to_vec()), (false, Vec::new())] {
        let round = if is_first_round {
            round
        } else {
            std::mem::take(&mut silent)
        };
        for (tried, &address) in round.iter().enumerate() {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Ok(None);
            }
            let others = u32::try_from(round.len() - tried).unwrap_or(u32::MAX);
            let share = left / others;
            let patience = match is_first_round {
                // Nothing to choose from.
                true if addresses.len() == 1 => share,
                true if Some(address) == last => share.min(FIRST_TRY_OF_KNOWN),
                true => share.min(FIRST_TRY),
                false => share,
            };
            match connect(address, patience) {
                Ok(connection) => return Ok(Some((address, connection))),
                Err(Error::Timeout(_)) => silent.push(address),
                Err(error) => failure = error,
            }
        }
    }
    match silent.is_empty() {
        true => Err(failure),
        false => Ok(None),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests;
