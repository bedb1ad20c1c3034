//! Frames of RFC 6455: written as they should be or as nobody should, read strictly.
//!
//! ```text
//! FIN RSV opcode | MASK length (7, 16 or 64 bits) | mask | payload
//! ```

use crate::packet::Content;
use crate::target::Frame;

/// Writes a frame with this mask.
pub(super) fn write(frame: &Frame, mask: [u8; 4]) -> Vec<u8> {
    let Some(opcode) = frame.opcode else { return frame.payload.clone() };
    let mut bytes = vec![u8::from(frame.fin) << 7 | frame.rsv << 4 | opcode];
    let length = frame.length.unwrap_or(frame.payload.len() as u64);
    let masked = u8::from(frame.masked) << 7;
    match (frame.length_bits, length) {
        (Some(64), _) | (None, 0x1_0000..) => {
            bytes.push(masked | 127);
            bytes.extend(length.to_be_bytes());
        }
        (Some(_), _) | (None, 126..) => {
            bytes.push(masked | 126);
            bytes.extend((length as u16).to_be_bytes());
        }
        (None, _) => bytes.push(masked | length as u8),
    }
    if frame.masked {
        bytes.extend(mask);
        bytes.extend(frame.payload.iter().zip(mask.iter().cycle()).map(|(byte, mask)| byte ^ mask));
    } else {
        bytes.extend(&frame.payload);
    }
    bytes
}

/// Something complete that a server sent.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Incoming {
    Message(Content),
    Control(u8, Vec<u8>),
}

/// Reads a server's frames, and keeps the fragments of a message that is not complete.
#[derive(Debug, Default)]
pub(super) struct Reader {
    message: Option<(u8, Vec<u8>)>,
}

impl Reader {
    /// Takes the next message or control frame out of `bytes`; the error says what RFC 6455 forbids.
    pub(super) fn next(&mut self, bytes: &mut Vec<u8>) -> Result<Option<Incoming>, String> {
        loop {
            let Some((head, opcode, payload)) = split(bytes)? else { return Ok(None) };
            let fin = head & 0x80 != 0;
            match (opcode, &mut self.message) {
                (8.., _) if !fin || payload.len() > 125 => {
                    return Err("a control frame that is too long".to_owned());
                }
                (8..=10, _) => return Ok(Some(Incoming::Control(opcode, payload))),
                (1 | 2, None) => self.message = Some((opcode, payload)),
                (0, Some((_, begun))) => begun.extend(payload),
                _ => return Err(format!("a frame with opcode {opcode} here")),
            }
            if fin {
                return match self.message.take() {
                    Some((1, text)) => match String::from_utf8(text) {
                        Ok(text) => Ok(Some(Incoming::Message(Content::Text(text)))),
                        Err(_) => Err("a text message that is no UTF-8".to_owned()),
                    },
                    Some((_, payload)) => Ok(Some(Incoming::Message(Content::Binary(payload)))),
                    None => Ok(None),
                };
            }
        }
    }
}

/// Cuts one frame off: its first byte, opcode and payload.
fn split(bytes: &mut Vec<u8>) -> Result<Option<(u8, u8, Vec<u8>)>, String> {
    let [head, second, ..] = bytes[..] else { return Ok(None) };
    if head & 0x70 != 0 {
        return Err("a frame with reserved bits".to_owned());
    }
    // RFC 6455 5.1: a server MUST NOT mask any frames that it sends.
    if second & 0x80 != 0 {
        return Err("a masked frame".to_owned());
    }
    let (length, start) = match second {
        126 => match bytes.get(2..4) {
            Some(field) => (u64::from(field[0]) << 8 | u64::from(field[1]), 4),
            None => return Ok(None),
        },
        127 => match bytes.get(2..10) {
            Some(field) => (field.iter().fold(0, |sum, byte| sum << 8 | u64::from(*byte)), 10),
            None => return Ok(None),
        },
        short => (u64::from(short), 2),
    };
    let length =
        usize::try_from(length).ok().filter(|length| *length < LIMIT).ok_or("a frame beyond all bounds")?;
    if bytes.len() < start + length {
        return Ok(None);
    }
    let payload = bytes[start..start + length].to_vec();
    bytes.drain(..start + length);
    Ok(Some((head, head & 0x0f, payload)))
}

/// No answer of a test is nearly so long.
const LIMIT: usize = 1 << 30;

#[cfg(test)]
mod tests {
    use super::*;

    fn read(mut bytes: Vec<u8>) -> Vec<Result<Incoming, String>> {
        let mut reader = Reader::default();
        let mut all = Vec::new();
        loop {
            match reader.next(&mut bytes) {
                Ok(Some(incoming)) => all.push(Ok(incoming)),
                Ok(None) => return all,
                Err(why) => {
                    all.push(Err(why));
                    return all;
                }
            }
        }
    }

    fn unmasked(opcode: u8, fin: bool, payload: &[u8]) -> Vec<u8> {
        write(&Frame { masked: false, fin, ..Frame::new(opcode, payload) }, [0; 4])
    }

    #[test]
    fn fragments_are_joined_around_control_frames() {
        let mut bytes = unmasked(1, false, b"ab");
        bytes.extend(unmasked(9, true, b"p"));
        bytes.extend(unmasked(0, true, b"c"));
        let text = Incoming::Message(Content::Text("abc".into()));
        assert_eq!(read(bytes), [Ok(Incoming::Control(9, b"p".to_vec())), Ok(text)]);
    }

    #[test]
    fn lengths_have_three_forms() {
        for length in [0, 125, 126, 65535, 65536] {
            let payload = vec![7; length];
            assert_eq!(read(unmasked(2, true, &payload)), [Ok(Incoming::Message(Content::Binary(payload)))]);
        }
        assert_eq!(unmasked(2, true, &[7; 126])[1], 126);
        assert_eq!(unmasked(2, true, &[7; 65536])[1], 127);
    }

    #[test]
    fn what_a_server_must_not_send_is_told() {
        for bytes in [
            write(&Frame::new(1, b"a"), [1; 4]),
            vec![0xc1, 0],
            unmasked(3, true, b""),
            unmasked(0, true, b""),
            unmasked(9, false, b""),
            unmasked(1, true, &[0xff]),
        ] {
            assert!(matches!(read(bytes.clone())[..], [Err(_)]), "{bytes:?}");
        }
    }

    #[test]
    fn a_client_can_misbehave() {
        let frame = Frame { rsv: 4, masked: false, length_bits: Some(16), ..Frame::new(1, b"40") };
        assert_eq!(write(&frame, [0; 4]), [0xc1, 126, 0, 2, b'4', b'0']);
        let lying = Frame { length: Some(1 << 63), length_bits: Some(64), ..Frame::new(2, b"") };
        assert_eq!(write(&lying, [9; 4])[..3], [0x82, 0xff, 0x80]);
        assert_eq!(write(&Frame { opcode: None, ..Frame::new(0, b"xy") }, [0; 4]), b"xy");
    }
}
