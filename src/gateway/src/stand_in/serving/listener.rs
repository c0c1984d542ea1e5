use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use axum::extract::connect_info::Connected;
use axum::serve::{IncomingStream, Listener};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::Accept;
use tokio_rustls::server::TlsStream;

use super::tls::Identity;
use crate::wire::{Peer, Wire};

/// The first byte of TLS, and of no HTTP request.
const TLS_HANDSHAKE: u8 = 0x16;

/// Accepts HTTP and HTTPS on one port.
pub(super) struct DualListener {
    listener: TcpListener,
    identity: Arc<Identity>,
}

impl DualListener {
    pub(super) fn new(listener: TcpListener, identity: Arc<Identity>) -> Self {
        Self { listener, identity }
    }
}

impl Listener for DualListener {
    type Io = Wire<MaybeTls>;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Self::Io, SocketAddr) {
        // As the trait asks, axum's own listener logs errors and goes on.
        let (stream, address) = Listener::accept(&mut self.listener).await;
        if let Err(error) = stream.set_nodelay(true) {
            log::debug!("TCP_NODELAY: {error}");
        }
        let stream = MaybeTls::Unknown(Some(stream), Arc::clone(&self.identity));
        (Wire::new(stream), address)
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }
}

impl Connected<IncomingStream<'_, DualListener>> for Peer {
    fn connect_info(stream: IncomingStream<'_, DualListener>) -> Self {
        Self {
            address: *stream.remote_addr(),
            wire: stream.io().control(),
        }
    }
}

/// A connection that may turn out to be TLS, once its first byte has come. The server reads before
/// it writes, so that whatever is to be found out is found out while reading.
pub(super) enum MaybeTls {
    /// The stream is there until the first byte is.
    Unknown(Option<TcpStream>, Arc<Identity>),
    Handshake(Box<Accept<TcpStream>>),
    Plain(TcpStream),
    Tls(Box<TlsStream<TcpStream>>),
}

impl MaybeTls {
    /// Finds out what it is, and shakes hands.
    fn poll_settled(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        loop {
            match self {
                Self::Unknown(stream, identity) => {
                    let first = match stream {
                        Some(stream) => ready!(poll_first_byte(stream, cx))?,
                        None => return Poll::Ready(Err(io::ErrorKind::NotConnected.into())),
                    };
                    let Some(stream) = stream.take() else {
                        return Poll::Ready(Err(io::ErrorKind::NotConnected.into()));
                    };
                    *self = if first == Some(TLS_HANDSHAKE) {
                        Self::Handshake(Box::new(identity.acceptor()?.accept(stream)))
                    } else {
                        Self::Plain(stream)
                    };
                }
                Self::Handshake(accept) => {
                    let stream = ready!(Pin::new(accept).poll(cx))?;
                    *self = Self::Tls(Box::new(stream));
                }
                Self::Plain(_) | Self::Tls(_) => return Poll::Ready(Ok(())),
            }
        }
    }
}

/// Looks at the first byte and leaves it there; none when the connection has ended.
fn poll_first_byte(stream: &TcpStream, cx: &mut Context<'_>) -> Poll<io::Result<Option<u8>>> {
    let mut byte = [0];
    let mut buffer = ReadBuf::new(&mut byte);
    let length = ready!(stream.poll_peek(cx, &mut buffer))?;
    Poll::Ready(Ok((length > 0).then_some(byte[0])))
}

impl AsyncRead for MaybeTls {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        ready!(self.poll_settled(cx))?;
        match &mut *self {
            Self::Plain(stream) => Pin::new(stream).poll_read(cx, buffer),
            Self::Tls(stream) => Pin::new(stream).poll_read(cx, buffer),
            Self::Unknown(..) | Self::Handshake(_) => Poll::Ready(Ok(())),
        }
    }
}

impl AsyncWrite for MaybeTls {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        ready!(self.poll_settled(cx))?;
        match &mut *self {
            Self::Plain(stream) => Pin::new(stream).poll_write(cx, bytes),
            Self::Tls(stream) => Pin::new(stream).poll_write(cx, bytes),
            Self::Unknown(..) | Self::Handshake(_) => Poll::Ready(Ok(0)),
        }
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut *self {
            Self::Plain(stream) => Pin::new(stream).poll_flush(cx),
            Self::Tls(stream) => Pin::new(stream).poll_flush(cx),
            Self::Unknown(..) | Self::Handshake(_) => Poll::Ready(Ok(())),
        }
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut *self {
            Self::Plain(stream) => Pin::new(stream).poll_shutdown(cx),
            Self::Tls(stream) => Pin::new(stream).poll_shutdown(cx),
            Self::Unknown(..) | Self::Handshake(_) => Poll::Ready(Ok(())),
        }
    }
}
