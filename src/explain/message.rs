//! Socket.IO's packets in words.
//!
//! ```text
//! 43/admin,12[true]
//!  ││      │ └ payload             the answer, 1 argument
//!  ││      └ acknowledgement id    12: the number of the event that is answered
//!  │└ namespace                    /admin
//!  └ Socket.IO type                ACK
//! ```

use std::ops::Range;

use serde_json::value::RawValue;

use super::{Explained, Fault, Part};
use crate::socket_io::{Anatomy, Args, Decoded, Kind, Packet, Type};

/// Explains an Engine.IO message that carries Socket.IO.
pub(super) fn explained(text: &str, message: &str) -> Explained {
    let anatomy = Anatomy::of(message);
    let words = Words { anatomy: &anatomy, message };
    let engine = Part {
        at: 0,
        length: 1,
        name: "Engine.IO type",
        means: "message: what follows is a Socket.IO packet".to_owned(),
    };
    let parts = anatomy.parts.iter().map(|(part, range)| words.part(*part, range.clone()));
    let fault = words.fault();
    let name = anatomy.packet_type.map_or("BROKEN", name);
    let (brief, does, answer, fixture) = match &fault {
        Some(fault) => {
            let broken = if name == "BROKEN" { name.to_owned() } else { format!("{name}, broken") };
            let brief = format!("{broken} at byte {}: {}", fault.at, fault.rule);
            (brief, "Nothing: it is no packet.".to_owned(), None, "socket.io/01-packets")
        }
        None => words.meaning(),
    };
    Explained {
        at: 0,
        text: text.to_owned(),
        name,
        brief,
        parts: [engine].into_iter().chain(parts).collect(),
        does,
        answer,
        fixture,
        error: fault,
    }
}

/// What a packet of Socket.IO is called.
fn name(packet_type: Type) -> &'static str {
    match packet_type {
        Type::Connect => "CONNECT",
        Type::Disconnect => "DISCONNECT",
        Type::Event => "EVENT",
        Type::Ack => "ACK",
        Type::ConnectError => "CONNECT_ERROR",
        Type::BinaryEvent => "BINARY_EVENT",
        Type::BinaryAck => "BINARY_ACK",
    }
}

/// All that can be said of one message.
struct Words<'a> {
    anatomy: &'a Anatomy,
    message: &'a str,
}

