//! Reads a packet from its text, character by character from the left.
//!
//! ```text
//! 5  1-  /admin,  12  ["photo",{"_placeholder":true,"num":0}]
//! │  │   │        │   └ Payload           one JSON value; white space around it is allowed
//! │  │   │        └ take_id               digits
//! │  │   └ take_namespace                 from '/' up to ',' or the end
//! │  └ take_attachments                   digits and '-', in types 5 and 6
//! └ take_type                             '0' to '6'
//! ```
//!
//! ```
//! use wire42::socket_io::{DecodeError, Decoded, Packet};
//!
//! let decode = |text: &str| Packet::decode(text.to_owned());
//! assert!(matches!(decode(r#"2["hello"]"#), Ok(Decoded::Whole(_))));
//! assert!(matches!(decode(r#"52-["photos"]"#), Ok(Decoded::Awaiting { attachments: 2, .. })));
//! assert_eq!(decode(r#"2["connect"]"#), Err(DecodeError::ReservedEvent));
//! ```
//!
//! The text comes from anyone: nothing here panics, calls itself, or allocates more than a few bytes beside it.

use std::error::Error;
use std::fmt;

use serde_json::value::RawValue;

use super::args::{Args, WHITE_SPACE, unquote};
use super::header::{Cursor, Type};
use super::namespace::Namespace;
use super::packet::{Kind, Packet};
use super::placeholders;
use crate::planted::planted;

/// What a text turned out to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decoded {
    /// A complete packet.
    Whole(Packet),
    /// A binary packet that still lacks its attachments.
    Awaiting {
        /// The packet, an [`Event`](Kind::Event) or an [`Ack`](Kind::Ack) with arguments.
        packet: Packet,
        /// How many attachments must follow, from 1 to [`MAX_ATTACHMENTS`](super::MAX_ATTACHMENTS).
        attachments: usize,
    },
}

impl Packet {
    /// Reads the text of a packet, without the digit that makes it an Engine.IO message.
    ///
    /// The arguments keep `text` itself, so an event in the main namespace costs no allocation more, but for the few bytes
    /// in which serde_json notes what is open when they nest.
    pub fn decode(text: String) -> Result<Decoded, DecodeError> {
        Self::decode_among(text, &[])
    }

    /// Does the same, and takes the name of a `known` namespace without an allocation.
    pub(super) fn decode_among(text: String, known: &[Namespace]) -> Result<Decoded, DecodeError> {
        let mut cursor = Cursor::new(&text);
        let packet_type = cursor.take_type()?;
        let attachments = if packet_type.is_binary() { cursor.take_attachments()? } else { 0 };
        let namespace = cursor.take_namespace(known);
        let id = cursor.take_id()?;
        let start = text.len() - cursor.rest().len();
        let payload = Payload { text, start };

        let kind = match packet_type {
            Type::Connect if payload.is_absent() => Kind::Connect { data: None },
            Type::Connect => Kind::Connect { data: Some(payload.into_json(&['{'])?) },
            Type::Disconnect if payload.is_absent() => Kind::Disconnect,
            Type::Disconnect => return Err(DecodeError::InvalidPayload),
            Type::Event => Kind::Event { id, args: payload.into_event()? },
            Type::BinaryEvent => Kind::Event { id, args: binary(payload.into_event()?, attachments)? },
            Type::Ack if payload.is_absent() => Kind::Ack { id, args: None },
            Type::Ack => Kind::Ack { id, args: Some(payload.into_args()?) },
            Type::BinaryAck => Kind::Ack { id, args: Some(binary(payload.into_args()?, attachments)?) },
            Type::ConnectError => Kind::ConnectError { data: payload.into_json(&['{', '"'])? },
        };
        let packet = Self { namespace, kind };
        Ok(if attachments == 0 { Decoded::Whole(packet) } else { Decoded::Awaiting { packet, attachments } })
    }
}

/// Why a text is no packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DecodeError {
    /// The text does not begin with a digit from 0 to 6.
    UnknownType,
    /// The number of attachments is missing or misspelled, or a placeholder names none of them.
    IllegalAttachments,
    /// More attachments are announced than [`MAX_ATTACHMENTS`](super::MAX_ATTACHMENTS).
    TooManyAttachments,
    /// The acknowledgement id is above 2^53 - 1.
    BadId,
    /// The payload is not valid JSON, or not of the shape that the packet's type asks for.
    InvalidPayload,
    /// The event's name belongs to the library: no client may send it.
    ReservedEvent,
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            DecodeError::UnknownType => "the packet does not begin with a type from 0 to 6",
            DecodeError::IllegalAttachments => "the attachments are miscounted, or a placeholder names none",
            DecodeError::TooManyAttachments => "the packet announces more than 10 attachments",
            DecodeError::BadId => "the acknowledgement id is above 2^53 - 1",
            DecodeError::InvalidPayload => "the payload is not the JSON that this type of packet carries",
            DecodeError::ReservedEvent => "the event's name is reserved",
        })
    }
}

