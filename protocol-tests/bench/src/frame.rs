//! The head of a WebSocket frame, both ways (RFC 6455, 5.2).
//!
//! ```text
//!  81          05            FIN, text; 5 bytes
//!  81  7e  01 00             126: the length is in the next 2 bytes
//!  81  7f  00 … 01 00 00     127: in the next 8
//!  81  85  37 fa 21 3d       from a client: the top bit of the length, and 4 bytes of mask
//! ```
//!
//! ```
//! use wire42_bench::frame::{Head, Opcode, write_masked};
//!
//! let mut bytes = Vec::new();
//! write_masked(&mut bytes, Opcode::TEXT, b"40");
//! let head = Head::parse(&bytes).expect("a whole head");
//! assert_eq!((head.opcode, head.payload_len, head.len), (Opcode::TEXT, 2, 6));
//! ```

/// What a frame is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Opcode(pub u8);

impl Opcode {
    /// A text message.
    pub const TEXT: Self = Self(0x1);
    /// The end of the connection.
    pub const CLOSE: Self = Self(0x8);
    /// Wants a pong with the same payload.
    pub const PING: Self = Self(0x9);
    /// The answer to a ping.
    pub const PONG: Self = Self(0xa);
}

/// What stands before a frame's payload.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Head {
    /// What the frame is.
    pub opcode: Opcode,
    /// Whether the frame is a whole message.
    pub fin: bool,
    /// Bytes of payload.
    pub payload_len: usize,
    /// The mask of a client's frame.
    pub mask: Option<[u8; 4]>,
    /// Bytes of the head itself.
    pub len: usize,
}

impl Head {
    /// The longest head: two bytes, a length of 64 bits, a mask.
    pub const MAX_LEN: usize = 14;

    /// Reads the head at the beginning of `bytes`; nothing if it is not all there.
    pub fn parse(bytes: &[u8]) -> Option<Self> {
        let (&[first, second], rest) = bytes.split_first_chunk()?;
        let (payload_len, rest) = match second & 0x7f {
            126 => rest.split_first_chunk().map(|(len, rest)| (u64::from(u16::from_be_bytes(*len)), rest))?,
            127 => rest.split_first_chunk().map(|(len, rest)| (u64::from_be_bytes(*len), rest))?,
            len => (u64::from(len), rest),
        };
        let masked = second & MASKED != 0;
        let (mask, rest) = match rest.split_first_chunk() {
            Some((mask, rest)) if masked => (Some(*mask), rest),
            None if masked => return None,
            _ => (None, rest),
        };
        Some(Self {
            opcode: Opcode(first & 0x0f),
            fin: first & FIN != 0,
            // A server that announces more than memory holds is caught by the missing bytes.
            payload_len: usize::try_from(payload_len).unwrap_or(usize::MAX),
            mask,
            len: bytes.len() - rest.len(),
        })
    }
}

/// Appends a client's frame.
pub fn write_masked(out: &mut Vec<u8>, opcode: Opcode, payload: &[u8]) {
    write_head(out, opcode, payload.len(), MASKED);
    out.extend_from_slice(&MASK);
    out.extend(payload.iter().zip(MASK.iter().cycle()).map(|(byte, mask)| byte ^ mask));
}

/// Appends a server's frame.
pub fn write_plain(out: &mut Vec<u8>, opcode: Opcode, payload: &[u8]) {
    write_head(out, opcode, payload.len(), 0);
    out.extend_from_slice(payload);
}

/// Takes a client's mask off its payload.
pub fn unmask(payload: &mut [u8], mask: [u8; 4]) {
    for (byte, mask) in payload.iter_mut().zip(mask.iter().cycle()) {
        *byte ^= mask;
    }
}

fn write_head(out: &mut Vec<u8>, opcode: Opcode, payload_len: usize, masked: u8) {
    out.push(FIN | opcode.0);
    match payload_len {
        0..=125 => out.push(masked | payload_len as u8),
        126..=0xffff => {
            out.push(masked | 126);
            out.extend_from_slice(&(payload_len as u16).to_be_bytes());
        }
        _ => {
            out.push(masked | 127);
            out.extend_from_slice(&(payload_len as u64).to_be_bytes());
        }
    }
}

const FIN: u8 = 0x80;
const MASKED: u8 = 0x80;

/// RFC 6455 asks for a fresh mask for each frame; a server takes any, and this one costs nothing to draw.
const MASK: [u8; 4] = [0x37, 0xfa, 0x21, 0x3d];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_head_is_read_for_every_form_of_length() {
        for len in [0, 1, 125, 126, 127, 0xffff, 0x1_0000, 200_000] {
            let payload = vec![b'x'; len];
            for write in [write_plain, write_masked] {
                let mut bytes = Vec::new();
                write(&mut bytes, Opcode::TEXT, &payload);

                let head = Head::parse(&bytes).unwrap();

                assert_eq!((head.payload_len, head.len + len), (len, bytes.len()));
                for short in 0..head.len {
                    assert_eq!(Head::parse(&bytes[..short]), None, "{short} bytes of a head of {}", head.len);
                }
            }
        }
    }

    #[test]
    fn unmasking_gives_back_what_was_masked() {
        let mut bytes = Vec::new();
        write_masked(&mut bytes, Opcode::TEXT, b"42[\"message\"]");
        let head = Head::parse(&bytes).unwrap();

        let payload = &mut bytes[head.len..];
        unmask(payload, head.mask.unwrap());

        assert_eq!(payload, b"42[\"message\"]");
    }
}