impl Words<'_> {
    fn fault(&self) -> Option<Fault> {
        let (flaw, range) = self.anatomy.flaw.as_ref()?;
        Some(Fault {
            at: 1 + range.start,
            length: range.len(),
            rule: flaw.to_string(),
            then: ENDS.to_owned(),
            fixture: "socket.io/07-errors",
        })
    }

    fn part(&self, part: crate::socket_io::Part, range: Range<usize>) -> Part {
        use crate::socket_io::Part as Of;
        let text = &self.message[range.clone()];
        let packet_type = self.anatomy.packet_type;
        let (name, means) = match part {
            Of::Type => ("Socket.IO type", packet_type.map_or("", name).to_owned()),
            Of::Attachments => {
                ("attachments", follow(text.trim_end_matches('-').parse().unwrap_or_default()))
            }
            Of::Namespace => match text.strip_suffix(',') {
                Some(name) => ("namespace", format!("{name}, up to the comma")),
                None => ("namespace", format!("{text}, up to the end")),
            },
            Of::Id => ("acknowledgement id", self.id_means(text)),
            Of::Payload => ("payload", self.payload_means(text)),
        };
        Part { at: 1 + range.start, length: range.len(), name, means }
    }

    fn id_means(&self, digits: &str) -> String {
        match self.anatomy.packet_type {
            Some(Type::Event | Type::BinaryEvent) => {
                format!("{digits}: an answer is wanted, with this number")
            }
            Some(Type::Ack | Type::BinaryAck) => {
                format!("{digits}: the number of the event that is answered")
            }
            Some(Type::Connect | Type::Disconnect | Type::ConnectError) | None => {
                "means nothing in this type of packet".to_owned()
            }
        }
    }

    fn payload_means(&self, text: &str) -> String {
        match (self.anatomy.packet_type, self.anatomy.args()) {
            (Some(Type::Event | Type::BinaryEvent), Some(args)) => {
                format!("the event {}, {}", event(args), count(args, 1))
            }
            (Some(_), Some(args)) => format!("the answer, {}", count(args, 0)),
            (Some(Type::Connect), None) if self.is_broken() => "JSON, or what was meant to be".to_owned(),
            (Some(Type::Connect), None) => match Shown::of(text) {
                Shown { sid: Some(_), pid: None } => "the id of the client's socket here".to_owned(),
                Shown { sid: Some(_), pid: Some(_) } => {
                    "the id of the client's socket here, and the secret to come back with".to_owned()
                }
                Shown { sid: None, pid: Some(_) } => {
                    "who the client was, and the last event that it got".to_owned()
                }
                Shown { sid: None, pid: None } => {
                    "what the client shows for itself (its option auth)".to_owned()
                }
            },
            (Some(Type::ConnectError), None) if !self.is_broken() => "why not".to_owned(),
            _ => "JSON, or what was meant to be".to_owned(),
        }
    }

    fn is_broken(&self) -> bool {
        self.anatomy.decoded.is_none()
    }

    /// The packet in one line, what it does, what must be answered, and the chapter.
    fn meaning(&self) -> (String, String, Option<String>, &'static str) {
        let (packet, attachments) = match &self.anatomy.decoded {
            Some(Decoded::Whole(packet)) => (packet, 0),
            Some(Decoded::Awaiting { packet, attachments }) => (packet, *attachments),
            None => return (String::new(), String::new(), None, "socket.io/01-packets"),
        };
        let place = Place::of(packet);
        match &packet.kind {
            Kind::Connect { data } => connect(data.as_deref(), &place),
            Kind::Disconnect => {
                let does =
                    format!("One side leaves {place}. The session goes on, and so do other namespaces.");
                (format!("DISCONNECT from {place}"), does, None, "socket.io/06-namespaces")
            }
            Kind::Event { id, args } => self.event(*id, args, attachments, &place),
            Kind::Ack { id, args } => self.ack(*id, args.as_ref(), attachments, &place),
            Kind::ConnectError { data } => {
                let does = format!(
                    "The server does not let the client into {place}. The session goes on, and the client may ask elsewhere. \
                     From a client the packet ends the session."
                );
                (format!("CONNECT_ERROR in {place}: {data}"), does, None, "socket.io/02-connecting")
            }
        }
    }

    fn event(
        &self,
        id: Option<u64>,
        args: &Args,
        attachments: usize,
        place: &Place,
    ) -> (String, String, Option<String>, &'static str) {
        let name = self.anatomy.packet_type.map_or("", name);
        let mut brief = format!("{name} {}{}, {}", event(args), place.inside(), count(args, 1));
        let mut does = format!("Something happened in {place}: the event {}.", event(args));
        let mut answer = None;
        if let Some(id) = id {
            brief = format!("{brief}, answer {id} wanted");
            does = format!("{does} Whoever sent it wants an answer.");
            answer = Some(format!("43{}{id}[…], an ACK with the same number", place.written));
        }
        if !self.is_binary() {
            let chapter = if id.is_some() { "socket.io/04-acknowledgements" } else { "socket.io/03-events" };
            return (brief, does, answer, chapter);
        }
        (
            brief + ", " + &follow(attachments),
            does + " " + &placeholders(attachments),
            answer,
            "socket.io/05-binary",
        )
    }

    fn ack(
        &self,
        id: Option<u64>,
        args: Option<&Args>,
        attachments: usize,
        place: &Place,
    ) -> (String, String, Option<String>, &'static str) {
        let name = self.anatomy.packet_type.map_or("", name);
        let arguments = args.map_or_else(|| "no argument".to_owned(), |args| count(args, 0));
        let (brief, does) = match id {
            Some(id) => (
                format!("{name} {id}{}, {arguments}", place.inside()),
                format!(
                    "The answer to the event {id} of the other side in {place}. One that answers nothing is ignored."
                ),
            ),
            None => (
                format!("{name} without a number{}, {arguments}", place.inside()),
                "An answer to nothing, for it has no number: it is ignored.".to_owned(),
            ),
        };
        if !self.is_binary() {
            return (brief, does, None, "socket.io/04-acknowledgements");
        }
        (
            brief + ", " + &follow(attachments),
            does + " " + &placeholders(attachments),
            None,
            "socket.io/05-binary",
        )
    }

    fn is_binary(&self) -> bool {
        matches!(self.anatomy.packet_type, Some(Type::BinaryEvent | Type::BinaryAck))
    }
}

