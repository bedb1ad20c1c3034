//! The judge's own strict reader of Engine.IO packets, polling payloads and Socket.IO packets.
//!
//! ```text
//! 4hello ␞ bAQIDBA== ␞ 2            a payload: packets joined by 0x1e, binary as b + base64
//! 4 52-/nsp,13["ev",{...}]          message, BINARY_EVENT, two attachments, namespace, ack id, payload
//! ```
//!
//! Never the server's codec: a bug that both share would hide itself.
//!
//! ```
//! use protocol_tests::packet::SocketPacket;
//! assert_eq!(SocketPacket::read("2/chat,7[\"hi\"]").unwrap().to_string(), "event /chat id 7 [\"hi\"]");
//! assert_eq!(SocketPacket::read("2{}").unwrap_err(), "invalid-payload");
//! ```

use std::fmt;

use data_encoding::BASE64;

use crate::hex;
use crate::json::{Json, quote};
use crate::pattern::shorten;

/// What one frame or one part of a payload carries, before anybody asks what it means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Content {
    /// The characters of a text frame, or of a packet in a payload.
    Text(String),
    /// The bytes of a binary frame, or of a `b...` packet in a payload.
    Binary(Vec<u8>),
}

impl Content {
    /// Returns the bytes of a binary message.
    pub fn as_bytes(&self) -> Option<&[u8]> {
        if let Content::Binary(bytes) = self { Some(bytes) } else { None }
    }

    /// Returns the characters of a text packet.
    pub fn as_text(&self) -> Option<&str> {
        if let Content::Text(text) = self { Some(text) } else { None }
    }

    /// Tells whether this is exactly the text `wire`.
    pub fn is(&self, wire: &str) -> bool {
        self.as_text() == Some(wire)
    }
}

impl fmt::Display for Content {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Content::Text(text) => f.write_str(&shorten(text)),
            Content::Binary(bytes) => write!(f, "binary {}", hex::write(bytes)),
        }
    }
}

/// An Engine.IO packet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EnginePacket {
    /// A type digit and what follows it.
    Typed(EngineType, String),
    /// A binary message.
    Binary(Vec<u8>),
}

/// The Engine.IO packet types, in the order of their digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the protocol's own words")]
pub enum EngineType {
    Open,
    Close,
    Ping,
    Pong,
    Message,
    Upgrade,
    Noop,
}

const ENGINE_TYPES: [EngineType; 7] = {
    use EngineType::{Close, Message, Noop, Open, Ping, Pong, Upgrade};
    [Open, Close, Ping, Pong, Message, Upgrade, Noop]
};

impl EngineType {
    /// The word for it in the fixtures.
    pub fn name(self) -> &'static str {
        ["open", "close", "ping", "pong", "message", "upgrade", "noop"][self as usize]
    }

    /// Finds the type for its word.
    pub fn named(name: &str) -> Option<EngineType> {
        ENGINE_TYPES.into_iter().find(|kind| kind.name() == name)
    }
}

impl EnginePacket {
    /// Reads what a frame carries; the error is its class: `empty` or `unknown-type`.
    pub fn read(content: &Content) -> Result<EnginePacket, &'static str> {
        let text = match content {
            Content::Binary(bytes) => return Ok(EnginePacket::Binary(bytes.clone())),
            Content::Text(text) => text,
        };
        let digit = *text.as_bytes().first().ok_or("empty")?;
        let kind = ENGINE_TYPES.get(usize::from(digit.wrapping_sub(b'0'))).ok_or("unknown-type")?;
        Ok(EnginePacket::Typed(*kind, text[1..].to_owned()))
    }
}

impl fmt::Display for EnginePacket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            EnginePacket::Typed(kind, data) => {
                f.write_str(kind.name())?;
                if data.is_empty() { Ok(()) } else { write!(f, " {}", quote(data)) }
            }
            EnginePacket::Binary(bytes) if bytes.is_empty() => f.write_str("binary"),
            EnginePacket::Binary(bytes) => write!(f, "binary {}", hex::write(bytes)),
        }
    }
}

/// Splits a polling body into its packets; the error is its class: `empty`, `unknown-type` or `bad-base64`.
pub fn payload(body: &str) -> Result<Vec<Content>, &'static str> {
    body.split('\u{1e}')
        .map(|part| match part.strip_prefix('b') {
            Some(encoded) => BASE64.decode(encoded.as_bytes()).map(Content::Binary).map_err(|_| "bad-base64"),
            None => {
                let content = Content::Text(part.to_owned());
                EnginePacket::read(&content).map(|_| content)
            }
        })
        .collect()
}

/// Joins messages into a polling body.
pub fn body(messages: &[Content]) -> String {
    let parts: Vec<String> = messages
        .iter()
        .map(|message| match message {
            Content::Text(text) => text.clone(),
            Content::Binary(bytes) => format!("b{}", BASE64.encode(bytes)),
        })
        .collect();
    parts.join("\u{1e}")
}

