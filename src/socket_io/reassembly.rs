//! Holds a binary packet until its attachments have come.
//!
//! ```text
//!   text "2[..]"                     binary, more missing
//!     ┌──────┐                           ┌──────┐
//!     │      v       text "52-[..]"      v      │
//!     └──── idle ───────────────────> waiting ──┘
//!            ^      the last binary      │
//!            └───────────────────────────┘
//! ```
//!
//! A binary while idle is an error, and so is a text while waiting; pings and pongs do not come here.
//!
//! ```
//! use wire42::socket_io::{Kind, Reassembly};
//!
//! let mut reassembly = Reassembly::default();
//! let header = r#"51-["photo",{"_placeholder":true,"num":0}]"#;
//! assert_eq!(reassembly.accept_text(header.to_owned())?, None);
//! let packet = reassembly.accept_binary(vec![0x89, 0x50])?.expect("it was the last attachment");
//! assert!(matches!(packet.kind, Kind::Event { args, .. } if args.attachments() == [[0x89, 0x50]]));
//! # Ok::<(), wire42::socket_io::ReassemblyError>(())
//! ```

use std::error::Error;
use std::fmt;

use super::decoder::{DecodeError, Decoded};
use super::namespace::Namespace;
use super::packet::Packet;
use crate::frame::FRAME_OVERHEAD;
use crate::planted::planted;

/// Puts one client's texts and binaries together to packets.
///
/// It holds one packet at most: its text, and up to [`MAX_ATTACHMENTS`](super::MAX_ATTACHMENTS) binaries, in so many bytes.
/// After an error the connection must close ("Sending and receiving data"), and nothing more is accepted.
#[derive(Debug)]
pub struct Reassembly {
    /// Boxed: most clients never send a binary.
    waiting: Option<Box<Waiting>>,
    max_bytes: usize,
}

impl Default for Reassembly {
    fn default() -> Self {
        Self::new(MAX_EVENT)
    }
}

impl Reassembly {
    /// Begins with nothing; a binary packet may hold so many bytes.
    ///
    /// ```
    /// use wire42::frame::FRAME_OVERHEAD;
    /// use wire42::socket_io::{Reassembly, ReassemblyError};
    ///
    /// let mut reassembly = Reassembly::new(1_000);
    /// let header = r#"51-["photo",{"_placeholder":true,"num":0}]"#;
    /// reassembly.accept_text(header.to_owned())?;
    /// assert!(reassembly.is_waiting());
    /// assert_eq!(reassembly.held(), header.len() + FRAME_OVERHEAD);
    /// assert_eq!(reassembly.accept_binary(vec![0; 1_000]), Err(ReassemblyError::TooLarge));
    /// # Ok::<(), ReassemblyError>(())
    /// ```
    pub fn new(max_bytes: usize) -> Self {
        Self { waiting: None, max_bytes }
    }

    /// Takes a text, without the digit that makes it an Engine.IO message; gives the packet if it is complete.
    pub fn accept_text(&mut self, text: String) -> Result<Option<Packet>, ReassemblyError> {
        self.accept_text_among(text, &[])
    }

    /// Does the same; a name that is among the `known` namespaces is not made anew.
    pub(super) fn accept_text_among(
        &mut self,
        text: String,
        known: &[Namespace],
    ) -> Result<Option<Packet>, ReassemblyError> {
        if self.is_waiting() && !planted("text-mid-binary-ok") {
            return Err(ReassemblyError::UnexpectedText);
        }
        let length = text.len();
        match Packet::decode_among(text, known).map_err(ReassemblyError::Decode)? {
            Decoded::Whole(packet) => Ok(Some(packet)),
            Decoded::Awaiting { packet, attachments: expected } => {
                let room = room_behind(self.max_bytes, length)?;
                let attachments = Vec::with_capacity(expected);
                self.waiting = Some(Box::new(Waiting { packet, expected, attachments, room }));
                Ok(None)
            }
        }
    }

    /// Takes an attachment; gives the packet if it was the last one missing.
    pub fn accept_binary(&mut self, bytes: Vec<u8>) -> Result<Option<Packet>, ReassemblyError> {
        if !self.is_waiting() && planted("stray-binary-ignored") {
            return Ok(None);
        }
        let mut waiting = self.waiting.take().ok_or(ReassemblyError::UnexpectedBinary)?;
        waiting.room = room_behind(waiting.room, bytes.len())?;
        waiting.attachments.push(bytes);
        if waiting.attachments.len() < waiting.expected {
            self.waiting = Some(waiting);
            return Ok(None);
        }
        if planted("attachments-swapped") {
            waiting.attachments.reverse();
        }
        Ok(Some(waiting.packet.with_attachments(waiting.attachments)))
    }

    /// Counts the bytes that are held until the last attachment comes.
    pub fn held(&self) -> usize {
        self.waiting.as_ref().map_or(0, |waiting| self.max_bytes - waiting.room)
    }

    /// Says whether attachments are missing.
    pub fn is_waiting(&self) -> bool {
        self.waiting.is_some()
    }
}

