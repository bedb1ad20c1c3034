//! The JSON form of frames and packets: in the exported fixtures, and in the lines of an adapter.
//!
//! ```text
//! frame    {"text":"51-[\"a\",{\"_placeholder\":true,\"num\":0}]"}   {"hex":"00ff"}
//! packet   {"type":"message","data":"hello"}                       {"type":"binary","hex":"00ff"}
//!          {"type":"event","namespace":"/","id":7,"data":["a",{"$bytes":"00ff"}]}
//! ```

use super::{Kind, Packet};
use crate::hex;
use crate::json::{Json, Number, quote};
use crate::packet::{Content, EnginePacket, EngineType, SocketPacket, SocketType};

/// Writes frames, or a body.
pub(crate) fn contents_to_json(contents: &[Content]) -> Json {
    let frame = |content: &Content| match content {
        Content::Text(text) => object([("text", Json::Text(text.clone()))]),
        Content::Binary(bytes) => object([("hex", Json::Text(hex::whole(bytes)))]),
    };
    Json::Array(contents.iter().map(frame).collect())
}

/// Reads frames, or a body.
pub(crate) fn contents_from_json(json: &Json) -> Result<Vec<Content>, String> {
    let frame = |frame: &Json| match (frame.member("text"), frame.member("hex")) {
        (Some(Json::Text(text)), None) => Ok(Content::Text(text.clone())),
        (None, Some(Json::Text(digits))) => bytes_of(digits).map(Content::Binary),
        _ => Err(format!("a frame is {{\"text\":...}} or {{\"hex\":...}}, not {frame}")),
    };
    elements(json)?.iter().map(frame).collect()
}

/// Writes packets.
pub(crate) fn packets_to_json(packets: &[Packet]) -> Json {
    Json::Array(packets.iter().map(packet_to_json).collect())
}

/// Reads packets of the layer that a kind belongs to; what has a type but is no packet of that layer is strange, not wrong.
pub(crate) fn packets_from_json(kind: Kind, json: &Json) -> Result<Vec<Packet>, String> {
    let packet = |packet: &Json| {
        let word = packet.member("type").and_then(Json::as_text);
        let word = word.ok_or_else(|| format!("a packet is an object with a \"type\", not {packet}"))?;
        let known = match kind {
            Kind::EnginePacket | Kind::Payload => engine_from_json(word, packet).map(Packet::Engine),
            Kind::SocketPacket => socket_from_json(word, packet).map(Packet::Socket),
        };
        Ok(known.unwrap_or_else(|| Packet::Strange(packet.clone())))
    };
    elements(json)?.iter().map(packet).collect()
}

/// Writes an attachment as it stands in a payload.
pub(super) fn bytes(digits: &str) -> String {
    format!("{{{}:{}}}", quote(BYTES), quote(digits))
}

/// Puts bytes where their JSON form stands.
pub(super) fn attachments_in_place(json: Json) -> Result<Json, String> {
    Ok(match json {
        Json::Array(items) => {
            Json::Array(items.into_iter().map(attachments_in_place).collect::<Result<_, _>>()?)
        }
        Json::Object(members) => match &members[..] {
            [(key, Json::Text(digits))] if key == BYTES => Json::Bytes(bytes_of(digits)?),
            _ => {
                let inside = |(key, value)| attachments_in_place(value).map(|value| (key, value));
                Json::Object(members.into_iter().map(inside).collect::<Result<_, _>>()?)
            }
        },
        other => other,
    })
}

/// Writes bytes in their JSON form.
fn attachments_as_objects(json: &Json) -> Json {
    match json {
        Json::Bytes(bytes) => object([(BYTES, Json::Text(hex::whole(bytes)))]),
        Json::Array(items) => Json::Array(items.iter().map(attachments_as_objects).collect()),
        Json::Object(members) => {
            let inside = |(key, value): &(String, Json)| (key.clone(), attachments_as_objects(value));
            Json::Object(members.iter().map(inside).collect())
        }
        other => other.clone(),
    }
}

fn packet_to_json(packet: &Packet) -> Json {
    match packet {
        Packet::Engine(EnginePacket::Binary(bytes)) => {
            object([("type", Json::Text("binary".to_owned())), ("hex", Json::Text(hex::whole(bytes)))])
        }
        Packet::Engine(EnginePacket::Typed(kind, data)) => {
            object([("type", Json::Text(kind.name().to_owned())), ("data", Json::Text(data.clone()))])
        }
        Packet::Strange(json) => json.clone(),
        Packet::Socket(packet) => {
            let mut members = vec![
                ("type", Json::Text(packet.kind.name().to_owned())),
                ("namespace", Json::Text(packet.namespace.clone())),
            ];
            members.extend(packet.id.map(|id| ("id", Json::Number(Number(id.to_string())))));
            members.extend(packet.data.as_ref().map(|data| ("data", attachments_as_objects(data))));
            object(members)
        }
    }
}

