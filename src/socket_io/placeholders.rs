//! Checks that every placeholder of a binary packet names an attachment that comes.
//!
//! ```text
//! 52-["photos",[{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}]]
//!  ^ attachments                           ^ fits                        ^ fits: it is less than 2
//! ```
//!
//! ```
//! use wire42::socket_io::{DecodeError, Packet};
//!
//! let decode = |text: &str| Packet::decode(text.to_owned());
//! assert!(decode(r#"51-["photo",{"_placeholder":true,"num":0}]"#).is_ok());
//! assert_eq!(decode(r#"51-["photo",{"_placeholder":true,"num":1}]"#), Err(DecodeError::IllegalAttachments));
//! ```
//!
//! Reference: an unchecked `num` let a client choose any property of an array (CVE-2022-2421). JSON has objects in
//! objects to any depth, so the scanner keeps a list of what is open, one byte each, and never calls itself.

use super::args::{WHITE_SPACE, unquote};

/// Says whether each object whose `_placeholder` is `true` has a `num` that is an integer from 0 to `attachments - 1`.
///
/// `json` must be valid JSON. Of repeated keys the last counts, as in every common JSON reader; what is inside a
/// repeated value must fit all the same, because the text travels on as it is.
///
/// Ours: an integer is spelled in digits alone. `1.0`, `1e0` and `-0` are refused, though the reference reads them as
/// integers (and takes 0.5 too): no client sends them, and they need not become numbers here.
pub(super) fn fit(json: &str, attachments: usize) -> bool {
    first_unfit(json, attachments).is_none()
}

/// Gives the offset of the `}` of the first placeholder that does not fit.
pub(super) fn first_unfit(json: &str, attachments: usize) -> Option<usize> {
    let mut open: Vec<Seen> = Vec::new();
    let mut text = "";
    let mut key = Key::Other;
    let mut tokens = Tokens { rest: json };
    while let Some(token) = tokens.next() {
        match token {
            Token::Colon => key = Key::of(text),
            Token::Comma => {}
            Token::Close => {
                if open.pop().is_some_and(Seen::is_unfit) {
                    return Some(json.len() - tokens.rest.len() - 1);
                }
            }
            Token::Open | Token::Text(_) => {
                let value = if let Token::Text(value) = token { value } else { "" };
                if let Some(container) = open.last_mut() {
                    container.note(key, value, attachments);
                }
                if let Token::Open = token {
                    open.push(Seen::default());
                }
                // A key arrives as a text too, before its colon: it has no key itself.
                (text, key) = (value, Key::Other);
            }
        }
    }
    None
}

/// Gives the offset of the bracket that is closed at `close`.
pub(super) fn opening(json: &str, close: usize) -> usize {
    let mut open = Vec::new();
    let mut tokens = Tokens { rest: json };
    while let Some(token) = tokens.next() {
        let at = json.len() - tokens.rest.len() - 1;
        match token {
            Token::Open => open.push(at),
            Token::Close if at == close => break,
            Token::Close => {
                open.pop();
            }
            Token::Comma | Token::Colon | Token::Text(_) => {}
        }
    }
    open.pop().unwrap_or_default()
}

/// What an open object has said about itself so far, in one byte; an array says nothing.
#[derive(Clone, Copy, Default)]
struct Seen(u8);

impl Seen {
    const IS_PLACEHOLDER: u8 = 1;
    const NUM_FITS: u8 = 2;

    fn note(&mut self, key: Key, value: &str, attachments: usize) {
        match key {
            Key::Placeholder => self.set(Self::IS_PLACEHOLDER, value == "true"),
            Key::Num => self.set(Self::NUM_FITS, value.parse().is_ok_and(|num: usize| num < attachments)),
            Key::Other => {}
        }
    }

    fn set(&mut self, bit: u8, on: bool) {
        self.0 = if on { self.0 | bit } else { self.0 & !bit };
    }

    fn is_unfit(self) -> bool {
        self.0 == Self::IS_PLACEHOLDER
    }
}

/// The two keys that matter.
#[derive(Clone, Copy)]
enum Key {
    Placeholder,
    Num,
    Other,
}

impl Key {
    fn of(json: &str) -> Self {
        match unquote(json).as_deref() {
            Some("_placeholder") => Key::Placeholder,
            Some("num") => Key::Num,
            _ => Key::Other,
        }
    }
}

/// What JSON text is made of.
enum Token<'a> {
    Open,
    Close,
    Comma,
    Colon,
    /// A string in its quotes, a number, or a word.
    Text(&'a str),
}

/// Cuts valid JSON into tokens.
struct Tokens<'a> {
    rest: &'a str,
}

