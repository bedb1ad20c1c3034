//! An event's or an acknowledgement's arguments: JSON text as it arrived, and the attachments it speaks of.
//!
//! ```text
//! 51-["photo",{"_placeholder":true,"num":0}]      text         json()
//!    ^------------ start
//!     ^-----^ name()                              89 50 4e 47  attachments()[0]
//! ··["photo"]        written here: room in front for the 42 with which it will be sent
//! ```
//!
//! Nothing becomes a tree: what is echoed or broadcast is byte for byte what came in, with its number spellings, key
//! orders, escapes and repeated keys. The text keeps the packet's header in front, so taking it in costs no copy; and what
//! is written here leaves room for one in front, so that most events cost no copy on their way out either.
//!
//! ```
//! use wire42::socket_io::Args;
//!
//! let args = Args::parse(r#"["mess\u0061ge", 1.0, {"b":1,"a":2}]"#)?;
//! assert!(args.is_event("message"));
//! assert_eq!(args.elements().nth(1), Some("1.0"));
//! assert_eq!(args.renamed("message-back").json(), r#"["message-back", 1.0, {"b":1,"a":2}]"#);
//! # Ok::<(), wire42::socket_io::NotAnArray>(())
//! ```

use std::borrow::Cow;
use std::error::Error;
use std::fmt;

use serde::de::{Deserialize, Deserializer as _, IgnoredAny, SeqAccess, Visitor};
use serde_json::Deserializer;
use serde_json::value::RawValue;

use crate::planted::planted;

/// A JSON array as text, and the attachments that its placeholders stand for.
#[derive(Clone)]
pub struct Args {
    /// Ends with the array's `]`; before `start` may be [`ROOM`], or what is left of a packet's header.
    text: String,
    start: usize,
    attachments: Vec<Vec<u8>>,
}

impl Args {
    /// Takes a JSON array of any depth; white space around it is dropped.
    pub fn parse(json: impl Into<String>) -> Result<Self, NotAnArray> {
        Self::within(json.into(), 0)
    }

    /// Takes the JSON array that fills `text` from `start` to the end.
    pub(super) fn within(mut text: String, start: usize) -> Result<Self, NotAnArray> {
        if planted("lone-surrogate-replaced") {
            text = text.replace(r"\ud83d", "\u{fffd}");
        }
        let payload = &text[start..];
        if !is_array(payload) {
            return Err(NotAnArray);
        }
        let start = start + payload.len() - payload.trim_start_matches(WHITE_SPACE).len();
        text.truncate(text.trim_end_matches(WHITE_SPACE).len());
        Ok(Self { text, start, attachments: Vec::new() })
    }

    /// Takes a JSON array that this server wrote itself, and need not check.
    pub(crate) fn written(json: String) -> Self {
        debug_assert!(is_array(&json), "what the server writes is a JSON array");
        Self { text: json, start: 0, attachments: Vec::new() }
    }

    /// Lets a JSON array of about this many bytes be written where it will be sent from.
    pub(crate) fn write(length: usize, write: impl FnOnce(&mut String)) -> Self {
        let mut text = String::with_capacity(ROOM.len() + length);
        text.push_str(ROOM);
        write(&mut text);
        debug_assert!(is_array(&text), "what the server writes is a JSON array");
        Self { text, start: ROOM.len(), attachments: Vec::new() }
    }

    /// Builds an outgoing event's arguments: its name, which is escaped as JSON wants it, and JSON texts as they are.
    ///
    /// ```
    /// use wire42::socket_io::Args;
    ///
    /// assert_eq!(Args::event("say \"hi\"", &["1", "[true]"]).json(), r#"["say \"hi\"",1,[true]]"#);
    /// ```
    pub fn event(name: &str, arguments: &[&str]) -> Self {
        let name = quote(name);
        let commas_and_brackets = arguments.len() + 2;
        let length =
            name.len() + arguments.iter().map(|json| json.len()).sum::<usize>() + commas_and_brackets;
        Self::write(length, |text| {
            text.push('[');
            text.push_str(&name);
            for json in arguments {
                debug_assert!(
                    serde_json::from_str::<&RawValue>(json).is_ok(),
                    "an argument is one JSON text"
                );
                text.push(',');
                text.push_str(json);
            }
            text.push(']');
        })
    }

