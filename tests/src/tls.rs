//! TLS in front of a gateway, with certificates of every kind; and a proxy to go through.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use anyhow::{Context, Result};
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair, date_time_ymd,
};
use rustls::crypto::ring;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::{ServerConfig, ServerConnection};

/// The name that a [`TlsFront`] is reached by.
pub const HOST: &str = "localhost";

/// Signs certificates.
#[derive(Debug)]
pub struct Authority {
    issuer: CertifiedIssuer<'static, KeyPair>,
    /// What leads to the one that is trusted, if this is not it.
    chain: Vec<CertificateDer<'static>>,
}

/// What a server shows of itself.
#[derive(Debug, Clone)]
pub struct Identity(Arc<ServerConfig>);

/// The years that a certificate is valid in: from the start of the first to that of the last.
pub const VALID: (i32, i32) = (2025, 2100);
/// Those of one that has expired.
pub const EXPIRED: (i32, i32) = (2024, 2025);
/// Those of one that is not valid yet, as every one is in 1970.
pub const NOT_YET_VALID: (i32, i32) = (2090, 2100);

impl Authority {
    /// One to trust.
    ///
    /// # Errors
    /// When there are no random numbers.
    pub fn new(name: &str) -> Result<Self> {
        let issuer = CertifiedIssuer::self_signed(of_authority(name)?, KeyPair::generate()?)?;
        Ok(Self {
            issuer,
            chain: Vec::new(),
        })
    }

    /// One that this one vouches for.
    ///
    /// # Errors
    /// When there are no random numbers.
    pub fn intermediate(&self, name: &str) -> Result<Self> {
        let key = KeyPair::generate()?;
        let issuer = CertifiedIssuer::signed_by(of_authority(name)?, key, &self.issuer)?;
        let chain = vec![issuer.der().clone()];
        Ok(Self { issuer, chain })
    }

    /// Its certificate, as PEM.
    #[must_use]
    pub fn pem(&self) -> Vec<u8> {
        self.issuer.pem().into_bytes()
    }

    /// Its certificate, as DER.
    #[must_use]
    pub fn der(&self) -> Vec<u8> {
        self.issuer.der().to_vec()
    }

    /// A server that it vouches for in these years.
    ///
    /// # Errors
    /// When there are no random numbers.
    pub fn vouch_for(&self, host: &str, years: (i32, i32)) -> Result<Identity> {
        let key = KeyPair::generate()?;
        let certificate = of_server(host, years)?.signed_by(&key, &self.issuer)?;
        let mut chain = vec![certificate.der().clone()];
        chain.extend(self.chain.iter().cloned());
        Identity::new(chain, &key)
    }

    /// The same, but the server forgets to send what is between it and the authority.
    ///
    /// # Errors
    /// When there are no random numbers.
    pub fn vouch_without_chain(&self, host: &str) -> Result<Identity> {
        let key = KeyPair::generate()?;
        let certificate = of_server(host, VALID)?.signed_by(&key, &self.issuer)?;
        Identity::new(vec![certificate.der().clone()], &key)
    }
}

impl Identity {
    /// A server that nobody vouches for but itself.
    ///
    /// # Errors
    /// When there are no random numbers.
    pub fn self_signed(host: &str) -> Result<Self> {
        let key = KeyPair::generate()?;
        let certificate = of_server(host, VALID)?.self_signed(&key)?;
        Self::new(vec![certificate.der().clone()], &key)
    }

    fn new(chain: Vec<CertificateDer<'static>>, key: &KeyPair) -> Result<Self> {
        let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let provider = Arc::new(ring::default_provider());
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()?
            .with_no_client_auth()
            .with_single_cert(chain, key)?;
        Ok(Self(Arc::new(config)))
    }
}

fn of_authority(name: &str) -> Result<CertificateParams> {
    let mut params = of_server(name, VALID)?;
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    Ok(params)
}

fn of_server(host: &str, (from, until): (i32, i32)) -> Result<CertificateParams> {
    let mut params = CertificateParams::new(vec![host.to_owned()])?;
    params.distinguished_name.push(DnType::CommonName, host);
    params.not_before = date_time_ymd(from, 1, 1);
    params.not_after = date_time_ymd(until, 1, 1);
    Ok(params)
}