/// A Socket.IO packet, without the Engine.IO digit in front and before its attachments have come.
#[derive(Clone, Debug, PartialEq)]
pub struct SocketPacket {
    /// What it means.
    pub kind: SocketType,
    /// How many binary messages follow.
    pub attachments: usize,
    /// Its namespace, `/` when none is written.
    pub namespace: String,
    /// The acknowledgement id.
    pub id: Option<u64>,
    /// The payload.
    pub data: Option<Json>,
}

/// What a Socket.IO packet means; binary events and acks are events and acks with attachments.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the protocol's own words")]
pub enum SocketType {
    Connect,
    Disconnect,
    Event,
    Ack,
    ConnectError,
}

impl SocketType {
    /// The word for it in the fixtures.
    pub fn name(self) -> &'static str {
        ["connect", "disconnect", "event", "ack", "connect-error"][self as usize]
    }

    /// Finds the type for its word.
    pub fn named(name: &str) -> Option<SocketType> {
        use SocketType::{Ack, Connect, ConnectError, Disconnect, Event};
        [Connect, Disconnect, Event, Ack, ConnectError].into_iter().find(|kind| kind.name() == name)
    }
}

impl SocketPacket {
    /// Reads a packet strictly; the error is its class.
    pub fn read(text: &str) -> Result<SocketPacket, &'static str> {
        let kind = match text.as_bytes().first() {
            Some(b'0') => SocketType::Connect,
            Some(b'1') => SocketType::Disconnect,
            Some(b'2' | b'5') => SocketType::Event,
            Some(b'3' | b'6') => SocketType::Ack,
            Some(b'4') => SocketType::ConnectError,
            _ => return Err("unknown-type"),
        };
        let mut rest = &text[1..];
        let mut attachments = 0;
        if matches!(text.as_bytes()[0], b'5' | b'6') {
            let (count, after) = rest.split_once('-').ok_or("illegal-attachments")?;
            if count.is_empty() || !count.bytes().all(|b| b.is_ascii_digit()) {
                return Err("illegal-attachments");
            }
            attachments =
                count.parse().ok().filter(|n| *n <= ATTACHMENT_LIMIT).ok_or("too-many-attachments")?;
            rest = after;
        }
        let mut namespace = "/";
        if rest.starts_with('/') {
            (namespace, rest) = rest.split_once(',').unwrap_or((rest, ""));
        }
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        let id = match digits {
            0 => None,
            _ => Some(rest[..digits].parse().map_err(|_| "bad-id")?),
        };
        let payload = &rest[digits..];
        let data = match payload {
            "" => None,
            payload => Some(Json::read(payload).map_err(|_| "invalid-payload")?),
        };
        let packet = SocketPacket { kind, attachments, namespace: namespace.to_owned(), id, data };
        packet.check_payload().map(|()| packet)
    }

    /// Reads messages in a row, each packet with the attachments that follow it.
    pub fn read_all(messages: &[Content]) -> Result<Vec<SocketPacket>, &'static str> {
        let mut packets = Vec::new();
        let mut rest = messages;
        while let Some((first, after)) = rest.split_first() {
            let mut packet = SocketPacket::read(first.as_text().ok_or("unexpected-binary")?)?;
            let count = packet.attachments;
            let bytes: Vec<&[u8]> = after.iter().take(count).map_while(Content::as_bytes).collect();
            if bytes.len() < count {
                return Err(if after.len() > bytes.len() {
                    "unexpected-text"
                } else {
                    "illegal-attachments"
                });
            }
            if matches!(first.as_text(), Some(text) if text.starts_with(['5', '6'])) {
                packet.attach(&bytes)?;
            }
            packets.push(packet);
            rest = &after[count..];
        }
        Ok(packets)
    }

    /// Puts the attachments in the places of their placeholders.
    pub fn attach(&mut self, bytes: &[&[u8]]) -> Result<(), &'static str> {
        match self.data.as_mut() {
            Some(data) => place(data, bytes),
            None => Ok(()),
        }
    }

    // Socket.IO v5, packet format: which type has which payload.
    fn check_payload(&self) -> Result<(), &'static str> {
        let fits = match (self.kind, &self.data) {
            (SocketType::Connect, data) => matches!(data, None | Some(Json::Object(_))),
            (SocketType::Disconnect, data) => data.is_none(),
            (SocketType::Event, Some(Json::Array(items))) => match items.first() {
                Some(Json::Text(name)) if RESERVED.contains(&name.as_str()) => return Err("reserved-event"),
                Some(Json::Text(_) | Json::Number(_)) => true,
                _ => false,
            },
            (SocketType::Event, _) => false,
            (SocketType::Ack, Some(Json::Array(_))) if self.id.is_none() => return Err("missing-id"),
            (SocketType::Ack, data) => matches!(data, Some(Json::Array(_))),
            (SocketType::ConnectError, data) => matches!(data, Some(Json::Object(_) | Json::Text(_))),
        };
        if fits { Ok(()) } else { Err("invalid-payload") }
    }
}

