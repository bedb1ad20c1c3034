//! Wires as the fixtures write them: what is told of a finding can be put into a chapter.
//!
//! ```text
//! 51-["a",{"_placeholder":true,"num":0}]  >> 00ff        "2\u00a0[\"a\"]"
//! ```

use crate::hex;
use crate::json;
use crate::packet::Content;

/// Writes a wire: texts that could be misread as JSON strings.
pub(super) fn show(wire: &[Content]) -> String {
    let frame = |(index, content): (usize, &Content)| match content {
        Content::Text(text) if index == 0 => show_text(text),
        Content::Text(text) => format!("> {}", show_text(text)),
        Content::Binary(bytes) => format!(">> {}", hex::whole(bytes)),
    };
    wire.iter().enumerate().map(frame).collect::<Vec<_>>().join("  ")
}

fn show_text(text: &str) -> String {
    let is_plain = |c: char| c == ' ' || c.is_ascii_graphic();
    if text.chars().all(is_plain)
        && !text.is_empty()
        && !text.starts_with('"')
        && text.trim() == text
        && !text.contains("  ")
    {
        return text.to_owned();
    }
    let mut out = String::new();
    for c in json::quote(text).chars() {
        match c {
            c if is_plain(c) => out.push(c),
            c => c.encode_utf16(&mut [0; 2]).iter().for_each(|unit| out += &format!("\\u{unit:04x}")),
        }
    }
    out
}