fn engine_from_json(word: &str, json: &Json) -> Option<EnginePacket> {
    if word == "binary" {
        return hex::read(json.member("hex")?.as_text()?).map(EnginePacket::Binary);
    }
    let data = match json.member("data") {
        None | Some(Json::Null) => String::new(),
        Some(data) => data.as_text()?.to_owned(),
    };
    EngineType::named(word).map(|kind| EnginePacket::Typed(kind, data))
}

fn socket_from_json(word: &str, json: &Json) -> Option<SocketPacket> {
    let member = |key: &str| json.member(key).filter(|value| **value != Json::Null);
    Some(SocketPacket {
        kind: SocketType::named(word)?,
        attachments: 0,
        namespace: member("namespace").map_or(Some("/"), Json::as_text)?.to_owned(),
        id: member("id").map(|id| id.as_u64().ok_or(())).transpose().ok()?,
        data: member("data").cloned().map(attachments_in_place).transpose().ok()?,
    })
}

fn elements(json: &Json) -> Result<&[Json], String> {
    if let Json::Array(items) = json { Ok(items) } else { Err(format!("an array, not {json}")) }
}

fn bytes_of(digits: &str) -> Result<Vec<u8>, String> {
    hex::read(digits).ok_or_else(|| format!("{digits:?} are no pairs of hex digits"))
}

fn object<'a>(members: impl IntoIterator<Item = (&'a str, Json)>) -> Json {
    Json::Object(members.into_iter().map(|(key, value)| (key.to_owned(), value)).collect())
}

/// The only key of the object that stands for an attachment.
const BYTES: &str = "$bytes";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vector::words;

    #[test]
    fn packets_survive_the_way_through_json() {
        for (kind, text) in [
            (Kind::SocketPacket, r#"event /a id 7 ["a",{"b":bytes 00ff,"$bytes":1}] then connect"#),
            (Kind::SocketPacket, r#"connect-error {"message":"x"}"#),
            (Kind::Payload, r#"message "€", binary , binary 00ff, ping"#),
        ] {
            let packets = words::packets(kind, text).unwrap();
            let through = Json::read(&packets_to_json(&packets).to_string()).unwrap();
            assert_eq!(packets_from_json(kind, &through).unwrap(), packets);
        }
    }

    #[test]
    fn long_bytes_are_written_whole() {
        let frames = [Content::Binary(vec![7; 300]), Content::Text("4a\u{1e}".to_owned())];
        let through = Json::read(&contents_to_json(&frames).to_string()).unwrap();
        assert_eq!(contents_from_json(&through).unwrap(), frames);
    }

    #[test]
    fn what_an_adapter_may_leave_out_has_a_default() {
        let json = Json::read(r#"[{"type":"connect","id":null,"data":null}]"#).unwrap();
        let packets = packets_from_json(Kind::SocketPacket, &json).unwrap();
        assert_eq!(packets[0].to_string(), "connect");
    }

    #[test]
    fn what_is_no_packet_of_the_protocol_is_strange() {
        for (kind, text) in [
            (Kind::SocketPacket, r#"{"type":"message"}"#),
            (Kind::SocketPacket, r#"{"type":"event","id":1e+200}"#),
            (Kind::SocketPacket, r#"{"type":"event","namespace":7}"#),
            (Kind::SocketPacket, r#"{"type":"event","data":[{"$bytes":"0"}]}"#),
            (Kind::Payload, r#"{"type":"message","data":1}"#),
            (Kind::Payload, r#"{"type":"binary"}"#),
        ] {
            let packets = packets_from_json(kind, &Json::read(&format!("[{text}]")).unwrap()).unwrap();
            assert!(matches!(&packets[..], [Packet::Strange(_)]), "{text}");
            assert_eq!(packets[0].to_string(), text);
            assert!(!packets[0].means(&packets[0].clone()), "nothing is meant by it");
        }
    }

    #[test]
    fn what_is_not_even_a_list_of_packets_is_told() {
        for text in [r#"{"type":"event"}"#, "[7]", r#"[{"kind":"event"}]"#, r#"[{"type":2}]"#] {
            assert!(packets_from_json(Kind::SocketPacket, &Json::read(text).unwrap()).is_err(), "{text}");
        }
    }
}