/// A packet, and those of its attachments that have come.
#[derive(Debug)]
struct Waiting {
    packet: Packet,
    expected: usize,
    attachments: Vec<Vec<u8>>,
    /// For so many bytes more.
    room: usize,
}

/// Says what is left behind one more frame. Ours: without this, a client holds ten attachments of the largest payload.
fn room_behind(room: usize, length: usize) -> Result<usize, ReassemblyError> {
    match room.checked_sub(length + FRAME_OVERHEAD) {
        None if planted("attachments-without-sum") => Ok(room),
        left => left.ok_or(ReassemblyError::TooLarge),
    }
}

/// Why what a client sent makes no packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReassemblyError {
    /// The text is no packet.
    Decode(DecodeError),
    /// A text came while attachments were missing.
    UnexpectedText,
    /// A binary came although no packet had announced it.
    UnexpectedBinary,
    /// The packet holds more bytes than one may.
    TooLarge,
}

impl fmt::Display for ReassemblyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ReassemblyError::Decode(error) => error.fmt(f),
            ReassemblyError::UnexpectedText => f.write_str("a text came while attachments were missing"),
            ReassemblyError::UnexpectedBinary => f.write_str("a binary came that no packet had announced"),
            ReassemblyError::TooLarge => f.write_str("the attachments are too large in sum"),
        }
    }
}

impl Error for ReassemblyError {}

/// Bytes of a binary packet, unless an operator says otherwise: as many as may wait for a client that does not read.
pub const MAX_EVENT: usize = 4 * 1024 * 1024;

#[cfg(test)]
mod tests {
    use super::super::packet::Kind;
    use super::*;

    const TWO: &str = r#"52-["a",{"_placeholder":true,"num":1},{"_placeholder":true,"num":0}]"#;

    fn text(reassembly: &mut Reassembly, text: &str) -> Result<Option<Packet>, ReassemblyError> {
        reassembly.accept_text(text.to_owned())
    }

    #[test]
    fn attachments_stay_in_the_order_in_which_they_came() {
        let mut reassembly = Reassembly::default();

        assert_eq!(text(&mut reassembly, TWO), Ok(None));
        assert_eq!(reassembly.accept_binary(vec![0xaa]), Ok(None));
        assert!(reassembly.is_waiting());
        let packet = reassembly.accept_binary(vec![]).unwrap().unwrap();

        assert!(!reassembly.is_waiting());
        assert!(
            matches!(packet.kind, Kind::Event { args, .. } if args.attachments() == [vec![0xaa], vec![]])
        );
    }

    #[test]
    fn an_answer_may_have_attachments() {
        let mut reassembly = Reassembly::default();

        text(&mut reassembly, r#"61-7[{"_placeholder":true,"num":0}]"#).unwrap();
        let packet = reassembly.accept_binary(vec![1]).unwrap().unwrap();

        assert!(
            matches!(packet.kind, Kind::Ack { id: Some(7), args: Some(args) } if args.attachments() == [[1]])
        );
    }

    #[test]
    fn a_packet_of_no_attachments_waits_for_none() {
        let mut reassembly = Reassembly::default();

        assert!(text(&mut reassembly, r#"50-["hello"]"#).unwrap().is_some());
        assert!(text(&mut reassembly, r#"2["next"]"#).unwrap().is_some());
    }

    #[test]
    fn a_text_between_attachments_is_an_error() {
        let mut reassembly = Reassembly::default();

        text(&mut reassembly, TWO).unwrap();
        reassembly.accept_binary(vec![0xaa]).unwrap();

        assert_eq!(text(&mut reassembly, r#"2["y"]"#), Err(ReassemblyError::UnexpectedText));
    }

    #[test]
    fn a_binary_out_of_nowhere_is_an_error() {
        let mut reassembly = Reassembly::default();

        assert_eq!(reassembly.accept_binary(vec![0xaa]), Err(ReassemblyError::UnexpectedBinary));

        text(&mut reassembly, TWO).unwrap();
        reassembly.accept_binary(vec![0xaa]).unwrap();
        reassembly.accept_binary(vec![0xbb]).unwrap();
        assert_eq!(reassembly.accept_binary(vec![0xcc]), Err(ReassemblyError::UnexpectedBinary));
    }

    #[test]
    fn a_packet_may_hold_so_many_bytes_and_no_more() {
        let exactly = TWO.len() + 100 + 3 * FRAME_OVERHEAD;
        for (max_bytes, fits) in [(exactly, true), (exactly - 1, false)] {
            let mut reassembly = Reassembly::new(max_bytes);
            text(&mut reassembly, TWO).unwrap();
            reassembly.accept_binary(vec![0; 60]).unwrap();
            let result = reassembly.accept_binary(vec![0; 40]);
            assert_eq!(result.is_ok(), fits, "{result:?}");
        }
        assert_eq!(text(&mut Reassembly::new(TWO.len()), TWO), Err(ReassemblyError::TooLarge));
    }

    #[test]
    fn a_text_that_is_no_packet_says_why() {
        let result = text(&mut Reassembly::default(), "2[]");

        assert_eq!(result, Err(ReassemblyError::Decode(DecodeError::InvalidPayload)));
    }
}
