//! A model of both readers of Socket.IO packets: the habits decide which of the two it is.
//!
//! ```text
//! 5  1-  /admin,  12  ["photo",{"_placeholder":true,"num":0}]
//! │  │   │        │   └ take_payload
//! │  │   │        └ take_id
//! │  │   └ take_namespace
//! │  └ take_count
//! └ take_type
//! ```

use super::super::class::{Class, Habits};
use super::super::javascript::{self, MAX_SAFE_INTEGER};
use super::super::reading::{self, Reading};
use super::super::value::Value;
use super::placeholders::fit;
use crate::packet::{Content, SocketType};

/// Reads texts and the attachments behind them.
pub(super) fn packets(wire: &[Content], habits: &Habits) -> Reading {
    Reading::of(read(wire, habits).map_err(str::to_owned))
}

fn read(wire: &[Content], habits: &Habits) -> Result<Vec<String>, &'static str> {
    let mut packets = Vec::new();
    let mut waiting: Option<(Packet, Vec<Vec<u8>>)> = None;
    for frame in wire {
        match (frame, waiting.take()) {
            (Content::Text(text), None) => {
                let packet = Packet::read(text, habits)?;
                match packet.count {
                    0 => packets.push(packet.written(&[])?),
                    _ => waiting = Some((packet, Vec::new())),
                }
            }
            (Content::Binary(bytes), Some((packet, mut attachments))) => {
                attachments.push(bytes.clone());
                match attachments.len() == packet.count {
                    true => packets.push(packet.written(&attachments)?),
                    false => waiting = Some((packet, attachments)),
                }
            }
            (Content::Text(_), Some(_)) => return Err("a text among attachments"),
            (Content::Binary(_), None) => return Err("an attachment of no packet"),
        }
    }
    Ok(packets)
}

struct Packet {
    kind: SocketType,
    count: usize,
    namespace: String,
    id: Option<f64>,
    data: Option<Value>,
    /// A placeholder names no attachment, and nobody has said so yet.
    is_misfit: bool,
}

impl Packet {
    fn read(text: &str, habits: &Habits) -> Result<Packet, &'static str> {
        let mut rest = text;
        let digit = take_type(&mut rest, habits)?;
        let is_binary = matches!(digit, '5' | '6');
        let count = if is_binary { take_count(&mut rest, habits)? } else { 0 };
        let namespace = take_namespace(&mut rest);
        let id = take_id(&mut rest, habits)?;
        let data = take_payload(digit, rest, habits)?;
        let is_misfit = is_binary && !data.as_ref().is_none_or(|data| fit(data, count, habits));
        if is_misfit && !habits.has(Class::PlaceholderSeenLate) {
            return Err("a placeholder of no attachment");
        }
        let kind = kind(digit);
        let has_use = matches!(kind, SocketType::Event | SocketType::Ack);
        let id = id.filter(|_| has_use || habits.has(Class::IdOfNoUse));
        Ok(Packet { kind, count, namespace, id, data, is_misfit })
    }

    fn written(mut self, attachments: &[Vec<u8>]) -> Result<String, &'static str> {
        if self.is_misfit {
            return Err("a placeholder of no attachment");
        }
        if let Some(data) = self.data.as_mut().filter(|_| !attachments.is_empty()) {
            data.attach(attachments);
        }
        Ok(reading::socket(self.kind, &self.namespace, self.id, self.data.as_ref()))
    }
}

fn take_type(rest: &mut &str, habits: &Habits) -> Result<char, &'static str> {
    let mut chars = rest.chars();
    let digit = match chars.next() {
        Some(digit @ '0'..='6') => digit,
        Some(c) if javascript::is_white_space(c) && habits.has(Class::WhiteSpaceType) => '0',
        None if habits.has(Class::NoType) => '0',
        _ => return Err("no type"),
    };
    *rest = chars.as_str();
    Ok(digit)
}

fn take_count(rest: &mut &str, habits: &Habits) -> Result<usize, &'static str> {
    let (text, behind) = rest.split_once('-').ok_or("no count")?;
    *rest = behind;
    let number = javascript::number(text);
    let is_digits = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    match number {
        0.0 if is_digits && !habits.has(Class::CountOfZero) => Ok(0),
        1.0..=10.0 if number.fract() == 0.0 && (is_digits || habits.has(Class::CountNotInDigits)) => {
            Ok(number as usize)
        }
        _ => Err("no count from 1 to 10"),
    }
}

fn take_namespace(rest: &mut &str) -> String {
    if !rest.starts_with('/') {
        return "/".to_owned();
    }
    let (name, behind) = rest.split_once(',').unwrap_or((rest, ""));
    *rest = behind;
    name.to_owned()
}

/// Takes the digits, and with the reference's habits the white space before, between and behind them.
fn take_id(rest: &mut &str, habits: &Habits) -> Result<Option<f64>, &'static str> {
    let belongs = |c: char| c.is_ascii_digit() || javascript::is_white_space(c);
    let run = &rest[..rest.find(|c| !belongs(c)).unwrap_or(rest.len())];
    let digits = &run[..run.find(javascript::is_white_space).unwrap_or(run.len())];
    let (space, is_last) = (&run[digits.len()..], run.len() == rest.len());
    let takes_all = if space.is_empty() {
        true
    } else if space.contains(|c: char| c.is_ascii_digit()) {
        habits.has(Class::WhiteSpaceInId)
    } else if !space.chars().all(|c| " \t\r\n".contains(c)) {
        habits.has(Class::ForeignWhiteSpace)
    } else if is_last {
        habits.has(Class::WhiteSpaceAlone)
    } else {
        digits.is_empty() && habits.has(Class::WhiteSpaceIsIdZero)
    };
    let taken = if takes_all { run } else { digits };
    *rest = &rest[taken.len()..];
    if taken.is_empty() {
        return Ok(None);
    }
    let id = javascript::number(taken);
    if id > MAX_SAFE_INTEGER && !habits.has(Class::LongId) { Err("a long id") } else { Ok(Some(id)) }
}

fn take_payload(digit: char, text: &str, habits: &Habits) -> Result<Option<Value>, &'static str> {
    if text.is_empty() {
        let may_lack = match digit {
            '0' | '1' | '3' => true,
            '2' | '5' => habits.has(Class::EventWithoutPayload),
            '4' => habits.has(Class::ConnectErrorWithoutPayload),
            _ => habits.has(Class::BinaryAckWithoutPayload),
        };
        return if may_lack { Ok(None) } else { Err("no payload") };
    }
    let value = Value::read(text).ok_or("no JSON")?;
    let fits = match (kind(digit), &value) {
        (SocketType::Event, Value::Array(items)) => match items.first() {
            Some(Value::Number(_)) => true,
            Some(name @ Value::Text(_)) => !RESERVED.iter().any(|reserved| name.is_text(reserved)),
            _ => false,
        },
        (SocketType::Ack, Value::Array(_)) => true,
        (SocketType::Connect | SocketType::ConnectError, Value::Object(_)) => true,
        (SocketType::ConnectError, Value::Text(_)) => true,
        _ => false,
    };
    if fits { Ok(Some(value)) } else { Err("another payload") }
}

fn kind(digit: char) -> SocketType {
    match digit {
        '0' => SocketType::Connect,
        '1' => SocketType::Disconnect,
        '2' | '5' => SocketType::Event,
        '3' | '6' => SocketType::Ack,
        _ => SocketType::ConnectError,
    }
}

/// Names that both libraries keep for themselves.
const RESERVED: [&str; 6] =
    ["connect", "connect_error", "disconnect", "disconnecting", "newListener", "removeListener"];
