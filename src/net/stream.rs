//! A connection to a peer: TCP, or TLS on it.
//!
//! ```text
//!              ┌─ Plain ──────────────────────> socket
//! http, wire ──┤
//!              └─ Tls ── sealed, ≤ 1 record ──> socket
//! ```
//!
//! TLS takes what the socket may not. So a write is done when it was also flushed; without TLS there is nothing to flush.

use std::io::{self, IoSlice};
use std::mem::MaybeUninit;
use std::pin::Pin;
use std::task::{Context, Poll};

use socket2::SockRef;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

#[cfg(feature = "tls")]
use super::tls;

/// A connection that was accepted, and whose handshake is done if there is one.
pub(super) enum Stream {
    Plain(TcpStream),
    /// In a box: it is forty times the size.
    #[cfg(feature = "tls")]
    Tls(Box<tls::Session>),
}

impl Stream {
    /// Writes what is taken without waiting.
    pub(super) fn try_write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Plain(tcp) => tcp.try_write(bytes),
            #[cfg(feature = "tls")]
            Self::Tls(session) => session.try_write(&[IoSlice::new(bytes)]),
        }
    }

    /// Writes what is taken without waiting, of several parts.
    pub(super) fn try_write_vectored(&mut self, parts: &[IoSlice<'_>]) -> io::Result<usize> {
        match self {
            Self::Plain(tcp) => tcp.try_write_vectored(parts),
            #[cfg(feature = "tls")]
            Self::Tls(session) => session.try_write(parts),
        }
    }

    /// Gives the socket what was taken before, without waiting; says whether that was all.
    pub(super) fn try_flush(&mut self) -> io::Result<bool> {
        match self {
            Self::Plain(_) => Ok(true),
            #[cfg(feature = "tls")]
            Self::Tls(session) => session.try_flush(),
        }
    }

    /// Waits until the socket takes more.
    pub(super) fn poll_write_ready(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.tcp().poll_write_ready(cx)
    }

    /// Says whether bytes have arrived that nobody has read, as the kernel knows it: the runtime may not have been told.
    pub(super) fn has_unread(&self) -> bool {
        #[cfg(feature = "tls")]
        if let Self::Tls(session) = self
            && session.has_opened()
        {
            return true;
        }
        let mut byte = [MaybeUninit::uninit(); 1];
        SockRef::from(self.tcp()).peek(&mut byte).is_ok()
    }

    fn tcp(&self) -> &TcpStream {
        match self {
            Self::Plain(tcp) => tcp,
            #[cfg(feature = "tls")]
            Self::Tls(session) => session.tcp(),
        }
    }
}

impl AsyncRead for Stream {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(tcp) => Pin::new(tcp).poll_read(cx, buf),
            #[cfg(feature = "tls")]
            Self::Tls(session) => Pin::new(session.stream()).poll_read(cx, buf),
        }
    }
}

impl AsyncWrite for Stream {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Self::Plain(tcp) => Pin::new(tcp).poll_write(cx, buf),
            #[cfg(feature = "tls")]
            Self::Tls(session) => Pin::new(session.stream()).poll_write(cx, buf),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(tcp) => Pin::new(tcp).poll_flush(cx),
            #[cfg(feature = "tls")]
            Self::Tls(session) => Pin::new(session.stream()).poll_flush(cx),
        }
    }

    /// Ends the sending half: over TLS with a `close_notify` before it (RFC 8446 §6.1).
    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(tcp) => Pin::new(tcp).poll_shutdown(cx),
            #[cfg(feature = "tls")]
            Self::Tls(session) => Pin::new(session.stream()).poll_shutdown(cx),
        }
    }
}
