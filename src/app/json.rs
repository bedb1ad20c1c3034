//! Three questions to JSON text that is known to be valid, answered without a tree.
//!
//! ```text
//! {"name":"a","input":"x","name":"J\u00f6rg"}
//!                                └─────────┘  last_members(["name", …]): the text as it came, quotes included
//!                                 J  ö  rg    decoded_len: 5 bytes of UTF-8
//!                                             characters: each as it is written, and what it stands for
//! ```

use std::fmt;

use serde::Deserializer as _;
use serde::de::{MapAccess, Visitor};
use serde_json::value::RawValue;

/// Gives, of an object's members with these keys, the texts of the last ones.
///
/// No derive: it takes an array for a struct, and refuses repeated keys and a lone surrogate.
pub(crate) fn last_members<'a, const N: usize>(
    json: &'a str,
    keys: [&str; N],
) -> Option<[Option<&'a str>; N]> {
    serde_json::Deserializer::from_str(json).deserialize_map(LastMembers(keys)).ok()
}

/// Counts the bytes of UTF-8 that a JSON string (its text, with quotes) stands for. A lone surrogate counts as the three
/// bytes of what replaces it.
pub(super) fn decoded_len(string: &str) -> usize {
    let mut rest = &string[1..string.len() - 1];
    let mut length = 0;
    while let Some(at) = rest.find('\\') {
        let (skipped, counted) = escape(&rest[at..]);
        length += at + counted;
        rest = &rest[at + skipped..];
    }
    length + rest.len()
}

/// Walks over the characters of a JSON string (its text, with quotes): how each is written, and what it stands for. Half a
/// surrogate pair stands for none.
pub(super) fn characters(string: &str) -> impl Iterator<Item = (&str, Option<char>)> {
    let mut rest = &string[1..string.len() - 1];
    std::iter::from_fn(move || {
        let first = rest.chars().next()?;
        let (length, meaning) = match (first, code_unit(rest)) {
            ('\\', Some(unit)) => (6, char::from_u32(unit)),
            ('\\', None) => (2, rest[1..].chars().next().map(unescaped)),
            _ => (first.len_utf8(), Some(first)),
        };
        let written;
        (written, rest) = rest.split_at(length);
        Some((written, meaning))
    })
}

fn unescaped(letter: char) -> char {
    match letter {
        'b' => '\u{8}',
        'f' => '\u{c}',
        'n' => '\n',
        'r' => '\r',
        't' => '\t',
        itself => itself,
    }
}

/// Measures one escape: the length of its text, and of the UTF-8 it stands for.
fn escape(text: &str) -> (usize, usize) {
    match code_unit(text) {
        None => (2, 1),
        Some(0xd800..=0xdbff) if matches!(text.get(6..).and_then(code_unit), Some(0xdc00..=0xdfff)) => {
            (12, 4)
        }
        Some(unit) => (6, char::from_u32(unit).map_or(3, char::len_utf8)),
    }
}

fn code_unit(text: &str) -> Option<u32> {
    let digits = text.strip_prefix("\\u")?.get(..4)?;
    u32::from_str_radix(digits, 16).ok()
}

struct LastMembers<'k, const N: usize>([&'k str; N]);

impl<'de, const N: usize> Visitor<'de> for LastMembers<'_, N> {
    type Value = [Option<&'de str>; N];

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON object")
    }

    fn visit_map<M: MapAccess<'de>>(self, mut members: M) -> Result<Self::Value, M::Error> {
        let mut found = [None; N];
        while let Some((key, value)) = members.next_entry::<&RawValue, &RawValue>()? {
            if let Some(index) = self.0.iter().position(|wanted| is_string(key.get(), wanted)) {
                found[index] = Some(value.get());
            }
        }
        Ok(found)
    }
}

/// Says whether a JSON string means `wanted`, however it is escaped.
fn is_string(json: &str, wanted: &str) -> bool {
    match json.contains('\\') {
        false => json.len() == wanted.len() + 2 && &json[1..json.len() - 1] == wanted,
        true => serde_json::from_str::<String>(json).is_ok_and(|decoded| decoded == wanted),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_repeated_keys_the_last_counts_however_it_is_written() {
        let json = r#"{"a":1,"b":"x","\u0061":[2],"\ud800":0}"#;
        assert_eq!(last_members(json, ["a", "b", "c"]), Some([Some("[2]"), Some(r#""x""#), None]));
    }

    #[test]
    fn only_an_object_has_members() {
        for json in ["[1,2]", "null", r#""a""#, "7"] {
            assert_eq!(last_members(json, ["a"]), None, "{json}");
        }
    }

    #[test]
    fn the_decoded_length_is_that_of_the_text_it_stands_for() {
        for json in [
            r#""""#,
            r#""abc""#,
            r#""€😀""#,
            r#""\n\"\\\/""#,
            r#""\u00e9\u20ac\ud83d\ude00""#,
            r#""\\u0041""#,
        ] {
            let decoded: String = serde_json::from_str(json).unwrap();
            assert_eq!(decoded_len(json), decoded.len(), "{json}");
        }
    }

    #[test]
    fn the_characters_are_those_of_the_text_it_stands_for() {
        let json = r#""a€\b\f\n\r\t\"\\\/\u00e9\u20AC\\u0041""#;
        let decoded: String = serde_json::from_str(json).unwrap();
        assert!(characters(json).map(|(_, meaning)| meaning).eq(decoded.chars().map(Some)));
        let written: String = characters(json).map(|(written, _)| written).collect();
        assert_eq!(written, json[1..json.len() - 1]);
        let halves: Vec<_> = characters(r#""\ud83d\ude00""#).collect();
        assert_eq!(halves, [(r"\ud83d", None), (r"\ude00", None)]);
    }

    #[test]
    fn a_lone_surrogate_counts_three() {
        assert_eq!(decoded_len(r#""\ud800""#), 3);
        assert_eq!(decoded_len(r#""\ud800\ud800\udc00""#), 7);
        assert_eq!(decoded_len(r#""\udc00x""#), 4);
    }
}
