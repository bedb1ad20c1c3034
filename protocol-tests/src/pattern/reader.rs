//! Reads patterns: JSON in which `{...}` may be a kind or a name, `...` more of the same, `bytes 00ff` an attachment.

use regex::Regex;

use super::{Bounds, Elements, Members, Pattern};
use crate::cursor::Cursor;
use crate::fault::Unread;
use crate::hex;
use crate::json;
use crate::text::{self, Piece, Text};

impl Pattern {
    /// Reads a pattern and nothing after it.
    pub fn read(source: &str) -> Result<Pattern, Unread> {
        let mut cursor = Cursor::new(source);
        let pattern = value(&mut cursor)?;
        cursor.skip_space();
        if cursor.is_done() { Ok(pattern) } else { cursor.unread("the end of the pattern") }
    }

    /// Lists the variables that must be bound before, and those that this pattern binds.
    pub(crate) fn names(&self) -> (Vec<&str>, Vec<&str>) {
        match self {
            Pattern::Same(name) => (vec![name], vec![]),
            Pattern::NoneOf(names) => (names.iter().map(String::as_str).collect(), vec![]),
            Pattern::Bind(name, inner) => {
                let (used, mut bound) = inner.names();
                bound.push(name);
                (used, bound)
            }
            Pattern::Characters(text) => text.names(),
            Pattern::Elements(elements) => all(elements.items.iter().map(|(pattern, _)| pattern.names())),
            Pattern::Members(members) => {
                all(members.items.iter().flat_map(|(key, pattern)| [key.names(), pattern.names()]))
            }
            _ => (vec![], vec![]),
        }
    }
}

type Names<'a> = (Vec<&'a str>, Vec<&'a str>);

fn all<'a>(parts: impl Iterator<Item = Names<'a>>) -> Names<'a> {
    parts.fold((vec![], vec![]), |mut sum, (used, bound)| {
        // What an earlier part binds, a later one may use.
        sum.0.extend(used.into_iter().filter(|name| !sum.1.contains(name)).collect::<Vec<_>>());
        sum.1.extend(bound);
        sum
    })
}

fn value(cursor: &mut Cursor<'_>) -> Result<Pattern, Unread> {
    cursor.skip_space();
    match cursor.peek() {
        Some('{') => match in_braces(cursor)? {
            Some(pattern) => Ok(pattern),
            None => members(cursor),
        },
        Some('[') => elements(cursor),
        Some('"') => string(cursor),
        _ if cursor.eat("bytes") => {
            cursor.eat(" ");
            let digits = cursor.take_while(|c| c.is_ascii_hexdigit());
            hex::read(digits).map(Pattern::Bytes).map_or_else(|| cursor.unread("pairs of hex digits"), Ok)
        }
        _ => json::scalar(cursor).map(Pattern::Scalar),
    }
}

/// Reads `{any}`, `{x:=string}` and their kin; an object's brace is left alone.
fn in_braces(cursor: &mut Cursor<'_>) -> Result<Option<Pattern>, Unread> {
    let mut ahead = *cursor;
    ahead.eat("{");
    let pattern = match ahead.peek() {
        Some('/') => regex(&mut ahead)?,
        Some('=') => {
            ahead.next();
            let name = text::name(&mut ahead);
            close(&mut ahead, Pattern::Same(name))?
        }
        Some('!') => {
            if !ahead.eat("!=") {
                return ahead.unread("`!=`");
            }
            let Some(names) = ahead.take_until("}") else { return ahead.unread("`}`") };
            Pattern::NoneOf(names.split(',').map(|name| name.trim().to_owned()).collect())
        }
        Some(c) if c.is_ascii_alphabetic() => named(&mut ahead)?,
        _ => return Ok(None),
    };
    *cursor = ahead;
    Ok(Some(pattern))
}

fn named(cursor: &mut Cursor<'_>) -> Result<Pattern, Unread> {
    let start = *cursor;
    let name = text::name(cursor);
    if !cursor.eat(":=") {
        if text::VALUE_WORDS.contains(&name.as_str()) {
            *cursor = start;
            return kind(cursor);
        }
        return close(cursor, Pattern::Same(name));
    }
    let inner = if cursor.peek() == Some('/') { regex(cursor)? } else { kind(cursor)? };
    Ok(Pattern::Bind(name, Box::new(inner)))
}

/// Reads `string 8..64}`, the brace included.
fn kind(cursor: &mut Cursor<'_>) -> Result<Pattern, Unread> {
    let start = *cursor;
    let word = cursor.take_while(|c| c.is_ascii_alphabetic());
    cursor.skip_space();
    let bounds = bounds(cursor)?;
    let pattern = match word {
        "any" => Pattern::Any,
        "string" => Pattern::Text(bounds),
        "number" => Pattern::Number(bounds),
        "array" => Pattern::Array(bounds),
        "object" => Pattern::Object,
        _ => return start.unread("any, string, number, array or object"),
    };
    close(cursor, pattern)
}

