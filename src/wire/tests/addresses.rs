//! Hosts with more than one address, some of which are dead: real sockets.

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "tests")]

use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use socket2::{Domain, Socket, Type};
use ureq::config::Config;
use ureq::http::Uri;
use ureq::unversioned::resolver::{ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::NextTimeout;
use ureq::{Agent, Error};

/// A host whose addresses the test decides.
#[derive(Debug, Clone)]
struct Names(Arc<Mutex<Vec<SocketAddr>>>);

impl Resolver for Names {
    fn resolve(&self, _: &Uri, _: &Config, _: NextTimeout) -> Result<ResolvedSocketAddrs, Error> {
        let mut addresses = self.empty();
        for address in self.0.lock().unwrap().iter() {
            addresses.push(*address);
        }
        Ok(addresses)
    }
}

fn agent(addresses: Vec<SocketAddr>) -> (Agent, Names) {
    let names = Names(Arc::new(Mutex::new(addresses)));
    let config = Config::builder()
        .timeout_connect(Some(Duration::from_secs(2)))
        .max_idle_age(mpac_pgw_wire::FRESH)
        .build();
    let agent = Agent::with_parts(
        config,
        mpac_pgw_wire::connector(mpac_pgw_wire::Trust::bundled(), false),
        names.clone(),
    );
    (agent, names)
}

/// Answers every request.
fn good(host: &str) -> SocketAddr {
    let listener = TcpListener::bind((host, 0)).unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let lines = BufReader::new(stream.try_clone().unwrap()).lines();
            let is_head = |line: &Result<String, _>| line.as_ref().is_ok_and(|l| !l.is_empty());
            if lines.take_while(is_head).count() > 0 {
                let answer = "HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 0\r\n\r\n";
                stream.write_all(answer.as_bytes()).unwrap();
            }
        }
    });
    address
}

/// Swallows packets: its queue of connections is full. It does so while the sockets live.
fn dead(host: &str) -> (SocketAddr, Vec<TcpStream>, Socket) {
    let address: SocketAddr = SocketAddr::new(host.parse().unwrap(), 0);
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, None).unwrap();
    socket.bind(&address.into()).unwrap();
    socket.listen(0).unwrap();
    let address = socket.local_addr().unwrap().as_socket().unwrap();
    let mut queue = Vec::new();
    while let Ok(stream) = TcpStream::connect_timeout(&address, Duration::from_millis(100)) {
        queue.push(stream);
    }
    (address, queue, socket)
}

fn refused(host: &str) -> SocketAddr {
    TcpListener::bind((host, 0)).unwrap().local_addr().unwrap()
}

/// Containers often have no IPv6, not even inside.
fn has_ipv6() -> bool {
    let has = TcpListener::bind("[::1]:0").is_ok();
    if !has {
        println!("SKIPPED: this machine has no IPv6");
    }
    has
}

fn get(agent: &Agent) -> (Result<(), Error>, Duration) {
    let began = Instant::now();
    let answer = agent.get("http://pgw.example/").call().map(drop);
    (answer, began.elapsed())
}

/// At most half a second late at first; then in less than a dead address's head start.
fn assert_soon(agent: &Agent, what: &str) {
    for (round, limit) in [600, 245, 245].into_iter().enumerate() {
        let (answer, took) = get(agent);
        answer.unwrap();
        assert!(
            took < Duration::from_millis(limit),
            "{what}: {took:?} in round {round}"
        );
    }
}

#[test]
fn an_address_that_swallows_packets_delays_the_first_connection_alone() {
    if !has_ipv6() {
        return;
    }
    let (dead6, _queue6, _socket6) = dead("::1");
    let (dead4, _queue4, _socket4) = dead("127.0.0.1");
    let (good6, good4) = (good("::1"), good("127.0.0.1"));
    let table = [
        ("dead v6, good v4", vec![dead6, good4]),
        ("dead v4, good v6", vec![dead4, good6]),
        ("dead v6 twice, good v4", vec![dead6, dead6, good4]),
        ("refused v6, good v4", vec![refused("::1"), good4]),
        ("all good", vec![good6, good4]),
        ("one alone", vec![good4]),
    ];
    for (what, addresses) in table {
        let (agent, names) = agent(addresses);
        assert_soon(&agent, what);
        // Another network: now the other family is dead.
        *names.0.lock().unwrap() = vec![dead4, good6];
        assert_soon(&agent, &format!("{what}, then dead v4, good v6"));
        *names.0.lock().unwrap() = vec![dead6, good4];
        assert_soon(&agent, &format!("{what}, then dead v6, good v4"));
    }
}

#[test]
fn a_host_without_a_good_address_fails_within_the_time_for_connecting() {
    if !has_ipv6() {
        return;
    }
    let (dead6, _queue6, _socket6) = dead("::1");
    let (dead4, _queue4, _socket4) = dead("127.0.0.1");
    for addresses in [vec![dead6, dead4], vec![dead4], vec![refused("::1"), dead4]] {
        let (answer, took) = get(&agent(addresses).0);
        assert!(matches!(answer, Err(Error::Timeout(_))), "{answer:?}");
        let expected = Duration::from_millis(1900)..Duration::from_millis(2500);
        assert!(expected.contains(&took), "{took:?}");
    }
    for addresses in [
        vec![refused("::1"), refused("127.0.0.1")],
        vec![refused("::1")],
    ] {
        let (answer, took) = get(&agent(addresses).0);
        let is_refused =
            |error: &std::io::Error| error.kind() == std::io::ErrorKind::ConnectionRefused;
        assert!(
            matches!(&answer, Err(Error::Io(error)) if is_refused(error)),
            "{answer:?}"
        );
        assert!(took < Duration::from_millis(1000), "{took:?}");
    }
}
