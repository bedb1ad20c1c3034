//! Vectors: one packet or payload a line, and what it means.
//!
//! ```text
//! event-id      213["hi"]                                              = event id 13 ["hi"]
//! num-reversed  52-["a",...]  >> aa  >> bb                             ~ event ["a", bytes bb, bytes aa]
//! trailing      2["a"]x                                                ! invalid-payload  SHOULD
//! no-padding    bAQIDBA                                                ? binary 01020304  or  ! bad-base64  INFO
//! ```
//!
//! `=` is read and written, `~` only read, `!` refused with an error of this class, `?` may be taken in either way.

mod form;
mod judge;
mod packets;
mod words;

use std::fmt;
use std::path::PathBuf;

use crate::case::Level;
use crate::fault::Unread;
use crate::hex;
use crate::packet::Content;
use crate::scope::Scope;
use crate::text::Text;

pub use judge::{Reads, read_strictly};
pub use packets::Packet;

pub(crate) use judge::CLASSES;

pub(crate) use form::{contents_from_json, contents_to_json, packets_from_json, packets_to_json};

/// One vector.
#[derive(Clone, Debug)]
pub struct Vector {
    /// The chapter's file.
    pub file: PathBuf,
    /// Its line.
    pub line: usize,
    /// Its name, with the kind in front: `sio-packet/event-id`.
    pub id: String,
    /// What is written in it.
    pub kind: Kind,
    /// The frames, or the body, in order.
    pub wire: Vec<Content>,
    /// What is asked of a codec.
    pub judgement: Judgement,
    /// The meaning, or the error's class after `!`; more than one only with `?`.
    pub meanings: Vec<Meaning>,
    /// How binding it is.
    pub level: Level,
    /// One more whenever its expectation changes.
    pub revision: u32,
    /// Why the reference fails it.
    pub disputed: Option<String>,
}

/// What a vector is a vector of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// An Engine.IO packet.
    EnginePacket,
    /// A polling body.
    Payload,
    /// A Socket.IO packet with its attachments.
    SocketPacket,
}

/// What is asked of a codec.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Judgement {
    /// Reads it so, and writes exactly this.
    Both,
    /// Reads it so.
    Read,
    /// Refuses it.
    Refuse,
    /// Reads it in one of these ways.
    Either,
}

/// What a wire may be taken for.
#[derive(Clone, Debug, PartialEq)]
pub enum Meaning {
    /// `event id 13 ["hi"]`: these packets, one after the other.
    Packets(Vec<Packet>),
    /// The class of the error.
    Refused(String),
}

impl fmt::Display for Meaning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Meaning::Packets(packets) => f.write_str(&packets::describe(packets)),
            Meaning::Refused(class) => write!(f, "a refusal ({class})"),
        }
    }
}

impl Kind {
    /// Finds the kind for the info string of a block.
    pub fn named(info: &str) -> Option<Kind> {
        match info {
            "packets eio" => Some(Kind::EnginePacket),
            "payload eio" => Some(Kind::Payload),
            "packets sio" => Some(Kind::SocketPacket),
            _ => None,
        }
    }

    /// All kinds.
    pub const ALL: [Kind; 3] = [Kind::EnginePacket, Kind::Payload, Kind::SocketPacket];

    /// Finds the kind for the group of an id.
    pub fn of_group(group: &str) -> Option<Kind> {
        Kind::ALL.into_iter().find(|kind| kind.group() == group)
    }

    /// The group of its ids.
    pub fn group(self) -> &'static str {
        match self {
            Kind::EnginePacket => "eio-packet",
            Kind::Payload => "eio-payload",
            Kind::SocketPacket => "sio-packet",
        }
    }
}

impl Vector {
    /// Reads a row; a comment or an empty line is none.
    pub fn read(kind: Kind, line: &str) -> Result<Option<Vector>, Unread> {
        if line.trim().is_empty() || line.trim_start().starts_with('#') {
            return Ok(None);
        }
        let mut columns = columns(line).into_iter().peekable();
        let id = columns.next().unwrap_or("");
        let mut wire = Vec::new();
        while let Some(column) = columns.next_if(|column| !is_judgement(column)) {
            wire.push(content(column)?);
        }
        let Some(column) = columns.next().filter(|_| !wire.is_empty()) else {
            return Err(Unread::new(
                line,
                "id, wire and a judgement (=, ~, ! or ?), two spaces between them",
            ));
        };
        let (sign, first) = column.split_at(1);
        let mut vector = Vector {
            file: PathBuf::new(),
            line: 0,
            id: format!("{}/{id}", kind.group()),
            kind,
            wire,
            judgement: judgement(sign),
            meanings: Vec::new(),
            level: Level::Must,
            revision: 1,
            disputed: None,
        };
        // The value may stand in a column of its own.
        let first = first.trim();
        if !first.is_empty() {
            vector.meaning(first)?;
        }
        for column in columns {
            vector.column(column)?;
        }
        if vector.meanings.is_empty() {
            Err(Unread::new(line, "a value after the judgement"))
        } else {
            Ok(Some(vector))
        }
    }

