//! Makes text visible that a server chose: nothing in it may steer a terminal, a browser or an XML reader.
//!
//! ```text
//! ESC [ 2 J        ->  \u{1b}[2J         would clear the screen
//! U+202E           ->  \u{202e}          would write the rest from right to left
//! ```

/// Replaces what cannot be seen, or moves what can be, by its number; a line's end stays.
pub(crate) fn visible(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\n' => out.push(c),
            c if is_hidden(c) => out.push_str(&format!("\\u{{{:x}}}", u32::from(c))),
            c => out.push(c),
        }
    }
    out
}

/// Control characters, marks of zero width and of direction, and what XML 1.0 does not allow.
fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{ad}' | '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}')
        || matches!(c, '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{fffe}' | '\u{ffff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_steers_a_terminal() {
        assert_eq!(visible("a\u{1b}[2Jb\u{202e}c\u{9b}1mé␞\n"), "a\\u{1b}[2Jb\\u{202e}c\\u{9b}1mé␞\n");
    }
}
