//! The message that is sent, and its number, found again in what everyone hears.
//!
//! ```text
//! client  42["message",{"name":"bench","input":"xxxx…#00000123#"}]
//! server  42["message",[{"clientId":"…","name":"bench","message":"xxxx…#00000123#","timeStamp":"19:03"}]]
//!
//! 427["message",{"name":"bench","input":"xxxx…#00000007#"}]    the same, with an acknowledgement asked for
//! 437[{"ok":true}]                                              whose id is the number, too
//! ```
//!
//! The number stands behind the padding, so that it is near the end of every frame, also of one with a history.
//!
//! ```
//! use wire42_bench::message::{number_in, write_message};
//!
//! let mut packet = Vec::new();
//! write_message(&mut packet, 123, 40);
//! assert_eq!(number_in(&packet), Some(123));
//! assert_eq!(number_in(br#"42["message",[]]"#), None);
//! ```

use std::io::Write;

use memchr::memrchr;

/// Appends the packet of message `number`, whose text has `text_len` bytes, its number included.
pub fn write_message(out: &mut Vec<u8>, number: u32, text_len: usize) {
    out.extend_from_slice(b"42");
    write_event(out, number, text_len);
}

/// Appends the same packet, with its number as the id of an acknowledgement.
pub fn write_asking(out: &mut Vec<u8>, number: u32, text_len: usize) {
    write!(out, "42{number}").expect("a Vec takes every byte");
    write_event(out, number, text_len);
}

fn write_event(out: &mut Vec<u8>, number: u32, text_len: usize) {
    let padding = text_len.saturating_sub(DIGITS + 2);
    write!(out, r#"["message",{{"name":"bench","input":"{:x<padding$}#{number:0DIGITS$}#"}}]"#, "")
        .expect("a Vec takes every byte");
}

/// An acknowledgement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ack {
    /// Of which message.
    pub number: u32,
    /// Whether that was stored.
    pub stored: bool,
}

impl Ack {
    /// Reads one, without namespace and without binary data.
    pub fn read(packet: &[u8]) -> Option<Self> {
        let rest = packet.strip_prefix(b"43")?;
        let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
        let number = str::from_utf8(&rest[..digits]).ok()?.parse().ok()?;
        Some(Self { number, stored: &rest[digits..] == br#"[{"ok":true}]"# })
    }
}

/// Finds the number of the last message in a packet.
pub fn number_in(packet: &[u8]) -> Option<u32> {
    let digits = memrchr(b'#', packet)?.checked_sub(DIGITS).map(|at| &packet[at..at + DIGITS])?;
    digits.iter().try_fold(0, |number: u32, digit| {
        digit.is_ascii_digit().then(|| number * 10 + u32::from(digit - b'0'))
    })
}

const DIGITS: usize = 8;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_of_many_numbers_is_found() {
        let packet =
            br##"42["message",[{"message":"#00000007#"},{"message":"#00000008#","timeStamp":"19:03"}]]"##;

        assert_eq!(number_in(packet), Some(8));
    }

    #[test]
    fn a_text_is_as_long_as_asked() {
        let mut packet = Vec::new();
        write_message(&mut packet, 1, 4096);

        let text: serde_json::Value = serde_json::from_slice(&packet[2..]).unwrap();

        assert_eq!(text[1]["input"].as_str().map(str::len), Some(4096));
    }

    #[test]
    fn who_asks_is_answered_by_the_number() {
        let mut packet = Vec::new();
        write_asking(&mut packet, 7, 40);

        assert!(packet.starts_with(br#"427["message",{"#));
        assert_eq!(Ack::read(br#"437[{"ok":true}]"#), Some(Ack { number: 7, stored: true }));
        assert_eq!(Ack::read(br#"437[{"error":"no"}]"#), Some(Ack { number: 7, stored: false }));
        assert_eq!(Ack::read(br#"43[{"ok":true}]"#), None);
    }

    #[test]
    fn what_is_no_number_is_none() {
        for packet in ["", "#", "#123#", "42[\"#abcdefgh#\"]"] {
            assert_eq!(number_in(packet.as_bytes()), None, "{packet}");
        }
    }
}
