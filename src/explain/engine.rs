//! Engine.IO's packets in words.
//!
//! ```text
//! 2probe
//! │└ data             probe: the test of a WebSocket
//! └ Engine.IO type    ping
//! ```

use std::fmt::Write as _;

use serde::Deserialize;

use super::{Explained, Fault, Part};
use crate::engine_io::packet::{self, DecodeError, Packet};
use crate::socket_io;

/// Explains a packet of Engine.IO's own: any but a message.
pub(super) fn explained(text: &str, packet: &Packet<'_>) -> Explained {
    let (means, data) = parts(packet);
    let mut parts = vec![Part { at: 0, length: 1, name: "Engine.IO type", means: means.to_owned() }];
    if text.len() > 1 {
        parts.push(Part { at: 1, length: text.len() - 1, name: "data", means: data });
    }
    let (name, mut does, answer, fixture) = meaning(packet);
    if lacks_its_4(text, packet) {
        does = "As it stands it means nothing more than its first character. A Socket.IO packet travels as an Engine.IO \
                message, with a 4 in front.";
    }
    Explained {
        at: 0,
        text: text.to_owned(),
        name,
        brief: brief(name, packet),
        parts,
        does: does.to_owned(),
        answer: answer.map(str::to_owned),
        fixture,
        error: None,
    }
}

/// Says whether a text was meant for the layer above.
fn lacks_its_4(text: &str, packet: &Packet<'_>) -> bool {
    let data = match packet {
        Packet::Open(data) if data.contains("pingInterval") => "",
        Packet::Ping("probe") | Packet::Pong("probe") | Packet::Message(_) | Packet::Binary(_) => "",
        Packet::Open(data) | Packet::Ping(data) | Packet::Pong(data) => data,
        Packet::Close | Packet::Upgrade | Packet::Noop => &text[1..],
    };
    !data.is_empty() && socket_io::Packet::decode(text.to_owned()).is_ok()
}

/// Explains a text that is no packet.
pub(super) fn broken(text: &str, error: DecodeError) -> Explained {
    let first = text.chars().next().map_or(0, char::len_utf8);
    let (at, length) = match error {
        DecodeError::Empty | DecodeError::UnknownType => (0, first),
        DecodeError::BadBase64 => {
            let at = packet::broken_base64_at(&text[1..]).map_or(text.len(), |at| 1 + at);
            (at, text[at..].chars().next().map_or(0, char::len_utf8))
        }
    };
    let parts = match error {
        DecodeError::BadBase64 => parts(&Packet::Binary(Vec::new())).0,
        DecodeError::Empty | DecodeError::UnknownType => "",
    };
    let type_part = Part { at: 0, length: 1, name: "Engine.IO type", means: parts.to_owned() };
    let fault = Fault {
        at,
        length,
        rule: error.to_string(),
        then: "The session ends: a POST is answered by 400 {\"code\":3,\"message\":\"Bad request\"}, and nothing of its body \
               counts; a WebSocket is closed."
            .to_owned(),
        fixture: "engine.io/10-polling-gone-wrong",
    };
    Explained {
        at: 0,
        text: text.to_owned(),
        name: "BROKEN",
        brief: format!("BROKEN at byte {at}: {}", fault.rule),
        parts: if error == DecodeError::BadBase64 { vec![type_part] } else { Vec::new() },
        does: "Nothing: it is no packet.".to_owned(),
        answer: None,
        fixture: "engine.io/01-packets",
        error: Some(fault),
    }
}

/// What the type says, and what the data.
fn parts(packet: &Packet<'_>) -> (&'static str, String) {
    let ignored = |data: &str| if data.is_empty() { String::new() } else { "means nothing here".to_owned() };
    match packet {
        Packet::Open(data) => ("open", Rules::read(data)),
        Packet::Close => ("close", ignored("x")),
        Packet::Ping("probe") => ("ping", "probe: the test of a WebSocket".to_owned()),
        Packet::Ping(data) => ("ping", ignored(data)),
        Packet::Pong("probe") => ("pong", "probe: the answer to the test of a WebSocket".to_owned()),
        Packet::Pong(data) => ("pong", ignored(data)),
        Packet::Message(_) => unreachable!("a message is explained as what it carries"),
        Packet::Upgrade => ("upgrade", ignored("x")),
        Packet::Noop => ("noop", ignored("x")),
        Packet::Binary(bytes) => ("binary, as base64: where only text can travel", hex(bytes)),
    }
}

/// A packet's name, what it does, what the other side must answer, and the chapter.
type Meaning = (&'static str, &'static str, Option<&'static str>, &'static str);

