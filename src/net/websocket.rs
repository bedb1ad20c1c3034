//! A session's WebSocket: tungstenite reads, answers control frames and reassembles; the [`Wire`] below it writes.
//!
//! ```text
//!   next() ──> Text, Binary, Closed, Writable
//!                 │ tungstenite: frames, masks, UTF-8, limits
//!                Wire: the queue of what is to be written
//! ```

use std::future::poll_fn;
use std::mem::MaybeUninit;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use futures_util::Stream;
use socket2::SockRef;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::protocol::{Role, WebSocketConfig};
use tokio_tungstenite::tungstenite::{self, Bytes, Message, Utf8Bytes};

use super::http::connection::{LINGER, LINGER_BYTES};
use super::wire::Wire;
use crate::engine_io::Slip;

/// A WebSocket after its handshake.
pub(super) struct WebSocket {
    stream: WebSocketStream<Wire>,
}

/// What came of a WebSocket.
pub(super) enum Event {
    /// A text message.
    Text(Utf8Bytes),
    /// A binary message.
    Binary(Bytes),
    /// There is room for more to be sent.
    Writable,
    /// It is over: the peer closed, vanished, or broke the rules.
    Closed,
}

impl WebSocket {
    /// Takes over a connection behind the 101, with the bytes that came behind the request.
    pub(super) async fn new(tcp: TcpStream, early: Vec<u8>, max_payload: usize) -> Self {
        let config = WebSocketConfig::default()
            .read_buffer_size(READ_BUFFER)
            .max_message_size(Some(max_payload))
            .max_frame_size(Some(max_payload));
        let stream = WebSocketStream::from_partially_read(Wire::new(tcp), early, Role::Server, Some(config));
        Self { stream: stream.await }
    }

    /// Queues a message.
    pub(super) fn send(&mut self, slip: Slip) {
        self.stream.get_mut().push_slip(slip);
    }

    /// Says whether no more should be queued for now; [`Event::Writable`] tells when that changes.
    pub(super) fn is_full(&self) -> bool {
        self.stream.get_ref().is_full()
    }

    /// Waits for something to happen, and writes what is queued meanwhile. Nothing is lost when the wait is given up.
    pub(super) async fn next(&mut self) -> Event {
        poll_fn(|cx| self.poll_next(cx)).await
    }

    /// Says whether bytes have arrived that nobody has read, as the kernel knows it: the runtime may not have been told.
    pub(super) fn has_unread(&self) -> bool {
        let mut byte = [MaybeUninit::uninit(); 1];
        SockRef::from(self.stream.get_ref().tcp()).peek(&mut byte).is_ok()
    }

    /// Waits until the runtime knows too.
    pub(super) async fn readable(&self) {
        // An error is one that the next read will report.
        let _ = self.stream.get_ref().tcp().readable().await;
    }

    /// Ends it with a close frame behind all that is queued, so that the peer can read both.
    ///
    /// Reference: the frame is empty, whatever the reason. The peer's own close frame is not waited for longer than for
    /// any other last byte.
    pub(super) async fn close(mut self, code: Option<u16>) {
        let wire = self.stream.get_mut();
        wire.push_close(code);
        finish(wire).await;
    }

    /// Ends it without a close frame: there was one, or nobody is there to read it.
    pub(super) async fn finish(mut self) {
        finish(self.stream.get_mut()).await;
    }

    fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Event> {
        let was_full = self.is_full();
        if let Poll::Ready(Err(_)) = self.stream.get_mut().poll_drain(cx) {
            return Poll::Ready(Event::Closed);
        }
        if was_full && !self.is_full() {
            return Poll::Ready(Event::Writable);
        }
        loop {
            let Poll::Ready(item) = Pin::new(&mut self.stream).poll_next(cx) else { break };
            match item {
                Some(Ok(Message::Text(text))) => return Poll::Ready(Event::Text(text)),
                Some(Ok(Message::Binary(bytes))) => return Poll::Ready(Event::Binary(bytes)),
                // RFC 6455 §5.5: tungstenite answers pings, and a close; neither is Engine.IO's heartbeat.
                Some(Ok(Message::Ping(_) | Message::Pong(_) | Message::Frame(_) | Message::Close(_))) => {}
                Some(Err(error)) => {
                    if let Some(code) = close_code(&error) {
                        self.stream.get_mut().push_close(Some(code));
                    }
                    return Poll::Ready(Event::Closed);
                }
                None => return Poll::Ready(Event::Closed),
            }
        }
        // What reading made tungstenite say.
        if let Poll::Ready(Err(_)) = self.stream.get_mut().poll_drain(cx) {
            return Poll::Ready(Event::Closed);
        }
        Poll::Pending
    }
}

/// RFC 6455 §7.4.1: what a peer that broke the rules is told.
fn close_code(error: &tungstenite::Error) -> Option<u16> {
    match error {
        // The stream ended without a close frame: nobody is there.
        tungstenite::Error::Protocol(tungstenite::error::ProtocolError::ResetWithoutClosingHandshake) => None,
        tungstenite::Error::Protocol(_) => Some(1002),
        tungstenite::Error::Utf8(_) => Some(1007),
        tungstenite::Error::Capacity(_) => Some(1009),
        _ => None,
    }
}

/// Writes what is queued, closes the writing half, and drops what still comes for a little while: a connection that is
/// closed with unread bytes is reset, and the reset destroys what the peer has not read yet.
async fn finish(wire: &mut Wire) {
    let farewell = async {
        poll_fn(|cx| wire.poll_drain(cx)).await?;
        wire.tcp_mut().shutdown().await
    };
    if !matches!(timeout(FAREWELL, farewell).await, Ok(Ok(()))) {
        return;
    }
    let drained = timeout(LINGER, async {
        let mut chunk = [0; 1024];
        let mut left = LINGER_BYTES;
        while let Ok(read @ 1..) = wire.tcp_mut().read(&mut chunk).await
            && read < left
        {
            left -= read;
        }
    });
    // Whether the peer closed or time is up: nothing is left to do.
    let _ = drained.await;
}

/// Tungstenite reads into a buffer of this size that each connection keeps; it grows with a message that needs more.
const READ_BUFFER: usize = 1024;

/// For the last words to leave: a peer that does not read them in this time does not want them.
const FAREWELL: Duration = Duration::from_secs(10);
