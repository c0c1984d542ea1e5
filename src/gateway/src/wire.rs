//! Connections that can be made to fail: below HTTP, where real networks fail.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::extract::connect_info::{ConnectInfo, Connected};
use axum::http::Extensions;
use axum::serve::{IncomingStream, Listener};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{Instant, Sleep, sleep_until};

/// What happens to the bytes of the next answer on a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Trouble {
    /// None of them arrives: the connection is cut.
    Cut,
    /// The head and half of the body arrive, then the connection is cut.
    Truncate,
    /// Others arrive in their place, then the connection is cut.
    Garbage,
    /// They arrive a few at a time.
    Drip {
        /// How many at a time.
        bytes: usize,
        /// How long from one time to the next.
        every: Duration,
    },
}

/// What arrives in place of an answer.
const GARBAGE: &[u8] = b"\x16\x03\x01\x00\xff\xfe\x00 not HTTP \x80\x81\r\n\r\n\x00";

/// Makes trouble on one connection.
#[derive(Debug, Clone, Default)]
pub(crate) struct WireControl {
    shared: Arc<Shared>,
}

#[derive(Debug, Default)]
struct Shared {
    /// Whether there is any trouble: all that a healthy connection looks at.
    troubled: AtomicBool,
    trouble: Mutex<Option<Trouble>>,
}

impl WireControl {
    pub(crate) fn make(&self, trouble: Trouble) {
        *self.lock() = Some(trouble);
        self.shared.troubled.store(true, Ordering::Release);
    }

    fn trouble(&self) -> Option<Trouble> {
        if !self.shared.troubled.load(Ordering::Acquire) {
            return None;
        }
        *self.lock()
    }

    fn lock(&self) -> MutexGuard<'_, Option<Trouble>> {
        let lock = self.shared.trouble.lock();
        lock.unwrap_or_else(PoisonError::into_inner)
    }
}

/// Who is at the other end of a connection, and the connection itself.
#[derive(Debug, Clone)]
pub(crate) struct Peer {
    pub(crate) address: SocketAddr,
    pub(crate) wire: WireControl,
}

impl Peer {
    /// Whoever sent a request with these extensions.
    pub(crate) fn of(extensions: &Extensions) -> Option<&Self> {
        let peer = extensions.get::<ConnectInfo<Self>>();
        peer.map(|ConnectInfo(peer)| peer)
    }

    pub(crate) fn is_this_machine(&self) -> bool {
        is_this_machine(self.address)
    }
}

pub(crate) fn is_this_machine(address: SocketAddr) -> bool {
    // An IPv4 peer of an IPv6 socket looks like ::ffff:127.0.0.1.
    address.ip().to_canonical().is_loopback()
}

impl Connected<IncomingStream<'_, WireListener>> for Peer {
    fn connect_info(stream: IncomingStream<'_, WireListener>) -> Self {
        Self {
            address: *stream.remote_addr(),
            wire: stream.io().control(),
        }
    }
}

/// Accepts connections that can be made to fail.
#[derive(Debug)]
pub(crate) struct WireListener(pub(crate) TcpListener);

impl Listener for WireListener {
    type Io = Wire;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Wire, SocketAddr) {
        // As the trait asks, axum's own listener logs errors and goes on.
        let (stream, address) = Listener::accept(&mut self.0).await;
        if let Err(error) = stream.set_nodelay(true) {
            log::debug!("TCP_NODELAY: {error}");
        }
        (Wire::new(stream), address)
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.0.local_addr()
    }
}

/// One connection, over TCP or over something on top of it.
#[derive(Debug)]
pub(crate) struct Wire<S = TcpStream> {
    stream: S,
    control: WireControl,
    /// Between two drops of a drip.
    pause: Option<Pin<Box<Sleep>>>,
}

impl<S> Wire<S> {
    pub(crate) fn new(stream: S) -> Self {
        Self {
            stream,
            control: WireControl::default(),
            pause: None,
        }
    }

    /// What makes trouble on it.
    pub(crate) fn control(&self) -> WireControl {
        self.control.clone()
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Wire<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buffer)
    }
}

// Writes are not vectored, so that a small answer, head and body, comes in one piece.
impl<S: AsyncWrite + Unpin> AsyncWrite for Wire<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        match self.control.trouble() {
            None => Pin::new(&mut self.stream).poll_write(cx, bytes),
            Some(Trouble::Cut) => Poll::Ready(Err(io::ErrorKind::ConnectionAborted.into())),
            Some(Trouble::Truncate) => {
                let kept = bytes.get(..half(bytes)).unwrap_or(bytes);
                let written = ready!(Pin::new(&mut self.stream).poll_write(cx, kept));
                self.control.make(Trouble::Cut);
                Poll::Ready(written)
            }
            Some(Trouble::Garbage) => {
                let written = ready!(Pin::new(&mut self.stream).poll_write(cx, GARBAGE));
                self.control.make(Trouble::Cut);
                Poll::Ready(written.map(|_| 1.min(bytes.len())))
            }
            Some(Trouble::Drip { bytes: few, every }) => {
                if let Some(pause) = &mut self.pause {
                    ready!(pause.as_mut().poll(cx));
                }
                let few = bytes.get(..few).unwrap_or(bytes);
                let written = ready!(Pin::new(&mut self.stream).poll_write(cx, few));
                self.pause = Some(Box::pin(sleep_until(Instant::now() + every)));
                Poll::Ready(written)
            }
        }
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

/// The length of an answer's head and half of its body; of its head alone, half of that.
fn half(answer: &[u8]) -> usize {
    const END: &[u8] = b"\r\n\r\n";
    let head = answer.windows(END.len()).position(|window| window == END);
    let head = head.map_or(0, |position| position + END.len());
    if head == answer.len() {
        head / 2
    } else {
        head + (answer.len() - head) / 2
    }
}

#[cfg(test)]
mod tests {
    use super::half;

    #[test]
    fn answers_are_cut_in_their_body() {
        assert_eq!(half(b"HTTP/1.1 200 OK\r\n\r\nabcd"), 21);
        assert_eq!(half(b"HTTP/1.1 204 No\r\n\r\n"), 9);
        assert_eq!(half(b"abcd"), 2);
    }
}
