//! A client's texts and binaries, one after the other, into the Socket.IO layer.
//!
//! ```text
//! 0 ␞ 51-["photo",{"_placeholder":true,"num":0}] ␞ b 89 50 4e 47 ␞ 1          ␞ is the byte 0x1e
//! └ a text                                         └ a binary, behind the b
//! ```

use wire42::frame::Frame;
use wire42::socket_io::{
    Connection, Happening, Kind, Namespace, Packet, Reassembly, ReassemblyError, Violation,
};

/// Claims: texts and binaries are taken when, and only when, they are due; a packet that comes out writes to the
/// binaries that went in, in their order, and to a text that reads the same; and the connection agrees with all of it,
/// reports nothing but what its namespace allows, and joins none twice.
pub fn reassembly(data: &[u8]) {
    let (mut reassembly, mut due) = (Reassembly::default(), 0);
    let mut client = Client::default();
    let mut frames = Vec::new();
    for part in data.split(|byte| *byte == 0x1e) {
        let Some(frame) = frame(part) else { return };
        frames.push(frame.clone());
        let result = match frame.clone() {
            Frame::Text(text) => reassembly.accept_text(text),
            Frame::Binary(bytes) => reassembly.accept_binary(bytes),
        };
        match (&frame, due > 0) {
            (Frame::Text(_), true) => assert_eq!(result, Err(ReassemblyError::UnexpectedText)),
            (Frame::Binary(_), false) => assert_eq!(result, Err(ReassemblyError::UnexpectedBinary)),
            (Frame::Text(_), false) => assert!(matches!(result, Ok(_) | Err(ReassemblyError::Decode(_)))),
            (Frame::Binary(_), true) => assert_eq!(result.as_ref().map(Option::is_some), Ok(due == 1)),
        }
        client.receive(frame, &result);
        let Ok(packet) = result else { return };
        due = match (&packet, due) {
            (Some(_), _) => 0,
            (None, 0) => announced(&frames[0]),
            (None, due) => due - 1,
        };
        assert_eq!(reassembly.is_waiting(), due > 0);
        if let Some(packet) = packet {
            judge(packet, &frames);
            frames.clear();
        }
    }
}

fn frame(part: &[u8]) -> Option<Frame> {
    match part.strip_prefix(b"b") {
        Some(bytes) => Some(Frame::Binary(bytes.to_vec())),
        None => String::from_utf8(part.to_vec()).ok().map(Frame::Text),
    }
}

/// How many attachments the text of a binary packet promises: it waits, so there are some.
fn announced(frame: &Frame) -> usize {
    let text = str::from_utf8(frame.bytes()).expect("a text");
    let digits = text[1..].split('-').next().expect("a split has a first part");
    digits.parse().expect("a binary packet begins with its count")
}

fn judge(packet: Packet, frames: &[Frame]) {
    let parcel = packet.clone().encode("");
    assert_eq!(parcel.frames()[1..], frames[1..], "the attachments are others");
    let mut again = Reassembly::default();
    let mut read = Ok(None);
    for frame in parcel.frames() {
        read = match frame.clone() {
            Frame::Text(text) => again.accept_text(text),
            Frame::Binary(bytes) => again.accept_binary(bytes),
        };
    }
    assert_eq!(read, Ok(Some(packet)));
}

/// The connection, and the namespaces that it should have joined.
struct Client {
    connection: Connection,
    joined: Vec<Namespace>,
    is_over: bool,
}

impl Default for Client {
    fn default() -> Self {
        let connection = Connection::new(Default::default(), usize::MAX);
        Self { connection, joined: Vec::new(), is_over: false }
    }
}

impl Client {
    fn receive(&mut self, frame: Frame, result: &Result<Option<Packet>, ReassemblyError>) {
        if self.is_over {
            return;
        }
        let happened = self.connection.receive(frame);
        match (happened, result) {
            (Err(Violation::Unreadable(error)), Err(expected)) => assert_eq!(error, *expected),
            (Ok(None), Ok(None)) => {}
            (Err(Violation::OutOfPlace), Ok(Some(packet))) => {
                let is_joined = self.joined.contains(&packet.namespace);
                match &packet.kind {
                    Kind::Connect { .. } => assert!(is_joined, "one may join once"),
                    Kind::ConnectError { .. } => {}
                    _ => assert!(!is_joined, "it was in its place: {packet:?}"),
                }
                self.is_over = true;
            }
            (Ok(None), Ok(Some(Packet { kind: Kind::Ack { id, args }, namespace }))) => {
                assert!((id.is_none() || args.is_none()) && self.joined.contains(namespace));
            }
            (Ok(Some(happening)), Ok(Some(packet))) => self.happened(happening, packet),
            (happened, result) => panic!("{happened:?}, though {result:?}"),
        }
        assert_eq!(self.connection.joined(), self.joined);
    }

    fn happened(&mut self, happening: Happening, packet: &Packet) {
        let is_joined = self.joined.contains(&packet.namespace);
        let told = match happening {
            Happening::Joining { namespace, auth } => {
                assert!(!is_joined);
                self.connection.accept(&namespace);
                self.joined.push(namespace.clone());
                Packet { namespace, kind: Kind::Connect { data: auth } }
            }
            Happening::Event { namespace, id, args } => Packet { namespace, kind: Kind::Event { id, args } },
            Happening::Ack { namespace, id, args } => {
                Packet { namespace, kind: Kind::Ack { id: Some(id), args: Some(args) } }
            }
            Happening::Left { namespace, for_good } => {
                assert!(for_good, "who says so does not come back");
                self.connection.leave(&namespace, Default::default());
                self.joined.retain(|joined| *joined != namespace);
                Packet { namespace, kind: Kind::Disconnect }
            }
        };
        assert!(is_joined || matches!(told.kind, Kind::Connect { .. }));
        assert_eq!(told, *packet);
    }
}