impl Error for DecodeError {}

/// What follows a packet's header, still in the packet's own text.
struct Payload {
    text: String,
    start: usize,
}

impl Payload {
    fn is_absent(&self) -> bool {
        self.start == self.text.len()
    }

    /// Gives the text of the one JSON value in it, which must begin with one of `openings`.
    fn into_json(mut self, openings: &[char]) -> Result<String, DecodeError> {
        let payload = &self.text[self.start..];
        let value: &RawValue = serde_json::from_str(payload).map_err(|_| DecodeError::InvalidPayload)?;
        let json = value.get();
        if !json.starts_with(openings) {
            return Err(DecodeError::InvalidPayload);
        }
        let length = json.len();
        self.text.truncate(self.text.trim_end_matches(WHITE_SPACE).len());
        self.text.drain(..self.text.len() - length);
        Ok(self.text)
    }

    fn into_args(self) -> Result<Args, DecodeError> {
        Args::within(self.text, self.start).map_err(|_| DecodeError::InvalidPayload)
    }

    // Reference: an EVENT without a payload passes, and nothing happens.
    // Ours: Socket.IO v5, "Sending and receiving data": the payload is a non-empty array.
    fn into_event(self) -> Result<Args, DecodeError> {
        let args = self.into_args()?;
        if planted("event-shape-unchecked") {
            return Ok(args);
        }
        let name = args.name().ok_or(DecodeError::InvalidPayload)?;
        match name.as_bytes() {
            // A name with a lone surrogate means nothing that could be reserved.
            [b'"', ..]
                if unquote(name).is_some_and(|name| RESERVED_EVENTS.contains(&&*name))
                    && !planted("reserved-events-ok") =>
            {
                Err(DecodeError::ReservedEvent)
            }
            [b'"' | b'-' | b'0'..=b'9', ..] => Ok(args),
            _ => Err(DecodeError::InvalidPayload),
        }
    }
}

fn binary(args: Args, attachments: usize) -> Result<Args, DecodeError> {
    let fits = planted("placeholders-unchecked") || placeholders::fit(args.json(), attachments);
    if fits { Ok(args) } else { Err(DecodeError::IllegalAttachments) }
}

/// Names that the libraries give their own events, which are never sent.
const RESERVED_EVENTS: [&str; 6] =
    ["connect", "connect_error", "disconnect", "disconnecting", "newListener", "removeListener"];

#[cfg(test)]
mod tests {
    use super::*;

    fn whole(text: &str) -> Packet {
        match Packet::decode(text.to_owned()) {
            Ok(Decoded::Whole(packet)) => packet,
            other => panic!("{text:?} is {other:?}"),
        }
    }

    fn refusal(text: &str) -> DecodeError {
        Packet::decode(text.to_owned()).expect_err(text)
    }

    fn event(id: Option<u64>, json: &str) -> Kind {
        Kind::Event { id, args: Args::parse(json).unwrap() }
    }

    #[test]
    fn a_type_is_a_digit_from_0_to_6() {
        for text in ["", "7", "9[]", "a", " ", " 0", "-1", "٣", "\u{feff}0"] {
            assert_eq!(refusal(text), DecodeError::UnknownType, "{text:?}");
        }
    }

    #[test]
    fn attachments_are_counted_in_digits() {
        use DecodeError::{IllegalAttachments, TooManyAttachments};
        for count in ["", "1", "-", "a-", "1.5-", "1e0-", "0x1-", "+1-", "-1-", " 1-", "1 -", "/n,1-", "٣-"]
        {
            assert_eq!(refusal(&format!("5{count}[\"e\"]")), IllegalAttachments, "{count:?}");
            assert_eq!(refusal(&format!("6{count}7[]")), IllegalAttachments, "{count:?}");
        }
        for count in ["11", "1000000", "18446744073709551617", &"9".repeat(10_000)] {
            assert_eq!(refusal(&format!("5{count}-[\"e\"]")), TooManyAttachments, "{count}");
        }
    }

    #[test]
    fn attachments_are_awaited() {
        for (count, expected) in [("1", 1), ("10", 10), ("007", 7), (&*format!("{:0>10000}", 3), 3)] {
            let decoded = Packet::decode(format!("5{count}-/n,4[\"e\"]")).unwrap();

            let packet =
                Packet { namespace: Namespace::parse("/n").unwrap(), kind: event(Some(4), "[\"e\"]") };
            assert_eq!(decoded, Decoded::Awaiting { packet, attachments: expected });
        }
        assert_eq!(whole("50-[\"e\"]").kind, event(None, "[\"e\"]"));
        assert_eq!(whole("60-[]").kind, Kind::Ack { id: None, args: Some(Args::parse("[]").unwrap()) });
    }

