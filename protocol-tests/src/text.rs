//! Text of the wire with places in it: `{alice.sid}`, `{300*x}`, and in what is expected also `{/regex/}` and `{x:=/regex/}`.
//!
//! `␞` stands for 0x1e, `␍` and `␊` for CR and LF; `{{` is a brace where one would begin a place. Nothing else is translated.
//! A text that begins with `"` is a JSON string literal, for what cannot be seen.

use std::fmt;

use regex::Regex;

use crate::cursor::Cursor;
use crate::fault::Unread;
use crate::json;
use crate::scope::Scope;

/// A text with places.
#[derive(Clone, Debug, PartialEq)]
pub struct Text {
    pub(crate) pieces: Vec<Piece>,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Piece {
    Literal(String),
    Reference(String),
    Repeat { count: Count, text: String },
    Regex { name: Option<String>, source: String },
}

/// How often `{N*TEXT}` repeats its text.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Count {
    Fixed(usize),
    MaxPayload(i64),
}

impl Text {
    /// Reads the operand of a step: a JSON string literal when it begins with `"`, else the text itself.
    pub fn read(operand: &str) -> Result<Text, Unread> {
        Text::of_wire(&unquote(operand)?)
    }

    pub(crate) fn of_wire(wire: &str) -> Result<Text, Unread> {
        let mut cursor = Cursor::new(wire);
        let mut pieces = Vec::new();
        while let Some(piece) = piece(&mut cursor)? {
            pieces.push(piece);
        }
        Ok(Text::of_pieces(pieces))
    }

    /// Joins neighbouring literals.
    pub(crate) fn of_pieces(pieces: Vec<Piece>) -> Text {
        let mut joined: Vec<Piece> = Vec::new();
        for piece in pieces {
            match (joined.last_mut(), piece) {
                (Some(Piece::Literal(before)), Piece::Literal(more)) => before.push_str(&more),
                (_, piece) => joined.push(piece),
            }
        }
        Text { pieces: joined }
    }

    /// Fills the places in; a regular expression has no text.
    pub fn render(&self, scope: &Scope) -> Result<String, String> {
        let mut out = String::new();
        self.each(scope, |piece| match piece {
            Filled::Text(text) => {
                out.push_str(text);
                Ok(())
            }
            Filled::Regex { source, .. } => Err(format!("`{{/{source}/}}` cannot be sent")),
        })?;
        Ok(out)
    }

    /// Makes a regular expression that matches what this text expects, and the names that it binds.
    pub(crate) fn regex(&self, scope: &Scope, whole: bool) -> Result<(Regex, Vec<String>), String> {
        let mut source = String::from(if whole { "^" } else { "" });
        let mut names = Vec::new();
        self.each(scope, |piece| {
            match piece {
                Filled::Text(text) => source.push_str(&regex::escape(text)),
                Filled::Regex { name: Some(name), source: inner } => {
                    source.push_str(&format!("(?P<bound{}>{inner})", names.len()));
                    names.push(name.to_owned());
                }
                Filled::Regex { name: None, source: inner } => source.push_str(&format!("(?:{inner})")),
            }
            Ok(())
        })?;
        source.push_str(if whole { "$" } else { "" });
        let limit = 64 << 20;
        let regex = regex::RegexBuilder::new(&source).size_limit(limit).build().map_err(|e| e.to_string())?;
        Ok((regex, names))
    }

    /// Tells whether this text is characters only, once its references are filled in.
    pub(crate) fn is_plain(&self) -> bool {
        !self.pieces.iter().any(|piece| matches!(piece, Piece::Regex { .. }))
    }

    /// Tells whether the text is a single regular expression.
    pub(crate) fn is_regex(&self) -> bool {
        matches!(&self.pieces[..], [Piece::Regex { .. }])
    }

    /// Lists the variables that must be bound before, and those that this text binds.
    pub(crate) fn names(&self) -> (Vec<&str>, Vec<&str>) {
        let mut used = Vec::new();
        let mut bound = Vec::new();
        for piece in &self.pieces {
            match piece {
                Piece::Reference(name) => used.push(name.as_str()),
                Piece::Regex { name: Some(name), .. } => bound.push(name.as_str()),
                Piece::Literal(_) | Piece::Repeat { .. } | Piece::Regex { name: None, .. } => {}
            }
        }
        (used, bound)
    }

