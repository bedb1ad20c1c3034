//! A JSON value as JavaScript sees it, and still as it was written: repeated keys, number spellings, lone surrogates.
//!
//! ```text
//! {"b":1.0,"a":"\ud83d","b":-0}      read       {"a":"\ud83d","b":-0}
//! ```
//!
//! [`Value::write`] gives two texts the same form exactly when a JavaScript program could not tell them apart; the order
//! of keys aside.

use std::collections::BTreeMap;
use std::fmt::Write;

use super::javascript;
use crate::cursor::Cursor;
use crate::hex;
use crate::json::{self, Json};

/// A value, and what may stand in its place once attachments have come.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Value {
    /// `null`, `true` or `false`.
    Word(&'static str),
    /// A number as it was written.
    Number(String),
    /// A string in JavaScript's units.
    Text(Vec<u16>),
    Array(Vec<Value>),
    /// All members in their order, those that a later one overwrites too.
    Object(Vec<(Vec<u16>, Value)>),
    Bytes(Vec<u8>),
    /// What JavaScript finds where there is nothing.
    Undefined,
}

impl Value {
    /// Reads a text that is one JSON value.
    pub(super) fn read(text: &str) -> Option<Value> {
        let mut cursor = Cursor::new(text);
        let value = value(&mut cursor, 0)?;
        cursor.skip_space();
        cursor.is_done().then_some(value)
    }

    /// Finds a member of an object: the last of its name.
    pub(super) fn member(&self, key: &str) -> Option<&Value> {
        let Value::Object(members) = self else { return None };
        members.iter().rev().find(|(name, _)| is(name, key)).map(|(_, value)| value)
    }

    /// Says whether this is a string that means `text`.
    pub(super) fn is_text(&self, text: &str) -> bool {
        matches!(self, Value::Text(units) if is(units, text))
    }

    /// Says what a number is to JavaScript.
    pub(super) fn as_number(&self) -> Option<f64> {
        if let Value::Number(text) = self { text.parse().ok() } else { None }
    }

    /// Says whether this is what stands in the place of an attachment.
    pub(super) fn is_placeholder(&self) -> bool {
        self.member("_placeholder") == Some(&Value::Word("true"))
    }

    /// Puts attachments in the places of their placeholders; where `num` names none, nothing is.
    pub(super) fn attach(&mut self, attachments: &[Vec<u8>]) {
        if self.is_placeholder() {
            let num = self.member("num").and_then(Value::as_number).filter(|num| num.fract() == 0.0);
            let attachment = num.and_then(|num| attachments.get(num as usize));
            *self = attachment.map_or(Value::Undefined, |bytes| Value::Bytes(bytes.clone()));
            return;
        }
        match self {
            Value::Array(items) => items.iter_mut().for_each(|item| item.attach(attachments)),
            Value::Object(members) => members.iter_mut().for_each(|(_, item)| item.attach(attachments)),
            _ => {}
        }
    }

    /// Appends the form that is compared, which is that of `adapters/README.md`.
    pub(super) fn write(&self, out: &mut String) {
        match self {
            Value::Word(word) => out.push_str(word),
            Value::Number(text) => javascript::write_number(text.parse().unwrap_or(f64::NAN), out),
            Value::Text(units) => javascript::write_string(units, out),
            Value::Bytes(bytes) => write!(out, "<{}>", hex::whole(bytes)).expect("a String takes every text"),
            Value::Undefined => out.push_str("undefined"),
            Value::Array(items) => {
                out.push('[');
                for (index, item) in items.iter().enumerate() {
                    out.push_str(if index == 0 { "" } else { "," });
                    item.write(out);
                }
                out.push(']');
            }
            Value::Object(members) => {
                // Of members with the same key the last stays.
                let members: BTreeMap<_, _> = members.iter().map(|(key, item)| (key, item)).collect();
                out.push('{');
                for (index, (key, item)) in members.into_iter().enumerate() {
                    out.push_str(if index == 0 { "" } else { "," });
                    javascript::write_string(key, out);
                    out.push(':');
                    item.write(out);
                }
                out.push('}');
            }
        }
    }
}

fn is(units: &[u16], text: &str) -> bool {
    text.encode_utf16().eq(units.iter().copied())
}

