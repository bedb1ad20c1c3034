//! What a packet, a polling body or a request line means, in words, by the server's own decoders.
//!
//! ```text
//! 42/admin,12["project:delete",123]
//! │││      │ └ payload           the event "project:delete", and 1 argument
//! │││      └ acknowledgement id  12
//! ││└ namespace                  /admin
//! │└ Socket.IO type              EVENT
//! └ Engine.IO type               message
//! ```
//!
//! The command `wire42 explain`, the trace of a server and the page all speak these words. The text may be anything; nothing
//! here panics, and what is broken is shown with the byte and the rule.
//!
//! ```
//! use wire42::explain::explain;
//!
//! let explanation = explain(r#"42["hello"]"#);
//! assert_eq!(explanation.packets[0].brief, r#"EVENT "hello", no argument"#);
//!
//! let error = explain(r#"42["connect"]"#).packets.remove(0).error.expect("the name is reserved");
//! assert_eq!((error.at, error.length), (3, 9));
//! ```

mod engine;
mod escape;
mod message;
mod packet;
mod request;
#[cfg(test)]
mod tests;

use serde::Serialize;

pub use escape::escape;
pub use packet::Reader;

/// What an input means.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Explanation {
    /// The input itself.
    pub input: String,
    /// What it is.
    pub is: Is,
    /// Its packets, or the one request.
    pub packets: Vec<Explained>,
    /// Packets behind them that are left out: what explains a byte is a hundred times as long as it.
    pub omitted: usize,
}

/// What an input is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Is {
    /// One packet: a text frame, or a part of a body.
    Packet,
    /// Packets with separators between them.
    Body,
    /// The first line of an HTTP request, or its URL.
    Request,
}

/// What one packet, or a request, means.
///
/// ```
/// use wire42::explain::{Explained, Explanation, Fault, Part, explain};
///
/// let Explanation { packets, .. } = explain("42[]");
/// let Explained { name, parts, error, .. } = &packets[0];
/// assert_eq!(*name, "EVENT");
/// assert!(matches!(parts[0], Part { at: 0, length: 1, name: "Engine.IO type", .. }));
/// assert!(matches!(error, Some(Fault { at: 2, length: 2, .. })));
/// ```
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Explained {
    /// Where it begins, in bytes of the input.
    pub at: usize,
    /// Its text.
    pub text: String,
    /// What it is called.
    pub name: &'static str,
    /// All of it in one line.
    pub brief: String,
    /// Its parts, from the left.
    pub parts: Vec<Part>,
    /// What it does.
    pub does: String,
    /// What the other side must answer, if anything.
    pub answer: Option<String>,
    /// The chapter of `fixtures/` that proves it.
    pub fixture: &'static str,
    /// What is wrong with it, if anything.
    pub error: Option<Fault>,
}

/// A part of a text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Part {
    /// Where it begins, in bytes of the text.
    pub at: usize,
    /// How many bytes it takes.
    pub length: usize,
    /// What it is called.
    pub name: &'static str,
    /// What it says here.
    pub means: String,
}

/// What is wrong with a text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Fault {
    /// Where, in bytes of the text; its length if something is missing at the end.
    pub at: usize,
    /// How many bytes are wrong.
    pub length: usize,
    /// The rule that is broken.
    pub rule: String,
    /// What this server does with it.
    pub then: String,
    /// The chapter of `fixtures/` that proves it.
    pub fixture: &'static str,
}

/// Who sent a packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// A client.
    Client,
    /// The server.
    Server,
}

/// Explains a packet, a polling body, or the request line of a handshake: whichever it is.
///
/// ```
/// use wire42::explain::{Is, explain};
///
/// assert_eq!(explain("4hi\u{1e}2").is, Is::Body);
/// assert_eq!(explain("GET /socket.io/?EIO=4&transport=polling").packets[0].name, "HANDSHAKE");
/// ```
pub fn explain(input: &str) -> Explanation {
    Reader::default().explain(input)
}

/// Says in one line what a packet means that one side has sent.
///
/// ```
/// use wire42::explain::{Side, brief};
///
/// assert_eq!(brief("2probe", Side::Client), "PING probe");
/// assert_eq!(brief("6", Side::Client), "NOOP, which is the server's to send");
/// assert_eq!(brief(r#"40{"sid":"Kx"}"#, Side::Client), "CONNECT to /");
/// assert_eq!(brief("42[]", Side::Client), "EVENT, broken at byte 2: the array of an event is not empty: its first element is the event's name");
/// ```
pub fn brief(text: &str, from: Side) -> String {
    let explained = packet::explained(text);
    if from == Side::Client && explained.name == "CONNECT" && explained.error.is_none() {
        // It may carry secrets, under whatever key; a sid that it carries is none that we gave.
        let payload = explained.parts.iter().find(|part| part.name == "payload");
        return packet::explained(payload.map_or(text, |payload| &text[..payload.at])).brief;
    }
    let is_foreign = match (from, explained.name) {
        (Side::Client, "OPEN" | "NOOP" | "CONNECT_ERROR") => true,
        (Side::Client, "PING") => text != "2probe",
        (Side::Server, "UPGRADE") => true,
        _ => false,
    };
    let whose = if from == Side::Client { "the server's" } else { "a client's" };
    match is_foreign && explained.error.is_none() {
        true => format!("{}, which is {whose} to send", explained.brief),
        false => explained.brief,
    }
}

/// Says in one line what a binary frame is.
///
/// ```
/// use wire42::explain::{Side, brief, brief_bytes};
///
/// assert_eq!(brief_bytes(&[1, 2, 3]), brief("bAQID", Side::Client));
/// ```
pub fn brief_bytes(bytes: &[u8]) -> String {
    engine::attachment(bytes.len())
}
