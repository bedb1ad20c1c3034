//! A line in parts: words, an operand that two spaces end, and the modifiers after it.

use super::Timing;
use crate::cursor::Cursor;
use crate::fault::Unread;
use crate::json;
use crate::span::Span;

/// What is left of a line.
#[derive(Clone, Copy, Debug)]
pub(super) struct Words<'a> {
    rest: &'a str,
}

impl<'a> Words<'a> {
    pub(super) fn new(line: &'a str) -> Words<'a> {
        Words { rest: line.trim_start() }
    }

    /// Takes a word and the spaces behind it.
    pub(super) fn word(&mut self) -> &'a str {
        let (word, rest) = self.rest.split_once(' ').unwrap_or((self.rest, ""));
        self.rest = rest.trim_start();
        word
    }

    /// Takes a word, and only one space behind it: a second one ends the operand.
    pub(super) fn head(&mut self) -> &'a str {
        let (word, rest) = self.rest.split_once(' ').unwrap_or((self.rest, ""));
        self.rest = rest;
        word
    }

    /// Takes the word if it is this one.
    pub(super) fn eat(&mut self, expected: &str) -> bool {
        let found = self.peek() == expected;
        if found {
            self.word();
        }
        found
    }

    pub(super) fn peek(&self) -> &'a str {
        self.rest.split(' ').next().unwrap_or("")
    }

    pub(super) fn rest(&self) -> &'a str {
        self.rest
    }

    /// Takes the operand: up to two spaces, or the end of the JSON string literal that it is.
    pub(super) fn operand(&mut self) -> Result<&'a str, Unread> {
        if self.rest.starts_with(' ') {
            return Ok("");
        }
        let mut end = self.rest.find("  ").unwrap_or(self.rest.len());
        if self.rest.starts_with('"') {
            let mut cursor = Cursor::new(self.rest);
            cursor.eat("\"");
            json::string(&mut cursor)?;
            end = self.rest.len() - cursor.rest().len();
            if !cursor.is_done() && !cursor.rest().starts_with(' ') {
                return cursor.unread("two spaces after the string literal");
            }
        }
        let operand = self.rest[..end].trim_end();
        self.rest = &self.rest[end..];
        Ok(operand)
    }

    /// Takes what is left as modifiers.
    pub(super) fn modifiers(self) -> Result<Modifiers, Unread> {
        let mut modifiers = Modifiers::default();
        for part in self.rest.split("  ").map(str::trim).filter(|part| !part.is_empty()) {
            if part.starts_with('#') {
                break;
            }
            modifiers.take(part)?;
        }
        Ok(modifiers)
    }
}

/// What may follow an operand.
#[derive(Clone, Debug, Default)]
pub(super) struct Modifiers {
    pub(super) timing: Timing,
    pub(super) codes: Vec<u16>,
    pub(super) codes_should: bool,
    pub(super) pending: bool,
    pub(super) lax: Option<String>,
    pub(super) by_hand: bool,
}

impl Modifiers {
    fn take(&mut self, part: &str) -> Result<(), Unread> {
        let (body, should) = match part.strip_suffix("(SHOULD)") {
            Some(body) => (body.trim_end(), true),
            None => (part, false),
        };
        if let Some(span) = body.strip_prefix("not before ") {
            self.timing.not_before = Some((Span::read(span)?, should));
            return Ok(());
        }
        if let Some(codes) = body.strip_prefix("code ") {
            let read = |code: &str| code.trim().parse().map_err(|_| Unread::new(code, "a close code"));
            self.codes = codes.split('|').map(read).collect::<Result<_, _>>()?;
            self.codes_should = should;
            return Ok(());
        }
        if let Some(span) = body.strip_prefix("within ") {
            self.timing.within = Some((Span::read(span)?, should));
            return Ok(());
        }
        self.timing.should |= should;
        if let Some(why) = part.strip_prefix("lax:") {
            self.lax = Some(why.trim().to_owned());
        } else if body == "pending" {
            self.pending = true;
        } else if body == "heartbeat by hand" {
            self.by_hand = true;
        } else if !body.is_empty() {
            return Err(Unread::new(part, EXPECTED));
        }
        Ok(())
    }

    /// Insists that nothing but a time stands there.
    pub(super) fn only_timing(self) -> Result<Timing, Unread> {
        let stray = self.pending || self.by_hand || self.lax.is_some() || !self.codes.is_empty();
        if stray {
            Err(Unread::new("a modifier", "only `within`, `not before` or `(SHOULD)` here"))
        } else {
            Ok(self.timing)
        }
    }

    /// Insists that nothing stands there.
    pub(super) fn none(self) -> Result<(), Unread> {
        let Timing { within, not_before, should } = self.clone().only_timing()?;
        let stray = within.is_some() || not_before.is_some() || should;
        if stray { Err(Unread::new("a modifier", "no modifier here")) } else { Ok(()) }
    }
}

const EXPECTED: &str =
    "within T, not before T, code N, pending, heartbeat by hand, lax: why, (SHOULD) or # after two spaces";