fn connect(data: Option<&str>, place: &Place) -> (String, String, Option<String>, &'static str) {
    const CHAPTER: &str = "socket.io/02-connecting";
    const RECOVERY: &str = "socket.io/11-recovery";
    let at = &place.written;
    let shown = data.map(Shown::of).unwrap_or_default();
    if let Some(sid) = shown.sid {
        let mut does = format!(
            "The server lets the client into {place}. The sid is the id of its socket there: public, and not the secret one \
             of the open packet."
        );
        let brief = format!("CONNECT: in {place} as {sid}");
        if shown.pid.is_none() {
            return (brief, does, None, CHAPTER);
        }
        does += " The pid is a secret. A client that was cut off shows it to be the same again; if it is the one that the client \
                 has just shown, it is.";
        return (brief, does, None, RECOVERY);
    }
    if shown.pid.is_some() {
        let does = format!(
            "A client that was cut off asks to be the same again in {place}. The pid says who it was; the offset, the last \
             argument of the last event that it got, says what it missed."
        );
        let answer = format!(
            "40{at}{{\"sid\":\"…\",\"pid\":\"…\"}} with the same pid, and what it missed; or the answer to any other CONNECT"
        );
        return (format!("CONNECT to {place}, coming back"), does, Some(answer), RECOVERY);
    }
    let does = format!(
        "A client asks to be let into {place}. Before that nothing else may be sent there; and a session that is in no \
         namespace ends after a while."
    );
    let answer = format!("40{at}{{\"sid\":\"…\"}}, or 44{at}{{\"message\":\"…\"}} if not");
    (format!("CONNECT to {place}"), does, Some(answer), CHAPTER)
}

/// A namespace as people say it, and as it is written into an answer.
struct Place {
    name: String,
    is_main: bool,
    written: String,
}

impl Place {
    fn of(packet: &Packet) -> Self {
        let name = packet.namespace.as_str().to_owned();
        let is_main = packet.namespace.is_main();
        let written = if is_main { String::new() } else { format!("{name},") };
        Self { name, is_main, written }
    }

    /// For where the main namespace goes without saying.
    fn inside(&self) -> String {
        if self.is_main { String::new() } else { format!(" in {}", self.name) }
    }
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.name)
    }
}

/// The name of an event as it stands there, if it is not too long to be said.
fn event(args: &Args) -> String {
    let name = args.name().unwrap_or_default();
    match name.char_indices().nth(LONGEST_NAME) {
        None => name.to_owned(),
        Some((end, _)) => format!("{}…", &name[..end]),
    }
}

/// How many arguments there are, behind those that are no arguments.
fn count(args: &Args, skipped: usize) -> String {
    match args.elements().skip(skipped).count() {
        0 => "no argument".to_owned(),
        1 => "1 argument".to_owned(),
        count => format!("{count} arguments"),
    }
}

fn follow(attachments: usize) -> String {
    match attachments {
        0 => "no attachment follows".to_owned(),
        1 => "1 attachment follows".to_owned(),
        count => format!("{count} attachments follow"),
    }
}

fn placeholders(attachments: usize) -> String {
    match attachments {
        0 => "Without attachments it is complete as it is.".to_owned(),
        _ => "Its attachments must follow before any other message: binary frames on a WebSocket, b and base64 in a body. Each \
              {\"_placeholder\":true,\"num\":n} stands for the n-th, counted from 0."
            .to_owned(),
    }
}

/// What of the payload of a CONNECT says who sent it.
#[derive(Default, serde::Deserialize)]
struct Shown<'a> {
    /// The server.
    #[serde(borrow)]
    sid: Option<&'a RawValue>,
    /// Without a sid a client that comes back.
    #[serde(borrow)]
    pid: Option<&'a RawValue>,
}

impl<'a> Shown<'a> {
    fn of(json: &'a str) -> Self {
        serde_json::from_str(json).unwrap_or_default()
    }
}

/// What becomes of a client that sends what is no Socket.IO packet.
pub(super) const ENDS: &str = "The session ends: a POST was answered by ok before, as the body itself was in order; a WebSocket \
                               is closed.";

/// Characters of an event's name that are said.
const LONGEST_NAME: usize = 60;
