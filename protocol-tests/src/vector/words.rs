//! Reads meanings in the words of the fixtures.
//!
//! ```text
//! message "a", binary 00ff, ping        Engine.IO: a type and its data, as a JSON string or as hex; `message x1000` repeats
//! event /admin id 13 ["a",bytes 00ff]   Socket.IO: a type, namespace, id, payload; `bytes` where an attachment belongs
//! event ["a"] then event ["b"]          one packet after the other
//! nothing                               no packet at all
//! ```

use super::{Kind, Packet, form};
use crate::cursor::Cursor;
use crate::fault::Unread;
use crate::hex;
use crate::json::{self, Json};
use crate::packet::{EnginePacket, EngineType, SocketPacket, SocketType};

/// Reads the packets that a vector's value names.
pub(super) fn packets(kind: Kind, words: &str) -> Result<Vec<Packet>, Unread> {
    if words == "nothing" {
        return Ok(Vec::new());
    }
    match kind {
        Kind::EnginePacket => Ok(vec![Packet::Engine(engine_packet(words)?)]),
        Kind::Payload => {
            let mut packets = Vec::new();
            for part in split(words, ",") {
                let (part, times) = repeated(part.trim());
                packets.extend(std::iter::repeat_n(Packet::Engine(engine_packet(part)?), times));
            }
            Ok(packets)
        }
        Kind::SocketPacket => {
            split(words, " then ").into_iter().map(|part| socket_packet(part).map(Packet::Socket)).collect()
        }
    }
}

fn engine_packet(words: &str) -> Result<EnginePacket, Unread> {
    let (word, data) = words.split_once(' ').unwrap_or((words, ""));
    if word == "binary" {
        let bytes = hex::read(data).ok_or_else(|| Unread::new(data, "pairs of hex digits"))?;
        return Ok(EnginePacket::Binary(bytes));
    }
    let kind = EngineType::named(word).ok_or_else(|| Unread::new(word, "binary or the name of a type"))?;
    if data.is_empty() {
        return Ok(EnginePacket::Typed(kind, String::new()));
    }
    let mut cursor = Cursor::new(data);
    if !cursor.eat("\"") {
        return cursor.unread("the data, in quotes");
    }
    let data = json::string(&mut cursor)?;
    if cursor.is_done() {
        Ok(EnginePacket::Typed(kind, data))
    } else {
        cursor.unread("the end of the packet")
    }
}

fn socket_packet(words: &str) -> Result<SocketPacket, Unread> {
    let mut cursor = Cursor::new(words);
    let word = cursor.take_while(|c| c != ' ');
    let kind = SocketType::named(word).ok_or_else(|| Unread::new(word, "the name of a type"))?;
    let mut packet = SocketPacket { kind, attachments: 0, namespace: "/".to_owned(), id: None, data: None };
    cursor.skip_space();
    if cursor.peek() == Some('/') {
        cursor.take_while(|c| c != ' ').clone_into(&mut packet.namespace);
        cursor.skip_space();
    }
    if cursor.eat("id ") {
        let digits = cursor.take_while(|c| c.is_ascii_digit());
        packet.id = Some(digits.parse().map_err(|_| Unread::new(words, "a number after `id`"))?);
        cursor.skip_space();
    }
    if !cursor.is_done() {
        packet.data = Some(payload(cursor.rest())?);
    }
    Ok(packet)
}

/// Reads JSON in which `bytes 00ff` stands for an attachment.
fn payload(words: &str) -> Result<Json, Unread> {
    let mut plain = String::new();
    for (i, part) in split(words, "bytes").into_iter().enumerate() {
        if i == 0 {
            plain.push_str(part);
            continue;
        }
        let part = part.strip_prefix(' ').unwrap_or(part);
        let end = part.find(|c: char| !c.is_ascii_hexdigit()).unwrap_or(part.len());
        plain.push_str(&form::bytes(&part[..end]));
        plain.push_str(&part[end..]);
    }
    form::attachments_in_place(Json::read(&plain)?).map_err(|why| Unread::new(words, why))
}

/// Takes ` x30` off.
fn repeated(words: &str) -> (&str, usize) {
    match words.rsplit_once(" x").map(|(part, times)| (part, times.parse())) {
        Some((part, Ok(times))) => (part, times),
        _ => (words, 1),
    }
}

/// Splits outside strings.
fn split<'a>(words: &'a str, separator: &str) -> Vec<&'a str> {
    let mut parts = Vec::new();
    let (mut quoted, mut escaped, mut start) = (false, false, 0);
    for (at, c) in words.char_indices() {
        if !quoted && at >= start && words[at..].starts_with(separator) {
            parts.push(&words[start..at]);
            start = at + separator.len();
        }
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = quoted,
            '"' => quoted = !quoted,
            _ => {}
        }
    }
    parts.push(&words[start..]);
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(kind: Kind, words: &str) -> String {
        super::super::packets::describe(&packets(kind, words).unwrap())
    }

    #[test]
    fn what_is_read_is_written_in_the_same_words() {
        for words in [
            r#"event /a id 13 ["then event",{"b":[bytes 0102]}] then ack id 0 []"#,
            r#"connect-error {"message":"bytes, \"x\""}"#,
            "disconnect /admin",
            r#"event ["a",bytes ,bytes 00]"#,
        ] {
            assert_eq!(read(Kind::SocketPacket, words), words);
        }
        let words = r#"message "a, b", binary 00ff, ping, message "x2""#;
        assert_eq!(read(Kind::Payload, words), words);
    }

    #[test]
    fn packets_may_be_counted() {
        assert_eq!(read(Kind::Payload, "message x2, ping"), "message x2, ping");
        assert_eq!(packets(Kind::Payload, "message x2, ping").unwrap().len(), 3);
        assert_eq!(read(Kind::Payload, "nothing"), "nothing");
    }

    #[test]
    fn what_is_no_packet_is_refused() {
        for words in ["", "evnt []", "event [", "event id x []", "event [bytes 0]", "event [] []"] {
            assert!(packets(Kind::SocketPacket, words).is_err(), "{words}");
        }
        for words in ["", "massage", "binary 0", "message a", "message \"a\" b", "ping,"] {
            assert!(packets(Kind::Payload, words).is_err(), "{words}");
        }
    }
}