fn meaning(packet: &Packet<'_>) -> Meaning {
    match packet {
        Packet::Open(_) => (
            "OPEN",
            "The server opens the session and states its rules. The sid is a secret: whoever knows it may speak as this client. \
             From a client the packet is ignored.",
            Some("nothing; a Socket.IO client asks for a namespace next: 40"),
            "engine.io/02-handshake",
        ),
        Packet::Close => (
            "CLOSE",
            "The session ends. What stands behind it in a body does not count.",
            Some("nothing; a GET that is held is answered by 6"),
            "engine.io/07-closing",
        ),
        Packet::Ping(data) => ping(data),
        Packet::Pong(data) => pong(data),
        Packet::Upgrade => (
            "UPGRADE",
            "The client moves: from now on the WebSocket on which this came carries the session, what still waits first. \
             Out of place it is ignored.",
            Some("nothing; a GET that is held is answered by 6"),
            "engine.io/06-upgrade",
        ),
        Packet::Noop => (
            "NOOP",
            "Nothing: it ends a GET that is held. From a client it is ignored.",
            None,
            "engine.io/06-upgrade",
        ),
        Packet::Binary(_) => (
            "ATTACHMENT",
            "Bytes for the binary packet before it; the attachment's number is its place behind that packet. On a WebSocket it is a \
             binary frame, without type or base64.",
            None,
            "socket.io/05-binary",
        ),
        Packet::Message(_) => unreachable!("a message is explained as what it carries"),
    }
}

fn ping(data: &str) -> Meaning {
    match data {
        "probe" => (
            "PING",
            "On a WebSocket that is being tried, the client asks whether it works. Anywhere else it ends the session, as every \
             ping of a client.",
            Some(
                "3probe on that WebSocket; and a GET that is held is answered by 6, so that the client may stop polling",
            ),
            "engine.io/06-upgrade",
        ),
        _ => (
            "PING",
            "The server asks whether the client is still there. From a client it ends the session: since version 4 only the \
             server asks.",
            Some("3, within the pingTimeout of the open packet; or the session ends"),
            "engine.io/05-heartbeat",
        ),
    }
}

fn pong(data: &str) -> Meaning {
    match data {
        "probe" => (
            "PONG",
            "The server says that the WebSocket works: 2probe came through it.",
            Some("5 on that WebSocket, once the GET that is under way was answered"),
            "engine.io/06-upgrade",
        ),
        _ => (
            "PONG",
            "The client is still there. The next ping comes when the pingInterval of the open packet is over.",
            None,
            "engine.io/05-heartbeat",
        ),
    }
}

fn brief(name: &str, packet: &Packet<'_>) -> String {
    match packet {
        Packet::Ping("probe") | Packet::Pong("probe") => format!("{name} probe"),
        Packet::Upgrade => format!("{name} to the WebSocket"),
        Packet::Binary(bytes) => attachment(bytes.len()),
        Packet::Open(data) => match serde_json::from_str::<Rules>(data) {
            Ok(Rules { ping_interval: Some(interval), ping_timeout: Some(timeout), .. }) => {
                format!("{name}: a ping every {interval} ms, an answer within {timeout}")
            }
            _ => name.to_owned(),
        },
        Packet::Close | Packet::Ping(_) | Packet::Pong(_) | Packet::Message(_) | Packet::Noop => {
            name.to_owned()
        }
    }
}

/// An attachment in one line.
pub(super) fn attachment(length: usize) -> String {
    match length {
        1 => "ATTACHMENT of 1 byte".to_owned(),
        _ => format!("ATTACHMENT of {length} bytes"),
    }
}

/// The data of an open packet (Engine.IO v4, Handshake).
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Rules {
    upgrades: Option<Vec<String>>,
    ping_interval: Option<u64>,
    ping_timeout: Option<u64>,
    max_payload: Option<u64>,
}

impl Rules {
    fn read(data: &str) -> String {
        let Ok(rules) = serde_json::from_str::<Rules>(data) else {
            return "no JSON object with sid, upgrades, pingInterval, pingTimeout and maxPayload".to_owned();
        };
        let mut words = "the session's id, a secret".to_owned();
        let mut say =
            |what: std::fmt::Arguments<'_>| words.write_fmt(what).expect("a String takes every text");
        if let Some(upgrades) = rules.upgrades {
            match upgrades.is_empty() {
                true => say(format_args!("; it stays on its transport")),
                false => say(format_args!("; it may move to {}", upgrades.join(", "))),
            }
        }
        if let Some(interval) = rules.ping_interval {
            say(format_args!("; a ping every {interval} ms"));
        }
        if let Some(timeout) = rules.ping_timeout {
            say(format_args!(", to be answered within {timeout}"));
        }
        if let Some(most) = rules.max_payload {
            say(format_args!("; at most {most} bytes in a body or a message"));
        }
        words
    }
}

/// The first bytes, two digits each.
fn hex(bytes: &[u8]) -> String {
    let mut words = match bytes.len() {
        0 => return "no byte".to_owned(),
        1 => "1 byte:".to_owned(),
        count => format!("{count} bytes:"),
    };
    for byte in bytes.iter().take(SHOWN) {
        write!(words, " {byte:02x}").expect("a String takes every text");
    }
    if bytes.len() > SHOWN { words + " …" } else { words }
}

/// Bytes that show what an attachment is: a file's format is told by fewer.
const SHOWN: usize = 16;
