use std::io;
use std::thread;

use ureq::Timeout;

use super::*;

/// What an address does, and how long that takes at most.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Address {
    /// Swallows packets.
    Dead,
    Refused,
    Answers(u64),
}

use Address::{Answers, Dead, Refused};

fn nth(number: usize) -> SocketAddr {
    SocketAddr::from(([192, 0, 2, 1], u16::try_from(number).unwrap()))
}

fn behave(address: Address, left: Duration) -> Result<(), Error> {
    match address {
        Dead => thread::sleep(left),
        Refused => return Err(io::Error::from(io::ErrorKind::ConnectionRefused).into()),
        Answers(ms) if Duration::from_millis(ms) < left => {
            thread::sleep(Duration::from_millis(ms));
            return Ok(());
        }
        Answers(_) => thread::sleep(left),
    }
    Err(Error::Timeout(Timeout::Connect))
}

#[test]
fn the_first_address_that_answers_is_taken_and_the_others_cost_little() {
    // The addresses in their order, ms for connecting, the winner, ms until it is known.
    type Row = (&'static [Address], u64, Option<usize>, std::ops::Range<u64>);
    let table: [Row; 12] = [
        (&[Dead, Answers(0)], 10_000, Some(1), 250..700),
        (&[Dead, Dead, Answers(0)], 10_000, Some(2), 500..950),
        (&[Refused, Answers(0)], 10_000, Some(1), 0..245),
        (&[Refused, Dead, Answers(0)], 10_000, Some(2), 250..700),
        (&[Dead, Refused, Answers(0)], 10_000, Some(2), 250..700),
        (&[Answers(0), Dead], 10_000, Some(0), 0..245),
        // Slow networks are waited for.
        (&[Answers(600), Dead], 10_000, Some(0), 1100..1500),
        (&[Answers(600), Answers(600)], 10_000, Some(0), 1100..1500),
        (&[Dead, Answers(600)], 3_000, Some(1), 2300..2900),
        // A short time is divided.
        (&[Dead, Dead, Dead, Answers(0)], 800, Some(3), 600..800),
        (&[Dead, Dead], 400, None, 400..900),
        (&[Refused, Refused, Refused], 10_000, None, 0..245),
    ];
    thread::scope(|scope| {
        for (addresses, budget, winner, took) in table {
            scope.spawn(move || {
                let began = Instant::now();
                let order: Vec<SocketAddr> = (0..addresses.len()).map(nth).collect();
                let won = first_of(
                    &order,
                    None,
                    Duration::from_millis(budget),
                    |address, left| behave(addresses[usize::from(address.port())], left),
                );
                let ms = u64::try_from(began.elapsed().as_millis()).unwrap();
                assert!(took.contains(&ms), "{addresses:?} took {ms} ms");
                match winner {
                    Some(winner) => assert_eq!(won.unwrap().unwrap().0, nth(winner)),
                    None if addresses.contains(&Dead) => {
                        let is_late = matches!(won, Ok(None) | Err(Error::Timeout(_)));
                        assert!(is_late, "{addresses:?}");
                    }
                    None => assert!(matches!(won, Err(Error::Io(_))), "{addresses:?}"),
                }
            });
        }
    });
}

#[test]
fn the_address_that_answered_last_may_be_slow_today() {
    let began = Instant::now();
    let order = [nth(0), nth(1)];
    let behaviour = [Answers(600), Dead];
    let won = first_of(
        &order,
        Some(nth(0)),
        Duration::from_secs(10),
        |address, left| behave(behaviour[usize::from(address.port())], left),
    );
    assert_eq!(won.unwrap().unwrap().0, nth(0));
    assert!(began.elapsed() < Duration::from_millis(1000));
}

#[test]
fn families_take_turns_and_what_worked_last_is_first() {
    let [a6, b6, c6] =
        [1, 2, 3].map(|last| SocketAddr::from(([0x2001, 0xdb8, 0, 0, 0, 0, 0, last], 443)));
    let [a4, b4, c4] = [1, 2, 3].map(|last| SocketAddr::from(([192, 0, 2, last], 443)));
    let table: [(&[SocketAddr], Option<SocketAddr>, &[SocketAddr]); 8] = [
        (&[a6, b6, a4, b4], None, &[a6, a4, b6, b4]),
        (&[a4, b4, a6], None, &[a4, a6, b4]),
        (&[a6, b6, c6, a4], None, &[a6, a4, b6, c6]),
        (&[a6, b6, a4, b4], Some(b4), &[b4, a6, a4, b6]),
        (&[a6, b6, a4, b4], Some(b6), &[b6, a4, a6, b4]),
        // The host has other addresses today, and the family that worked is still the better bet.
        (&[a6, b6, a4, b4], Some(c4), &[a4, a6, b4, b6]),
        (&[a6, b6], Some(c4), &[a6, b6]),
        (&[], Some(c4), &[]),
    ];
    for (addresses, last, expected) in table {
        assert_eq!(
            in_turns(addresses, last),
            expected,
            "{addresses:?} {last:?}"
        );
    }
}
