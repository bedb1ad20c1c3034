//! The steps of a conversation, as a tree: what stands in a fixture's `conversation` block, line by line.
//!
//! ```text
//! alice opens polling                       a session: Engine.IO over one transport or the other
//! alice > 42["message","hi"]                one line, one step: actor, verb, operand
//!       > 42["message","again"]             indented without an actor: continues the step above
//! alice < 42["message-back","hi"]  within 500ms      two spaces end the operand; modifiers follow
//! ```
//!
//! ```
//! use protocol_tests::notation::{StepKind, read};
//! let lines = [(1, "alice opens polling"), (2, "alice > 4a"), (3, "      > 4b")];
//! let conversation = read("chapter.md".as_ref(), &lines).unwrap();
//! assert!(matches!(&conversation.steps[1].kind, StepKind::Send { burst, .. } if burst.len() == 2));
//! ```

mod block;
mod exchange;
mod frames;
mod line;
mod verbs;

use crate::fuzz::Kind;
use crate::pattern::{PacketPattern, Pattern};
use crate::span::Span;
use crate::text::Text;

pub use block::read;

/// The steps of a case.
#[derive(Clone, Debug, Default)]
pub struct Conversation {
    /// The lines of its block as they stand in the chapter, each with its number there.
    pub source: Vec<(usize, String)>,
    /// What must work before the case begins: a failure here is SETUP, not FAIL.
    pub setup: Vec<Step>,
    /// The case itself.
    pub steps: Vec<Step>,
}

/// One line, with the indented lines that continue it.
#[derive(Clone, Debug)]
pub struct Step {
    /// Its line in the chapter, counted from 1.
    pub line: usize,
    /// The line as it stands there.
    pub source: String,
    /// What to do or to expect.
    pub kind: StepKind,
}

/// How a session travels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Transport {
    /// One WebSocket from the start.
    WebSocket,
    /// HTTP requests.
    Polling,
    /// HTTP requests first, then a WebSocket.
    Upgrade,
}

impl Transport {
    /// The name in the fixtures, on the command line and in `id[polling]`.
    pub fn name(self) -> &'static str {
        match self {
            Transport::WebSocket => "websocket",
            Transport::Polling => "polling",
            Transport::Upgrade => "upgrade",
        }
    }

    /// Reads the name.
    pub fn named(name: &str) -> Option<Transport> {
        [Transport::WebSocket, Transport::Polling, Transport::Upgrade].into_iter().find(|t| t.name() == name)
    }
}

/// What a step does or expects. `actor` is the name of a session, a WebSocket, a TCP connection or a request.
#[derive(Clone, Debug)]
#[allow(missing_docs, reason = "each variant shows the line it stands for")]
pub enum StepKind {
    /// `repeat N as i ... end`
    Repeat { times: usize, name: Option<String>, steps: Vec<Step> },
    /// `either ... or (lax: why) ... end`
    Either(Vec<Branch>),
    /// `settle`
    Settle,
    /// `wait T`
    Wait(Span),
    /// `fuzz N KIND from seed S`
    Fuzz { kind: Kind, times: usize, seed: u64 },
    /// `check {x} PATTERN`
    Check { value: Text, pattern: Pattern },
    /// `alice opens polling with QUERY  heartbeat by hand`
    Open { actor: String, over: Option<Transport>, query: Option<Text>, headers: Headers, by_hand: bool },
    /// `alice joins /nsp with JSON quietly`
    Join { actor: String, namespace: Option<Text>, auth: Option<Text>, quietly: bool },
    /// `alice keeps polling`, `alice stops polling`
    KeepPolling { actor: String, on: bool },
    /// `alice parks g`
    Park { actor: String, request: String },
    /// `alice leaves`
    Leave { actor: String },
    /// `alice > TEXT`, `alice >> hex`, and what continues the burst
    Send { actor: String, burst: Vec<Sending> },
    /// `alice < PATTERN`, `alice <= TEXT`, `alice << hex`, and the packets after it
    Expect { actor: String, packets: Vec<PacketPattern>, timing: Timing },
    /// `alice silent T or closed`
    Silent { actor: String, span: Span, or_closed: bool, timing: Timing },
    /// `alice closed strictly within T  code N|N`
    Closed { actor: String, strictly: bool, codes: Vec<u16>, codes_should: bool, timing: Timing },
    /// `http METHOD TARGET as NAME -> ...`
    Request { request: RequestLine, name: Option<String>, pending: bool, answer: Answers },
    /// `g -> ...`
    Answer { request: String, answer: Answers },
    /// `g aborts`
    Abort { request: String },
    /// `w opens QUERY -> ...`, `w upgrades alice`
    OpenSocket { actor: String, target: SocketTarget, headers: Headers, by_hand: bool, answer: Answers },
    /// `w drops`, `w closes 1000`, `w pauses` ...
    Do { actor: String, deed: Deed },
    /// `alice frames` and its frames
    Frames { actor: String, frames: Vec<FrameLine> },
    /// `alice hears pong >> hex`
    Hear { actor: String, opcode: u8, payload: Option<Sending>, timing: Timing },
    /// `t connects`
    Connect { actor: String },
}

