//! A packet as it is expected: exact text, then JSON by structure, attachments in their places.

use std::fmt;

use super::{Bindings, Pattern, match_text, shorten};
use crate::cursor::Cursor;
use crate::fault::Unread;
use crate::hex;
use crate::packet::{self, Content};
use crate::scope::Scope;
use crate::text::{self, Piece, Text};

/// What one expected packet must be.
#[derive(Clone, Debug)]
pub enum PacketPattern {
    /// `<`: text in front, and JSON by structure if there is any.
    Structure {
        /// What stands before the JSON.
        prefix: Text,
        /// The JSON.
        json: Option<Pattern>,
        /// The JSON as the fixture writes it.
        source: String,
    },
    /// `<=`: the characters.
    Exact(Text),
    /// `<<`: a binary message.
    Binary(Vec<u8>),
}

/// The result of holding a pattern against the messages that have come.
#[derive(Debug)]
pub enum Received {
    /// The first `messages` of them are what was expected.
    Fits {
        /// How many messages the packet took: itself and its attachments.
        messages: usize,
        /// What it binds.
        bound: Bindings,
    },
    /// Something else has come.
    Differs(String),
    /// Too little has come to say.
    Waiting,
}

impl PacketPattern {
    /// Reads the operand of `<`.
    pub fn read(operand: &str) -> Result<PacketPattern, Unread> {
        let wire = text::unquote(operand)?;
        let mut cursor = Cursor::new(&wire);
        let mut pieces = Vec::new();
        loop {
            let literal = cursor.take_while(|c| !matches!(c, '{' | '[' | '"'));
            pieces.push(Piece::Literal(literal.to_owned()));
            if cursor.is_done() {
                let prefix = Text::of_pieces(pieces);
                return Ok(PacketPattern::Structure { prefix, json: None, source: String::new() });
            }
            match text::place(&mut cursor)? {
                Some(place) => pieces.push(place),
                None => break,
            }
        }
        let json = Some(Pattern::read(cursor.rest())?);
        let source = cursor.rest().to_owned();
        Ok(PacketPattern::Structure { prefix: Text::of_pieces(pieces), json, source })
    }

    /// Reads the operand of `<=`.
    pub fn exact(operand: &str) -> Result<PacketPattern, Unread> {
        Text::read(operand).map(PacketPattern::Exact)
    }

    /// Reads the operand of `<<`.
    pub fn binary(operand: &str) -> Result<PacketPattern, Unread> {
        hex::read(operand)
            .map(PacketPattern::Binary)
            .ok_or_else(|| Unread::new(operand, "pairs of hex digits"))
    }

    /// Lists the variables that must be bound before, and those that this pattern binds.
    pub(crate) fn names(&self) -> (Vec<&str>, Vec<&str>) {
        match self {
            PacketPattern::Structure { prefix, json, .. } => {
                let (mut used, mut bound) = prefix.names();
                if let Some(json) = json {
                    let (more_used, more_bound) = json.names();
                    used.extend(more_used);
                    bound.extend(more_bound);
                }
                (used, bound)
            }
            PacketPattern::Exact(text) => text.names(),
            PacketPattern::Binary(_) => (vec![], vec![]),
        }
    }

    /// Tells whether the expected text starts with one of these, as far as that can be seen from the fixture.
    pub(crate) fn starts_with(&self, starts: &[&str]) -> bool {
        let (PacketPattern::Structure { prefix: text, .. } | PacketPattern::Exact(text)) = self else {
            return false;
        };
        match text.pieces.first() {
            Some(Piece::Literal(literal)) => starts.iter().any(|start| literal.starts_with(start)),
            _ => false,
        }
    }

    /// Tells whether exactly this text is expected.
    pub(crate) fn is(&self, wire: &str) -> bool {
        match self {
            PacketPattern::Structure { prefix: text, json: None, .. } | PacketPattern::Exact(text) => {
                matches!(&text.pieces[..], [Piece::Literal(literal)] if literal == wire)
            }
            _ => false,
        }
    }

    /// Holds the pattern against the messages that have come, the first of them first.
    pub fn check<'a>(&self, mut come: impl Iterator<Item = &'a Content>, scope: &Scope) -> Received {
        let Some(first) = come.next() else { return Received::Waiting };
        let mut bound = Bindings::new();
        let judged = match (self, first) {
            (PacketPattern::Binary(bytes), Content::Binary(got)) if bytes == got => Ok(1),
            (PacketPattern::Exact(text), Content::Text(got)) => {
                exact(text, got, scope, &mut bound).map(|()| 1)
            }
            (PacketPattern::Structure { prefix, json, .. }, Content::Text(got)) => {
                let rest = match prefixed(prefix, json.is_none(), got, scope, &mut bound) {
                    Ok(rest) => rest,
                    Err(why) => return Received::Differs(why),
                };
                let Some(json) = json else { return Received::Fits { messages: 1, bound } };
                let attachments = packet::announced(got);
                let bytes: Vec<&[u8]> = come.take(attachments).map_while(Content::as_bytes).collect();
                if bytes.len() < attachments {
                    return Received::Waiting;
                }
                packet::rebuild(rest, &bytes)
                    .and_then(|value| json.check(&value, scope, &mut bound))
                    .map(|()| 1 + attachments)
                    .map_err(|why| format!("{why}, in {}", shorten(got)))
            }
            (expected, got) => Err(format!("expected {expected}, got {got}")),
        };
        match judged {
            Ok(messages) => Received::Fits { messages, bound },
            Err(why) => Received::Differs(why),
        }
    }
}

fn exact(text: &Text, got: &str, scope: &Scope, bound: &mut Bindings) -> Result<(), String> {
    if !text.is_plain() {
        return match_text(text, got, scope, bound);
    }
    let expected = text.render(scope)?;
    if expected == got {
        Ok(())
    } else {
        Err(format!("expected exactly {}, got {}", shorten(&expected), shorten(got)))
    }
}

/// Takes the expected prefix off and returns what follows it; with `whole`, nothing may follow.
fn prefixed<'a>(
    prefix: &Text,
    whole: bool,
    got: &'a str,
    scope: &Scope,
    bound: &mut Bindings,
) -> Result<&'a str, String> {
    if whole {
        return exact(prefix, got, scope, bound).map(|()| "");
    }
    if prefix.is_plain() {
        let expected = prefix.render(scope)?;
        let why =
            || format!("expected a packet that starts with {}, got {}", shorten(&expected), shorten(got));
        return got.strip_prefix(expected.as_str()).ok_or_else(why);
    }
    let start = got.find(['[', '{', '"']).unwrap_or(got.len());
    match_text(prefix, &got[..start], scope, bound)?;
    Ok(&got[start..])
}

impl fmt::Display for PacketPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            PacketPattern::Structure { prefix, json: Some(_), source } => {
                write!(f, "{prefix}{}", shorten(source))
            }
            PacketPattern::Structure { prefix: text, json: None, .. } | PacketPattern::Exact(text) => {
                f.write_str(&shorten(&text.to_string()))
            }
            PacketPattern::Binary(bytes) => write!(f, "binary {}", hex::write(bytes)),
        }
    }
}