    fn each(
        &self,
        scope: &Scope,
        mut take: impl FnMut(Filled<'_>) -> Result<(), String>,
    ) -> Result<(), String> {
        let mut comma_goes = false;
        for piece in &self.pieces {
            match piece {
                Piece::Literal(text) => {
                    let text = if comma_goes { text.strip_prefix(',').unwrap_or(text) } else { text };
                    take(Filled::Text(text))?;
                }
                Piece::Reference(name) => take(Filled::Text(&scope.text(name)?))?,
                Piece::Repeat { count, text } => {
                    let count = match count {
                        Count::Fixed(count) => *count,
                        Count::MaxPayload(more) => scope.max_payload.saturating_add_signed(*more as isize),
                    };
                    take(Filled::Text(&text.repeat(count)))?;
                }
                Piece::Regex { name, source } => take(Filled::Regex { name: name.as_deref(), source })?,
            }
            // The main namespace has no name in front of a packet's payload, and no comma after it.
            comma_goes = matches!(piece, Piece::Reference(name) if name.starts_with("room") && scope.text(name)?.is_empty());
        }
        Ok(())
    }
}

enum Filled<'a> {
    Text(&'a str),
    Regex { name: Option<&'a str>, source: &'a str },
}

impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for piece in &self.pieces {
            match piece {
                Piece::Literal(text) => f.write_str(text)?,
                Piece::Reference(name) => write!(f, "{{{name}}}")?,
                Piece::Repeat { count: Count::Fixed(n), text } => write!(f, "{{{n}*{text}}}")?,
                Piece::Repeat { count: Count::MaxPayload(n), text } => {
                    write!(f, "{{maxPayload{n:+}*{text}}}")?;
                }
                Piece::Regex { name: None, source } => write!(f, "{{/{source}/}}")?,
                Piece::Regex { name: Some(name), source } => write!(f, "{{{name}:=/{source}/}}")?,
            }
        }
        Ok(())
    }
}

/// Undoes a JSON string literal and translates the visible control characters.
pub(crate) fn unquote(operand: &str) -> Result<String, Unread> {
    if operand.starts_with('"') {
        let mut cursor = Cursor::new(operand);
        cursor.eat("\"");
        let text = json::string(&mut cursor)?;
        return if cursor.is_done() { Ok(text) } else { cursor.unread("the end of the string literal") };
    }
    Ok(operand.replace('␞', "\u{1e}").replace('␍', "\r").replace('␊', "\n"))
}

fn piece(cursor: &mut Cursor<'_>) -> Result<Option<Piece>, Unread> {
    if cursor.is_done() {
        return Ok(None);
    }
    let literal = cursor.take_while(|c| c != '{');
    if !literal.is_empty() {
        return Ok(Some(Piece::Literal(literal.to_owned())));
    }
    if let Some(place) = place(cursor)? {
        return Ok(Some(place));
    }
    // `{{` is a brace, but only where a single one would begin a place: `{{"a":1}}` stays as it is.
    let mut ahead = *cursor;
    ahead.next();
    if ahead.peek() == Some('{') && place(&mut ahead.clone())?.is_some() {
        ahead.next();
        *cursor = ahead;
    } else {
        cursor.next();
    }
    Ok(Some(Piece::Literal("{".to_owned())))
}

/// Reads `{...}` if that is a place; otherwise the cursor stays.
pub(crate) fn place(cursor: &mut Cursor<'_>) -> Result<Option<Piece>, Unread> {
    let start = *cursor;
    let mut ahead = *cursor;
    if !ahead.eat("{") {
        return Ok(None);
    }
    let found = if ahead.peek() == Some('/') {
        Some(Piece::Regex { name: None, source: regex_source(&mut ahead)? })
    } else if let Some(repeat) = repetition(&mut ahead) {
        Some(repeat)
    } else {
        let name = name(&mut ahead);
        if name.is_empty() || VALUE_WORDS.contains(&name.as_str()) {
            None
        } else if ahead.eat(":=/") {
            ahead = after(start, &name);
            Some(Piece::Regex { name: Some(name), source: regex_source(&mut ahead)? })
        } else {
            ahead.eat("}").then_some(Piece::Reference(name))
        }
    };
    if found.is_some() {
        *cursor = ahead;
    }
    Ok(found)
}

/// Moves behind `{name:=`.
fn after<'a>(start: Cursor<'a>, name: &str) -> Cursor<'a> {
    let mut cursor = start;
    cursor.eat("{");
    cursor.eat(name);
    cursor.eat(":=");
    cursor
}