/// One way in which an `either` may go.
#[derive(Clone, Debug)]
pub struct Branch {
    /// Why this way is not the best one.
    pub lax: Option<String>,
    /// What is expected on this way; the first step decides.
    pub steps: Vec<Step>,
}

/// Header lines of a request: an empty value leaves a default header out.
pub type Headers = Vec<(String, Text)>;

/// Something to send.
#[derive(Clone, Debug)]
pub enum Sending {
    /// Characters.
    Text(Text),
    /// Bytes.
    Bytes(Vec<u8>),
}

/// When something must be there.
#[derive(Clone, Debug, Default)]
pub struct Timing {
    /// `within T`, and whether that is only a SHOULD
    pub within: Option<(Span, bool)>,
    /// `not before T`, and whether that is only a SHOULD
    pub not_before: Option<(Span, bool)>,
    /// `(SHOULD)`: a failure of this step is a warning
    pub should: bool,
}

/// An HTTP request to make.
#[derive(Clone, Debug)]
pub struct RequestLine {
    /// The method.
    pub method: String,
    /// `?QUERY`, which follows the path, or a target of its own.
    pub target: Text,
    /// Its header lines.
    pub headers: Headers,
    /// `body TEXT`
    pub body: Option<Sending>,
    /// `chunk TEXT`, each a chunk of a chunked body
    pub chunks: Vec<Sending>,
}

/// Where `w opens` and `w upgrades` go.
#[derive(Clone, Debug)]
pub enum SocketTarget {
    /// A query or a target.
    At(Text),
    /// The session of this name.
    Session(String),
}

/// What may be answered: the first option is right, each other is lax, or right too where no reason stands.
#[derive(Clone, Debug, Default)]
pub struct Answers {
    /// The options, in order; none means that any answer will do.
    pub options: Vec<AnswerOption>,
    /// `-> header N PATTERN`
    pub headers: Vec<HeaderCheck>,
    /// `-> body PATTERN`
    pub bodies: Vec<Text>,
    /// When.
    pub timing: Timing,
}

/// One answer that may come.
#[derive(Clone, Debug)]
pub struct AnswerOption {
    /// The status line, or that there is none.
    pub status: Status,
    /// The body.
    pub body: BodyPattern,
    /// Why this is not the best answer.
    pub lax: Option<String>,
}

/// What an answer begins with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Status {
    /// Anything at all.
    Any,
    /// Of a WebSocket: an HTTP error, a dropped connection, or 101 and a close with no packet before it.
    Refused,
    /// No answer: the connection ends.
    Dropped,
    /// One of these; `2xx` is 200 to 299.
    Codes(Vec<(u16, u16)>),
}

/// What an answer carries.
#[derive(Clone, Debug)]
pub enum BodyPattern {
    /// It does not matter.
    Any,
    /// These characters.
    Text(Text),
    /// This JSON.
    Json(Pattern),
    /// A payload of these packets.
    Packets(Vec<PacketPattern>),
}

/// What a header line of the answer must be.
#[derive(Clone, Debug)]
pub struct HeaderCheck {
    /// Its name.
    pub name: String,
    /// Its value; none: it must be absent.
    pub value: Option<Text>,
    /// `or absent`
    pub may_lack: bool,
    /// Whether that is only a SHOULD.
    pub should: bool,
}

/// What one may do to a connection besides sending.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deed {
    /// The TCP connection ends without a word.
    Drop,
    /// A WebSocket close frame.
    Close(Option<u16>),
    /// No more is sent; what comes is still read.
    HalfClose,
    /// Nothing is read any more.
    Pause,
    /// Reading goes on.
    Resume,
}

/// A frame of RFC 6455, made by hand.
#[derive(Clone, Debug)]
pub struct FrameLine {
    /// The opcode; none: the payload stands on the wire as it is.
    pub opcode: Option<u8>,
    /// The last of its message.
    pub fin: bool,
    /// The three reserved bits.
    pub rsv: u8,
    /// Masked, as a client's frames must be.
    pub masked: bool,
    /// 16 or 64: the length is written in that many bits although it would fit in fewer.
    pub length_bits: Option<u8>,
    /// A length that is not that of the payload.
    pub length: Option<u64>,
    /// What it carries.
    pub payload: Option<Sending>,
}

#[cfg(test)]
mod tests;
