//! What waits to be sent to one client, whichever transport will carry it.
//!
//! ```text
//!  push ──> [ 42["a"] | 451-["b"] + 89 50 4e | 2 ] ──> frame by frame into a WebSocket
//!                                                 └──> or up to 16 packets into a polling body
//! ```
//!
//! It is bounded in two ways, because what it holds is of two kinds. What the client itself asked for cannot be left
//! out, so too much of it ends the session. What was said to everyone is taken only while there is room; who offers it
//! must know what to do when there is none.
//!
//! ```
//! use wire42::engine_io::{Config, OUTBOX_EVENTS, Session};
//! use wire42::frame::{Frame, Parcel};
//! use wire42::now::Now;
//!
//! let mut session = Session::websocket("Kx", Config::default(), Now::default());
//! for _ in 0..OUTBOX_EVENTS {
//!     assert!(session.has_room());
//!     session.send_broadcast(Parcel::from(Frame::Text(r#"42["message",[]]"#.to_owned())));
//! }
//! assert!(!session.has_room() && !session.is_over());
//! ```

use std::collections::VecDeque;

use super::payload;
use crate::frame::{Frame, Parcel};
use crate::planted::planted;

/// Broadcasts that one client may be behind. A chat client reads each within a round trip; 64 are some seconds of a busy
/// room, and the newest history replaces what does not fit.
pub const OUTBOX_EVENTS: usize = 64;

/// Packets in one polling body: python-engineio refuses a body of more.
const PACKETS_A_BODY: usize = 16;

/// One frame on its way, still a part of its parcel.
///
/// ```
/// use wire42::engine_io::Slip;
/// use wire42::frame::{Frame, Parcel};
///
/// let parcel = Parcel::from(Frame::Text("2".to_owned()));
/// assert_eq!(Slip::from(parcel).frame().bytes(), b"2");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Slip {
    parcel: Parcel,
    index: usize,
}

impl Slip {
    /// Gives the frame.
    pub fn frame(&self) -> &Frame {
        &self.parcel.frames()[self.index]
    }
}

impl From<Parcel> for Slip {
    /// Takes the first frame.
    fn from(parcel: Parcel) -> Self {
        Self { parcel, index: 0 }
    }
}

/// What waits to be sent to one client.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Unsent {
    /// Bytes that the client is owed; more than it may have end its session.
    pub own_bytes: usize,
    /// Bytes that everyone is told.
    pub broadcast_bytes: usize,
    /// Parcels that everyone is told: at most [`OUTBOX_EVENTS`].
    pub broadcasts: usize,
}

impl Unsent {
    /// Counts the bytes of both kinds.
    ///
    /// ```
    /// use wire42::engine_io::Unsent;
    ///
    /// let unsent = Unsent { own_bytes: 131, broadcasts: 1, broadcast_bytes: 144 };
    /// assert_eq!(unsent.bytes(), 275);
    /// ```
    pub fn bytes(self) -> usize {
        self.own_bytes + self.broadcast_bytes
    }
}

/// The queue and its sums.
#[derive(Debug)]
pub(super) struct Outbox {
    entries: VecDeque<Entry>,
    unsent: Unsent,
    max_bytes: usize,
}

#[derive(Debug)]
struct Entry {
    parcel: Parcel,
    /// The first frame that has not left.
    next: usize,
    bytes: usize,
    kind: Owed,
}

/// Whose a parcel is, and how it leaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Owed {
    /// What this client is owed.
    Own,
    /// The same, and on a WebSocket nothing else is to arrive with it.
    Apart,
    /// What everyone is told; to be pushed while there [is room](Outbox::has_room).
    Broadcast,
}

impl Outbox {
    pub(super) fn new(max_bytes: usize) -> Self {
        Self { entries: VecDeque::with_capacity(KEPT_ENTRIES), unsent: Unsent::default(), max_bytes }
    }

    /// Queues a parcel.
    pub(super) fn push(&mut self, parcel: Parcel, kind: Owed) {
        let bytes = parcel.cost();
        match kind {
            Owed::Own | Owed::Apart => self.unsent.own_bytes += bytes,
            Owed::Broadcast => {
                self.unsent.broadcasts += 1;
                self.unsent.broadcast_bytes += bytes;
            }
        }
        self.entries.push_back(Entry { parcel, next: 0, bytes, kind });
    }

    /// Takes the next frame, for a WebSocket.
    pub(super) fn pop_frame(&mut self) -> Option<(Slip, Owed)> {
        let entry = self.entries.front_mut()?;
        let index = entry.next;
        entry.next += 1;
        if entry.next == entry.parcel.frames().len() {
            // The last frame takes the reference along: all cores count on the same one.
            let Entry { parcel, kind, .. } = self.pop_entry()?;
            return Some((Slip { parcel, index }, kind));
        }
        let (parcel, kind) = (entry.parcel.clone(), entry.kind);
        if planted("binary-split-across-upgrade") {
            self.entries.rotate_left(1);
        }
        Some((Slip { parcel, index }, kind))
    }

