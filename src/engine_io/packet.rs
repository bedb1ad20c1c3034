//! One Engine.IO packet: a digit that says what it is, then its data.
//!
//! ```text
//! text frame    4 hello          type 4, message "hello"
//!               2 probe          type 2, ping "probe"
//!               b AQID           binary 01 02 03, as base64: the form for where only text can travel
//! binary frame  01 02 03         binary: no type digit at all
//! ```
//!
//! ```
//! use wire42::engine_io::Packet;
//!
//! assert_eq!(Packet::decode("4hello"), Ok(Packet::Message("hello")));
//! assert!(Packet::decode("hello").is_err());
//! ```

use std::fmt;

use data_encoding::{BASE64, BASE64_NOPAD, DecodeKind};

use crate::planted::planted;

/// A packet as it was read (Engine.IO v4, Protocol).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Packet<'a> {
    /// `0`: the session's parameters. Only a server sends it.
    Open(&'a str),
    /// `1`: the session ends.
    Close,
    /// `2`: heartbeat, from the server; with `probe`, the test of a WebSocket, from the client.
    Ping(&'a str),
    /// `3`: the answer to a ping.
    Pong(&'a str),
    /// `4`: text for the layer above.
    Message(&'a str),
    /// `5`: the WebSocket takes over.
    Upgrade,
    /// `6`: nothing; it ends a GET that is held.
    Noop,
    /// `b` and base64: bytes for the layer above.
    Binary(Vec<u8>),
}

impl<'a> Packet<'a> {
    /// Reads a packet from the text of a WebSocket frame or from one part of a polling body.
    ///
    /// # Errors
    ///
    /// When the text is empty, begins with no known type, or holds broken base64 behind `b`.
    pub fn decode(text: &'a str) -> Result<Self, DecodeError> {
        let mut characters = text.chars();
        let kind = characters.next().ok_or(DecodeError::Empty)?;
        let data = characters.as_str();
        match kind {
            '0' => Ok(Packet::Open(data)),
            '1' => Ok(Packet::Close),
            '2' => Ok(Packet::Ping(data)),
            '3' => Ok(Packet::Pong(data)),
            '4' if planted("message-cut-at-non-ascii") => {
                Ok(Packet::Message(data.split(|c: char| !c.is_ascii()).next().unwrap_or(data)))
            }
            '4' => Ok(Packet::Message(data)),
            '5' => Ok(Packet::Upgrade),
            '6' => Ok(Packet::Noop),
            // Reference: a text frame that begins with `b` is binary on a WebSocket too.
            'b' => decode_base64(data).map(Packet::Binary),
            _ => Err(DecodeError::UnknownType),
        }
    }
}

/// Writes bytes in the form they have in a polling body (Engine.IO v4, Packet encoding).
///
/// ```
/// use wire42::engine_io::packet::encode_binary;
///
/// let mut body = String::new();
/// encode_binary(&[1, 2, 3], &mut body);
/// assert_eq!(body, "bAQID");
/// ```
pub fn encode_binary(bytes: &[u8], out: &mut String) {
    out.push('b');
    BASE64.encode_append(bytes, out);
}

/// Why a text is no Engine.IO packet.
///
/// ```
/// use wire42::engine_io::Packet;
/// use wire42::engine_io::packet::DecodeError;
///
/// assert_eq!(Packet::decode(""), Err(DecodeError::Empty));
/// assert_eq!(Packet::decode("7"), Err(DecodeError::UnknownType));
/// assert_eq!(Packet::decode("b?"), Err(DecodeError::BadBase64));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DecodeError {
    /// There is no character to say what it is.
    Empty,
    /// The first character is none of `0` to `6` and not `b`.
    UnknownType,
    /// What follows `b` is not base64.
    BadBase64,
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            DecodeError::Empty => "an Engine.IO packet has at least one character",
            DecodeError::UnknownType => "an Engine.IO packet begins with 0 to 6, or with b",
            DecodeError::BadBase64 => "what follows b is not base64",
        })
    }
}

impl std::error::Error for DecodeError {}

/// Says where in what follows `b` base64 breaks off; the end, if it is cut short.
pub(crate) fn broken_base64_at(data: &str) -> Option<usize> {
    let error = BASE64_NOPAD.decode(without_padding(data).as_bytes()).err()?;
    Some(match error.kind {
        DecodeKind::Length => data.len(),
        DecodeKind::Symbol | DecodeKind::Trailing | DecodeKind::Padding => error.position,
    })
}

/// Reference: padding may be missing. Ours: anything else that is not base64 is an error, not skipped.
fn decode_base64(data: &str) -> Result<Vec<u8>, DecodeError> {
    let data = if planted("broken-base64-skipped") {
        data.trim_matches(|c: char| !c.is_ascii_alphanumeric())
    } else {
        data
    };
    BASE64_NOPAD.decode(without_padding(data).as_bytes()).map_err(|_| DecodeError::BadBase64)
}

fn without_padding(data: &str) -> &str {
    data.strip_suffix("==").or_else(|| data.strip_suffix('=')).unwrap_or(data)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_type_has_its_digit() {
        assert_eq!(Packet::decode("0{}"), Ok(Packet::Open("{}")));
        assert_eq!(Packet::decode("1"), Ok(Packet::Close));
        assert_eq!(Packet::decode("2probe"), Ok(Packet::Ping("probe")));
        assert_eq!(Packet::decode("3"), Ok(Packet::Pong("")));
        assert_eq!(Packet::decode("4€"), Ok(Packet::Message("€")));
        assert_eq!(Packet::decode("5"), Ok(Packet::Upgrade));
        assert_eq!(Packet::decode("6"), Ok(Packet::Noop));
    }

    #[test]
    fn what_only_looks_like_a_digit_is_refused() {
        for text in ["", "7", "x", " 4", "-1", "\u{ff14}a", "\u{feff}4"] {
            assert!(Packet::decode(text).is_err(), "{text:?}");
        }
    }

    #[test]
    fn base64_may_lack_its_padding_but_nothing_else() {
        let four = Ok(Packet::Binary(vec![1, 2, 3, 4]));
        assert_eq!(Packet::decode("bAQIDBA=="), four);
        assert_eq!(Packet::decode("bAQIDBA"), four);
        assert_eq!(Packet::decode("b"), Ok(Packet::Binary(vec![])));
        assert_eq!(Packet::decode("b!!!!"), Err(DecodeError::BadBase64));
        assert_eq!(Packet::decode("bAQID BA=="), Err(DecodeError::BadBase64));
    }
}
