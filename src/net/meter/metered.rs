//! A stream of which every byte is counted, for as long as it speaks HTTP.
//!
//! ```text
//! Connection ──> Metered ──> Stream        counted as "http", with every byte
//!    101, into_inner ──────> Stream        the WebSocket's Wire counts on, as "websocket"
//! ```

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::{Count, add, count, take_away};

/// Counts as one that is open, until it is dropped.
pub(in crate::net) struct Open(Count);

impl Open {
    pub(in crate::net) fn new(gauge: Count) -> Self {
        count(gauge);
        Self(gauge)
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        take_away(self.0, 1);
    }
}

/// A stream that speaks HTTP.
pub(in crate::net) struct Metered<S> {
    stream: S,
    _open: Open,
}

impl<S> Metered<S> {
    pub(in crate::net) fn new(stream: S) -> Self {
        Self { stream, _open: Open::new(Count::OpenHttp) }
    }

    pub(in crate::net) fn get_ref(&self) -> &S {
        &self.stream
    }

    /// Gives the stream to whatever is spoken next.
    pub(in crate::net) fn into_inner(self) -> S {
        self.stream
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Metered<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        let read = Pin::new(&mut self.stream).poll_read(cx, buf);
        add(Count::HttpBytesIn, (buf.filled().len() - before) as u64);
        read
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Metered<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        let result = Pin::new(&mut self.stream).poll_write(cx, buf);
        if let Poll::Ready(Ok(written)) = result {
            add(Count::HttpBytesOut, written as u64);
        }
        result
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