    /// Takes a polling body: at most 16 packets less those that the caller will add, and behind the first no more than
    /// `max_payload` bytes in all.
    pub(super) fn pop_body(&mut self, reserved: usize, max_payload: usize) -> String {
        let packets = if planted("one-packet-per-poll") { reserved + 1 } else { PACKETS_A_BODY };
        let packets = if planted("body-of-any-number") { usize::MAX } else { packets };
        let (count, length) = self.fitting(packets.saturating_sub(reserved), max_payload);
        let mut body = String::with_capacity(length);
        for _ in 0..count {
            let Some((slip, _)) = self.pop_frame() else { break };
            payload::append(&mut body, slip.frame());
        }
        body
    }

    pub(super) fn clear(&mut self) {
        *self = Self::new(self.max_bytes);
    }

    pub(super) fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    pub(super) fn unsent(&self) -> Unsent {
        self.unsent
    }

    /// Says whether another broadcast fits.
    pub(super) fn has_room(&self) -> bool {
        self.unsent.broadcasts < OUTBOX_EVENTS && self.unsent.broadcast_bytes < self.max_bytes
    }

    /// Says whether the client asked for more than it reads.
    pub(super) fn overflows(&self) -> bool {
        self.unsent.own_bytes > self.max_bytes
    }

    /// Says how many of the next frames go into one body, and how long they make it.
    fn fitting(&self, packets: usize, max_payload: usize) -> (usize, usize) {
        let frames = self.entries.iter().flat_map(|entry| &entry.parcel.frames()[entry.next..]);
        let (mut count, mut length) = (0, 0);
        for frame in frames.take(packets) {
            let separator = usize::from(count > 0);
            let longer = length + separator + payload::length(frame);
            if count > 0 && longer > max_payload && !planted("body-of-any-length") {
                break;
            }
            (count, length) = (count + 1, longer);
        }
        (count, length)
    }

    fn pop_entry(&mut self) -> Option<Entry> {
        let entry = self.entries.pop_front()?;
        match entry.kind {
            Owed::Own | Owed::Apart => self.unsent.own_bytes -= entry.bytes,
            Owed::Broadcast => {
                self.unsent.broadcasts -= 1;
                self.unsent.broadcast_bytes -= entry.bytes;
            }
        }
        if self.entries.is_empty() && self.entries.capacity() > KEPT_ENTRIES {
            self.entries = VecDeque::with_capacity(KEPT_ENTRIES);
        }
        Some(entry)
    }
}

/// Places that an empty queue keeps; more are given back. Most clients are idle, and rarely have two things waiting.
const KEPT_ENTRIES: usize = 1;

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str) -> Parcel {
        Parcel::from(Frame::Text(text.to_owned()))
    }

    #[test]
    fn a_body_holds_at_most_sixteen_packets() {
        let mut outbox = Outbox::new(1_000);
        (0..17).for_each(|_| outbox.push(text("4"), Owed::Own));
        assert_eq!(outbox.pop_body(0, 1_000).split('\u{1e}').count(), 16);
        assert_eq!(outbox.pop_body(0, 1_000), "4");
        assert!(outbox.is_empty());
    }

    #[test]
    fn a_body_stays_under_the_limit_unless_one_packet_is_larger() {
        let mut outbox = Outbox::new(1_000);
        outbox.push(text("4aaaaaaaaaaaaaaa"), Owed::Own);
        outbox.push(text("4b"), Owed::Own);
        outbox.push(text("4c"), Owed::Own);
        assert_eq!(outbox.pop_body(0, 5), "4aaaaaaaaaaaaaaa");
        assert_eq!(outbox.pop_body(0, 5), "4b\u{1e}4c");
    }

    #[test]
    fn a_parcel_may_be_split_over_bodies_but_nothing_comes_between() {
        let mut outbox = Outbox::new(1_000);
        outbox.push(
            Parcel::from_iter([Frame::Text("451-[]".to_owned()), Frame::Binary(vec![1, 2, 3])]),
            Owed::Own,
        );
        outbox.push(text("2"), Owed::Own);
        assert_eq!(outbox.pop_body(0, 6), "451-[]");
        assert_eq!(outbox.pop_body(0, 7), "bAQID\u{1e}2");
    }

    #[test]
    fn sums_return_to_nothing() {
        let mut outbox = Outbox::new(138);
        outbox.push(text("0123456789"), Owed::Broadcast);
        assert!(!outbox.has_room());
        outbox.push(text("01234567890"), Owed::Own);
        assert!(outbox.overflows());
        while outbox.pop_frame().is_some() {}
        assert!(outbox.has_room() && !outbox.overflows() && outbox.is_empty());
    }

    #[test]
    fn empty_frames_are_not_free() {
        let mut outbox = Outbox::new(10_000);
        (0..100).for_each(|_| outbox.push(Parcel::from(Frame::Binary(Vec::new())), Owed::Own));
        assert!(outbox.overflows());
    }

    #[test]
    fn sixty_four_broadcasts_fit() {
        let mut outbox = Outbox::new(1_000_000);
        let mut fitted = 0;
        while outbox.has_room() {
            outbox.push(text("4"), Owed::Broadcast);
            fitted += 1;
        }
        assert_eq!(fitted, OUTBOX_EVENTS);
    }
}
