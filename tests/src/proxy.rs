//! A network that fails on purpose: a proxy between a terminal and the real gateway.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, BufReader, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use anyhow::{Context, Result};
use mpac_pgw_protocol::IDEMPOTENCY_KEY_HEADER;

use crate::fate::{Closing, ReplyFate, RequestFate};
use crate::http::{self, Message};

/// How long the terminal may take to give up on an answer that never comes.
const PATIENCE: Duration = Duration::from_secs(60);

/// Decides what becomes of each message. Requests count from 1 in the order of their arrival; a
/// reply has the number of its request.
pub trait Network: Send + Sync + 'static {
    /// A request has arrived whole, and nothing of it has been forwarded.
    fn request(&self, _number: usize) -> RequestFate {
        RequestFate::Forwarded
    }

    /// The gateway has answered, and nothing of it has been passed on.
    fn reply(&self, _number: usize) -> ReplyFate {
        ReplyFate::PassedOn
    }
}

/// A TCP proxy in front of a gateway.
#[derive(Debug)]
pub struct Proxy {
    shared: Arc<Shared>,
}

struct Shared {
    gateway: String,
    address: SocketAddr,
    network: Arc<dyn Network>,
    requests: AtomicUsize,
    late: Mutex<Vec<Message>>,
    keys: Mutex<BTreeMap<Vec<u8>, BTreeSet<String>>>,
    listening: Mutex<Option<Listening>>,
}

impl std::fmt::Debug for Shared {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Shared")
            .field("address", &self.address)
            .finish_non_exhaustive()
    }
}

/// What has become of a connection with an answer.
enum Connection {
    Open,
    /// Nothing more comes on it.
    Done,
    /// It is closed already.
    Closed,
}

struct Listening {
    stop: Arc<AtomicBool>,
    thread: JoinHandle<()>,
}

impl Proxy {
    /// Starts a proxy in front of the gateway at `gateway_url`.
    ///
    /// # Errors
    /// When there is no port to listen on.
    pub fn start(gateway_url: &str, network: Arc<dyn Network>) -> Result<Self> {
        let gateway = gateway_url
            .strip_prefix("http://")
            .context("a gateway without TLS")?;
        let listener = TcpListener::bind((own_address(), 0))?;
        let shared = Arc::new(Shared {
            gateway: gateway.to_owned(),
            address: listener.local_addr()?,
            network,
            requests: AtomicUsize::new(0),
            late: Mutex::default(),
            keys: Mutex::default(),
            listening: Mutex::default(),
        });
        shared.accept_on(listener);
        Ok(Self { shared })
    }

    /// What the terminal takes for the gateway.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.shared.address)
    }

    /// How many requests have arrived.
    #[must_use]
    pub fn requests(&self) -> usize {
        self.shared.requests.load(Ordering::SeqCst)
    }

    /// The Idempotency-Keys of each POST, by path and body: an operation has one, however often it
    /// was sent.
    #[must_use]
    pub fn keys(&self) -> Vec<BTreeSet<String>> {
        lock(&self.shared.keys).values().cloned().collect()
    }

    /// Refuses connections from now on.
    pub fn refuse(&self) {
        self.shared.refuse();
    }

    /// Takes connections again, on the same port.
    ///
    /// # Errors
    /// When the port is gone.
    pub fn listen(&self) -> Result<()> {
        if self.shared.listening().is_none() {
            self.shared
                .accept_on(TcpListener::bind(self.shared.address)?);
        }
        Ok(())
    }

    /// Delivers the requests that are still on their way.
    ///
    /// # Errors
    /// When the gateway does not answer.
    pub fn deliver_late(&self) -> io::Result<()> {
        self.shared.deliver_late()
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.refuse();
    }
}

