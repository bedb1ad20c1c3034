//! The live wire, one line a packet, in the words of [`explain`](crate::explain).
//!
//! ```text
//! session ─ note ─> whoever asked: is there room? ─ a copy ─> [ … ] ─> Note::line ─> 14:03:22.118Z  #3  >  polling …
//!
//!  on the thread of the session                                         on any other
//! ```
//!
//! A note says what was seen, and nothing of what it means: on the thread of a session it costs no more than a copy of the
//! packet, and only if there is room for it.

mod line;

use std::borrow::Cow;
use std::fmt;
use std::num::NonZeroU64;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use super::meter::Direction;
use crate::engine_io::Transport;

/// Where notes go, and of whom.
///
/// ```
/// use wire42::net::{Trace, Whom};
///
/// let trace = Trace::new(Whom::All, |note| eprint!("{}", note.line()));
/// ```
#[derive(Clone)]
pub struct Trace {
    whom: Whom,
    /// Sessions that began.
    began: Arc<AtomicU64>,
    tell: Arc<Tell>,
}

/// Takes a note. It must not wait: a session does.
type Tell = dyn Fn(&Note<'_>) + Send + Sync;

/// Who is traced. A client is known by a number, in the order in which sessions began: its session id is a secret, and it has
/// a socket id only when it has joined.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Whom {
    /// All clients.
    All,
    /// One alone.
    One(NonZeroU64),
}

/// What was seen of one client.
#[derive(Clone, Debug)]
pub struct Note<'a> {
    /// Since 1970, as the wall clock has it.
    at: Duration,
    client: u64,
    transport: Transport,
    seen: Seen<'a>,
}

/// What was seen.
#[derive(Clone, Debug)]
pub(super) enum Seen<'a> {
    Opened,
    /// A packet that travels as text, which need not be UTF-8.
    Text(Direction, Cow<'a, [u8]>),
    /// A message in a binary frame.
    Binary(Direction, Cow<'a, [u8]>),
    WebSocketOpened,
    WebSocketRefused,
    WebSocketClosed,
    Upgraded,
    /// With the word that the metrics have for the reason.
    Closed(&'static str),
}

impl Trace {
    /// Gives what is seen of these clients to a function, which is called on the threads of the server and must not wait.
    pub fn new(whom: Whom, tell: impl Fn(&Note<'_>) + Send + Sync + 'static) -> Self {
        Self { whom, began: Arc::default(), tell: Arc::new(tell) }
    }

    /// Counts a session that begins, and gives its number if it is one to be traced.
    pub(super) fn begin(&self) -> Option<u64> {
        let number = 1 + self.began.fetch_add(1, Ordering::Relaxed);
        match self.whom {
            Whom::All => Some(number),
            Whom::One(one) => (one.get() == number).then_some(number),
        }
    }

    pub(super) fn tell(&self, note: &Note<'_>) {
        (self.tell)(note);
    }
}

impl fmt::Debug for Trace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Trace").field("whom", &self.whom).finish_non_exhaustive()
    }
}

impl<'a> Note<'a> {
    pub(super) fn new(at: Duration, client: u64, transport: Transport, seen: Seen<'a>) -> Self {
        Self { at, client, transport, seen }
    }

    /// Says how many bytes of a packet the note holds.
    pub fn bytes(&self) -> usize {
        match &self.seen {
            Seen::Text(_, bytes) | Seen::Binary(_, bytes) => bytes.len(),
            Seen::Opened
            | Seen::WebSocketOpened
            | Seen::WebSocketRefused
            | Seen::WebSocketClosed
            | Seen::Upgraded
            | Seen::Closed(_) => 0,
        }
    }

    /// Copies the note and its packet.
    pub fn keep(&self) -> Note<'static> {
        let kept = |bytes: &[u8]| Cow::Owned(bytes.to_owned());
        let seen = match &self.seen {
            Seen::Opened => Seen::Opened,
            Seen::Text(direction, bytes) => Seen::Text(*direction, kept(bytes)),
            Seen::Binary(direction, bytes) => Seen::Binary(*direction, kept(bytes)),
            Seen::WebSocketOpened => Seen::WebSocketOpened,
            Seen::WebSocketRefused => Seen::WebSocketRefused,
            Seen::WebSocketClosed => Seen::WebSocketClosed,
            Seen::Upgraded => Seen::Upgraded,
            Seen::Closed(reason) => Seen::Closed(reason),
        };
        Note { seen, ..*self }
    }

    /// Writes the note as a line, with its end. What a client sent cannot forge a line, and neither a session's id nor what
    /// a client shows to be let in is in it.
    pub fn line(&self) -> String {
        line::of(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_are_numbered_and_one_alone_is_traced() {
        let numbers = |whom| {
            let trace = Trace::new(whom, |_| {});
            [trace.begin(), trace.clone().begin(), trace.begin()]
        };
        assert_eq!(numbers(Whom::All), [Some(1), Some(2), Some(3)]);
        assert_eq!(numbers(Whom::One(NonZeroU64::new(2).unwrap())), [None, Some(2), None]);
    }

    #[test]
    fn what_is_kept_is_what_was_seen() {
        let text = Seen::Text(Direction::In, b"42[\"x\"]".into());
        let note = Note::new(Duration::from_millis(7), 3, Transport::WebSocket, text);
        let kept = note.keep();
        assert_eq!((kept.bytes(), kept.line()), (7, note.line()));
    }
}
