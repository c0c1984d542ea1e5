//! A connection that dies without a word is told apart over TLS too, however it dies.

#![allow(clippy::unwrap_used, reason = "tests")]

use std::io::{BufRead, BufReader, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use mpac_pgw_wire::{Names, Trust};
use rcgen::{CertifiedKey, generate_simple_self_signed};
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use tokio_rustls::rustls::{ServerConfig, ServerConnection, StreamOwned};
use ureq::config::Config;
use ureq::{Agent, Error};

#[derive(Debug, Clone, Copy)]
enum Death {
    /// TLS says goodbye, and TCP closes.
    CloseNotify,
    Fin,
    Rst,
    /// Not at all, and nothing is answered.
    Silence,
}

type Stream = StreamOwned<ServerConnection, TcpStream>;

/// Answers one request on each connection; the first connection then reads another if it is told
/// to, and dies after the delay.
fn serve(config: Arc<ServerConfig>, death: Death, reads: bool, delay: Duration) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!(
        "https://localhost:{}/",
        listener.local_addr().unwrap().port()
    );
    thread::spawn(move || {
        for (number, stream) in listener.incoming().enumerate() {
            let connection = ServerConnection::new(config.clone()).unwrap();
            let mut stream = StreamOwned::new(connection, stream.unwrap());
            read(&mut stream);
            let answer = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}";
            stream.write_all(answer.as_bytes()).unwrap();
            if number == 0 {
                if reads {
                    read(&mut stream);
                }
                thread::sleep(delay);
                die(stream, death);
            }
        }
    });
    url
}

fn read(stream: &mut Stream) {
    let mut head = String::new();
    let mut reader = BufReader::with_capacity(1, stream);
    while !head.ends_with("\r\n\r\n") && reader.read_line(&mut head).is_ok_and(|read| read > 0) {}
}

fn die(mut stream: Stream, death: Death) {
    match death {
        Death::CloseNotify => {
            stream.conn.send_close_notify();
            let _ = stream.flush();
        }
        Death::Fin => {}
        Death::Rst => {
            let socket = socket2::SockRef::from(&stream.sock);
            socket.set_linger(Some(Duration::ZERO)).unwrap();
            return;
        }
        Death::Silence => {
            let _ = std::io::copy(&mut stream.sock, &mut std::io::sink());
        }
    }
    let _ = stream.sock.shutdown(Shutdown::Write);
    let _ = std::io::copy(&mut stream.sock, &mut std::io::sink());
}

fn identity() -> (Arc<ServerConfig>, Trust) {
    let CertifiedKey { cert, signing_key } =
        generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
    let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(signing_key.serialize_der()));
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![cert.der().clone()], key)
        .unwrap();
    let mut trust = Trust::nobody();
    trust.add(cert.der()).unwrap();
    (Arc::new(config), trust)
}

fn agent(trust: Trust) -> Agent {
    let config = Config::builder()
        .timeout_global(Some(Duration::from_secs(2)))
        .build();
    let connector = mpac_pgw_wire::connector(trust, false);
    Agent::with_parts(config, connector, Names::default())
}

fn post(agent: &Agent, url: &str, max_idle_age: Duration) -> Result<(), Error> {
    let mut answer = agent
        .post(url)
        .config()
        .max_idle_age(max_idle_age)
        .build()
        .send("{}")?;
    answer.body_mut().read_to_vec().map(drop)
}

#[test]
fn a_death_on_a_kept_tls_connection_is_told_from_any_other_failure() {
    let (config, trust) = identity();
    thread::scope(|scope| {
        for death in [Death::CloseNotify, Death::Fin, Death::Rst, Death::Silence] {
            for (reads, ms) in [
                (true, 0),
                (true, 50),
                (true, 300),
                (false, 50),
                (false, 300),
            ] {
                let (config, trust) = (config.clone(), trust.clone());
                scope.spawn(move || {
                    let url = serve(config, death, reads, Duration::from_millis(ms));
                    let agent = agent(trust);
                    let kept = Duration::from_secs(15);
                    post(&agent, &url, kept).unwrap();
                    let error = match post(&agent, &url, kept) {
                        // On a slow machine the connection was seen to be closed in time.
                        Ok(()) if !reads => return,
                        answer => answer.unwrap_err(),
                    };
                    let is_silent = matches!(death, Death::Silence);
                    let died = mpac_pgw_wire::died_unannounced(&error);
                    assert_eq!(died, !is_silent, "{death:?} {reads} {ms}: {error:?}");
                    assert_eq!(matches!(error, Error::Timeout(_)), is_silent, "{error:?}");
                    if !is_silent {
                        post(&agent, &url, mpac_pgw_wire::FRESH).unwrap();
                    }
                });
            }
        }
    });
}
