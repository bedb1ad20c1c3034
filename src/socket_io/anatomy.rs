//! Where the parts of a packet's text are, and where the one is that makes it none: what [`decoder`](super::Packet::decode)
//! has no time to say.
//!
//! ```text
//! 51-/admin,12["photo",{"_placeholder":true,"num":1}]
//! ││ │      │ │        └────────────────────────────┘ Flaw::Placeholder: only one attachment is announced
//! ││ │      │ └ Payload
//! ││ │      └ Id
//! ││ └ Namespace
//! │└ Attachments
//! └ Type
//! ```
//!
//! Whether a text is a packet is asked of the decoder; here it is walked once more, with the decoder's own steps, by whoever
//! wants to show it to people.
//!
//! ```
//! use wire42::socket_io::{Anatomy, Flaw, Part};
//!
//! let anatomy = Anatomy::of(r#"2/a,["connect"]"#);
//! assert_eq!(anatomy.parts[1], (Part::Namespace, 1..4));
//! assert_eq!(anatomy.flaw, Some((Flaw::ReservedName, 5..14)));
//! assert_eq!(Anatomy::of(r#"2["hello"]"#).flaw, None);
//! ```

use std::fmt;
use std::ops::Range;

use serde::de::IgnoredAny;

use super::args::{Args, WHITE_SPACE};
use super::decoder::{DecodeError, Decoded};
use super::header::{Cursor, MAX_ATTACHMENTS, Type};
use super::packet::{Kind, Packet};
use super::placeholders;

/// A packet's text, taken apart; ranges are bytes of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Anatomy {
    /// What it says it is.
    pub packet_type: Option<Type>,
    /// Its parts from the left, as far as they could be read.
    pub parts: Vec<(Part, Range<usize>)>,
    /// The packet, if it is one; then there is no flaw.
    pub decoded: Option<Decoded>,
    /// What makes it none, and where.
    pub flaw: Option<(Flaw, Range<usize>)>,
}

/// A part of a packet's text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// The digit that says what the packet is.
    Type,
    /// How many attachments follow, with its dash.
    Attachments,
    /// The namespace, with its comma.
    Namespace,
    /// The number that ties an answer to its event.
    Id,
    /// The JSON value.
    Payload,
}

/// Why a text is no packet, more exactly than [`DecodeError`] says; it reads as the rule that is broken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Flaw {
    /// There is no type.
    Type,
    /// No digit stands where the attachments are counted.
    Count,
    /// No dash stands behind the count.
    Dash,
    /// More attachments are announced than there may be.
    TooManyAttachments,
    /// The id is larger than JavaScript can count.
    Id,
    /// There is no payload.
    NoPayload,
    /// There is one.
    AnyPayload,
    /// The payload is not JSON, and so says the parser.
    Json(String),
    /// The payload is not an array.
    NotAnArray,
    /// The payload is not an object.
    NotAnObject,
    /// The payload is neither an object nor a string.
    NoReason,
    /// The array is empty.
    NoName,
    /// The event's name is neither a string nor a number.
    BadName,
    /// The event's name belongs to the library.
    ReservedName,
    /// A placeholder stands for no attachment.
    Placeholder,
}

impl Anatomy {
    /// Takes a text apart, without the digit that makes it an Engine.IO message.
    pub fn of(text: &str) -> Self {
        let mut walk = Walk { text, cursor: Cursor::new(text), parts: Vec::new() };
        let header = walk.header();
        let Walk { cursor, mut parts, .. } = walk;
        let start = text.len() - cursor.rest().len();
        let packet_type = Cursor::new(text).take_type().ok();
        if header.is_ok() && start < text.len() {
            parts.push((Part::Payload, start..text.len()));
        }
        let decoded = Packet::decode(text.to_owned());
        let flaw = match (&decoded, header) {
            (Ok(_), _) => None,
            (Err(_), Err(flaw)) => Some(flaw),
            (Err(error), Ok((packet_type, attachments))) => {
                let (flaw, range) = flaw_of_payload(&text[start..], packet_type, attachments, *error);
                Some((flaw, start + range.start..start + range.end))
            }
        };
        Self { packet_type, parts, decoded: decoded.ok(), flaw }
    }

    /// Gives the arguments of an event or an answer, if it is one.
    ///
    /// ```
    /// use wire42::socket_io::{Anatomy, Args};
    ///
    /// assert_eq!(Anatomy::of(r#"2["hello",1]"#).args().map(Args::json), Some(r#"["hello",1]"#));
    /// ```
    pub fn args(&self) -> Option<&Args> {
        match &self.decoded {
            Some(Decoded::Whole(packet) | Decoded::Awaiting { packet, .. }) => match &packet.kind {
                Kind::Event { args, .. } => Some(args),
                Kind::Ack { args, .. } => args.as_ref(),
                Kind::Connect { .. } | Kind::Disconnect | Kind::ConnectError { .. } => None,
            },
            None => None,
        }
    }
}

