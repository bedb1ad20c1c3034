//! One Socket.IO packet: read, written, read again, and its arguments against another reader of JSON.

use serde_json::Value;
use serde_json::value::RawValue;
use wire42::frame::Frame;
use wire42::socket_io::{Args, Decoded, Kind, MAX_ATTACHMENTS, Packet, Reassembly};

/// Claims: what was read is written so that it reads the same, and not longer; its elements are those that serde_json
/// finds; an event has a name that it may have, and renaming it changes nothing else; and every placeholder of a binary packet names an attachment.
pub fn packets(data: &[u8]) {
    let Ok(text) = str::from_utf8(data) else { return };
    let _ = wire42::engine_io::Packet::decode(text);
    match Packet::decode(text.to_owned()) {
        Err(error) => assert!(!error.to_string().is_empty()),
        Ok(Decoded::Whole(packet)) => {
            assert_eq!(Packet::decode(written(packet.clone(), text)), Ok(Decoded::Whole(packet.clone())));
            arguments(&packet, 0);
        }
        Ok(Decoded::Awaiting { packet, attachments }) => {
            assert!((1..=MAX_ATTACHMENTS).contains(&attachments));
            arguments(&packet, attachments);
            // Without its attachments it is a plain packet.
            assert_eq!(Packet::decode(written(packet.clone(), text)), Ok(Decoded::Whole(packet)));
            attached(text, attachments);
        }
    }
}

/// A text may become longer by its Engine.IO digit, and by the comma that a namespace at its end lacked.
fn written(packet: Packet, from: &str) -> String {
    let parcel = packet.encode("4");
    let [Frame::Text(text)] = parcel.frames() else { panic!("not one text: {parcel:?}") };
    assert!(text.len() <= from.len() + 2, "{from:?} grew to {text:?}");
    text.strip_prefix('4').expect("the digit stands in front").to_owned()
}

fn attached(text: &str, attachments: usize) {
    let mut reassembly = Reassembly::default();
    assert_eq!(reassembly.accept_text(text.to_owned()), Ok(None));
    let mut last = Ok(None);
    for number in 0..attachments {
        assert_eq!(last, Ok(None), "an attachment is missing");
        last = reassembly.accept_binary(vec![number as u8; number]);
    }
    let packet = last.expect("the attachments were announced").expect("it was the last");
    let parcel = packet.clone().encode("");
    assert_eq!(parcel.frames().len(), 1 + attachments);
    let mut read = Ok(None);
    for frame in parcel.frames() {
        read = match frame {
            Frame::Text(text) => reassembly.accept_text(text.clone()),
            Frame::Binary(bytes) => reassembly.accept_binary(bytes.clone()),
        };
    }
    assert_eq!(read, Ok(Some(packet)));
}

fn arguments(packet: &Packet, attachments: usize) {
    assert_eq!(packet.namespace.is_main(), packet.namespace.as_str() == "/");
    let args = match &packet.kind {
        Kind::Event { id, args } => {
            assert!(id.is_none_or(|id| id < 1 << 53), "JavaScript cannot count to {id:?}");
            name(args);
            args
        }
        Kind::Ack { args: Some(args), .. } => args,
        Kind::Connect { data: Some(json) } | Kind::ConnectError { data: json } => {
            serde_json::from_str::<&RawValue>(json).expect("a payload is JSON");
            return;
        }
        Kind::Connect { data: None } | Kind::Disconnect | Kind::Ack { args: None, .. } => return,
    };
    let theirs: Vec<&RawValue> = serde_json::from_str(args.json()).expect("arguments are an array");
    assert!(args.elements().eq(theirs.iter().map(|element| element.get())), "{}", args.json());

    let renamed = args.clone().renamed("another");
    assert!(renamed.is_event("another"));
    let rest = renamed.without_name();
    assert!(rest.elements().eq(args.elements().skip(1)));
    let named = rest.with_name("again");
    assert_eq!(Args::parse(named.json()).as_ref(), Ok(&named));
    assert!(named.elements().skip(1).eq(args.elements().skip(1)));

    // What that reader cannot represent (a lone surrogate, an exponent of 400, great depth) is not judged.
    if let Ok(tree) = serde_json::from_str::<Value>(args.json())
        && attachments > 0
    {
        assert!(fits(&tree, attachments), "a placeholder names no attachment: {}", args.json());
    }
}

/// An event is named by a string or a number, and not as one of those that the libraries make themselves.
fn name(args: &Args) {
    let name = args.name().expect("an event has a name");
    // A lone surrogate is in no name that could be reserved.
    let Ok(name) = serde_json::from_str::<Value>(name) else { return };
    let is_reserved = name.as_str().is_some_and(|name| {
        ["connect", "connect_error", "disconnect", "disconnecting", "newListener", "removeListener"]
            .contains(&name)
    });
    assert!((name.is_string() || name.is_number()) && !is_reserved, "{name} is no event");
}

fn fits(tree: &Value, attachments: usize) -> bool {
    match tree {
        Value::Array(elements) => elements.iter().all(|element| fits(element, attachments)),
        Value::Object(members) => {
            let names =
                members.get("num").and_then(Value::as_u64).is_some_and(|num| num < attachments as u64);
            let is_placeholder = members.get("_placeholder") == Some(&Value::Bool(true));
            (!is_placeholder || names) && members.values().all(|member| fits(member, attachments))
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => true,
    }
}
