//! A model of both readers of Engine.IO packets and payloads: the habits decide which of the two it is.
//!
//! ```text
//! b AQID-_ ! =       four digits, two of another alphabet, junk, padding
//!                    as wire42: no base64; with the reference's habits: five bytes
//! ```

use super::super::class::{Class, Habits};
use super::super::reading::{self, Reading};
use crate::hex;
use crate::packet::Content;

/// Reads one frame.
pub(super) fn packet(wire: &[Content], habits: &Habits) -> Reading {
    Reading::of(match wire {
        [Content::Binary(bytes)] => Ok(vec![format!("<{}>", hex::whole(bytes))]),
        [Content::Text(text)] => one(text, habits).map(|packet| vec![packet]),
        other => unreachable!("not one frame: {other:?}"),
    })
}

/// Reads a polling body.
pub(super) fn payload(wire: &[Content], habits: &Habits) -> Reading {
    let [Content::Text(body)] = wire else { unreachable!("not one body: {wire:?}") };
    Reading::of(body.split('\u{1e}').map(|text| one(text, habits)).collect())
}

fn one(text: &str, habits: &Habits) -> Result<String, String> {
    let mut chars = text.chars();
    let kind = chars.next().ok_or("empty")?;
    let data = chars.as_str();
    if kind == 'b' {
        let bytes = base64(data, habits).ok_or("no base64")?;
        return Ok(format!("<{}>", hex::whole(&bytes)));
    }
    let digit = kind.to_digit(10).ok_or("no type")?;
    let name = *NAMES.get(digit as usize).ok_or("no type")?;
    let takes_data = !matches!(name, "close" | "upgrade" | "noop");
    let keeps = takes_data || data.is_empty() || habits.has(Class::DataOfNoUse);
    Ok(reading::engine(name, if keeps { data } else { "" }))
}

fn base64(data: &str, habits: &Habits) -> Option<Vec<u8>> {
    let mut units = Vec::new();
    for unit in data.encode_utf16() {
        let is_byte = unit <= 0xff || habits.has(Class::Base64LowByte);
        units.push(is_byte.then_some((unit & 0xff) as u8)?);
    }
    let mut digits = Vec::new();
    for (index, unit) in units.iter().enumerate() {
        match unit {
            b'=' if matches!(&units[index..], [b'='] | [b'=', b'=']) => break,
            b'=' if habits.has(Class::Base64EndsAtPadding) => break,
            b'-' | b'_' if habits.has(Class::Base64UrlAlphabet) => {
                digits.push(if *unit == b'-' { 62 } else { 63 });
            }
            b'=' | b'-' | b'_' => return None,
            _ => match ALPHABET.iter().position(|digit| digit == unit) {
                Some(value) => digits.push(value as u8),
                None if habits.has(Class::Base64Skips) => {}
                None => return None,
            },
        }
    }
    if digits.len() % 4 == 1 {
        habits.has(Class::Base64LoneDigit).then(|| digits.pop())?;
    }
    let mut bytes = Vec::new();
    for group in digits.chunks(4) {
        let bits =
            group.iter().fold(0_u32, |bits, digit| bits << 6 | u32::from(*digit)) << (6 * (4 - group.len()));
        let all = bits.to_be_bytes();
        let (taken, loose) = all[1..].split_at(group.len() - 1);
        if loose.iter().any(|byte| *byte != 0) {
            habits.has(Class::Base64LooseBits).then_some(())?;
        }
        bytes.extend(taken);
    }
    Some(bytes)
}

const NAMES: [&str; 7] = ["open", "close", "ping", "pong", "message", "upgrade", "noop"];

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
