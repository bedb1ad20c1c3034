//! Packets of either layer, compared by what they mean.
//!
//! ```text
//! event ["a",{"x":1,"y":2}]     is     event ["a",{"y":2.0,"x":1}]         the order of keys and the spelling of numbers
//! ```
//!
//! ```
//! use protocol_tests::packet::SocketPacket;
//! use protocol_tests::vector::Packet;
//!
//! let packet = |wire: &str| Packet::Socket(SocketPacket::read(wire).expect("the wire is sound"));
//! assert!(packet(r#"2["a",{"x":1,"y":2}]"#).means(&packet(r#"2/,["a",{"y":2.0,"x":1}]"#)));
//! assert!(!packet(r#"2["a"]"#).means(&packet(r#"20["a"]"#)));
//! ```

use std::fmt;

use crate::json::Json;
use crate::packet::{EnginePacket, SocketPacket};
use crate::pattern::shorten;

/// What a codec reads and writes.
#[derive(Clone, Debug, PartialEq)]
pub enum Packet {
    /// A packet of Engine.IO.
    Engine(EnginePacket),
    /// A packet of Socket.IO, its attachments in their places.
    Socket(SocketPacket),
    /// What another codec takes for a packet and the protocol does not: the id `1e+200`, data that became a number.
    Strange(Json),
}

impl Packet {
    /// Tells whether both mean the same.
    pub fn means(&self, other: &Packet) -> bool {
        match (self, other) {
            (Packet::Engine(one), Packet::Engine(other)) => one == other,
            (Packet::Socket(one), Packet::Socket(other)) => {
                let header = (one.kind, &one.namespace, one.id) == (other.kind, &other.namespace, other.id);
                header
                    && match (&one.data, &other.data) {
                        (Some(one), Some(other)) => alike(one, other),
                        (one, other) => one.is_none() && other.is_none(),
                    }
            }
            (Packet::Engine(_) | Packet::Socket(_) | Packet::Strange(_), _) => false,
        }
    }
}

impl fmt::Display for Packet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Packet::Engine(packet) => packet.fmt(f),
            Packet::Socket(packet) => packet.fmt(f),
            Packet::Strange(json) => json.fmt(f),
        }
    }
}

/// Compares two sequences of packets.
pub(super) fn all_mean(one: &[Packet], other: &[Packet]) -> bool {
    one.len() == other.len() && one.iter().zip(other).all(|(one, other)| one.means(other))
}

/// Writes packets for people, in the words of the fixtures.
pub(super) fn describe(packets: &[Packet]) -> String {
    if packets.is_empty() {
        return "nothing".to_owned();
    }
    if matches!(packets[0], Packet::Socket(_)) {
        return shorten(&packets.iter().map(ToString::to_string).collect::<Vec<_>>().join(" then "));
    }
    let rows = packets.chunk_by(|one, next| one == next).map(|row| match row.len() {
        1 => row[0].to_string(),
        times => format!("{} x{times}", row[0]),
    });
    shorten(&rows.collect::<Vec<_>>().join(", "))
}

/// Compares JSON; an object has no order.
fn alike(one: &Json, other: &Json) -> bool {
    let covered = |members: &[(String, Json)], by: &Json, one: &Json| {
        members.iter().all(|(key, _)| match (one.member(key), by.member(key)) {
            (Some(value), Some(found)) => alike(value, found),
            _ => false,
        })
    };
    match (one, other) {
        (Json::Array(items), Json::Array(others)) => {
            items.len() == others.len() && items.iter().zip(others).all(|(item, other)| alike(item, other))
        }
        (Json::Object(members), Json::Object(others)) => {
            covered(members, other, one) && others.iter().all(|(key, _)| one.member(key).is_some())
        }
        (one, other) => one == other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn json(text: &str) -> Json {
        Json::read(text).unwrap()
    }

    #[test]
    fn an_object_has_no_order_but_an_array_has() {
        assert!(alike(&json(r#"[{"a":1,"b":[2]}]"#), &json(r#"[{"b":[2.0],"a":1}]"#)));
        assert!(!alike(&json("[1,2]"), &json("[2,1]")));
    }

    #[test]
    fn a_key_more_or_less_is_a_difference() {
        assert!(!alike(&json(r#"{"a":1}"#), &json(r#"{"a":1,"b":null}"#)));
        assert!(!alike(&json(r#"{"a":1,"b":null}"#), &json(r#"{"a":1}"#)));
        assert!(!alike(&json("[]"), &json("{}")));
    }
}
