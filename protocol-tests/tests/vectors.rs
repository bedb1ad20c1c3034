//! Plays every vector on our own codec: `codec/sio-packet/event-id` reads its wire and, where the vector says `=`, writes it.
//!
//! Engine.IO packets are not written by one function of ours: each has its digit where it arises. What joins them to a
//! body is judged with the payloads; what a lone packet looks like on the wire, by the conversations.

use std::path::Path;

use libtest_mimic::{Arguments, Failed, Trial};
use protocol_tests::json::Json;
use protocol_tests::packet::{Content, EnginePacket, EngineType, SocketPacket, SocketType};
use protocol_tests::suite::Suite;
use protocol_tests::vector::{Kind, Packet, Vector};
use protocol_tests::verdict::Verdict;
use wire42::engine_io::{self, packet::DecodeError as EngineError, payload};
use wire42::frame::Frame;
use wire42::socket_io::{self, Args, DecodeError, Namespace, Reassembly, ReassemblyError};

fn main() {
    let arguments = Arguments::from_args();
    let (suite, faults) = Suite::load(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures"));
    assert!(faults.is_empty(), "{faults:?}");
    let trial = |vector: &Vector| {
        let vector = vector.clone();
        Trial::test(format!("codec/{}", vector.id), move || play(&vector))
    };
    libtest_mimic::run(&arguments, suite.vectors().map(trial).collect()).exit();
}

/// Of our own codec nothing but OK is good enough; what is only recorded cannot be wrong.
fn play(vector: &Vector) -> Result<(), Failed> {
    let mut verdicts = vec![vector.judge(&decode)];
    if let Some(packets) = vector.packets()
        && vector.kind != Kind::EnginePacket
    {
        verdicts.push(vector.judge_writing(&Ok(encode(packets))));
    }
    match verdicts.into_iter().find(|verdict| !matches!(verdict, Verdict::Ok | Verdict::Info(_))) {
        None => Ok(()),
        Some(verdict) => Err(format!("{}:{}: {verdict}", vector.file.display(), vector.line).into()),
    }
}

fn decode(kind: Kind, wire: &[Content]) -> Result<Vec<Packet>, String> {
    match (kind, wire) {
        (Kind::EnginePacket, [Content::Text(text)]) => Ok(vec![engine(engine_io::Packet::decode(text))?]),
        // A binary frame is a message as it is: nothing decodes it.
        (Kind::EnginePacket, [Content::Binary(bytes)]) => {
            Ok(vec![Packet::Engine(EnginePacket::Binary(bytes.clone()))])
        }
        (Kind::Payload, [Content::Text(body)]) => payload::decode(body).map(engine).collect(),
        (Kind::SocketPacket, frames) => reassemble(frames),
        (Kind::EnginePacket | Kind::Payload, other) => panic!("not one packet or body: {other:?}"),
    }
}

fn engine(decoded: Result<engine_io::Packet<'_>, EngineError>) -> Result<Packet, String> {
    use engine_io::Packet as Read;
    let (kind, data) = match decoded {
        Ok(Read::Open(data)) => (EngineType::Open, data),
        Ok(Read::Close) => (EngineType::Close, ""),
        Ok(Read::Ping(data)) => (EngineType::Ping, data),
        Ok(Read::Pong(data)) => (EngineType::Pong, data),
        Ok(Read::Message(data)) => (EngineType::Message, data),
        Ok(Read::Upgrade) => (EngineType::Upgrade, ""),
        Ok(Read::Noop) => (EngineType::Noop, ""),
        Ok(Read::Binary(bytes)) => return Ok(Packet::Engine(EnginePacket::Binary(bytes))),
        Err(EngineError::Empty) => return Err("empty".to_owned()),
        Err(EngineError::UnknownType) => return Err("unknown-type".to_owned()),
        Err(EngineError::BadBase64) => return Err("bad-base64".to_owned()),
    };
    Ok(Packet::Engine(EnginePacket::Typed(kind, data.to_owned())))
}

fn reassemble(frames: &[Content]) -> Result<Vec<Packet>, String> {
    let mut reassembly = Reassembly::default();
    let mut packets = Vec::new();
    for frame in frames {
        let packet = match frame.clone() {
            Content::Text(text) => reassembly.accept_text(text),
            Content::Binary(bytes) => reassembly.accept_binary(bytes),
        };
        packets.extend(packet.map_err(|error| class(error).to_owned())?.map(socket));
    }
    Ok(packets)
}

fn class(error: ReassemblyError) -> &'static str {
    match error {
        ReassemblyError::UnexpectedText => "unexpected-text",
        ReassemblyError::UnexpectedBinary => "unexpected-binary",
        ReassemblyError::TooLarge => "too-large",
        ReassemblyError::Decode(DecodeError::UnknownType) => "unknown-type",
        ReassemblyError::Decode(DecodeError::IllegalAttachments) => "illegal-attachments",
        ReassemblyError::Decode(DecodeError::TooManyAttachments) => "too-many-attachments",
        ReassemblyError::Decode(DecodeError::BadId) => "bad-id",
        ReassemblyError::Decode(DecodeError::InvalidPayload) => "invalid-payload",
        ReassemblyError::Decode(DecodeError::ReservedEvent) => "reserved-event",
    }
}

