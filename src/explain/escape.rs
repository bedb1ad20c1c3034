//! Text that is safe to print.
//!
//! ```text
//! hi ESC [ 2 J   ─>   hi\u{1b}[2J
//! ```

use std::fmt::Write as _;

/// Writes what a terminal would obey or turn round, and what ends a line somewhere, as an escape: it would let a packet forge
/// what is said about it.
///
/// ```
/// use wire42::explain::escape;
///
/// assert_eq!(escape("hi\u{1b}[2J"), r"hi\u{1b}[2J");
/// ```
pub fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for char in text.chars() {
        match is_obeyed(char) {
            true => write!(out, "{}", char.escape_unicode()).expect("a String takes every text"),
            false => out.push(char),
        }
    }
    out
}

fn is_obeyed(char: char) -> bool {
    char.is_control()
        || matches!(char, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_obeyed_and_all_else_stays() {
        let obeyed = "\0\n\r\t\u{1b}\u{1e}\u{7f}\u{9b}\u{2028}\u{2029}\u{202e}\u{2066}\u{200f}\u{61c}";
        assert!(!escape(obeyed).chars().any(is_obeyed));
        assert_eq!(escape("Zoë \\n \u{1f469}\u{200d}\u{1f4bb} ␞"), "Zoë \\n \u{1f469}\u{200d}\u{1f4bb} ␞");
    }
}
