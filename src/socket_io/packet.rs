//! A Socket.IO packet: what one text, and the attachments behind it, mean.
//!
//! ```text
//! 5  2-  /admin,  12  ["photos",{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}]
//! │  │   │        │   └ the payload, JSON
//! │  │   │        └ the id of an answer that is wanted, or given
//! │  │   └ the namespace, unless it is the main one
//! │  └ how many attachments follow, in types 5 and 6
//! └ the type: 0 CONNECT, 1 DISCONNECT, 2 EVENT, 3 ACK, 4 CONNECT_ERROR, 5 BINARY_EVENT, 6 BINARY_ACK
//! ```
//!
//! ```
//! use wire42::socket_io::{Decoded, Kind, Packet};
//!
//! let Ok(Decoded::Whole(packet)) = Packet::decode(r#"2/admin,12["hello"]"#.to_owned()) else { panic!() };
//! assert_eq!(packet.namespace.as_str(), "/admin");
//! assert!(matches!(&packet.kind, Kind::Event { id: Some(12), args } if args.is_event("hello")));
//! assert_eq!(packet.encode("4").frames()[0].bytes(), br#"42/admin,12["hello"]"#);
//! ```

use std::fmt::Write;

use super::args::Args;
use super::namespace::Namespace;
use crate::frame::{Frame, Parcel};
use crate::planted::planted;

/// What one side tells the other within one namespace (Socket.IO v5, "Packet format").
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Packet {
    /// The namespace it is about.
    pub namespace: Namespace,
    /// What is said.
    pub kind: Kind,
}

/// What a packet says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A client asks to join the namespace, or the server lets it in.
    Connect {
        /// A JSON object's text: a client's credentials, or the server's `sid`.
        data: Option<String>,
    },
    /// One side leaves the namespace.
    Disconnect,
    /// An event; it travels as a BINARY_EVENT when `args` has attachments.
    Event {
        /// The id to answer with, if an answer is wanted.
        id: Option<u64>,
        /// The event's name and its arguments.
        args: Args,
    },
    /// The answer to an event; it travels as a BINARY_ACK when `args` has attachments.
    Ack {
        /// The id of the event; without one it answers nothing.
        id: Option<u64>,
        /// The answer; clients may leave it out.
        args: Option<Args>,
    },
    /// The server refuses to let a client into the namespace.
    ConnectError {
        /// The reason: the JSON text of an object, or of a string.
        data: String,
    },
}

impl Packet {
    /// Gives the packet's frames: its text behind `prefix`, then its attachments, which are moved, not copied.
    ///
    /// Nor is the text of most events copied: where nothing but `prefix` and the type stands in front, the arguments have
    /// room for both.
    pub fn encode(self, prefix: &str) -> Parcel {
        let is_main = self.namespace.is_main();
        match self.kind {
            Kind::Event { id: None, args } if is_main && args.attachments().is_empty() => {
                Parcel::from(Frame::Text(args.into_text([prefix, EVENT])))
            }
            _ => self.encode_anew(prefix),
        }
    }

    /// Gives a binary packet the attachments that it awaits.
    pub(super) fn with_attachments(self, attachments: Vec<Vec<u8>>) -> Self {
        let kind = match self.kind {
            Kind::Event { id, args } => Kind::Event { id, args: args.with_attachments(attachments) },
            Kind::Ack { id, args: Some(args) } => {
                Kind::Ack { id, args: Some(args.with_attachments(attachments)) }
            }
            Kind::Connect { .. }
            | Kind::Disconnect
            | Kind::Ack { args: None, .. }
            | Kind::ConnectError { .. } => {
                unreachable!("only arguments await attachments")
            }
        };
        Self { kind, ..self }
    }

    fn encode_anew(self, prefix: &str) -> Parcel {
        let mut text = String::with_capacity(prefix.len() + self.longest_text());
        text.push_str(prefix);
        self.write_text(&mut text);
        match self.kind {
            Kind::Event { args, .. } | Kind::Ack { args: Some(args), .. }
                if !args.attachments().is_empty() =>
            {
                let attachments = args.into_attachments().into_iter().map(Frame::Binary);
                [Frame::Text(text)].into_iter().chain(attachments).collect()
            }
            _ => Parcel::from(Frame::Text(text)),
        }
    }

