//! Who watches a session: whatever comes and goes is counted, and noted if there is a trace.
//!
//! ```text
//!                   ┌─> meter           always
//! session ── watch ─┤
//!                   └─> trace           if this client is asked for: elsewhere it is a pointer to nothing
//! ```

use tracing::debug;

use super::clock::Clock;
use super::meter::{self, Count, Direction, Share};
use super::sid::Sid;
use super::trace::{Note, Seen, Trace};
use super::websocket::WebSocket;
use crate::engine_io::payload::SEPARATOR;
use crate::engine_io::{Reason, Tally, Transport};
use crate::frame::Frame;

/// The watch over one session, until it is dropped.
pub(super) struct Watch {
    share: Share,
    trace: Option<Box<Traced>>,
}

/// What it takes to make notes of a client.
struct Traced {
    trace: Trace,
    client: u64,
    clock: Clock,
}

impl Watch {
    /// Begins with a session that was born on a transport.
    pub(super) fn begin(sid: &Sid, transport: Transport, trace: Option<&Trace>, clock: Clock) -> Self {
        debug!(%sid, ?transport, "session opened");
        let traced =
            trace.and_then(|trace| Some(Traced { client: trace.begin()?, trace: trace.clone(), clock }));
        let watch = Self { share: Share::new(transport), trace: traced.map(Box::new) };
        watch.note(transport, Seen::Opened);
        watch
    }

    /// Sees a packet that came over the WebSocket as text.
    pub(super) fn text_in(&self, text: &str) {
        self.text(Direction::In, Transport::WebSocket, text.as_bytes());
    }

    /// Sees a message that came over the WebSocket as bytes.
    pub(super) fn binary_in(&self, bytes: &[u8]) {
        self.binary(Direction::In, bytes);
    }

    /// Sees a frame that goes over the WebSocket.
    pub(super) fn frame_out(&self, frame: &Frame) {
        match frame {
            Frame::Text(text) => self.text(Direction::Out, Transport::WebSocket, text.as_bytes()),
            Frame::Binary(bytes) => self.binary(Direction::Out, bytes),
        }
    }

    /// Sees the body of a POST.
    pub(super) fn body_in(&self, body: &[u8]) {
        body.split(|byte| char::from(*byte) == SEPARATOR)
            .for_each(|packet| self.text(Direction::In, Transport::Polling, packet));
    }

    /// Sees the answer to a GET.
    pub(super) fn body_out(&self, body: &str) {
        body.split(SEPARATOR)
            .for_each(|packet| self.text(Direction::Out, Transport::Polling, packet.as_bytes()));
    }

    /// Sees a WebSocket that is to take over.
    pub(super) fn welcome(&self, websocket: WebSocket) -> WebSocket {
        self.note(Transport::WebSocket, Seen::WebSocketOpened);
        websocket
    }

    /// Sees one that the session does not want.
    pub(super) fn refuse_websocket(&self) {
        meter::count(Count::UnwantedWebSocket);
        self.note(Transport::WebSocket, Seen::WebSocketRefused);
    }

    /// Sees the session's WebSocket for the last time, if it has one.
    pub(super) fn see_off(&self, websocket: Option<WebSocket>) -> Option<WebSocket> {
        websocket.inspect(|_| self.note(Transport::WebSocket, Seen::WebSocketClosed))
    }

    /// Sees on which transport the session is now.
    pub(super) fn is_on(&mut self, transport: Transport) {
        if self.share.move_to(transport) {
            self.note(transport, Seen::Upgraded);
        }
    }

    /// Brings the session's share of the gauges up to date.
    pub(super) fn take_stock(&mut self, transport: Transport, queued: usize, tally: Tally) {
        self.is_on(transport);
        self.share.update(queued, tally);
    }

    /// Sees that the session is over.
    pub(super) fn close(&mut self, sid: &Sid, reason: Reason) {
        debug!(%sid, ?reason, "session closed");
        self.share.close(reason);
    }

    fn text(&self, direction: Direction, transport: Transport, packet: &[u8]) {
        meter::packet(direction, packet);
        self.note(transport, Seen::Text(direction, packet.into()));
    }

    fn binary(&self, direction: Direction, bytes: &[u8]) {
        meter::binary(direction);
        self.note(Transport::WebSocket, Seen::Binary(direction, bytes.into()));
    }

    fn note(&self, transport: Transport, seen: Seen<'_>) {
        if let Some(traced) = &self.trace {
            traced.note(transport, seen);
        }
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        if let Some(traced) = &self.trace {
            traced.note(self.share.transport(), Seen::Closed(self.share.end().reason()));
        }
    }
}

impl Traced {
    #[cold]
    fn note(&self, transport: Transport, seen: Seen<'_>) {
        self.trace.tell(&Note::new(self.clock.since_1970(), self.client, transport, seen));
    }
}
