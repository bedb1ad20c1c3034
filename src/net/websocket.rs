//! A session's WebSocket: tungstenite reads, answers control frames and reassembles; the [`Wire`] below it writes.
//!
//! ```text
//!   next() ──> Text, Binary, Closed, Writable
//!                 │ tungstenite: frames, masks, UTF-8, limits
//!                Wire: the queue of what is to be written
//! ```

use std::future::poll_fn;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use futures_util::{FutureExt as _, Sink as _, Stream as _};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::timeout;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::protocol::{Role, WebSocketConfig};
use tokio_tungstenite::tungstenite::{self, Bytes, Message, Utf8Bytes};

use super::connections::Place;
use super::http::connection::{LINGER, LINGER_BYTES};
use super::incomplete::Portion;
use super::meter::{self, Count};
use super::stream::Stream;
use super::wire::Wire;
use crate::engine_io::Slip;
use crate::planted::planted;

/// A WebSocket after its handshake.
pub(super) struct WebSocket {
    /// Always there; taken out only to be put back with buffers that are empty.
    stream: Option<WebSocketStream<Wire>>,
    config: WebSocketConfig,
    /// Bytes that messages took on the wire, as far as they came in one frame of the shortest form each.
    understood: u64,
    /// A large message came: tungstenite's buffer has its size.
    is_swollen: bool,
    /// What had been read of the socket when the last message was complete.
    read_before: u64,
    /// What of the next one is held.
    portion: Portion,
    /// The connection counts until it is over.
    _place: Place,
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

/// How long the last words may take.
#[derive(Clone, Copy, Debug)]
pub(super) enum Farewell {
    /// As long as a slow but willing peer needs.
    Patient,
    /// The process waits for it.
    Hurried,
}

impl WebSocket {
    /// Takes over a connection, with the head of the 101 that is still to be written: it leaves together with the first
    /// frame. The bytes that came behind the request are already the WebSocket's.
    pub(super) async fn new(
        stream: Stream,
        place: Place,
        portion: Portion,
        head: Vec<u8>,
        early: Vec<u8>,
        max_payload: usize,
    ) -> Self {
        let early = if planted("early-frame-lost") { Vec::new() } else { early };
        let limit = Some(max_payload).filter(|_| !planted("message-of-any-length"));
        let config = WebSocketConfig::default()
            .read_buffer_size(READ_BUFFER)
            .write_buffer_size(0)
            .max_write_buffer_size(WRITE_BUFFER)
            .max_message_size(limit)
            .max_frame_size(limit);
        let wire = Wire::new(stream, head, early.len());
        let stream = WebSocketStream::from_partially_read(wire, early, Role::Server, Some(config)).await;
        Self {
            stream: Some(stream),
            config,
            understood: 0,
            is_swollen: false,
            read_before: 0,
            portion,
            _place: place,
        }
    }

    /// Queues a message.
    pub(super) fn send(&mut self, slip: Slip) {
        self.wire().push_slip(slip);
    }

    /// Says whether no more should be queued for now; if so, [`Event::Writable`] tells when that changes.
    pub(super) fn is_full(&mut self) -> bool {
        self.wire().turn_away()
    }

    /// Says how many bytes are queued.
    pub(super) fn queued(&self) -> usize {
        self.stream().get_ref().queued()
    }

    /// Writes what is queued, as far as that goes without waiting; says whether that was all, and nobody waits for the room.
    pub(super) fn try_write(&mut self) -> bool {
        // An error is one that `poll_next` will report.
        self.wire().try_drain().unwrap_or(false) && !self.wire().has_turned_away()
    }

    /// Waits for something to happen, and writes what is queued meanwhile.
    pub(super) fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Event> {
        loop {
            if let Some(event) = self.write(cx) {
                return Poll::Ready(event);
            }
            match Pin::new(self.stream_mut()).poll_next(cx) {
                Poll::Ready(item) => {
                    if let Some(event) = self.understand(item) {
                        return Poll::Ready(event);
                    }
                }
                Poll::Pending if self.shrink(cx) => {}
                Poll::Pending if !self.has_room() => {
                    meter::count(Count::MessageWithoutRoom);
                    self.wire().push_close(Some(TRY_AGAIN_LATER));
                    return Poll::Ready(Event::Closed);
                }
                // Reading may have made tungstenite speak.
                Poll::Pending => return self.write(cx).map_or(Poll::Pending, Poll::Ready),
            }
        }
    }

    /// Says whether bytes have arrived that nobody has read, as the kernel knows it: the runtime may not have been told.
    pub(super) fn has_unread(&self) -> bool {
        self.stream().get_ref().stream().has_unread()
    }

    /// Ends it with a close frame behind all that is queued, so that the peer can read both.
    ///
    /// Reference: the frame is empty, whatever the reason. The peer's own close frame is not waited for longer than for
    /// any other last byte.
    pub(super) async fn close(mut self, farewell: Farewell) {
        self.wire().push_close(None);
        self.finish(farewell).await;
    }