impl fmt::Display for SocketPacket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.kind.name())?;
        if self.namespace != "/" {
            write!(f, " {}", self.namespace)?;
        }
        if let Some(id) = self.id {
            write!(f, " id {id}")?;
        }
        match &self.data {
            Some(data) => write!(f, " {data}"),
            None => Ok(()),
        }
    }
}

/// Tells how many binary messages must follow this text of an Engine.IO message.
pub fn announced(text: &str) -> usize {
    let header = text.strip_prefix("45").or_else(|| text.strip_prefix("46"));
    header.and_then(|rest| rest.split_once('-')).and_then(|(count, _)| count.parse().ok()).unwrap_or(0)
}

/// Reads a payload's JSON and puts the attachments in their places.
pub(crate) fn rebuild(json: &str, bytes: &[&[u8]]) -> Result<Json, String> {
    let mut value = Json::read(json).map_err(|unread| format!("no JSON: expected {}", unread.expected))?;
    if !bytes.is_empty() {
        place(&mut value, bytes)?;
    }
    Ok(value)
}

fn place(value: &mut Json, bytes: &[&[u8]]) -> Result<(), &'static str> {
    match value {
        Json::Array(items) => items.iter_mut().try_for_each(|item| place(item, bytes)),
        Json::Object(_) if value.member("_placeholder") == Some(&Json::Bool(true)) => {
            let number = value.member("num").and_then(Json::as_u64).and_then(|n| usize::try_from(n).ok());
            let attachment = number.and_then(|n| bytes.get(n)).ok_or("illegal-attachments")?;
            *value = Json::Bytes(attachment.to_vec());
            Ok(())
        }
        Json::Object(members) => members.iter_mut().try_for_each(|(_, item)| place(item, bytes)),
        _ => Ok(()),
    }
}

/// Names an event must not have: the client library emits them itself.
const RESERVED: [&str; 6] =
    ["connect", "connect_error", "disconnect", "disconnecting", "newListener", "removeListener"];

/// Far more than any server sends; the reference itself reads ten.
const ATTACHMENT_LIMIT: usize = 1000;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packets_are_read_whole() {
        for (wire, meaning) in [
            (r#"0/admin,{"token":"x"}"#, r#"connect /admin {"token":"x"}"#),
            ("1", "disconnect"),
            (r#"213["hi"]"#, r#"event id 13 ["hi"]"#),
            ("3/a,0[]", "ack /a id 0 []"),
            (r#"4{"message":"no"}"#, r#"connect-error {"message":"no"}"#),
        ] {
            assert_eq!(SocketPacket::read(wire).unwrap().to_string(), meaning);
        }
    }

    #[test]
    fn malformed_packets_have_a_class() {
        for (wire, class) in [
            ("", "unknown-type"),
            ("7", "unknown-type"),
            ("5[]", "illegal-attachments"),
            ("51.5-[]", "illegal-attachments"),
            ("2abc[]", "invalid-payload"),
            ("2", "invalid-payload"),
            (r#"2["connect"]"#, "reserved-event"),
            (r#"2["a"]x"#, "invalid-payload"),
            ("1{}", "invalid-payload"),
            (r#"299999999999999999999["a"]"#, "bad-id"),
        ] {
            assert_eq!(SocketPacket::read(wire).unwrap_err(), class, "{wire}");
        }
    }

    #[test]
    fn attachments_go_to_their_places() {
        let mut packet = SocketPacket::read(
            r#"52-["a",{"_placeholder":true,"num":1},{"b":[{"_placeholder":true,"num":0}]}]"#,
        )
        .unwrap();
        packet.attach(&[&[1], &[2]]).unwrap();
        assert_eq!(packet.to_string(), r#"event ["a",bytes 02,{"b":[bytes 01]}]"#);
        let mut packet = SocketPacket::read(r#"51-["a",{"_placeholder":true,"num":1}]"#).unwrap();
        assert_eq!(packet.attach(&[&[1]]), Err("illegal-attachments"));
    }

    #[test]
    fn a_payload_is_split_and_its_base64_is_strict() {
        assert_eq!(
            payload("4a\u{1e}bAQI=").unwrap(),
            [Content::Text("4a".into()), Content::Binary(vec![1, 2])]
        );
        assert_eq!(payload("bAQI"), Err("bad-base64"));
        assert_eq!(payload("4a\u{1e}"), Err("empty"));
        assert_eq!(payload("\u{ff14}a"), Err("unknown-type"));
    }
}
