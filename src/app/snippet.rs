//! What the front end puts into the page as HTML, stored so that it shows as it was typed.
//!
//! ```text
//! typed    //<img src=x onerror=alert(1)>
//! stored   //&lt;img src=x onerror=alert(1)&gt;        in an innerHTML: the text that was typed, and no element
//! ```
//!
//! The front end takes a message that begins with `//` or three backticks for a snippet of code, and sets it as an
//! element's `innerHTML`; everything else it sets as text. So in a snippet, and only there, `&`, `<` and `>` become
//! entities: a message that is no snippet would show them as entities.
//!
//! The page sees decoded text, so it is the decoded text that counts: `"\/\u002f\u003cimg>"` is a snippet with a tag.

use std::borrow::Cow;

use super::json::characters;
use crate::planted::planted;

/// Gives a message's JSON string as it is to be stored: as it came, unless it is a snippet with something in it that HTML
/// does not take for text.
pub(super) fn defuse(input: &str) -> Cow<'_, str> {
    if !is_snippet(input) && !planted("entities-everywhere") {
        return Cow::Borrowed(input);
    }
    let text = characters(input).map(|(written, meaning)| entity(written, meaning).unwrap_or(written));
    Cow::Owned(["\"", &text.collect::<String>(), "\""].concat())
}

fn is_snippet(input: &str) -> bool {
    if planted("snippets-known-by-their-escapes") {
        return MARKS.iter().any(|mark| input[1..].starts_with(mark));
    }
    let begins_with = |mark: &str| {
        let beginning = characters(input).take(mark.len()).map(|(_, meaning)| meaning);
        beginning.eq(mark.chars().map(Some))
    };
    MARKS.iter().any(|mark| begins_with(mark)) && !planted("snippets-stay-markup")
}

fn entity(written: &str, meaning: Option<char>) -> Option<&'static str> {
    if written.len() > 1 && planted("escaped-markup-stays") {
        return None;
    }
    match meaning? {
        '&' if planted("ampersand-stays") => None,
        '&' => Some("&amp;"),
        '<' => Some("&lt;"),
        '>' => Some("&gt;"),
        _ => None,
    }
}

/// The front end's own.
const MARKS: [&str; 2] = ["//", "```"];

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// What a browser shows of a message, by the front end's rule.
    fn shown(stored: &str) -> String {
        let text: String = serde_json::from_str(stored).unwrap();
        if !text.starts_with("//") && !text.starts_with("```") {
            return text;
        }
        assert!(!text.contains(['<', '>']), "an element: {text}");
        let mut parts = text.split('&');
        let mut shown = parts.next().unwrap().to_owned();
        for part in parts {
            let (name, rest) = part.split_once(';').unwrap_or_else(|| panic!("a bare & in {text}"));
            shown.push(match name {
                "amp" => '&',
                "lt" => '<',
                "gt" => '>',
                _ => panic!("nobody wrote &{name}; in {text}"),
            });
            shown.push_str(rest);
        }
        shown
    }

    #[test]
    fn in_a_snippet_everything_else_stays_as_it_came() {
        for (typed, stored) in [
            (r#""//a\"b\\u003c \/ \u00e9é😀""#, r#""//a\"b\\u003c \/ \u00e9é😀""#),
            (
                r#""\/\u002F<\ud83d>\ude00\uD83D\uDE00&""#,
                r#""\/\u002F&lt;\ud83d&gt;\ude00\uD83D\uDE00&amp;""#,
            ),
            (r#""```\u003c\u003E\u0026\n""#, r#""```&lt;&gt;&amp;\n""#),
        ] {
            assert_eq!(defuse(typed), stored);
        }
    }

    #[test]
    fn what_is_no_snippet_is_not_copied() {
        for json in [
            r#""""#,
            r#""/""#,
            r#""/ /<b>""#,
            r#"" //<b>""#,
            r#""``<b>""#,
            r#""\\/\/<b>""#,
            r#""\ud800//<b>""#,
        ] {
            assert!(matches!(defuse(json), Cow::Borrowed(same) if same == json), "{json}");
        }
    }

    fn texts() -> impl Strategy<Value = String> {
        let character = prop_oneof![4 => prop::sample::select("/`&<>;\\\"".chars().collect::<Vec<_>>()), 1 => any::<char>()];
        let mark = prop::sample::select(vec![
            "",
            "/",
            "//",
            "``",
            "```",
            "//&lt;",
            "```<img src=x onerror=alert(1)>",
        ]);
        (mark, prop::collection::vec(character, 0..20))
            .prop_map(|(mark, rest)| mark.to_owned() + &rest.into_iter().collect::<String>())
    }

    /// Writes a JSON string; each number says how to spell one character.
    fn spell(text: &str, spellings: &[u8]) -> String {
        let mut units = [0; 2];
        let written =
            text.chars().zip(spellings.iter().cycle()).map(|(character, spelling)| match spelling % 4 {
                0 => character.encode_utf16(&mut units).iter().map(|unit| format!("\\u{unit:04x}")).collect(),
                1 => character.encode_utf16(&mut units).iter().map(|unit| format!("\\u{unit:04X}")).collect(),
                2 if character == '/' => r"\/".to_owned(),
                _ => {
                    let quoted = serde_json::to_string(&character).unwrap();
                    quoted[1..quoted.len() - 1].to_owned()
                }
            });
        format!("\"{}\"", written.collect::<String>())
    }

    proptest! {
        #[test]
        fn whatever_is_typed_and_however_it_is_spelled_shows_as_typed(
            text in texts(),
            spellings in prop::collection::vec(any::<u8>(), 1..8),
        ) {
            let json = spell(&text, &spellings);
            let stored = defuse(&json);
            prop_assert_eq!(shown(&stored), text);
        }
    }
}