impl fmt::Display for Flaw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Flaw::Type => f.write_str("a Socket.IO packet begins with a type from 0 to 6"),
            Flaw::Count => f.write_str("types 5 and 6 are followed by the number of attachments, in digits"),
            Flaw::Dash => f.write_str("a dash ends the number of attachments"),
            Flaw::TooManyAttachments => write!(f, "a packet has at most {MAX_ATTACHMENTS} attachments"),
            Flaw::Id => {
                f.write_str("an acknowledgement id is at most 2^53 - 1, to which JavaScript can count")
            }
            Flaw::NoPayload => f.write_str("this type of packet has a payload"),
            Flaw::AnyPayload => f.write_str("a DISCONNECT has no payload"),
            Flaw::Json(words) => write!(f, "the payload is one JSON value: {words}"),
            Flaw::NotAnArray => f.write_str("the payload of this type of packet is a JSON array"),
            Flaw::NotAnObject => f.write_str("the payload of a CONNECT is a JSON object"),
            Flaw::NoReason => f.write_str("the payload of a CONNECT_ERROR is a JSON object, or a string"),
            Flaw::NoName => {
                f.write_str("the array of an event is not empty: its first element is the event's name")
            }
            Flaw::BadName => f.write_str("an event's name is a string, or a number"),
            Flaw::ReservedName => f.write_str("this name is the library's own: no peer may send it"),
            Flaw::Placeholder => {
                f.write_str("the num of a placeholder is an integer from 0 to one less than the attachments")
            }
        }
    }
}

/// The decoder's steps, each with the place where it was made.
struct Walk<'a> {
    text: &'a str,
    cursor: Cursor<'a>,
    parts: Vec<(Part, Range<usize>)>,
}

impl<'a> Walk<'a> {
    /// Reads up to the payload: the type and the number of attachments, or the flaw.
    fn header(&mut self) -> Result<(Type, usize), (Flaw, Range<usize>)> {
        let packet_type = self.step(Part::Type, Cursor::take_type).map_err(|_| (Flaw::Type, self.here()))?;
        let attachments = match packet_type.is_binary() {
            true => {
                let digits = self.digits();
                self.step(Part::Attachments, Cursor::take_attachments).map_err(|error| match error {
                    DecodeError::TooManyAttachments => (Flaw::TooManyAttachments, digits),
                    _ if digits.is_empty() => (Flaw::Count, char_at(self.text, digits.start)),
                    _ => (Flaw::Dash, char_at(self.text, digits.end)),
                })?
            }
            false => 0,
        };
        let _ = self.step(Part::Namespace, |cursor| Ok(cursor.take_namespace(&[])));
        let digits = self.digits();
        self.step(Part::Id, Cursor::take_id).map_err(|_| (Flaw::Id, digits))?;
        Ok((packet_type, attachments))
    }