    #[test]
    fn a_namespace_ends_at_the_comma_or_with_the_text() {
        let names = [("0", "/"), ("0/", "/"), ("0/,", "/"), ("0/a", "/a"), ("0/a,{}", "/a"), ("0//,", "//")];
        for (text, name) in names.into_iter().chain([("0/a{}", "/a{}"), ("1/é中 ?x=1,", "/é中 ?x=1")]) {
            assert_eq!(whole(text).namespace.as_str(), name, "{text}");
        }
        assert_eq!(refusal("0,"), DecodeError::InvalidPayload, "the main namespace has no comma of its own");
    }

    #[test]
    fn an_id_is_what_javascript_can_count() {
        let ids = [
            ("2", None),
            ("20", Some(0)),
            ("2007", Some(7)),
            ("29007199254740991", Some(9_007_199_254_740_991)),
        ];
        for (header, id) in ids {
            assert_eq!(whole(&format!("{header}[\"e\"]")).kind, event(id, "[\"e\"]"));
        }
        for id in ["9007199254740992", "18446744073709551617", &"9".repeat(10_000)] {
            assert_eq!(refusal(&format!("2{id}[\"e\"]")), DecodeError::BadId, "{id}");
        }
        for id in ["-1", "1.5", "+1", "0x10", "1e3", "1 2", "abc", "1,", "٣"] {
            assert_eq!(refusal(&format!("2{id}[\"e\"]")), DecodeError::InvalidPayload, "{id}");
        }
    }

    #[test]
    fn white_space_around_the_payload_is_no_id() {
        assert_eq!(whole("2 \t\r\n[\"e\" ] ").kind, event(None, "[\"e\" ]"));
        assert_eq!(whole("212 [\"e\"]").kind, event(Some(12), "[\"e\"]"));
        assert_eq!(whole("0/n, { } \n").kind, Kind::Connect { data: Some("{ }".to_owned()) });
        assert_eq!(whole("4 \"x\" ").kind, Kind::ConnectError { data: "\"x\"".to_owned() });
        assert_eq!(
            refusal("2\u{a0}[\"e\"]"),
            DecodeError::InvalidPayload,
            "JSON has four white space characters"
        );
    }

    #[test]
    fn each_type_has_its_payloads() {
        let bad = r#"0[] 0null 0"x" 0{ 0{}x 1{} 1/n,[] 2 20 2{} 2null 2"x" 2[ 2["e" 2["e"]x 2["e",] 2["\x"] 31{} 3"x" 3["#;
        for text in bad.split(' ').chain("4 4[] 4null 4{}{} 50- 51-/n, 61-7 60- 61-{}".split(' ')) {
            assert_eq!(refusal(text), DecodeError::InvalidPayload, "{text:?}");
        }
        for text in ["0 ", "1 ", "2 ", "3\t", "4\n", "50- ", "60-\r\n"] {
            assert_eq!(refusal(text), DecodeError::InvalidPayload, "{text:?}");
        }
        assert_eq!(whole(r#"05{"a":1}"#).kind, Kind::Connect { data: Some(r#"{"a":1}"#.to_owned()) });
        assert_eq!(whole("11").kind, Kind::Disconnect);
        assert_eq!(whole("30").kind, Kind::Ack { id: Some(0), args: None });
    }

    #[test]
    fn an_event_is_named_by_a_string_or_a_number() {
        for name in ["\"\"", "\"\\ud800\"", "\"connection\"", "\"Connect\"", "1", "-1.5", "1e400"] {
            assert!(
                matches!(whole(&format!("2[{name}]")).kind, Kind::Event { args, .. } if args.name() == Some(name))
            );
        }
        for args in ["", "true", "null", "{\"toString\":\"x\"}", "[\"e\"]"] {
            assert_eq!(refusal(&format!("2[{args}]")), DecodeError::InvalidPayload, "{args}");
        }
    }

    #[test]
    fn reserved_names_are_refused_however_they_are_escaped() {
        for name in RESERVED_EVENTS.into_iter().chain(["c\\u006fnnect", "\\u006e\\u0065wListener"]) {
            assert_eq!(refusal(&format!("2[\"{name}\",1]")), DecodeError::ReservedEvent, "{name}");
            assert_eq!(refusal(&format!("51-[ \"{name}\"]")), DecodeError::ReservedEvent, "{name}");
        }
    }

    #[test]
    fn placeholders_matter_in_binary_packets_only() {
        let args = r#"["e",{"_placeholder":true,"num":1}]"#;

        assert_eq!(whole(&format!("2{args}")).kind, event(None, args));
        assert_eq!(refusal(&format!("51-{args}")), DecodeError::IllegalAttachments);
        assert_eq!(refusal(&format!("61-7{args}")), DecodeError::IllegalAttachments);
        assert_eq!(refusal(&format!("50-{args}")), DecodeError::IllegalAttachments);
    }
}
