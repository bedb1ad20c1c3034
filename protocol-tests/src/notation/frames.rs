//! The lines under `frames`: `OPCODE flags  payload`.

use super::line::Words;
use super::{FrameLine, Sending};
use crate::fault::Unread;
use crate::hex;
use crate::text::Text;

/// Finds the opcode of `text`, `ping`, `op3`; `raw` has none.
pub(super) fn opcode(word: &str) -> Option<Option<u8>> {
    let named = |name: &str| OPCODES.iter().find(|(known, _)| *known == name).map(|(_, code)| *code);
    if word == "raw" {
        return Some(None);
    }
    if let Some(code) = named(word) {
        return Some(Some(code));
    }
    let number: u8 = word.strip_prefix("op")?.parse().ok()?;
    (number < 16).then_some(Some(number))
}

pub(super) fn read(line: &str) -> Result<FrameLine, Unread> {
    let mut words = Words::new(line);
    let Some(opcode) = opcode(words.head()) else {
        return Err(Unread::new(line, "an opcode: text, binary, continuation, close, ping, pong, op3, raw"));
    };
    let mut frame =
        FrameLine { opcode, fin: true, rsv: 0, masked: true, length_bits: None, length: None, payload: None };
    while !words.rest().is_empty() && !words.rest().starts_with(' ') {
        flag(&mut frame, words.head())?;
    }
    let mut words = Words::new(words.rest());
    if !words.rest().is_empty() && !words.rest().starts_with('#') {
        frame.payload = Some(sending(&mut words)?);
    }
    words.modifiers()?.none()?;
    Ok(frame)
}

/// Reads `TEXT` or `>> hex`.
pub(super) fn sending(words: &mut Words<'_>) -> Result<Sending, Unread> {
    if words.peek() == ">>" {
        words.head();
        return bytes(words.operand()?);
    }
    Text::read(words.operand()?).map(Sending::Text)
}

pub(super) fn bytes(operand: &str) -> Result<Sending, Unread> {
    hex::read(operand).map(Sending::Bytes).ok_or_else(|| Unread::new(operand, "pairs of hex digits"))
}

fn flag(frame: &mut FrameLine, flag: &str) -> Result<(), Unread> {
    let expected =
        || Unread::new(flag, "fin=0, rsv=0..7, mask=0, len=16, len=64 or length=N, then two spaces");
    let (name, value) = flag.split_once('=').ok_or_else(expected)?;
    let number = match value.strip_prefix("0x") {
        Some(digits) => u64::from_str_radix(digits, 16).ok(),
        None => value.parse().ok(),
    }
    .ok_or_else(expected)?;
    match (name, number) {
        ("fin", 0 | 1) => frame.fin = number == 1,
        ("mask", 0 | 1) => frame.masked = number == 1,
        ("rsv", 0..8) => frame.rsv = number as u8,
        ("len", 16 | 64) => frame.length_bits = Some(number as u8),
        ("length", _) => frame.length = Some(number),
        _ => return Err(expected()),
    }
    Ok(())
}

const OPCODES: [(&str, u8); 6] =
    [("continuation", 0), ("text", 1), ("binary", 2), ("close", 8), ("ping", 9), ("pong", 10)];