fn socket(packet: socket_io::Packet) -> Packet {
    let json = |text: &str| Json::read(text).expect("our codec lets only JSON pass");
    let arguments = |args: &Args| (json(args.json()), args.attachments().to_vec());
    let (kind, id, payload) = match packet.kind {
        socket_io::Kind::Connect { data } => {
            (SocketType::Connect, None, data.map(|data| (json(&data), vec![])))
        }
        socket_io::Kind::Disconnect => (SocketType::Disconnect, None, None),
        socket_io::Kind::Event { id, args } => (SocketType::Event, id, Some(arguments(&args))),
        socket_io::Kind::Ack { id, args } => (SocketType::Ack, id, args.as_ref().map(arguments)),
        socket_io::Kind::ConnectError { data } => {
            (SocketType::ConnectError, None, Some((json(&data), vec![])))
        }
    };
    let (data, attachments) = payload.unzip();
    let attachments = attachments.unwrap_or_default();
    let namespace = packet.namespace.as_str().to_owned();
    let mut packet = SocketPacket { kind, attachments: attachments.len(), namespace, id, data };
    if !attachments.is_empty() {
        let attachments: Vec<&[u8]> = attachments.iter().map(Vec::as_slice).collect();
        packet.attach(&attachments).expect("our codec lets only placeholders pass that fit");
    }
    Packet::Socket(packet)
}

fn encode(packets: &[Packet]) -> Vec<Content> {
    let mut body = None;
    let mut contents = Vec::new();
    for packet in packets {
        match packet {
            Packet::Engine(EnginePacket::Binary(bytes)) => {
                payload::append(body.get_or_insert_default(), &Frame::Binary(bytes.clone()));
            }
            Packet::Engine(EnginePacket::Typed(kind, data)) => {
                let frame = Frame::Text(format!("{}{data}", *kind as usize));
                payload::append(body.get_or_insert_default(), &frame);
            }
            Packet::Strange(json) => panic!("no fixture means {json}"),
            Packet::Socket(packet) => {
                contents.extend(written(packet).encode("").frames().iter().map(|frame| match frame {
                    Frame::Text(text) => Content::Text(text.clone()),
                    Frame::Binary(bytes) => Content::Binary(bytes.clone()),
                }));
            }
        }
    }
    contents.extend(body.map(Content::Text));
    contents
}

fn written(packet: &SocketPacket) -> socket_io::Packet {
    let mut attachments = Vec::new();
    let data = packet.data.as_ref().map(|data| with_placeholders(data, &mut attachments).to_string());
    let text = data.clone().unwrap_or_default();
    let args = |text| Args::parse(text).expect("the data is an array").with_attachments(attachments);
    let kind = match packet.kind {
        SocketType::Connect => socket_io::Kind::Connect { data },
        SocketType::Disconnect => socket_io::Kind::Disconnect,
        SocketType::Event => socket_io::Kind::Event { id: packet.id, args: args(text) },
        SocketType::Ack => socket_io::Kind::Ack { id: packet.id, args: Some(args(text)) },
        SocketType::ConnectError => socket_io::Kind::ConnectError { data: text },
    };
    let namespace = Namespace::parse(&packet.namespace).expect("the fixtures name namespaces");
    socket_io::Packet { namespace, kind }
}

/// Takes the attachments out of their places, as an application does before it hands arguments to the codec.
fn with_placeholders(json: &Json, attachments: &mut Vec<Vec<u8>>) -> Json {
    match json {
        Json::Bytes(bytes) => {
            attachments.push(bytes.clone());
            let placeholder = format!(r#"{{"_placeholder":true,"num":{}}}"#, attachments.len() - 1);
            Json::read(&placeholder).expect("a placeholder is JSON")
        }
        Json::Array(items) => {
            Json::Array(items.iter().map(|item| with_placeholders(item, attachments)).collect())
        }
        Json::Object(members) => {
            let inside = |(key, item): &(String, Json)| (key.clone(), with_placeholders(item, attachments));
            Json::Object(members.iter().map(inside).collect())
        }
        other => other.clone(),
    }
}