fn value(cursor: &mut Cursor<'_>, depth: usize) -> Option<Value> {
    cursor.skip_space();
    match cursor.peek()? {
        '[' | '{' if depth == DEPTH_LIMIT => None,
        '[' => list(cursor, "[", "]", |cursor| value(cursor, depth + 1)).map(Value::Array),
        '{' => list(cursor, "{", "}", |cursor| {
            cursor.skip_space();
            let key = string(cursor)?;
            cursor.skip_space();
            cursor.eat(":").then_some(())?;
            Some((key, value(cursor, depth + 1)?))
        })
        .map(Value::Object),
        '"' => string(cursor).map(Value::Text),
        _ => match json::scalar(cursor).ok()? {
            Json::Number(number) => Some(Value::Number(number.0)),
            Json::Bool(true) => Some(Value::Word("true")),
            Json::Bool(false) => Some(Value::Word("false")),
            _ => Some(Value::Word("null")),
        },
    }
}

/// Reads what stands between two brackets, with commas between.
fn list<T>(
    cursor: &mut Cursor<'_>,
    open: &str,
    close: &str,
    mut item: impl FnMut(&mut Cursor<'_>) -> Option<T>,
) -> Option<Vec<T>> {
    cursor.eat(open);
    cursor.skip_space();
    let mut items = Vec::new();
    if cursor.eat(close) {
        return Some(items);
    }
    loop {
        items.push(item(cursor)?);
        cursor.skip_space();
        if cursor.eat(close) {
            return Some(items);
        }
        cursor.eat(",").then_some(())?;
    }
}

fn string(cursor: &mut Cursor<'_>) -> Option<Vec<u16>> {
    cursor.eat("\"").then_some(())?;
    let mut units = Vec::new();
    loop {
        units.extend(cursor.take_while(|c| c != '"' && c != '\\' && c >= ' ').encode_utf16());
        if cursor.eat("\"") {
            return Some(units);
        }
        cursor.eat("\\").then_some(())?;
        units.push(match cursor.next()? {
            c @ ('"' | '\\' | '/') => c as u16,
            'b' => 0x08,
            'f' => 0x0c,
            'n' => 0x0a,
            'r' => 0x0d,
            't' => 0x09,
            'u' => {
                let digits = cursor.rest().get(..4).filter(|d| d.bytes().all(|b| b.is_ascii_hexdigit()))?;
                cursor.eat(digits);
                u16::from_str_radix(digits, 16).ok()?
            }
            _ => return None,
        });
    }
}

/// Deeper than anything that is made here, and within the stack of a thread.
const DEPTH_LIMIT: usize = 256;

#[cfg(test)]
mod tests {
    use super::*;

    fn written(text: &str) -> Option<String> {
        let mut out = String::new();
        Value::read(text)?.write(&mut out);
        Some(out)
    }

    #[test]
    fn what_javascript_cannot_tell_apart_is_the_same() {
        for (text, same) in [
            (r#"{"b":1.0,"a":1,"b":-0}"#, r#"{"a":1,"b":-0}"#),
            (r#"[ "\u00e9\/" , 1e400,-1e400 ]"#, r#"["é/",Infinity,-Infinity]"#),
            (r#"["\ud83d\ude00","\ud83d","\\ud83d"]"#, r#"["😀","\ud83d","\\ud83d"]"#),
            ("[9007199254740993,0.1,1E-7]", "[#4340000000000000,#3fb999999999999a,#3e7ad7f29abcaf48]"),
        ] {
            assert_eq!(written(text).as_deref(), Some(same), "{text}");
        }
    }

    #[test]
    fn what_is_no_json_is_nothing() {
        for text in ["", "[1,]", "{\"a\" 1}", "[1 2]", "\"\u{1}\"", "\"\\x\"", "\"\\u00g0\"", "01", "[] []"] {
            assert_eq!(Value::read(text), None, "{text}");
        }
    }

    #[test]
    fn an_attachment_takes_the_place_of_its_placeholder() {
        let mut value =
            Value::read(r#"[{"_placeholder":true,"num":1},{"_placeholder":true,"num":0.5}]"#).unwrap();
        value.attach(&[vec![1], vec![2]]);
        assert_eq!(value, Value::Array(vec![Value::Bytes(vec![2]), Value::Undefined]));
    }
}
