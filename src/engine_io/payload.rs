//! A polling body: packets joined by the record separator, 0x1e.
//!
//! ```text
//! 34 68 69  1e  32  1e  62 41 51 49 44          one body, three packets:
//! 4  h  i   ␞   2   ␞   b  A  Q  I  D           message "hi", ping, binary 01 02 03
//! ```
//!
//! The separator cannot occur inside a packet: in JSON text a control character is written as `\u001e`.
//!
//! ```
//! use wire42::engine_io::{payload, Packet};
//!
//! let packets: Result<Vec<_>, _> = payload::decode("4hi\u{1e}2").collect();
//! assert_eq!(packets, Ok(vec![Packet::Message("hi"), Packet::Ping("")]));
//! ```

use super::packet::{DecodeError, Packet, encode_binary};
use crate::frame::Frame;
use crate::planted::planted;

/// Stands between two packets of a body (Engine.IO v4, HTTP long-polling).
pub const SEPARATOR: char = '\u{1e}';

/// Reads the packets of a body, one by one. An empty body holds one empty packet, which is an error.
pub fn decode(body: &str) -> impl Iterator<Item = Result<Packet<'_>, DecodeError>> {
    body.split(SEPARATOR).map(Packet::decode)
}

/// Appends a frame to a body, behind a separator unless it is the first.
///
/// ```
/// use wire42::engine_io::payload;
/// use wire42::frame::Frame;
///
/// let mut body = String::new();
/// payload::append(&mut body, &Frame::Text("4hi".to_owned()));
/// payload::append(&mut body, &Frame::Binary(vec![1, 2, 3]));
/// assert_eq!(body, "4hi\u{1e}bAQID");
/// ```
pub fn append(body: &mut String, frame: &Frame) {
    if !body.is_empty() {
        body.push(if planted("sep-newline") { '\n' } else { SEPARATOR });
    }
    match frame {
        Frame::Text(text) => body.push_str(text),
        Frame::Binary(bytes) if planted("b64-raw") => body.push_str(&String::from_utf8_lossy(bytes)),
        Frame::Binary(bytes) => encode_binary(bytes, body),
    }
}

/// Says how many bytes a frame takes in a body, without a separator.
///
/// ```
/// use wire42::engine_io::payload;
/// use wire42::frame::Frame;
///
/// assert_eq!(payload::length(&Frame::Binary(vec![1, 2, 3])), "bAQID".len());
/// ```
pub fn length(frame: &Frame) -> usize {
    match frame {
        Frame::Text(text) => text.len(),
        Frame::Binary(bytes) => 1 + bytes.len().div_ceil(3) * 4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn frame() -> impl Strategy<Value = Frame> {
        prop_oneof![
            "[^\u{1e}]{0,20}".prop_map(|text| Frame::Text(format!("4{text}"))),
            prop::collection::vec(any::<u8>(), 0..20).prop_map(Frame::Binary),
        ]
    }

    fn read(packet: Packet<'_>) -> Frame {
        match packet {
            Packet::Message(text) => Frame::Text(format!("4{text}")),
            Packet::Binary(bytes) => Frame::Binary(bytes),
            other => panic!("only messages were written, not {other:?}"),
        }
    }

    proptest! {
        #[test]
        fn what_was_written_is_read(frames in prop::collection::vec(frame(), 1..20)) {
            let mut body = String::new();
            frames.iter().for_each(|frame| append(&mut body, frame));
            let read: Vec<Frame> = decode(&body).map(|packet| read(packet.unwrap())).collect();
            prop_assert_eq!(read, frames);
        }

        #[test]
        fn the_length_is_what_is_appended(frame in frame()) {
            let mut body = String::new();
            append(&mut body, &frame);
            prop_assert_eq!(body.len(), length(&frame));
        }

        #[test]
        fn no_text_panics(body in "\\PC{0,40}") {
            decode(&body).for_each(drop);
        }
    }

    #[test]
    fn an_empty_part_is_an_error() {
        assert_eq!(decode("").next(), Some(Err(DecodeError::Empty)));
        assert_eq!(decode("4a\u{1e}").nth(1), Some(Err(DecodeError::Empty)));
    }
}