/// What whoever connects meets.
#[derive(Debug, Clone)]
pub enum Meets {
    /// TLS, and the gateway behind it. The end of a connection is never announced.
    Tls(Identity),
    /// The same, cut off after so many bytes of the answers.
    TlsCutAfter(Identity, usize),
    /// Bytes, whatever was said, and then the end.
    Bytes(&'static [u8]),
    /// Silence.
    Silence,
    /// The end of the connection.
    End,
}

/// TLS in front of a server without it.
#[derive(Debug)]
pub struct TlsFront {
    port: u16,
    shared: Arc<Front>,
}

#[derive(Debug)]
struct Front {
    server: String,
    meets: Mutex<Meets>,
    open: Mutex<Vec<(SocketAddr, TcpStream)>>,
}

impl TlsFront {
    /// Starts it in front of the server at `url`.
    ///
    /// # Errors
    /// When there is no port to listen on.
    pub fn start(url: &str, meets: Meets) -> Result<Self> {
        let server = url.strip_prefix("http://").context("one without TLS")?;
        let shared = Arc::new(Front {
            server: server.to_owned(),
            meets: Mutex::new(meets),
            open: Mutex::default(),
        });
        let listener = TcpListener::bind(("127.0.0.1", 0))?;
        let port = listener.local_addr()?.port();
        let front = shared.clone();
        std::thread::spawn(move || {
            for client in listener.incoming() {
                let front = front.clone();
                // An error here is a connection that broke, which is what this is for.
                std::thread::spawn(move || client.and_then(|client| front.serve(&client)));
            }
        });
        Ok(Self { port, shared })
    }

    /// What the terminal takes for the gateway.
    #[must_use]
    pub fn url(&self) -> String {
        format!("https://{HOST}:{}", self.port)
    }

    /// From now on, others meet this; the connections that there are end.
    pub fn turn_into(&self, meets: Meets) {
        *lock(&self.shared.meets) = meets;
        for (_, connection) in lock(&self.shared.open).drain(..) {
            // It may have ended by itself.
            let _ = connection.shutdown(Shutdown::Both);
        }
    }
}

impl Front {
    fn serve(&self, client: &TcpStream) -> io::Result<()> {
        client.set_nodelay(true)?;
        let peer = client.peer_addr()?;
        lock(&self.open).push((peer, client.try_clone()?));
        let met = self.meet(client);
        // The connection is torn down once nobody has it any more.
        lock(&self.open).retain(|(other, _)| *other != peer);
        met
    }

    fn meet(&self, mut client: &TcpStream) -> io::Result<()> {
        let meets = lock(&self.meets).clone();
        match meets {
            Meets::Tls(identity) => self.pass_on(&identity, client, usize::MAX),
            Meets::TlsCutAfter(identity, bytes) => self.pass_on(&identity, client, bytes),
            Meets::Bytes(bytes) => {
                let _ = client.read(&mut [0; 4096])?;
                client.write_all(bytes)?;
                client.shutdown(Shutdown::Write)?;
                io::copy(&mut client, &mut io::sink()).map(drop)
            }
            Meets::Silence => io::copy(&mut client, &mut io::sink()).map(drop),
            Meets::End => Ok(()),
        }
    }

