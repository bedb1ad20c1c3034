//! What wire42's own decoders make of a wire, and how its encoders write that again.

use std::panic;

use wire42::engine_io::{self, payload};
use wire42::frame::Frame;
use wire42::socket_io::{self, Args, Reassembly};

use super::reading::{self, Reading};
use super::value::Value;
use crate::hex;
use crate::packet::{Content, SocketType};
use crate::vector::Kind;

/// A reading, and the same packets written anew if there are any.
pub(super) struct Read {
    pub(super) reading: Reading,
    pub(super) again: Option<Vec<Content>>,
}

/// Reads a wire of this kind; a panic is a reading that nobody else has.
pub(super) fn read(kind: Kind, wire: &[Content]) -> Read {
    let packets = panic::catch_unwind(|| match (kind, wire) {
        (Kind::SocketPacket, frames) => socket(frames),
        (Kind::EnginePacket, [Content::Text(text)]) => {
            engine_io::Packet::decode(text).map_err(|error| error.to_string()).map(|packet| {
                let (line, frame) = engine(&packet);
                (vec![line], vec![in_text(&frame)])
            })
        }
        // A binary frame is a message as it is: nothing decodes it.
        (Kind::EnginePacket, [Content::Binary(bytes)]) => {
            Ok((vec![bytes_line(bytes)], vec![Content::Binary(bytes.clone())]))
        }
        (Kind::Payload, [Content::Text(body)]) => body_of(body),
        (Kind::EnginePacket | Kind::Payload, other) => unreachable!("not one packet or body: {other:?}"),
    });
    let packets = packets.unwrap_or_else(|_| Ok((vec!["a panic".to_owned()], vec![])));
    let again = packets.as_ref().ok().map(|(_, wire)| wire.clone()).filter(|wire| !wire.is_empty());
    Read { reading: Reading::of(packets.map(|(lines, _)| lines)), again }
}

/// Lines, and the frames that mean the same.
type Packets = (Vec<String>, Vec<Content>);

fn body_of(body: &str) -> Result<Packets, String> {
    let packets: Result<Vec<_>, _> = payload::decode(body).collect();
    let (mut lines, mut again) = (Vec::new(), String::new());
    for packet in &packets.map_err(|error| error.to_string())? {
        let (line, frame) = engine(packet);
        lines.push(line);
        payload::append(&mut again, &frame);
    }
    Ok((lines, vec![Content::Text(again)]))
}

fn engine(packet: &engine_io::Packet<'_>) -> (String, Frame) {
    use engine_io::Packet::{Binary, Close, Message, Noop, Open, Ping, Pong, Upgrade};
    let (digit, kind, data) = match packet {
        Open(data) => ('0', "open", *data),
        Close => ('1', "close", ""),
        Ping(data) => ('2', "ping", *data),
        Pong(data) => ('3', "pong", *data),
        Message(data) => ('4', "message", *data),
        Upgrade => ('5', "upgrade", ""),
        Noop => ('6', "noop", ""),
        Binary(bytes) => return (bytes_line(bytes), Frame::Binary(bytes.clone())),
    };
    (reading::engine(kind, data), Frame::Text(format!("{digit}{data}")))
}

/// Writes a frame as where only text can travel.
fn in_text(frame: &Frame) -> Content {
    let mut text = String::new();
    payload::append(&mut text, frame);
    Content::Text(text)
}

fn socket(frames: &[Content]) -> Result<Packets, String> {
    let mut reassembly = Reassembly::default();
    let (mut lines, mut again) = (Vec::new(), Vec::new());
    for frame in frames {
        let packet = match frame.clone() {
            Content::Text(text) => reassembly.accept_text(text),
            Content::Binary(bytes) => reassembly.accept_binary(bytes),
        };
        if let Some(packet) = packet.map_err(|error| error.to_string())? {
            // Had the decoder let something else pass, no other reading would be the same.
            lines.push(socket_line(&packet).unwrap_or_else(|| "no JSON".to_owned()));
            again.extend(packet.encode("").frames().iter().map(|frame| match frame {
                Frame::Text(text) => Content::Text(text.clone()),
                Frame::Binary(bytes) => Content::Binary(bytes.clone()),
            }));
        }
    }
    Ok((lines, again))
}

fn socket_line(packet: &socket_io::Packet) -> Option<String> {
    use socket_io::Kind::{Ack, Connect, ConnectError, Disconnect, Event};
    let (kind, id, data) = match &packet.kind {
        Connect { data: None } => (SocketType::Connect, None, None),
        Connect { data: Some(data) } => (SocketType::Connect, None, Some(Value::read(data)?)),
        Disconnect => (SocketType::Disconnect, None, None),
        Event { id, args } => (SocketType::Event, *id, Some(arguments(args)?)),
        Ack { id, args: None } => (SocketType::Ack, *id, None),
        Ack { id, args: Some(args) } => (SocketType::Ack, *id, Some(arguments(args)?)),
        ConnectError { data } => (SocketType::ConnectError, None, Some(Value::read(data)?)),
    };
    // The decoder gives no id that a double would round.
    Some(reading::socket(kind, packet.namespace.as_str(), id.map(|id| id as f64), data.as_ref()))
}

/// Puts the attachments in their places, as the client does that receives them.
fn arguments(args: &Args) -> Option<Value> {
    let mut value = Value::read(args.json())?;
    if !args.attachments().is_empty() {
        value.attach(args.attachments());
    }
    Some(value)
}

fn bytes_line(bytes: &[u8]) -> String {
    format!("<{}>", hex::whole(bytes))
}