impl Shared {
    fn listening(&self) -> MutexGuard<'_, Option<Listening>> {
        lock(&self.listening)
    }

    fn accept_on(self: &Arc<Self>, listener: TcpListener) {
        let stop = Arc::new(AtomicBool::new(false));
        let (stopped, shared) = (stop.clone(), self.clone());
        let thread = std::thread::spawn(move || {
            for connection in listener.incoming() {
                if stopped.load(Ordering::SeqCst) {
                    break;
                }
                let shared = shared.clone();
                // An error here is a connection that broke, which is what this is for.
                std::thread::spawn(move || connection.and_then(|client| shared.serve(&client)));
            }
        });
        *self.listening() = Some(Listening { stop, thread });
    }

    fn refuse(&self) {
        let Some(Listening { stop, thread }) = self.listening().take() else {
            return;
        };
        stop.store(true, Ordering::SeqCst);
        // Wakes the thread, which then closes the port.
        let _ = TcpStream::connect(self.address);
        let _ = thread.join();
    }

    /// Serves one connection of the terminal.
    fn serve(&self, client: &TcpStream) -> io::Result<()> {
        client.set_nodelay(true)?;
        let mut requests = BufReader::new(client);
        while let Some(request) = Message::read(&mut requests)? {
            let number = self.requests.fetch_add(1, Ordering::SeqCst) + 1;
            if let Some(key) = request.header(IDEMPOTENCY_KEY_HEADER) {
                let mut keys = lock(&self.keys);
                keys.entry(request.operation()).or_default().insert(key);
            }
            let reply = match self.network.request(number) {
                RequestFate::Lost => break,
                RequestFate::Late => {
                    wait_for_hang_up(client)?;
                    lock(&self.late).push(request);
                    break;
                }
                RequestFate::Forwarded => http::ask(&self.gateway, &request)?,
                RequestFate::Duplicated => {
                    let reply = http::ask(&self.gateway, &request)?;
                    http::ask(&self.gateway, &request)?;
                    reply
                }
            };
            self.deliver_late()?;
            match self.pass_on(client, &reply, self.network.reply(number))? {
                Connection::Open => {}
                Connection::Done => break,
                Connection::Closed => return Ok(()),
            }
        }
        client.shutdown(Shutdown::Both)
    }

    /// Tells whether the connection stays open.
    fn pass_on(
        &self,
        mut client: &TcpStream,
        reply: &Message,
        fate: ReplyFate,
    ) -> io::Result<Connection> {
        match fate {
            ReplyFate::TooLate => wait_for_hang_up(client)?,
            ReplyFate::OutageAfter => self.refuse(),
            _ => {}
        }
        client.write_all(&fate.on_the_wire(reply))?;
        if let ReplyFate::ClosedAfter(how, ms) = fate {
            std::thread::sleep(Duration::from_millis(ms));
            return close_without_a_word(client, how).map(|()| Connection::Closed);
        }
        Ok(if fate.keeps_the_connection() {
            Connection::Open
        } else {
            Connection::Done
        })
    }

    fn deliver_late(&self) -> io::Result<()> {
        let late = std::mem::take(&mut *lock(&self.late));
        for request in late {
            // Nobody waits for this answer any more.
            http::ask(&self.gateway, &request)?;
        }
        Ok(())
    }
}

/// Nothing of what the other side has sent by now or will send is read.
fn close_without_a_word(mut client: &TcpStream, how: Closing) -> io::Result<()> {
    match how {
        Closing::Fin => {
            client.shutdown(Shutdown::Write)?;
            client.set_read_timeout(Some(PATIENCE))?;
            io::copy(&mut client, &mut io::sink()).map(drop)
        }
        // The connection is torn down once it is dropped.
        Closing::Rst => socket2::SockRef::from(client).set_linger(Some(Duration::ZERO)),
    }
}

/// Waits until the other side closes the connection.
fn wait_for_hang_up(mut client: &TcpStream) -> io::Result<()> {
    client.set_read_timeout(Some(PATIENCE))?;
    match client.read(&mut [0]) {
        // A killed process or unread data: that is a hang-up too.
        Err(error) if error.kind() == io::ErrorKind::ConnectionReset => Ok(()),
        Err(error) => Err(error),
        Ok(0) => Ok(()),
        Ok(_) => Err(io::Error::other("a request behind an unanswered one")),
    }
}

/// On Linux every loopback address is this machine, so that each proxy gets one of its own and
/// nobody else can take its port while it refuses connections.
fn own_address() -> std::net::Ipv4Addr {
    static COUNT: AtomicUsize = AtomicUsize::new(0);
    let [.., high, low] = COUNT.fetch_add(1, Ordering::Relaxed).to_be_bytes();
    if cfg!(target_os = "linux") {
        std::net::Ipv4Addr::new(127, 77, high, low.max(1))
    } else {
        std::net::Ipv4Addr::LOCALHOST
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
