//! JSON as the judge sees it: structure, the text of numbers, and bytes in the places of attachments.
//!
//! It is read by the kit's own strict reader, so that a bug of a server's JSON library cannot hide itself here.
//!
//! ```
//! use protocol_tests::json::Json;
//! assert_eq!(Json::read("[1.0]"), Json::read("[1]"), "numbers are compared by value");
//! assert!(Json::read("[1,]").is_err());
//! ```

use std::fmt;

use crate::cursor::Cursor;
use crate::fault::Unread;

/// A JSON value in which attachments may stand.
#[derive(Clone, Debug, PartialEq)]
pub enum Json {
    /// `null`
    Null,
    /// `true` or `false`
    Bool(bool),
    /// A number, kept as its text.
    Number(Number),
    /// A string; a lone surrogate stays as the six characters of its escape.
    Text(String),
    /// An array.
    Array(Vec<Json>),
    /// An object, in the order in which its members came.
    Object(Vec<(String, Json)>),
    /// An attachment in the place of its placeholder.
    Bytes(Vec<u8>),
}

impl Json {
    /// Reads a text that must be one JSON value and nothing else.
    pub fn read(text: &str) -> Result<Json, Unread> {
        let mut cursor = Cursor::new(text);
        let value = value(&mut cursor, 0)?;
        cursor.skip_space();
        if cursor.is_done() { Ok(value) } else { cursor.unread("the end of the JSON text") }
    }

    /// Finds the member `key` of an object; of members with the same key, the last counts.
    pub fn member(&self, key: &str) -> Option<&Json> {
        let Json::Object(members) = self else { return None };
        members.iter().rev().find(|(name, _)| name == key).map(|(_, value)| value)
    }

    /// Reads a string.
    pub fn as_text(&self) -> Option<&str> {
        if let Json::Text(text) = self { Some(text) } else { None }
    }

    /// Reads a whole number that is not negative.
    pub fn as_u64(&self) -> Option<u64> {
        if let Json::Number(number) = self { number.0.parse().ok() } else { None }
    }

    /// Says what kind of value this is, for messages to people.
    pub fn kind(&self) -> &'static str {
        match self {
            Json::Null => "null",
            Json::Bool(_) => "a boolean",
            Json::Number(_) => "a number",
            Json::Text(_) => "a string",
            Json::Array(_) => "an array",
            Json::Object(_) => "an object",
            Json::Bytes(_) => "bytes",
        }
    }
}

impl fmt::Display for Json {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Json::Null => f.write_str("null"),
            Json::Bool(value) => write!(f, "{value}"),
            Json::Number(Number(text)) => f.write_str(text),
            Json::Text(text) => f.write_str(&quote(text)),
            Json::Array(items) => {
                f.write_str("[")?;
                for (i, item) in items.iter().enumerate() {
                    write!(f, "{}{item}", if i == 0 { "" } else { "," })?;
                }
                f.write_str("]")
            }
            Json::Object(members) => {
                f.write_str("{")?;
                for (i, (key, item)) in members.iter().enumerate() {
                    write!(f, "{}{}:{item}", if i == 0 { "" } else { "," }, quote(key))?;
                }
                f.write_str("}")
            }
            Json::Bytes(bytes) => write!(f, "bytes {}", crate::hex::write(bytes)),
        }
    }
}

/// A JSON number: two are equal when their values are, however large and however written.
#[derive(Clone, Debug)]
pub struct Number(pub String);

impl PartialEq for Number {
    fn eq(&self, other: &Number) -> bool {
        decimal(&self.0) == decimal(&other.0)
    }
}

/// Splits a number into sign, digits without outer zeros, and the power of ten of the last digit.
fn decimal(text: &str) -> (bool, String, i64) {
    let (mantissa, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
    let negative = mantissa.starts_with('-');
    let (whole, fraction) = mantissa.trim_start_matches('-').split_once('.').unwrap_or((mantissa, ""));
    let digits = format!("{}{fraction}", whole.trim_start_matches('-'));
    let kept = digits.trim_end_matches('0');
    let dropped = digits.len() - kept.len();
    let significant = kept.trim_start_matches('0');
    if significant.is_empty() {
        return (false, String::new(), 0);
    }
    let exponent = exponent.trim_start_matches('+').parse::<i64>().unwrap_or(i64::MAX / 2);
    (negative, significant.to_owned(), exponent - fraction.len() as i64 + dropped as i64)
}

/// Writes a string as JSON writes it.
pub(crate) fn quote(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if c < ' ' => out.push_str(&format!("\\u{:04x}", u32::from(c))),
            c => out.push(c),
        }
    }
    out + "\""
}

fn value(cursor: &mut Cursor<'_>, depth: usize) -> Result<Json, Unread> {
    if depth > DEPTH_LIMIT {
        return cursor.unread(format!("at most {DEPTH_LIMIT} levels of nesting"));
    }
    cursor.skip_space();
    match cursor.peek() {
        Some('{') => object(cursor, depth),
        Some('[') => array(cursor, depth),
        Some('"') => {
            cursor.next();
            Ok(Json::Text(string(cursor)?))
        }
        _ => scalar(cursor),
    }
}