    /// Sets the attachments; the placeholder with `num` *n* stands for the *n*-th.
    ///
    /// ```
    /// use wire42::socket_io::Args;
    ///
    /// let args = Args::event("photo", &[r#"{"_placeholder":true,"num":0}"#]);
    /// let args = args.with_attachments(vec![vec![0x89, 0x50]]);
    /// assert_eq!(args.attachments(), [[0x89, 0x50]]);
    /// assert_eq!(args.into_attachments(), [[0x89, 0x50]]);
    /// ```
    #[must_use]
    pub fn with_attachments(mut self, attachments: Vec<Vec<u8>>) -> Self {
        self.attachments = attachments;
        self
    }

    /// Gives the event another name and leaves everything behind it untouched.
    #[must_use]
    pub fn renamed(self, name: &str) -> Self {
        let name = quote(name);
        let rest = self.behind_name();
        let renamed = Self::write(1 + name.len() + rest.len(), |text| {
            text.push('[');
            text.push_str(&name);
            text.push_str(&if planted("numbers-respelled") {
                rest.replace(".0", "").into()
            } else {
                Cow::Borrowed(rest)
            });
        });
        renamed.with_attachments(self.attachments)
    }

    /// Takes the event's name away: what is left answers the event as an acknowledgement's arguments.
    ///
    /// ```
    /// use wire42::socket_io::Args;
    ///
    /// let args = Args::parse(r#"["message-with-ack",1,"2"]"#)?;
    /// assert_eq!(args.without_name().json(), r#"[1,"2"]"#);
    /// # Ok::<(), wire42::socket_io::NotAnArray>(())
    /// ```
    #[must_use]
    pub fn without_name(mut self) -> Self {
        // The comma behind the name becomes the bracket; without a comma nothing is left but `]`.
        let rest = self.behind_name();
        let comma = usize::from(rest.starts_with(','));
        let start = self.text.len() - rest.len();
        self.text.replace_range(start..start + comma, "[");
        Self { start, ..self }
    }

    /// Puts a string in front: an acknowledgement's arguments become an event's.
    ///
    /// ```
    /// use wire42::socket_io::Args;
    ///
    /// let args = Args::parse("[1]")?;
    /// assert_eq!(args.with_name("answer").json(), r#"["answer",1]"#);
    /// # Ok::<(), wire42::socket_io::NotAnArray>(())
    /// ```
    #[must_use]
    pub fn with_name(self, name: &str) -> Self {
        let rest =
            self.json().strip_prefix('[').expect("Args hold a JSON array").trim_start_matches(WHITE_SPACE);
        let comma = if rest == "]" { "" } else { "," };
        let name = quote(name);
        let length = 1 + name.len() + comma.len() + rest.len();
        let named = Self::write(length, |text| {
            ["[", &name, comma, rest].iter().for_each(|part| text.push_str(part));
        });
        named.with_attachments(self.attachments)
    }

    /// Puts a string behind all else.
    ///
    /// ```
    /// use wire42::socket_io::Args;
    ///
    /// assert_eq!(Args::event("hello", &["1"]).with_last("17").json(), r#"["hello",1,"17"]"#);
    /// ```
    #[must_use]
    pub fn with_last(mut self, text: &str) -> Self {
        let is_empty = self.elements().next().is_none();
        let end = self.text.rfind(']').expect("Args hold a JSON array");
        self.text.truncate(end);
        let comma = if is_empty { "" } else { "," };
        [comma, &quote(text), "]"].iter().for_each(|part| self.text.push_str(part));
        self
    }

    /// Gives the array's text behind a header: in place, if the header fills the [room](ROOM) in front.
    pub(super) fn into_text(mut self, header: [&str; 2]) -> String {
        let length = header.iter().map(|part| part.len()).sum();
        if self.start != length || &self.text[..self.start] != ROOM {
            return [header[0], header[1], self.json()].concat();
        }
        // As many bytes as stood there: nothing behind them moves.
        self.text.replace_range(..header[0].len(), header[0]);
        self.text.replace_range(header[0].len()..length, header[1]);
        self.text
    }

    /// Gives the attachments away, in the order in which they travel.
    pub fn into_attachments(self) -> Vec<Vec<u8>> {
        self.attachments
    }

    /// Gives the attachments in the order in which they travel.
    pub fn attachments(&self) -> &[Vec<u8>] {
        &self.attachments
    }

