//! A polling body: read, written, read again, and posted to a session.

use wire42::engine_io::packet::{DecodeError, encode_binary};
use wire42::engine_io::payload::{SEPARATOR, append, decode, length};
use wire42::engine_io::{Config, Input, Output, Packet, Session};
use wire42::frame::Frame;
use wire42::now::Now;

/// Claims: what was read is written in the same way, and announced in its length; bytes come through; and a session takes
/// from a posted body the messages that are in it, up to the packet that ends it, or refuses it whole.
pub fn payload(data: &[u8]) {
    bytes_come_through(data);
    if let Ok(body) = str::from_utf8(data) {
        reads_what_it_wrote(body);
    }
    a_session_reads_the_same(data);
}

fn bytes_come_through(data: &[u8]) {
    let frames: Vec<Frame> =
        data.split(|byte| *byte == 0x1e).map(|part| Frame::Binary(part.to_vec())).collect();
    let body = written(&frames);
    let packets: Result<Vec<Frame>, _> =
        decode(&body).map(|packet| packet.map(|packet| frame(&packet))).collect();
    assert_eq!(packets, Ok(frames));
}

fn reads_what_it_wrote(body: &str) {
    let Ok(packets) = decode(body).collect::<Result<Vec<Packet<'_>>, DecodeError>>() else { return };
    assert_eq!(packets.len(), body.split(SEPARATOR).count());
    let again = written(&packets.iter().map(frame).collect::<Vec<_>>());
    assert_eq!(decode(&again).collect::<Result<Vec<_>, _>>().as_ref(), Ok(&packets));
    for (packet, text) in packets.iter().zip(body.split(SEPARATOR)) {
        match packet {
            Packet::Binary(bytes) => {
                let mut padded = String::new();
                encode_binary(bytes, &mut padded);
                assert_eq!(padded.trim_end_matches('='), text.trim_end_matches('='));
            }
            Packet::Close | Packet::Upgrade | Packet::Noop => {}
            _ => assert_eq!(frame(packet).bytes(), text.as_bytes()),
        }
    }
}

fn a_session_reads_the_same(data: &[u8]) {
    let now = Now::default();
    let mut session = Session::polling("Kx", Config::default(), now);
    session.handle_input(Input::PostStarted { content_type: None }, now).expect("the first POST");
    let accepted = session.handle_input(Input::Post(data.to_vec()), now);
    let heard: Vec<Frame> = std::iter::from_fn(|| session.poll_output())
        .filter_map(|output| if let Output::Message(frame) = output { Some(frame) } else { None })
        .collect();
    let body = str::from_utf8(data).ok().and_then(|body| decode(body).collect::<Result<Vec<_>, _>>().ok());
    assert_eq!(accepted.is_ok(), body.is_some());
    let messages: Vec<Frame> = body
        .into_iter()
        .flatten()
        .take_while(|packet| !matches!(packet, Packet::Close | Packet::Ping(_)))
        .filter_map(|packet| match packet {
            Packet::Message(text) => Some(Frame::Text(text.to_owned())),
            Packet::Binary(bytes) => Some(Frame::Binary(bytes)),
            _ => None,
        })
        .collect();
    assert_eq!(heard, messages);
    assert!(accepted.is_ok() || session.poll_timeout().is_none(), "a broken body ends the session");
}

fn written(frames: &[Frame]) -> String {
    let mut body = String::new();
    for frame in frames {
        let (before, separator) = (body.len(), usize::from(!body.is_empty()));
        append(&mut body, frame);
        assert_eq!(body.len(), before + separator + length(frame));
    }
    body
}

fn frame(packet: &Packet<'_>) -> Frame {
    Frame::Text(match packet {
        Packet::Open(data) => format!("0{data}"),
        Packet::Close => "1".to_owned(),
        Packet::Ping(data) => format!("2{data}"),
        Packet::Pong(data) => format!("3{data}"),
        Packet::Message(data) => format!("4{data}"),
        Packet::Upgrade => "5".to_owned(),
        Packet::Noop => "6".to_owned(),
        Packet::Binary(bytes) => return Frame::Binary(bytes.clone()),
    })
}