impl<'a> Iterator for Tokens<'a> {
    type Item = Token<'a>;

    fn next(&mut self) -> Option<Token<'a>> {
        self.rest = self.rest.trim_start_matches(WHITE_SPACE);
        let token = match self.rest.bytes().next()? {
            b'"' => return Some(Token::Text(self.take_string())),
            b'[' | b'{' => Token::Open,
            b']' | b'}' => Token::Close,
            b',' => Token::Comma,
            b':' => Token::Colon,
            _ => return Some(Token::Text(self.take_word())),
        };
        self.rest = &self.rest[1..];
        Some(token)
    }
}

impl<'a> Tokens<'a> {
    fn take_string(&mut self) -> &'a str {
        let mut escaped = true; // the opening quote does not close the string
        let close = self.rest.bytes().position(|byte| {
            let closes = byte == b'"' && !escaped;
            escaped = byte == b'\\' && !escaped;
            closes
        });
        self.take(close.expect("a JSON string ends with a quote") + 1)
    }

    fn take_word(&mut self) -> &'a str {
        let end = self.rest.bytes().position(|byte| b",]} \t\n\r".contains(&byte));
        self.take(end.unwrap_or(self.rest.len()))
    }

    fn take(&mut self, length: usize) -> &'a str {
        let (taken, rest) = self.rest.split_at(length);
        self.rest = rest;
        taken
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_num_below_the_count_fits() {
        assert!(fit(r#"["a",{"_placeholder":true,"num":0}]"#, 1));
        assert!(fit(r#"["a",{"num" : 9 , "_placeholder" : true ,"x":{}}]"#, 10));
        assert!(fit(r#"["a",{"b":["c",{"_placeholder":true,"num":1}]},{"_placeholder":true,"num":1}]"#, 2));
    }

    #[test]
    fn every_other_num_is_refused() {
        let nums = [
            "1",
            "-1",
            "-0",
            "0.5",
            "0.0",
            "0e0",
            "0E0",
            "\"0\"",
            "null",
            "true",
            "[0]",
            "{}",
            "18446744073709551616",
        ];
        for num in nums {
            assert!(!fit(&format!(r#"["a",{{"_placeholder":true,"num":{num}}}]"#), 1), "{num}");
        }
        assert!(!fit(r#"["a",{"_placeholder":true}]"#, 1), "no num at all");
        assert!(!fit(r#"["a",{"_placeholder":true,"num":0}]"#, 0), "no attachment at all");
    }

    #[test]
    fn only_true_makes_a_placeholder() {
        for flag in ["false", "1", "\"true\"", "null", "[true]", "{\"_placeholder\":false}"] {
            assert!(fit(&format!(r#"["a",{{"_placeholder":{flag},"num":5}}]"#), 1), "{flag}");
        }
        assert!(fit(r#"["_placeholder",true,"num",5,["_placeholder",true]]"#, 1), "words in an array");
        assert!(fit(r#"["a",{"x":"_placeholder","y":true}]"#, 1), "the word as a value");
        assert!(fit(r#"["a",{"x":"\"_placeholder\":true"}]"#, 1), "the word within a string");
        assert!(
            !fit(r#"["a",{"x":"\\","_placeholder":true}]"#, 1),
            "behind a string that ends with a backslash"
        );
    }

    #[test]
    fn of_repeated_keys_the_last_counts() {
        assert!(fit(r#"["a",{"_placeholder":true,"num":7,"num":0}]"#, 1));
        assert!(!fit(r#"["a",{"_placeholder":true,"num":0,"num":7}]"#, 1));
        assert!(!fit(r#"["a",{"_placeholder":true,"num":0,"num":[0]}]"#, 1));
        assert!(fit(r#"["a",{"_placeholder":true,"num":7,"_placeholder":{}}]"#, 1));
    }

    #[test]
    fn a_key_is_what_its_string_means() {
        assert!(!fit(r#"["a",{"\u005fplacehold\u0065r":true}]"#, 1));
        assert!(fit(r#"["a",{"_placeholder":true,"n\u0075m":0}]"#, 1));
        assert!(fit(r#"["a",{"_placeholder\\":true,"\ud800":true}]"#, 1));
    }

    #[test]
    fn what_is_inside_an_object_says_nothing_about_it() {
        assert!(!fit(r#"["a",{"_placeholder":true,"x":{"num":0}}]"#, 1));
        assert!(fit(r#"["a",{"_placeholder":true,"x":{"num":7},"num":0}]"#, 1));
        assert!(!fit(r#"["a",{"num":0,"x":{"_placeholder":true}}]"#, 1));
    }
}