    /// Makes a step, and notes what it took.
    fn step<T>(
        &mut self,
        part: Part,
        take: impl FnOnce(&mut Cursor<'a>) -> Result<T, DecodeError>,
    ) -> Result<T, DecodeError> {
        let before = self.at();
        let taken = take(&mut self.cursor)?;
        if before < self.at() {
            self.parts.push((part, before..self.at()));
        }
        Ok(taken)
    }

    fn at(&self) -> usize {
        self.text.len() - self.cursor.rest().len()
    }

    fn here(&self) -> Range<usize> {
        char_at(self.text, self.at())
    }

    fn digits(&self) -> Range<usize> {
        let count = self.cursor.rest().bytes().take_while(u8::is_ascii_digit).count();
        self.at()..self.at() + count
    }
}

/// Finds what is wrong with a payload that the decoder refused, and where in it.
fn flaw_of_payload(
    payload: &str,
    packet_type: Type,
    attachments: usize,
    error: DecodeError,
) -> (Flaw, Range<usize>) {
    let value = inner(payload);
    if packet_type == Type::Disconnect {
        return (Flaw::AnyPayload, 0..payload.len());
    }
    if value.is_empty() {
        return (Flaw::NoPayload, payload.len()..payload.len());
    }
    if let Err(error) = serde_json::from_str::<IgnoredAny>(payload) {
        return (Flaw::Json(words(&error)), place(payload, &error));
    }
    let args = Args::parse(payload).ok();
    let shape = match packet_type {
        Type::Connect => Flaw::NotAnObject,
        Type::ConnectError => Flaw::NoReason,
        Type::Disconnect | Type::Event | Type::Ack | Type::BinaryEvent | Type::BinaryAck => Flaw::NotAnArray,
    };
    match (args.as_ref(), error) {
        (Some(args), DecodeError::IllegalAttachments) => {
            let close = placeholders::first_unfit(args.json(), attachments).unwrap_or_default();
            let open = placeholders::opening(args.json(), close);
            (Flaw::Placeholder, value.start + open..value.start + close + 1)
        }
        (Some(args), _) if shape == Flaw::NotAnArray => match args.name() {
            None => (Flaw::NoName, value),
            Some(name) => {
                let white = args.json()[1..].len() - args.json()[1..].trim_start_matches(WHITE_SPACE).len();
                let start = value.start + 1 + white;
                let flaw =
                    if error == DecodeError::ReservedEvent { Flaw::ReservedName } else { Flaw::BadName };
                (flaw, start..start + name.len())
            }
        },
        _ => (shape, value),
    }
}

/// The payload without the white space around it.
fn inner(payload: &str) -> Range<usize> {
    let start = payload.len() - payload.trim_start_matches(WHITE_SPACE).len();
    start..payload.trim_end_matches(WHITE_SPACE).len().max(start)
}

/// What serde_json says, without where: that is shown.
fn words(error: &serde_json::Error) -> String {
    let text = error.to_string();
    text.rsplit_once(" at line ").map_or(text.as_str(), |(words, _)| words).to_owned()
}

/// Where serde_json says it: the byte before its column, or the end.
fn place(json: &str, error: &serde_json::Error) -> Range<usize> {
    if error.is_eof() {
        return json.len()..json.len();
    }
    let line = json.split_inclusive('\n').take(error.line().saturating_sub(1)).map(str::len).sum::<usize>();
    let at = (line + error.column()).saturating_sub(1);
    // It stops in front of a control character within a string, and behind everything else.
    let control = json.bytes().skip(at).position(|byte| byte < b' ');
    char_at(json, at + control.filter(|_| words(error).starts_with("control")).unwrap_or_default())
}

/// The character that holds the byte at this offset; nothing at the end.
fn char_at(text: &str, at: usize) -> Range<usize> {
    let start =
        (0..=at.min(text.len())).rev().find(|start| text.is_char_boundary(*start)).unwrap_or_default();
    start..start + text[start..].chars().next().map_or(0, char::len_utf8)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn flaw(text: &str) -> (Flaw, &str) {
        let (flaw, range) = Anatomy::of(text).flaw.unwrap_or_else(|| panic!("{text} is a packet"));
        (flaw, &text[range])
    }

    #[test]
    fn a_flaw_is_shown_where_it_is() {
        assert_eq!(flaw(""), (Flaw::Type, ""));
        assert_eq!(flaw("7[]"), (Flaw::Type, "7"));
        assert_eq!(flaw("5[\"e\"]"), (Flaw::Count, "["));
        assert_eq!(flaw("51[\"e\"]"), (Flaw::Dash, "["));
        assert_eq!(flaw("511-[\"e\"]"), (Flaw::TooManyAttachments, "11"));
        assert_eq!(flaw("2/a,9007199254740992[\"e\"]"), (Flaw::Id, "9007199254740992"));
        assert_eq!(flaw("2"), (Flaw::NoPayload, ""));
        assert_eq!(flaw("1{}"), (Flaw::AnyPayload, "{}"));
        assert_eq!(flaw("2 {} "), (Flaw::NotAnArray, "{}"));
        assert_eq!(flaw("0[]"), (Flaw::NotAnObject, "[]"));
        assert_eq!(flaw("4[]"), (Flaw::NoReason, "[]"));
        assert_eq!(flaw("2 [ ]"), (Flaw::NoName, "[ ]"));
        assert_eq!(flaw("2 [ true,1]"), (Flaw::BadName, "true"));
        assert_eq!(flaw("2[\"connect\"]"), (Flaw::ReservedName, "\"connect\""));
        let placeholder = r#"{"x":{},"_placeholder":true,"num":1}"#;
        assert_eq!(flaw(&format!("51-[\"e\",[{placeholder}]]")), (Flaw::Placeholder, placeholder));
    }

    #[test]
    fn broken_json_is_shown_where_the_parser_stopped() {
        let place = |text| match flaw(text) {
            (Flaw::Json(_), place) => place,
            other => panic!("{text}: {other:?}"),
        };
        assert_eq!(place("2[\"a\"]x"), "x");
        assert_eq!(place("2[\"a\",]"), "]");
        assert_eq!(place("2[\"a\""), "");
        assert_eq!(place("2[é]"), "é");
        assert_eq!(place("2[\n\"a\n\"]"), "\n");
        assert_eq!(place("2\u{a0}[\"e\"]"), "\u{a0}");
    }

    #[test]
    fn what_a_packet_says_is_kept() {
        assert_eq!(Anatomy::of("2[\"a\",1]").args().map(Args::json), Some("[\"a\",1]"));
        assert_eq!(Anatomy::of("1").args(), None);
    }

    proptest! {
        #[test]
        fn there_is_a_flaw_where_the_decoder_refuses(
            text in r#"[0-7]?([0-9]{0,3}-)?(/[a-z]{0,2},)?[0-9]{0,20}[ \n]?([\[{"]*("a"|1|true|"connect"|\{"_placeholder":true,"num":[01]\}|é)?[,:]?[\]}" x]*)"#,
        ) {
            let anatomy = Anatomy::of(&text);
            prop_assert_eq!(anatomy.flaw.is_none(), Packet::decode(text.clone()).is_ok());
            if let Some((_, range)) = anatomy.flaw {
                prop_assert!(text.get(range).is_some());
            }
            let parts: String = anatomy.parts.iter().map(|(_, range)| &text[range.clone()]).collect();
            prop_assert!(text.starts_with(&parts));
        }

        #[test]
        fn no_text_panics(text in "\\PC{0,40}") {
            Anatomy::of(&text);
        }
    }
}
