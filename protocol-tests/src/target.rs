//! What a case is played on: a server, seen through the few things that a client can do to it.
//!
//! ```text
//! request ─┐                                   ┌─ Answer, Closed
//! open    ─┼─> Link ── send, act ──> server ──>┼─ Opened, Message, Control, Closed
//! connect ─┘                                   └─ Bytes, Closed          event(link), in order
//! ```
//!
//! Nothing here is a socket and nothing reads a clock, so that the same case can be played on a server's
//! core in virtual time. What a target is told to do has happened, as far as a client can make it happen, when
//! the call returns: of two requests, the one made first reaches the server first. Only `pump` lets time pass.

use std::time::Duration;

use crate::packet::Content;

/// A server under test.
pub trait Target {
    /// The time since this target was made.
    fn now(&self) -> Duration;

    /// Lets things happen until something new has come on any link, or until this moment; tells whether something came.
    fn pump(&mut self, until: Duration) -> bool;

    /// Tells whether there is a real wire: TCP, HTTP as bytes, RFC 6455 frames, buffers that fill.
    fn is_live(&self) -> bool;

    /// Starts an HTTP request. Its events are one `Answer`, or `Closed` when there will be none.
    fn request(&mut self, request: &Request) -> Link;

    /// Starts a WebSocket handshake. Its events are `Opened` and what follows, or an `Answer` that refuses, or `Closed`.
    fn open(&mut self, opening: &Opening) -> Link;

    /// Opens a TCP connection. Its events are `Bytes` and `Closed`. Only asked of a live target.
    fn connect(&mut self) -> Link;

    /// Sends, all in one write; a send on a link that is closed is no error.
    fn send(&mut self, link: Link, what: Outgoing<'_>);

    /// Does something else to a link.
    fn act(&mut self, link: Link, act: Act);

    /// Takes the next event of a link.
    fn event(&mut self, link: Link) -> Option<Event>;

    /// How late this machine woke at worst when it wanted to wake: what that delays is no fault of the server's.
    fn lag(&self) -> Duration {
        Duration::ZERO
    }
}

/// The name of one request, WebSocket or TCP connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Link(pub usize);

/// An HTTP request.
#[derive(Clone, Debug)]
pub struct Request {
    /// The method.
    pub method: String,
    /// Path and query.
    pub target: String,
    /// Header lines; a live target adds `Host`, and the length or the chunked coding of the body.
    pub headers: Vec<(String, String)>,
    /// What it carries.
    pub body: Body,
}

/// The body of a request.
#[derive(Clone, Debug)]
pub enum Body {
    /// None, and no header line that speaks of one.
    None,
    /// All of it.
    Whole(Vec<u8>),
    /// In chunks.
    Chunks(Vec<Vec<u8>>),
}

/// A WebSocket handshake.
#[derive(Clone, Debug)]
pub struct Opening {
    /// Path and query.
    pub target: String,
    /// Header lines besides those that every handshake has.
    pub headers: Vec<(String, String)>,
}

/// Something to send.
#[derive(Clone, Copy, Debug)]
pub enum Outgoing<'a> {
    /// Messages of a WebSocket, each in a frame of its own.
    Messages(&'a [Content]),
    /// Frames as they are, of a live WebSocket.
    Frames(&'a [Frame]),
    /// Bytes of a TCP connection.
    Bytes(&'a [u8]),
}

/// A hand-made frame of RFC 6455.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame {
    /// The opcode; none: the payload goes out as it is.
    pub opcode: Option<u8>,
    /// The last of its message.
    pub fin: bool,
    /// The three reserved bits.
    pub rsv: u8,
    /// Masked, as a client's frames must be.
    pub masked: bool,
    /// The length is written in 16 or 64 bits although fewer would do.
    pub length_bits: Option<u8>,
    /// The length that the header tells, if not the true one.
    pub length: Option<u64>,
    /// What it carries.
    pub payload: Vec<u8>,
}

impl Frame {
    /// A frame as it should be.
    pub fn new(opcode: u8, payload: &[u8]) -> Frame {
        let payload = payload.to_vec();
        Frame {
            opcode: Some(opcode),
            fin: true,
            rsv: 0,
            masked: true,
            length_bits: None,
            length: None,
            payload,
        }
    }
}

/// What one may do to a link besides sending.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    /// Ends the TCP connection without a word: aborts a request, drops a WebSocket.
    Drop,
    /// Sends a close frame, with a code or with none.
    Close(Option<u16>),
    /// Ends the sending direction.
    HalfClose,
    /// Stops reading.
    Pause,
    /// Reads again.
    Resume,
}

/// Something that came, and when.
#[derive(Clone, Debug)]
pub struct Event {
    /// When it came.
    pub at: Duration,
    /// What it is.
    pub what: Happening,
}

/// Something that came.
#[derive(Clone, Debug)]
pub enum Happening {
    /// The answer to a request, or to a handshake that was refused.
    Answer(Response),
    /// The 101 of a handshake.
    Opened(Response),
    /// A message of a WebSocket.
    Message(Content),
    /// A ping, pong or close frame; the target has answered it already where RFC 6455 asks for that.
    Control(u8, Vec<u8>),
    /// Bytes of a TCP connection.
    Bytes(Vec<u8>),
    /// The end of the link; nothing comes after it.
    Closed(Closing),
}

/// The answer to an HTTP request.
#[derive(Clone, Debug, Default)]
pub struct Response {
    /// The status.
    pub status: u16,
    /// The header lines, in order.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

impl Response {
    /// Finds the first header line of this name, in whatever case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(known, _)| known.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }

    /// The body as text; what is no UTF-8 is replaced.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

/// How a link ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Closing {
    /// The code of the peer's close frame, if there was one with a code.
    pub code: Option<u16>,
    /// What happened, for people.
    pub how: String,
}
