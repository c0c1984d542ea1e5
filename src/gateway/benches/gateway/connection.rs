//! HTTP/1.1 as small as it gets: the load must not take the time that it measures.

use std::net::SocketAddr;

use anyhow::{Context, Result, bail, ensure};
use tokio::net::TcpStream;

/// A keep-alive connection.
#[derive(Debug)]
pub(crate) struct Connection {
    stream: TcpStream,
    answer: Vec<u8>,
}

impl Connection {
    pub(crate) async fn open(address: SocketAddr) -> Result<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Self {
            stream,
            answer: Vec::with_capacity(4096),
        })
    }

    /// Sends a request; answers the body of a 200.
    pub(crate) async fn exchange(&mut self, request: &[u8]) -> Result<&str> {
        self.send(request).await?;
        self.answer.clear();
        let body_at = loop {
            if let Some(body_at) = whole(&self.answer)? {
                break body_at;
            }
            self.receive().await?;
        };
        let text = std::str::from_utf8(&self.answer)?;
        if !text.starts_with("HTTP/1.1 200 ") {
            bail!("the gateway answered {text}");
        }
        Ok(&text[body_at..])
    }

    async fn send(&self, mut bytes: &[u8]) -> Result<()> {
        while !bytes.is_empty() {
            match self.stream.try_write(bytes) {
                Ok(written) => bytes = &bytes[written..],
                Err(error) if would_block(&error) => self.stream.writable().await?,
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }

    async fn receive(&mut self) -> Result<()> {
        loop {
            self.stream.readable().await?;
            let mut bytes = [0; 4096];
            match self.stream.try_read(&mut bytes) {
                Ok(0) => bail!("the gateway closed the connection"),
                Ok(read) => {
                    self.answer.extend_from_slice(&bytes[..read]);
                    return Ok(());
                }
                Err(error) if would_block(&error) => {}
                Err(error) => return Err(error.into()),
            }
        }
    }
}

fn would_block(error: &std::io::Error) -> bool {
    error.kind() == std::io::ErrorKind::WouldBlock
}

/// Where the body of a complete answer starts.
fn whole(answer: &[u8]) -> Result<Option<usize>> {
    const END: &[u8] = b"\r\n\r\n";
    let Some(end) = answer.windows(END.len()).position(|window| window == END) else {
        return Ok(None);
    };
    let head = std::str::from_utf8(&answer[..end])?;
    let length = head
        .lines()
        .find_map(|line| line.strip_prefix("content-length: "))
        .context("an answer without a length")?;
    let (body_at, length): (_, usize) = (end + END.len(), length.parse()?);
    ensure!(answer.len() <= body_at + length, "more than one answer");
    Ok((answer.len() == body_at + length).then_some(body_at))
}