    fn write_text(&self, out: &mut String) {
        let attachments = self.args().map_or(0, |args| args.attachments().len());
        out.push(self.kind.digit(attachments > 0));
        if attachments > 0 {
            write!(out, "{attachments}-").expect("a String takes every text");
        }
        if !self.namespace.is_main() && !planted("nsp-dropped") {
            out.push_str(self.namespace.as_str());
            out.push(',');
        }
        if let Kind::Event { id: Some(id), .. } | Kind::Ack { id: Some(id), .. } = self.kind {
            write!(out, "{id}").expect("a String takes every text");
        }
        match planted("placeholder-num-zero") {
            true => out.push_str(&self.payload().replace(r#""num":1"#, r#""num":0"#)),
            false => out.push_str(self.payload()),
        }
    }

    fn longest_text(&self) -> usize {
        LONGEST_HEADER + self.namespace.as_str().len() + self.payload().len()
    }

    fn payload(&self) -> &str {
        match &self.kind {
            Kind::Connect { data } => data.as_deref().unwrap_or_default(),
            Kind::Disconnect => "",
            Kind::Event { .. } | Kind::Ack { .. } => self.args().map_or("", Args::json),
            Kind::ConnectError { data } => data,
        }
    }

    fn args(&self) -> Option<&Args> {
        match &self.kind {
            Kind::Event { args, .. } => Some(args),
            Kind::Ack { args, .. } => args.as_ref(),
            Kind::Connect { .. } | Kind::Disconnect | Kind::ConnectError { .. } => None,
        }
    }
}

impl Kind {
    fn digit(&self, is_binary: bool) -> char {
        match self {
            Kind::Connect { .. } => '0',
            Kind::Disconnect => '1',
            Kind::Event { .. } if is_binary => '5',
            Kind::Event { .. } => '2',
            Kind::Ack { .. } if is_binary => '6',
            Kind::Ack { .. } => '3',
            Kind::ConnectError { .. } => '4',
        }
    }
}

/// The type of an event without attachments, as it travels.
const EVENT: &str = "2";

/// Type, attachments, dashes, commas and id, rounded up: so much is reserved beside the namespace and the payload.
const LONGEST_HEADER: usize = 32;

#[cfg(test)]
mod tests {
    use super::*;

    fn text(namespace: &str, kind: Kind) -> String {
        let packet = Packet { namespace: Namespace::parse(namespace).unwrap(), kind };
        let parcel = packet.encode("4");
        let [Frame::Text(text)] = parcel.frames() else { panic!("not one text: {parcel:?}") };
        text.clone()
    }

    #[test]
    fn only_the_main_namespace_stays_unnamed() {
        assert_eq!(text("/", Kind::Disconnect), "41");
        assert_eq!(text("/admin", Kind::Disconnect), "41/admin,");
        assert_eq!(
            text("/a", Kind::Connect { data: Some(r#"{"sid":"x"}"#.to_owned()) }),
            r#"40/a,{"sid":"x"}"#
        );
    }

    #[test]
    fn what_is_absent_leaves_no_trace() {
        assert_eq!(text("/", Kind::Connect { data: None }), "40");
        assert_eq!(text("/", Kind::Ack { id: None, args: None }), "43");
        assert_eq!(text("/", Kind::Event { id: Some(0), args: Args::event("e", &[]) }), r#"420["e"]"#);
    }

    #[test]
    fn a_refusal_carries_its_reason() {
        let reason = r#"{"message":"Invalid namespace"}"#;

        assert_eq!(text("/x", Kind::ConnectError { data: reason.to_owned() }), format!("44/x,{reason}"));
    }

    #[test]
    fn attachments_follow_the_text_that_counts_them() {
        let args = Args::event("e", &[]).with_attachments(vec![vec![1, 2], vec![]]);
        let namespace = Namespace::parse("/n").unwrap();
        let answer = Kind::Ack { id: Some(7), args: Some(args.clone().without_name()) };

        let event = Packet { namespace: namespace.clone(), kind: Kind::Event { id: None, args } }.encode("4");
        let answer = Packet { namespace, kind: answer }.encode("");

        let attachments = [Frame::Binary(vec![1, 2]), Frame::Binary(vec![])];
        assert_eq!(event.frames()[0], Frame::Text(r#"452-/n,["e"]"#.to_owned()));
        assert_eq!(event.frames()[1..], attachments);
        assert_eq!(answer.frames()[0], Frame::Text("62-/n,7[]".to_owned()));
        assert_eq!(answer.frames()[1..], attachments);
    }

    #[test]
    fn an_event_is_sent_from_where_it_was_written() {
        let args = Args::event("e", &["1"]);
        let written = args.json().as_ptr();

        let parcel =
            Packet { namespace: Namespace::main(), kind: Kind::Event { id: None, args } }.encode("4");

        assert_eq!(parcel.frames()[0].bytes(), br#"42["e",1]"#);
        assert_eq!(parcel.frames()[0].bytes()[2..].as_ptr(), written);
    }

    #[test]
    fn an_event_without_room_for_its_header_is_sent_all_the_same() {
        let received = Args::within("2/é,[\"e\"]".to_owned(), 5).unwrap();
        let event = |args| Kind::Event { id: None, args };

        assert_eq!(text("/", event(received)), r#"42["e"]"#);
        assert_eq!(text("/a", event(Args::event("e", &[]))), r#"42/a,["e"]"#);
        assert_eq!(text("/", event(Args::written("[1]".to_owned()))), "42[1]");
    }

    #[test]
    fn the_longest_header_needs_no_second_allocation() {
        let args = Args::event("e", &[]).with_attachments(vec![vec![]; 9999]);
        let packet = Packet { namespace: Namespace::main(), kind: Kind::Event { id: Some(u64::MAX), args } };
        let mut text = String::new();

        packet.write_text(&mut text);

        assert!(text.len() <= packet.longest_text(), "{text}");
    }
}
