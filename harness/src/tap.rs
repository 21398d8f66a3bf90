//! A tap: middleware around a stream that sees every byte and changes none.

use crate::target::Seen;
use crate::transcript::Event;
use pgconform_wire::Side;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::AbortHandle;

/// A stream whose bytes are seen: what is read from it the frontend sent, what is written to it the backend did.
#[derive(Debug)]
pub struct Tap<S> {
    stream: S,
    seen: Seen,
    connection: usize,
}

impl<S> Tap<S> {
    /// Taps `stream` as a new connection of `seen`.
    pub fn new(stream: S, seen: Seen) -> Self {
        let connection = seen.open();
        Self { stream, seen, connection }
    }

    fn bytes(&self, from: Side, bytes: &[u8]) {
        self.seen.with(self.connection, |connection| connection.push(from, bytes));
    }

    fn note(&self, event: Event) {
        self.seen.with(self.connection, |connection| connection.note(event));
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Tap<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        let read = ready!(Pin::new(&mut self.stream).poll_read(cx, buf));
        match &read {
            Ok(()) if buf.filled().len() > before => self.bytes(Side::Frontend, &buf.filled()[before..]),
            Ok(()) => self.note(Event::Closed(Side::Frontend)),
            Err(_) => self.note(Event::Reset(Side::Frontend)),
        }
        Poll::Ready(read)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Tap<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let wrote = ready!(Pin::new(&mut self.stream).poll_write(cx, bytes));
        if let Ok(wrote) = wrote {
            self.bytes(Side::Backend, &bytes[..wrote]);
        }
        Poll::Ready(wrote)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.note(Event::Closed(Side::Backend));
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

/// Listens on a loopback port and passes connections on to `upstream`, tapped. TLS passes through it untouched: a
/// transcript of it shows ciphertext.
pub async fn relay(upstream: SocketAddr) -> io::Result<(SocketAddr, Seen, AbortHandle)> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    let seen = Seen::default();
    let tapped = seen.clone();
    let task = tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let seen = tapped.clone();
            tokio::spawn(async move {
                let mut client = Tap::new(stream, seen);
                match TcpStream::connect(upstream).await {
                    // However it ends, the transcript has it.
                    Ok(mut server) => _ = tokio::io::copy_bidirectional(&mut client, &mut server).await,
                    Err(_) => client.note(Event::Reset(Side::Backend)),
                }
            });
        }
    });
    Ok((address, seen, task.abort_handle()))
}