/// Reads `null`, `true`, `false` or a number.
pub(crate) fn scalar(cursor: &mut Cursor<'_>) -> Result<Json, Unread> {
    for (word, value) in [("null", Json::Null), ("true", Json::Bool(true)), ("false", Json::Bool(false))] {
        if cursor.eat(word) {
            return Ok(value);
        }
    }
    let start = *cursor;
    cursor.eat("-");
    let whole = cursor.take_while(|c| c.is_ascii_digit());
    if whole.is_empty() || (whole.len() > 1 && whole.starts_with('0')) {
        return start.unread("a JSON value");
    }
    if cursor.eat(".") && cursor.take_while(|c| c.is_ascii_digit()).is_empty() {
        return cursor.unread("digits after the point");
    }
    if cursor.eat("e") || cursor.eat("E") {
        let _sign = cursor.eat("+") || cursor.eat("-");
        if cursor.take_while(|c| c.is_ascii_digit()).is_empty() {
            return cursor.unread("digits of the exponent");
        }
    }
    let length = start.rest().len() - cursor.rest().len();
    Ok(Json::Number(Number(start.rest()[..length].to_owned())))
}

fn array(cursor: &mut Cursor<'_>, depth: usize) -> Result<Json, Unread> {
    cursor.eat("[");
    cursor.skip_space();
    let mut items = Vec::new();
    if cursor.eat("]") {
        return Ok(Json::Array(items));
    }
    loop {
        items.push(value(cursor, depth + 1)?);
        cursor.skip_space();
        if cursor.eat("]") {
            return Ok(Json::Array(items));
        }
        if !cursor.eat(",") {
            return cursor.unread("`,` or `]`");
        }
    }
}

fn object(cursor: &mut Cursor<'_>, depth: usize) -> Result<Json, Unread> {
    cursor.eat("{");
    cursor.skip_space();
    let mut members = Vec::new();
    if cursor.eat("}") {
        return Ok(Json::Object(members));
    }
    loop {
        cursor.skip_space();
        if !cursor.eat("\"") {
            return cursor.unread("a key in quotes");
        }
        let key = string(cursor)?;
        cursor.skip_space();
        if !cursor.eat(":") {
            return cursor.unread("`:`");
        }
        members.push((key, value(cursor, depth + 1)?));
        cursor.skip_space();
        if cursor.eat("}") {
            return Ok(Json::Object(members));
        }
        if !cursor.eat(",") {
            return cursor.unread("`,` or `}`");
        }
    }
}

/// Reads a string whose opening quote is behind the cursor, and its closing quote.
pub(crate) fn string(cursor: &mut Cursor<'_>) -> Result<String, Unread> {
    let mut out = String::new();
    loop {
        out.push_str(cursor.take_while(|c| c != '"' && c != '\\' && c >= ' '));
        match cursor.peek() {
            Some('"') => {
                cursor.next();
                return Ok(out);
            }
            Some('\\') => escape(cursor, &mut out)?,
            _ => return cursor.unread("a closing quote"),
        }
    }
}

/// Reads one escape, the cursor being on its backslash.
pub(crate) fn escape(cursor: &mut Cursor<'_>, out: &mut String) -> Result<(), Unread> {
    let start = *cursor;
    cursor.next();
    match cursor.next() {
        Some(c @ ('"' | '\\' | '/')) => out.push(c),
        Some('b') => out.push('\u{8}'),
        Some('f') => out.push('\u{c}'),
        Some('n') => out.push('\n'),
        Some('r') => out.push('\r'),
        Some('t') => out.push('\t'),
        Some('u') => {
            let Some(unit) = four_hex(cursor) else { return start.unread("four hex digits after \\u") };
            push_unit(cursor, unit, out);
        }
        _ => return start.unread("a JSON escape"),
    }
    Ok(())
}

fn push_unit(cursor: &mut Cursor<'_>, unit: u16, out: &mut String) {
    if let Some(c) = char::from_u32(u32::from(unit)) {
        out.push(c);
        return;
    }
    let mut ahead = *cursor;
    if unit < 0xdc00
        && ahead.eat("\\u")
        && let Some(low) = four_hex(&mut ahead)
        && let Some(Ok(c)) = char::decode_utf16([unit, low]).next()
    {
        *cursor = ahead;
        out.push(c);
        return;
    }
    out.push_str(&format!("\\u{unit:04x}"));
}

fn four_hex(cursor: &mut Cursor<'_>) -> Option<u16> {
    let digits = cursor.rest().get(..4)?;
    let unit =
        digits.bytes().all(|b| b.is_ascii_hexdigit()).then(|| u16::from_str_radix(digits, 16).ok())??;
    cursor.eat(digits);
    Some(unit)
}

/// Deeper than any case looks into; what is deeper still is compared by its characters (`<=`).
const DEPTH_LIMIT: usize = 200;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_equal_by_value() {
        for (a, b) in [
            ("1", "1.0"),
            ("1e3", "1000"),
            ("-0", "0"),
            ("0.10", "1e-1"),
            ("9007199254740993", "9007199254740993.0"),
        ] {
            assert_eq!(Json::read(a).unwrap(), Json::read(b).unwrap(), "{a} {b}");
        }
        assert_ne!(Json::read("9007199254740993").unwrap(), Json::read("9007199254740992").unwrap());
        assert_ne!(Json::read("-1").unwrap(), Json::read("1").unwrap());
    }

    #[test]
    fn what_is_not_json_is_refused() {
        for text in
            ["", "[1,]", "{a:1}", "01", "1.", "\"a", "[1]x", "nul", "\"\u{1}\"", "{\"a\"}", "+1", "\"\\x\""]
        {
            assert!(Json::read(text).is_err(), "{text}");
        }
    }

    #[test]
    fn strings_are_unescaped() {
        assert_eq!(Json::read(r#""\ud83d\ude00\u00e9\n""#).unwrap(), Json::Text("😀é\n".into()));
        assert_eq!(Json::read(r#""\ud800""#).unwrap(), Json::Text("\\ud800".into()));
    }

    #[test]
    fn it_writes_what_it_read() {
        let text = r#"{"a":[1,2.50,true,null,"x\"y"],"b":{}}"#;
        assert_eq!(Json::read(text).unwrap().to_string(), text);
    }
}
