//! Frames out of the bytes of one connection, however these were split.
//!
//! A frame that lies in one read as a whole is handed out where it lies. Of one that is split, only its two ends are
//! kept, for nothing in the middle is ever looked at: a history of 100 kB costs no second copy.
//!
//! ```text
//! read   … 81 05 4 2 [ . .        whole: a slice of the read
//! read   81 7e 01 00 4 2 ["mes
//! read   sage", … #00000007#"}]]  split: the first 128 bytes and the last 128
//! ```
//!
//! ```
//! use wire42_bench::decoder::Decoder;
//!
//! let mut decoder = Decoder::default();
//! let mut bytes: &[u8] = b"\x81\x012\x81\x0242\x81";
//! let frame = decoder.next(&mut bytes).expect("a frame");
//! assert_eq!(frame.payload, b"2");
//! assert_eq!(decoder.next(&mut bytes).expect("one more").payload, b"42");
//! assert!(decoder.next(&mut bytes).is_none());
//! ```

use crate::frame::{Head, Opcode};

/// What one connection has read of a frame so far.
#[derive(Debug, Default)]
pub struct Decoder {
    /// A head of which some bytes are missing.
    head: Vec<u8>,
    /// The frame that is being read, and how much of it is missing.
    open: Option<(Head, usize)>,
    /// The two ends of a frame that came in pieces.
    ends: Vec<u8>,
}

/// One frame of the server's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Frame<'a> {
    /// What it is.
    pub opcode: Opcode,
    /// Whether it is a whole message.
    pub fin: bool,
    /// Its payload; of a longer one that was split, the first and last [`END`] bytes.
    pub payload: &'a [u8],
}

/// Bytes that are kept of each end: the longest control frame (125), and what follows the number of a message.
pub const END: usize = 128;

impl Decoder {
    /// Takes the next frame off `bytes`; nothing once they are used up.
    pub fn next<'a, 'b: 'a>(&'a mut self, bytes: &mut &'b [u8]) -> Option<Frame<'a>> {
        let (head, missing) = match self.open.take() {
            Some(open) => open,
            None => {
                self.ends.clear();
                let head = self.read_head(bytes)?;
                (head, head.payload_len)
            }
        };
        let (piece, rest) = bytes.split_at(missing.min(bytes.len()));
        *bytes = rest;
        if piece.len() == head.payload_len {
            return Some(Frame { opcode: head.opcode, fin: head.fin, payload: piece });
        }
        keep_ends(&mut self.ends, piece);
        if piece.len() < missing {
            self.open = Some((head, missing - piece.len()));
            return None;
        }
        Some(Frame { opcode: head.opcode, fin: head.fin, payload: &self.ends })
    }

    fn read_head(&mut self, bytes: &mut &[u8]) -> Option<Head> {
        if self.head.is_empty()
            && let Some(head) = Head::parse(bytes)
        {
            *bytes = &bytes[head.len..];
            return Some(head);
        }
        let before = self.head.len();
        self.head.extend(bytes.iter().take(Head::MAX_LEN - before));
        let Some(head) = Head::parse(&self.head) else {
            *bytes = &[];
            return None;
        };
        *bytes = &bytes[head.len - before..];
        self.head.clear();
        Some(head)
    }
}

/// Appends a piece and drops what lies between the first and the last [`END`] bytes.
fn keep_ends(ends: &mut Vec<u8>, piece: &[u8]) {
    let (front, back) = piece.split_at(piece.len().min(END.saturating_sub(ends.len())));
    ends.extend_from_slice(front);
    if back.len() >= END {
        ends.truncate(END);
        ends.extend_from_slice(&back[back.len() - END..]);
    } else {
        ends.extend_from_slice(back);
        let surplus = ends.len().saturating_sub(2 * END);
        ends.drain(ends.len().min(END)..ends.len().min(END) + surplus);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frame::write_plain;

    #[test]
    fn frames_are_the_same_however_reads_split_them() {
        let payloads: Vec<Vec<u8>> = [0, 1, 2, 125, 126, 255, 256, 257, 300, 70_000].map(numbered).into();
        let mut stream = Vec::new();
        for payload in &payloads {
            write_plain(&mut stream, Opcode::TEXT, payload);
        }
        for size in [1, 2, 3, 7, 127, 128, 129, 130, 1_000, 4_096, stream.len()] {
            let mut decoder = Decoder::default();
            let mut seen = Vec::new();

            for mut read in stream.chunks(size) {
                while let Some(frame) = decoder.next(&mut read) {
                    seen.push(ends(frame.payload));
                }
            }

            let expected: Vec<_> = payloads.iter().map(|payload| ends(payload)).collect();
            assert_eq!(seen, expected, "reads of {size} bytes");
        }
    }

    #[test]
    fn a_split_frame_keeps_only_its_ends() {
        let payload = numbered(100_000);
        let mut stream = Vec::new();
        write_plain(&mut stream, Opcode::TEXT, &payload);
        let mut decoder = Decoder::default();

        let (mut first, mut second) = stream.split_at(50_000);
        assert_eq!(decoder.next(&mut first), None);
        let frame = decoder.next(&mut second).unwrap();

        assert_eq!(frame.payload, [&payload[..END], &payload[payload.len() - END..]].concat());
    }

    #[test]
    fn a_frame_after_a_split_one_is_whole() {
        let mut stream = Vec::new();
        write_plain(&mut stream, Opcode::TEXT, b"first");
        write_plain(&mut stream, Opcode::CLOSE, b"second");
        let (mut one, mut two) = stream.split_at(4);
        let mut decoder = Decoder::default();

        assert_eq!(decoder.next(&mut one), None);
        assert_eq!(decoder.next(&mut two).unwrap().payload, b"first");
        let frame = decoder.next(&mut two).unwrap();

        assert_eq!((frame.opcode, frame.payload), (Opcode::CLOSE, &b"second"[..]));
    }

    fn numbered(len: usize) -> Vec<u8> {
        (0..len).map(|i| (i % 251) as u8).collect()
    }

    fn ends(payload: &[u8]) -> Vec<u8> {
        if payload.len() <= 2 * END {
            payload.to_vec()
        } else {
            [&payload[..END], &payload[payload.len() - END..]].concat()
        }
    }
}