    fn pass_on(&self, identity: &Identity, client: &TcpStream, bytes: usize) -> io::Result<()> {
        let server = TcpStream::connect(&self.server)?;
        let connection = ServerConnection::new(identity.0.clone()).map_err(io::Error::other)?;
        let connection = Mutex::new(connection);
        std::thread::scope(|scope| {
            scope.spawn(|| {
                let done = encrypt(&connection, &server, client, bytes);
                // As the server did it: torn down, or in order as far as TCP goes.
                if done.is_err_and(|error| error.kind() == io::ErrorKind::ConnectionReset) {
                    let _ = socket2::SockRef::from(client).set_linger(Some(Duration::ZERO));
                    let _ = client.shutdown(Shutdown::Read);
                } else {
                    let _ = client.shutdown(Shutdown::Write);
                }
            });
            // An error is the end of the connection too.
            let _ = decrypt(&connection, client, &server);
            let _ = server.shutdown(Shutdown::Both);
        });
        Ok(())
    }
}

/// From the client to the server.
fn decrypt(
    connection: &Mutex<ServerConnection>,
    mut client: &TcpStream,
    mut server: &TcpStream,
) -> io::Result<()> {
    let mut bytes = [0; 16 * 1024];
    loop {
        let read = client.read(&mut bytes)?;
        if read == 0 {
            return Ok(());
        }
        let mut rest = &bytes[..read];
        let mut plain = Vec::new();
        let mut tls = lock(connection);
        while !rest.is_empty() {
            tls.read_tls(&mut rest)?;
            let state = tls.process_new_packets();
            while tls.wants_write() {
                tls.write_tls(&mut client)?;
            }
            let count = state.map_err(io::Error::other)?.plaintext_bytes_to_read();
            let start = plain.len();
            plain.resize(start + count, 0);
            tls.reader().read_exact(&mut plain[start..])?;
        }
        drop(tls);
        server.write_all(&plain)?;
    }
}

/// From the server to the client, until so many bytes have gone by.
fn encrypt(
    connection: &Mutex<ServerConnection>,
    mut server: &TcpStream,
    mut client: &TcpStream,
    mut left: usize,
) -> io::Result<()> {
    let mut bytes = [0; 16 * 1024];
    while left > 0 {
        let read = server.read(&mut bytes)?.min(left);
        if read == 0 {
            break;
        }
        left -= read;
        let mut tls = lock(connection);
        tls.writer().write_all(&bytes[..read])?;
        while tls.wants_write() {
            tls.write_tls(&mut client)?;
        }
    }
    Ok(())
}

/// A proxy that is asked to connect, and may want to know by whom.
#[derive(Debug)]
pub struct ConnectProxy {
    port: u16,
    shared: Arc<ProxyShared>,
}

#[derive(Debug, Default)]
struct ProxyShared {
    /// The header that it wants to see.
    wants: Mutex<Option<String>>,
    connected: AtomicUsize,
}

impl ConnectProxy {
    /// Starts it. `credentials` is `user:password` in base64.
    ///
    /// # Errors
    /// When there is no port to listen on.
    pub fn start(credentials: Option<&str>) -> Result<Self> {
        let shared = Arc::new(ProxyShared::default());
        let listener = TcpListener::bind(("127.0.0.1", 0))?;
        let port = listener.local_addr()?.port();
        let proxy = Self { port, shared };
        proxy.ask_for(credentials);
        let shared = proxy.shared.clone();
        std::thread::spawn(move || {
            for client in listener.incoming() {
                let shared = shared.clone();
                std::thread::spawn(move || client.and_then(|client| shared.serve(client)));
            }
        });
        Ok(proxy)
    }

    /// Where it listens.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Wants these from now on, or nothing.
    pub fn ask_for(&self, credentials: Option<&str>) {
        let header = |credentials| format!("proxy-authorization: basic {credentials}");
        *lock(&self.shared.wants) = credentials.map(header);
    }

    /// How often it has connected somebody.
    #[must_use]
    pub fn connected(&self) -> usize {
        self.shared.connected.load(Ordering::SeqCst)
    }
}

impl ProxyShared {
    fn serve(&self, mut client: TcpStream) -> io::Result<()> {
        let mut reader = BufReader::with_capacity(1, client.try_clone()?);
        let (mut target, mut header) = (String::new(), String::new());
        reader.read_line(&mut target)?;
        while !header.ends_with("\r\n\r\n") && reader.read_line(&mut header)? > 0 {}
        let is_wanted = lock(&self.wants).as_ref().is_none_or(|wanted| {
            let mut lines = header.lines();
            lines.any(|line| line.eq_ignore_ascii_case(wanted))
        });
        if !is_wanted {
            let answer = "HTTP/1.1 407 Proxy Authentication Required\r\n\
                          proxy-authenticate: Basic realm=\"shop\"\r\ncontent-length: 0\r\n\r\n";
            return client.write_all(answer.as_bytes());
        }
        let target = target.split(' ').nth(1).unwrap_or_default();
        let server = TcpStream::connect(target)?;
        self.connected.fetch_add(1, Ordering::SeqCst);
        client.write_all(b"HTTP/1.1 200 Connection established\r\n\r\n")?;
        std::thread::scope(|scope| {
            scope.spawn(|| {
                let _ = io::copy(&mut &server, &mut &client);
                let _ = client.shutdown(Shutdown::Both);
            });
            let _ = io::copy(&mut &client, &mut &server);
            let _ = server.shutdown(Shutdown::Both);
        });
        Ok(())
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
