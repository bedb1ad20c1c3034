//! What a client hears, judged as a client would.

use std::collections::BTreeSet;

use wire42::engine_io::{Packet as EnginePacket, payload};
use wire42::frame::Frame;
use wire42::socket_io::{Args, Kind, Namespace, Packet, Reassembly};

/// A client's end of its transport.
pub(super) struct Ear {
    max_payload: usize,
    /// Messages mean nothing here.
    is_engine_only: bool,
    was_opened: bool,
    /// Packets that came.
    heard: usize,
    reassembly: Reassembly,
    welcomed: BTreeSet<Namespace>,
    /// The last history of the chat.
    history: Option<Args>,
}

impl Ear {
    pub(super) fn new(max_payload: usize, is_engine_only: bool) -> Self {
        Self {
            max_payload,
            is_engine_only,
            was_opened: false,
            heard: 0,
            reassembly: Reassembly::default(),
            welcomed: BTreeSet::new(),
            history: None,
        }
    }

    /// The body that answers a GET.
    pub(super) fn body(&mut self, body: &str) {
        let packets: Result<Vec<EnginePacket<'_>>, _> = payload::decode(body).collect();
        let packets = packets.unwrap_or_else(|error| panic!("{error}: {body:?}"));
        assert!(packets.len() <= 16, "a body has {} packets", packets.len());
        // The last word of a session is put behind what fits.
        let fitting = body.strip_suffix("\u{1e}1").or(body.strip_suffix("\u{1e}6")).unwrap_or(body);
        assert!(
            fitting.len() <= self.max_payload || !fitting.contains(payload::SEPARATOR),
            "a body has {} bytes",
            fitting.len()
        );
        packets.into_iter().for_each(|packet| self.packet(packet));
    }

    /// A frame of the WebSocket.
    pub(super) fn frame(&mut self, frame: &Frame) {
        match frame {
            Frame::Text(text) => match EnginePacket::decode(text) {
                Ok(packet) => self.packet(packet),
                Err(error) => panic!("{error}: {text:?}"),
            },
            Frame::Binary(bytes) => self.packet(EnginePacket::Binary(bytes.clone())),
        }
    }

    /// Counts the packets that came.
    pub(super) fn heard(&self) -> usize {
        self.heard
    }

    /// Who heard the same in the end missed nothing.
    pub(super) fn has_heard_what(&self, other: &Ear) {
        assert_eq!(self.history, other.history, "the last history is not the one of everybody else");
    }

    fn packet(&mut self, packet: EnginePacket<'_>) {
        self.heard += 1;
        match packet {
            EnginePacket::Open(_) => assert!(!std::mem::replace(&mut self.was_opened, true), "opened twice"),
            EnginePacket::Ping(data) => {
                assert_eq!((data, self.was_opened, self.reassembly.is_waiting()), ("", true, false));
            }
            EnginePacket::Pong(data) => assert_eq!(data, "probe"),
            EnginePacket::Message(_) | EnginePacket::Binary(_) if self.is_engine_only => {
                assert!(self.was_opened);
            }
            EnginePacket::Message(text) => {
                let packet = self.reassembly.accept_text(text.to_owned());
                self.socket_packet(packet.unwrap_or_else(|error| panic!("{error}: {text:?}")));
            }
            EnginePacket::Binary(bytes) => {
                let packet = self.reassembly.accept_binary(bytes);
                self.socket_packet(packet.unwrap_or_else(|error| panic!("{error}")));
            }
            EnginePacket::Close | EnginePacket::Noop => {}
            EnginePacket::Upgrade => panic!("only a client upgrades"),
        }
    }

    fn socket_packet(&mut self, packet: Option<Packet>) {
        assert!(self.was_opened, "{packet:?} comes before the session is opened");
        let Some(Packet { namespace, kind }) = packet else { return };
        let is_welcome = self.welcomed.contains(&namespace);
        match kind {
            Kind::Connect { data } => {
                assert!(data.is_some_and(|data| data.starts_with(r#"{"sid":""#)));
                self.welcomed.insert(namespace);
            }
            Kind::Event { args, .. } => {
                assert!(is_welcome, "{args:?} in {namespace}, which was not joined");
                if namespace.is_main() && args.is_event("message") {
                    self.history = Some(args);
                }
            }
            Kind::Ack { id, .. } => assert!(is_welcome && id.is_some()),
            Kind::Disconnect => assert!(is_welcome),
            Kind::ConnectError { .. } => {}
        }
    }
}