    /// Ends it without a close frame: there was one, or nobody is there to read it.
    ///
    /// What is queued is written, the writing half is closed, and what still comes is dropped for a little while: a
    /// connection that is closed with unread bytes is reset, and the reset destroys what the peer has not read yet.
    pub(super) async fn finish(mut self, farewell: Farewell) {
        let (last_words, linger) = match farewell {
            Farewell::Patient => (LAST_WORDS, LINGER),
            Farewell::Hurried => (HURRY, HURRY),
        };
        let wire = self.wire();
        let said = async {
            poll_fn(|cx| wire.poll_drain(cx)).await?;
            wire.stream_mut().shutdown().await
        };
        if !matches!(timeout(last_words, said).await, Ok(Ok(()))) {
            return;
        }
        let drained = timeout(linger, async {
            let mut chunk = [0; 1024];
            let mut left = LINGER_BYTES;
            while let Ok(read @ 1..) = wire.stream_mut().read(&mut chunk).await
                && read < left
            {
                left -= read;
            }
        });
        // Whether the peer closed or time is up: nothing is left to do.
        let _ = drained.await;
    }

    /// Writes what the socket takes, and says so if somebody waits for the room.
    fn write(&mut self, cx: &mut Context<'_>) -> Option<Event> {
        if let Poll::Ready(Err(_)) = self.wire().poll_drain(cx) {
            return Some(Event::Closed);
        }
        if !self.wire().is_relieved() {
            return None;
        }
        // Tungstenite's own words first; what it cannot say now it says when it is asked to read.
        let _ = Pin::new(self.stream_mut()).poll_flush(cx);
        Some(Event::Writable)
    }

    fn understand(&mut self, item: Option<Result<Message, tungstenite::Error>>) -> Option<Event> {
        let message = match item {
            Some(Ok(message)) => message,
            Some(Err(error)) => {
                if let Some((code, count)) = close_code(&error) {
                    meter::count(count);
                    self.wire().push_close(Some(code));
                }
                return Some(Event::Closed);
            }
            None => return Some(Event::Closed),
        };
        self.understood += length_on_the_wire(message.len());
        self.is_swollen |= message.len() > SWOLLEN;
        if matches!(message, Message::Text(_) | Message::Binary(_)) {
            self.read_before = self.stream().get_ref().delivered();
        }
        match message {
            Message::Text(text) => Some(Event::Text(text)),
            Message::Binary(bytes) => Some(Event::Binary(bytes)),
            // RFC 6455 §5.5: tungstenite answers pings, and a close; neither is Engine.IO's heartbeat.
            Message::Ping(_) | Message::Pong(_) | Message::Frame(_) | Message::Close(_) => None,
        }
    }

    /// Gives back the memory of a large message, if tungstenite holds nothing that is still needed: it keeps a buffer of
    /// the size of the largest message for ever. Says whether it did; then the reader has to be asked again.
    fn shrink(&mut self, cx: &mut Context<'_>) -> bool {
        let holds_nothing = self.understood == self.stream().get_ref().delivered();
        if !self.is_swollen || !holds_nothing || !Pin::new(self.stream_mut()).poll_flush(cx).is_ready() {
            return false;
        }
        let Some(stream) = self.stream.take() else { return false };
        let fresh = WebSocketStream::from_raw_socket(stream.into_inner(), Role::Server, Some(self.config));
        self.stream = fresh.now_or_never();
        self.is_swollen = false;
        true
    }

    /// Says whether there is room for what has come of a message. Control frames count as a part of it.
    fn has_room(&mut self) -> bool {
        let held = self.stream().get_ref().delivered() - self.read_before;
        self.portion.hold(usize::try_from(held).unwrap_or(usize::MAX))
    }

    fn wire(&mut self) -> &mut Wire {
        self.stream_mut().get_mut()
    }

    fn stream_mut(&mut self) -> &mut WebSocketStream<Wire> {
        self.stream.as_mut().expect("the stream is put back at once")
    }

    fn stream(&self) -> &WebSocketStream<Wire> {
        self.stream.as_ref().expect("the stream is put back at once")
    }
}

/// RFC 6455 §7.4.1: what a peer that broke the rules is told.
fn close_code(error: &tungstenite::Error) -> Option<(u16, Count)> {
    match error {
        // The stream ended without a close frame: nobody is there.
        tungstenite::Error::Protocol(tungstenite::error::ProtocolError::ResetWithoutClosingHandshake) => None,
        _ if planted("close-without-code") => None,
        tungstenite::Error::Protocol(_) => Some((1002, Count::WebSocketProtocol)),
        tungstenite::Error::Utf8(_) => Some((1007, Count::WebSocketEncoding)),
        tungstenite::Error::Capacity(_) => Some((1009, Count::WebSocketTooLarge)),
        _ => None,
    }
}

/// RFC 6455 §7.4, in IANA's registry: a client should come back later.
const TRY_AGAIN_LATER: u16 = 1013;

/// RFC 6455 §5.2: a client's frame has two bytes, a longer length if need be, a mask, and the payload. Where a peer writes
/// it in another way, the sum will not fit, and the buffer is kept: no harm.
fn length_on_the_wire(payload: usize) -> u64 {
    let length = match payload {
        0..126 => 0,
        126..=0xffff => 2,
        _ => 8,
    };
    2 + length + 4 + payload as u64
}

/// Tungstenite reads into a buffer of this size that each connection keeps; it grows with a message that needs more.
const READ_BUFFER: usize = 1024;

/// Tungstenite's control frames that wait for room in the wire's queue; from then on only the latest pong is kept.
const WRITE_BUFFER: usize = 1024;

/// A message that leaves a buffer behind which is worth giving back.
const SWOLLEN: usize = 16 * 1024;

/// For the last words to leave: a peer that does not read them in this time does not want them.
const LAST_WORDS: Duration = Duration::from_secs(10);

/// The same while the process ends.
const HURRY: Duration = Duration::from_millis(500);