fn bounds(cursor: &mut Cursor<'_>) -> Result<Bounds, Unread> {
    if cursor.peek() == Some('}') {
        return Ok(Bounds::NONE);
    }
    let start = *cursor;
    let Some((least, most)) = cursor.take_while(|c| c != '}').split_once("..") else {
        return start.unread("a range such as `8..64`");
    };
    let number = |text: &str, default: f64| match text.trim() {
        "" => Ok(default),
        text => text.parse().map_err(|_| Unread::new(text, "a number")),
    };
    Ok(Bounds { least: number(least, f64::NEG_INFINITY)?, most: number(most, f64::INFINITY)? })
}

fn regex(cursor: &mut Cursor<'_>) -> Result<Pattern, Unread> {
    let source = text::regex_source(cursor)?;
    Regex::new(&source).map(Pattern::Regex).map_err(|e| Unread::new(source, e.to_string()))
}

fn close(cursor: &mut Cursor<'_>, pattern: Pattern) -> Result<Pattern, Unread> {
    if cursor.eat("}") { Ok(pattern) } else { cursor.unread("`}`") }
}

fn elements(cursor: &mut Cursor<'_>) -> Result<Pattern, Unread> {
    cursor.eat("[");
    let mut elements = Elements { items: Vec::new(), more_before: false, more_behind: false };
    cursor.skip_space();
    if cursor.eat("]") {
        return Ok(Pattern::Elements(elements));
    }
    loop {
        cursor.skip_space();
        if cursor.eat("...") {
            if elements.items.is_empty() && !elements.more_before {
                elements.more_before = true;
            } else {
                elements.more_behind = true;
            }
        } else {
            let pattern = value(cursor)?;
            elements.items.push((pattern, times(cursor)?));
        }
        cursor.skip_space();
        if cursor.eat("]") {
            return Ok(Pattern::Elements(elements));
        }
        if !cursor.eat(",") {
            return cursor.unread("`,` or `]`");
        }
    }
}

/// Reads ` x30`, or nothing.
fn times(cursor: &mut Cursor<'_>) -> Result<usize, Unread> {
    let mut ahead = *cursor;
    ahead.skip_space();
    if !ahead.eat("x") {
        return Ok(1);
    }
    let digits = ahead.take_while(|c| c.is_ascii_digit());
    *cursor = ahead;
    digits.parse().map_or_else(|_| ahead.unread("a number after `x`"), Ok)
}

fn members(cursor: &mut Cursor<'_>) -> Result<Pattern, Unread> {
    cursor.eat("{");
    let mut members = Members { items: Vec::new(), more: false };
    cursor.skip_space();
    if cursor.eat("}") {
        return Ok(Pattern::Members(members));
    }
    loop {
        cursor.skip_space();
        if cursor.eat("...") {
            members.more = true;
        } else {
            let Pattern::Characters(key) = string(cursor)? else {
                return cursor.unread("a key that is text");
            };
            cursor.skip_space();
            if !cursor.eat(":") {
                return cursor.unread("`:`");
            }
            members.items.push((key, value(cursor)?));
        }
        cursor.skip_space();
        if cursor.eat("}") {
            return Ok(Pattern::Members(members));
        }
        if !cursor.eat(",") {
            return cursor.unread("`,` or `}`");
        }
    }
}

/// Reads a string; one that is nothing but `{...}` is that pattern, for a value that is a string.
fn string(cursor: &mut Cursor<'_>) -> Result<Pattern, Unread> {
    if !cursor.eat("\"") {
        return cursor.unread("a string in quotes");
    }
    let mut ahead = *cursor;
    if ahead.peek() == Some('{')
        && let Ok(Some(pattern)) = in_braces(&mut ahead)
        && ahead.eat("\"")
    {
        *cursor = ahead;
        return Ok(pattern);
    }
    let mut pieces = Vec::new();
    loop {
        let literal = cursor.take_while(|c| c != '"' && c != '\\' && c != '{');
        pieces.push(Piece::Literal(literal.to_owned()));
        match cursor.peek() {
            Some('"') => {
                cursor.next();
                return Ok(Pattern::Characters(Text::of_pieces(pieces)));
            }
            Some('\\') => {
                let mut plain = String::new();
                json::escape(cursor, &mut plain)?;
                pieces.push(Piece::Literal(plain));
            }
            Some(_) => pieces.push(brace(cursor)?),
            None => return cursor.unread("a closing quote"),
        }
    }
}

fn brace(cursor: &mut Cursor<'_>) -> Result<Piece, Unread> {
    if let Some(place) = text::place(cursor)? {
        return Ok(place);
    }
    cursor.next();
    if text::place(&mut cursor.clone())?.is_some() {
        cursor.next();
    }
    Ok(Piece::Literal("{".to_owned()))
}