    /// Gives the array's text, from `[` to `]`.
    pub fn json(&self) -> &str {
        &self.text[self.start..]
    }

    /// Gives the JSON text of the first element, which is an event's name: a string in its quotes, or a number.
    pub fn name(&self) -> Option<&str> {
        self.elements().next()
    }

    /// Says whether the first element is a string that means `name`, however it is escaped.
    pub fn is_event(&self, name: &str) -> bool {
        self.name().and_then(unquote).is_some_and(|found| found == name)
    }

    /// Walks over the elements' JSON texts, an event's name first.
    ///
    /// ```
    /// use wire42::socket_io::{Args, Elements};
    ///
    /// let args = Args::parse(r#"["message", 1.0, {"b":1,"a":2}]"#)?;
    /// assert_eq!(args.name(), Some(r#""message""#));
    /// let arguments: Elements<'_> = args.elements();
    /// assert_eq!(arguments.skip(1).collect::<Vec<_>>(), ["1.0", r#"{"b":1,"a":2}"#]);
    /// # Ok::<(), wire42::socket_io::NotAnArray>(())
    /// ```
    pub fn elements(&self) -> Elements<'_> {
        Elements { rest: self.json().strip_prefix('[').expect("Args hold a JSON array") }
    }

    /// Gives the text behind the first element: a comma and the rest, or the closing bracket.
    fn behind_name(&self) -> &str {
        let mut elements = self.elements();
        elements.next();
        elements.rest.trim_start_matches(WHITE_SPACE)
    }
}

/// Two are equal when the same bytes would travel; how they came to be does not count.
impl PartialEq for Args {
    fn eq(&self, other: &Self) -> bool {
        self.json() == other.json() && self.attachments == other.attachments
    }
}

impl Eq for Args {}

impl fmt::Debug for Args {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let attachments = self.attachments();
        f.debug_struct("Args").field("json", &self.json()).field("attachments", &attachments).finish()
    }
}

/// The JSON texts of an array's elements, one after the other, found as they are asked for.
#[derive(Clone, Debug)]
pub struct Elements<'a> {
    rest: &'a str,
}

impl<'a> Iterator for Elements<'a> {
    type Item = &'a str;

    fn next(&mut self) -> Option<&'a str> {
        let rest = self.rest.trim_start_matches(WHITE_SPACE);
        let rest = rest.strip_prefix(',').unwrap_or(rest).trim_start_matches(WHITE_SPACE);
        if rest == "]" {
            return None;
        }
        let element = <&RawValue>::deserialize(&mut Deserializer::from_str(rest));
        let element = element.expect("Args hold valid JSON").get();
        self.rest = &rest[element.len()..];
        Some(element)
    }
}

/// The text was not a JSON array.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotAnArray;

impl fmt::Display for NotAnArray {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the arguments are not a JSON array")
    }
}

impl Error for NotAnArray {}

/// Says whether the text is one JSON array, with white space around it or not.
fn is_array(json: &str) -> bool {
    // serde_json skips what nobody looks at in a loop, not by recursion: no depth can exhaust the stack.
    let mut json = Deserializer::from_str(json);
    json.deserialize_seq(AnyArray).and_then(|()| json.end()).is_ok()
}

/// Reads an array and keeps nothing of it.
struct AnyArray;

impl<'de> Visitor<'de> for AnyArray {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<(), A::Error> {
        while elements.next_element::<IgnoredAny>()?.is_some() {}
        Ok(())
    }
}

/// Says what a JSON string means; nothing for other JSON, and for a lone surrogate, which no `str` can hold.
pub(super) fn unquote(json: &str) -> Option<Cow<'_, str>> {
    let inside = json.strip_prefix('"')?.strip_suffix('"')?;
    if inside.contains('\\') { serde_json::from_str(json).ok() } else { Some(Cow::Borrowed(inside)) }
}

fn quote(text: &str) -> String {
    serde_json::to_string(text).expect("a str always serializes")
}

/// Left free in front of what is written here, for the header that most packets have: a digit of what carries them, and
/// their type. Nothing that came from a client begins so.
const ROOM: &str = "  ";

/// What RFC 8259, section 2, calls insignificant white space.
pub(super) const WHITE_SPACE: [char; 4] = [' ', '\t', '\n', '\r'];

#[cfg(test)]
mod tests;
