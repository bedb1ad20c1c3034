//! What stands in front of a packet's payload, read from the left.
//!
//! ```text
//! 5  1-  /admin,  12  ["photo",{"_placeholder":true,"num":0}]
//! │  │   │        │
//! │  │   │        └ take_id               digits
//! │  │   └ take_namespace                 from '/' up to ',' or the end
//! │  └ take_attachments                   digits and '-', in types 5 and 6
//! └ take_type                             '0' to '6'
//! ```

use super::decoder::DecodeError;
use super::namespace::Namespace;
use crate::planted::planted;

/// The types as they travel; binary ones are kinds of their own only there (Socket.IO v5, "Packet types").
///
/// ```
/// use wire42::socket_io::{Anatomy, Type};
///
/// assert_eq!(Anatomy::of("1/admin,").packet_type, Some(Type::Disconnect));
/// assert_eq!(Anatomy::of("7").packet_type, None);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Type {
    /// `0`: a client asks to join a namespace, or is let in.
    Connect,
    /// `1`: one side leaves a namespace.
    Disconnect,
    /// `2`: an event.
    Event,
    /// `3`: the answer to an event.
    Ack,
    /// `4`: a client is not let in.
    ConnectError,
    /// `5`: an event with attachments.
    BinaryEvent,
    /// `6`: an answer with attachments.
    BinaryAck,
}

/// Reads a packet's header from the left; what is left in the end is the payload.
pub(super) struct Cursor<'a> {
    rest: &'a str,
}

impl Type {
    /// Says whether attachments may follow.
    pub(super) fn is_binary(self) -> bool {
        matches!(self, Type::BinaryEvent | Type::BinaryAck)
    }
}

impl<'a> Cursor<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self { rest: text }
    }

    /// Gives what was not taken yet; behind the id that is the payload.
    pub(super) fn rest(&self) -> &'a str {
        self.rest
    }

    // Reference: every white space character is type 0 too, as `Number(" ")` is 0.
    pub(super) fn take_type(&mut self) -> Result<Type, DecodeError> {
        let mut chars = self.rest.chars();
        let packet_type = match chars.next() {
            Some('0') => Type::Connect,
            Some('1') => Type::Disconnect,
            Some('2') => Type::Event,
            Some('3') => Type::Ack,
            Some('4') => Type::ConnectError,
            Some('5') => Type::BinaryEvent,
            Some('6') => Type::BinaryAck,
            _ => return Err(DecodeError::UnknownType),
        };
        self.rest = chars.as_str();
        Ok(packet_type)
    }

    // Reference: takes whatever `Number()` takes (`0x1-`, `1e0-`, ` 1-`, `+1-`), but not 0.
    // Ours: digits alone; with 0 the packet is complete at once, as the protocol's text implies.
    pub(super) fn take_attachments(&mut self) -> Result<usize, DecodeError> {
        let digits = self.take_digits();
        self.rest = self.rest.strip_prefix('-').ok_or(DecodeError::IllegalAttachments)?;
        if digits.is_empty() || digits == "0" && planted("zero-attachments-refused") {
            return Err(DecodeError::IllegalAttachments);
        }
        // Digits fail to parse only when there are too many.
        let count = digits.parse().unwrap_or(usize::MAX);
        let most = if planted("no-attachment-limit") { 1_000 } else { MAX_ATTACHMENTS };
        if count > most { Err(DecodeError::TooManyAttachments) } else { Ok(count) }
    }

    /// A name runs to the comma, and to the end where there is none: `0/admin` is as good as `0/admin,`.
    pub(super) fn take_namespace(&mut self, known: &[Namespace]) -> Namespace {
        if !self.rest.starts_with('/') {
            return Namespace::main();
        }
        let (name, rest) = self.rest.split_once(',').unwrap_or((self.rest, ""));
        self.rest = rest;
        let known = known.iter().find(|known| !known.is_main() && known.as_str() == name).cloned();
        known.or_else(|| Namespace::parse(name)).expect("it begins with a slash and ends before the comma")
    }

    // Reference: white space is an id too (`2 ["e"]` is answered with id 0), and a long id is rounded.
    pub(super) fn take_id(&mut self) -> Result<Option<u64>, DecodeError> {
        match self.take_digits() {
            "" => Ok(None),
            digits => match digits.parse() {
                Ok(id) if id <= MAX_ID || planted("no-id-limit") => Ok(Some(id)),
                _ => Err(DecodeError::BadId),
            },
        }
    }

    fn take_digits(&mut self) -> &'a str {
        let rest = self.rest.trim_start_matches(|c: char| c.is_ascii_digit());
        let (digits, rest) = self.rest.split_at(self.rest.len() - rest.len());
        self.rest = rest;
        digits
    }
}

/// A client's packet brings no more attachments than this, as in the reference since its parser's 4.2.6: each may be
/// as long as a message, and all are held until the last has come.
pub const MAX_ATTACHMENTS: usize = 10;

/// The greatest id that a JavaScript client can count to, and give back as it came.
const MAX_ID: u64 = (1 << 53) - 1;