/// Reads `alice`, `alice.sid`, `bare-path`.
pub(crate) fn name(cursor: &mut Cursor<'_>) -> String {
    if !cursor.peek().is_some_and(|c| c.is_ascii_alphabetic()) {
        return String::new();
    }
    let name = cursor.take_while(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-'));
    name.to_owned()
}

/// Reads `/regex/flags}` and checks that it is one.
pub(crate) fn regex_source(cursor: &mut Cursor<'_>) -> Result<String, Unread> {
    let start = *cursor;
    cursor.eat("/");
    let mut source = String::new();
    loop {
        source.push_str(cursor.take_while(|c| c != '/' && c != '\\'));
        match cursor.next() {
            Some('\\') => {
                source.push('\\');
                source.extend(cursor.next());
            }
            Some('/') => {
                let mut ahead = *cursor;
                let flags = ahead.take_while(|c| matches!(c, 'i' | 's' | 'm' | 'x'));
                if ahead.eat("}") {
                    *cursor = ahead;
                    let source = if flags.is_empty() { source } else { format!("(?{flags}:{source})") };
                    return match Regex::new(&source) {
                        Ok(_) => Ok(source),
                        Err(error) => Err(Unread::new(source, format!("a regular expression ({error})"))),
                    };
                }
                source.push('/');
            }
            _ => return start.unread("`/}` at the end of the regular expression"),
        }
    }
}

fn repetition(cursor: &mut Cursor<'_>) -> Option<Piece> {
    let mut ahead = *cursor;
    let count = if ahead.eat("maxPayload") {
        let negative = ahead.eat("-");
        let signed = negative || ahead.eat("+");
        let more = ahead.take_while(|c| c.is_ascii_digit());
        let more: i64 = if signed { more.parse().ok()? } else { 0 };
        Count::MaxPayload(if negative { -more } else { more })
    } else {
        Count::Fixed(ahead.take_while(|c| c.is_ascii_digit()).parse().ok()?)
    };
    if !ahead.eat("*") {
        return None;
    }
    let mut text = ahead.take_until("}")?.to_owned();
    if text.is_empty() && ahead.eat("}") {
        text.push('}');
    }
    *cursor = ahead;
    Some(Piece::Repeat { count, text })
}

/// Words that are kinds of values in braces and so cannot be names.
pub(crate) const VALUE_WORDS: [&str; 5] = ["any", "string", "number", "array", "object"];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::Json;

    fn render(operand: &str) -> String {
        let mut scope = Scope::default();
        scope.max_payload = 5;
        scope.bind("alice.sid", Json::Text("S1".into()));
        scope.bind("room", Json::Text(String::new()));
        scope.bind("room2", Json::Text("/kit-7f".into()));
        Text::read(operand).unwrap().render(&scope).unwrap()
    }

    #[test]
    fn places_are_filled_and_the_rest_is_literal() {
        assert_eq!(render(r#"42["a",{"b":{}}]"#), r#"42["a",{"b":{}}]"#);
        assert_eq!(render("?sid={alice.sid}&x"), "?sid=S1&x");
        assert_eq!(render("4{maxPayload-1*x}{3*[}{2*}}"), "4xxxx[[[}}");
        assert_eq!(render("4a␞4b␍␊"), "4a\u{1e}4b\r\n");
        assert_eq!(render("{{alice.sid}"), "{alice.sid}");
        assert_eq!(render(r#""a  {alice.sid}\u0001""#), "a  S1\u{1}");
    }

    #[test]
    fn the_comma_after_a_room_goes_with_the_room() {
        assert_eq!(render(r#"42{room},["m"]"#), r#"42["m"]"#);
        assert_eq!(render(r#"42{room2},["m"]"#), r#"42/kit-7f,["m"]"#);
    }

    #[test]
    fn expected_text_may_hold_regular_expressions() {
        let text = Text::read(r"43{id:=/\d+/}[{/[a/]*/}]").unwrap();
        let (regex, names) = text.regex(&Scope::default(), true).unwrap();
        assert_eq!(names, ["id"]);
        assert!(regex.is_match("4317[a/a]"));
        assert!(!regex.is_match("43x[]"));
    }

    #[test]
    fn an_unbound_name_is_told() {
        assert!(Text::read("{nobody}").unwrap().render(&Scope::default()).unwrap_err().contains("nobody"));
    }
}