    fn column(&mut self, column: &str) -> Result<(), Unread> {
        if column == "or" {
            return Ok(());
        }
        if let Some(number) = column.strip_prefix("rev ") {
            self.revision = number.trim().parse().map_err(|_| Unread::new(column, "`rev` and a number"))?;
            return Ok(());
        }
        if let Some(why) = column.strip_prefix("disputed:") {
            self.disputed = Some(why.trim().to_owned());
            return Ok(());
        }
        match Level::named(column) {
            Some(level) if !self.meanings.is_empty() => self.level = level,
            _ => self.meaning(column.strip_prefix("or ").unwrap_or(column))?,
        }
        Ok(())
    }

    fn meaning(&mut self, value: &str) -> Result<(), Unread> {
        let refused = value.strip_prefix('!').or((self.judgement == Judgement::Refuse).then_some(value));
        self.meanings.push(match (refused, value) {
            (Some(class), _) => Meaning::Refused(class.trim().to_owned()),
            (None, "verbatim") => {
                let unread = |class| Unread::new(format!("verbatim ({class})"), "a wire that can be read");
                Meaning::Packets(read_strictly(self.kind, &self.wire).map_err(unread)?)
            }
            (None, words) => Meaning::Packets(words::packets(self.kind, words)?),
        });
        Ok(())
    }
}

/// Splits at two or more spaces, but not inside a JSON string literal; a `#` column ends the row.
fn columns(line: &str) -> Vec<&str> {
    let mut columns = Vec::new();
    let mut rest = line.trim();
    while !rest.is_empty() && !rest.starts_with('#') {
        let mut words = crate::cursor::Cursor::new(rest);
        let literal =
            words.eat("\"") && crate::json::string(&mut words).is_ok() && words.rest().starts_with("  ");
        let end = match literal {
            true => rest.len() - words.rest().len(),
            false => rest.find("  ").unwrap_or(rest.len()),
        };
        columns.push(rest[..end].trim());
        rest = rest[end..].trim_start();
    }
    columns
}

fn is_judgement(column: &str) -> bool {
    let mut chars = column.chars();
    matches!(chars.next(), Some('=' | '~' | '!' | '?')) && matches!(chars.next(), None | Some(' '))
}

fn judgement(sign: &str) -> Judgement {
    match sign {
        "=" => Judgement::Both,
        "~" => Judgement::Read,
        "!" => Judgement::Refuse,
        _ => Judgement::Either,
    }
}

pub(crate) fn content(column: &str) -> Result<Content, Unread> {
    if let Some(digits) = column.strip_prefix(">>") {
        let bytes = hex::read(digits.trim()).ok_or_else(|| Unread::new(column, "pairs of hex digits"))?;
        return Ok(Content::Binary(bytes));
    }
    let text = Text::read(column.strip_prefix("> ").unwrap_or(column))?;
    text.render(&Scope::default()).map(Content::Text).map_err(|why| Unread::new(column, why))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(line: &str) -> Vector {
        Vector::read(Kind::SocketPacket, line).unwrap().unwrap()
    }

    #[test]
    fn rows_are_split_at_two_spaces() {
        let vector = row(r#"rev  52-["a"]  >> aa  >> bb  ~ event ["a", bytes bb]  SHOULD  # note"#);
        assert_eq!(
            (vector.id.as_str(), vector.wire.len(), vector.level),
            ("sio-packet/rev", 3, Level::Should)
        );
        assert_eq!(vector.judgement, Judgement::Read);
        let Meaning::Packets(packets) = &vector.meanings[0] else { panic!("{vector:?}") };
        assert_eq!(packets[0].to_string(), r#"event ["a",bytes bb]"#);
    }

    #[test]
    fn alternatives_stand_in_columns() {
        let vector = row("x  2/a?b,[1]  ?  event /a?b [1]  or  ! bad-base64  INFO");
        assert!(matches!(&vector.meanings[0], Meaning::Packets(packets) if packets.len() == 1));
        assert_eq!(vector.meanings[1..], [Meaning::Refused("bad-base64".into())]);
        assert_eq!(row(r#"e  ""  ! empty"#).meanings, [Meaning::Refused("empty".into())]);
        assert_eq!(row(r#"s  "5  1-"  ! x"#).wire, [Content::Text("5  1-".into())]);
    }

    #[test]
    fn a_row_may_say_that_it_changed_and_that_the_reference_fails_it() {
        let vector = row("x  2  ! invalid-payload  MUST  rev 2  disputed: it waits for more");
        assert_eq!((vector.revision, vector.disputed.as_deref()), (2, Some("it waits for more")));
        assert!(Vector::read(Kind::SocketPacket, "x  2  ! invalid-payload  rev two").is_err());
    }

    #[test]
    fn a_meaning_that_cannot_be_read_is_told() {
        for row in ["x  2  = evnt []", "x  2  = event [", "x  2  = event [bytes 0]", "x  2{}  = verbatim"] {
            assert!(Vector::read(Kind::SocketPacket, row).is_err(), "{row}");
        }
    }

    #[test]
    fn a_row_without_a_judgement_is_refused() {
        assert!(Vector::read(Kind::SocketPacket, "a  2[]").is_err());
        assert!(Vector::read(Kind::SocketPacket, "a  = event []").is_err());
        assert!(Vector::read(Kind::SocketPacket, "# a").unwrap().is_none());
    }
}
