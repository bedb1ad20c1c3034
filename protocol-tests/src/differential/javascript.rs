//! What JavaScript makes of texts: white space, numbers, and how both sides of the comparison write them.
//!
//! ```text
//! Number(" 0x1\u2028")   1       Number("")   0       Number("1 2")   NaN
//! ```

use std::fmt::Write;

/// Says whether JavaScript takes a character for white space, or the end of a line.
pub(super) fn is_white_space(c: char) -> bool {
    // Unicode has one more, U+0085, and lacks the byte order mark.
    (c.is_whitespace() && c != '\u{85}') || c == '\u{feff}'
}

/// Reads a number as `Number(text)` does.
pub(super) fn number(text: &str) -> f64 {
    let text = text.trim_matches(is_white_space);
    for (prefix, radix) in [("0x", 16), ("0o", 8), ("0b", 2)] {
        if text.get(..2).is_some_and(|start| start.eq_ignore_ascii_case(prefix)) {
            let digits: Option<Vec<u32>> = text[2..].chars().map(|c| c.to_digit(radix)).collect();
            let sum =
                |digits: Vec<u32>| digits.iter().fold(0.0, |sum, d| sum * f64::from(radix) + f64::from(*d));
            return digits.filter(|digits| !digits.is_empty()).map_or(f64::NAN, sum);
        }
    }
    match text {
        "" => 0.0,
        "Infinity" | "+Infinity" => f64::INFINITY,
        "-Infinity" => f64::NEG_INFINITY,
        // Rust knows more words than this, but no other signs.
        _ if text.bytes().all(|b| b.is_ascii_digit() || b"+-.eE".contains(&b)) => {
            text.parse().unwrap_or(f64::NAN)
        }
        _ => f64::NAN,
    }
}

/// Appends a number: whole ones as they are, others bit by bit, because two languages may round digits differently.
pub(super) fn write_number(number: f64, out: &mut String) {
    let written = if number == 0.0 && number.is_sign_negative() {
        write!(out, "-0")
    } else if number.is_nan() {
        write!(out, "NaN")
    } else if number.is_infinite() {
        write!(out, "{}Infinity", if number < 0.0 { "-" } else { "" })
    } else if number.fract() == 0.0 && number.abs() <= MAX_SAFE_INTEGER {
        write!(out, "{number}")
    } else {
        write!(out, "#{:016x}", number.to_bits())
    };
    written.expect("a String takes every text");
}

/// Appends a string as `JSON.stringify` writes it.
pub(super) fn write_string(units: &[u16], out: &mut String) {
    out.push('"');
    for unit in char::decode_utf16(units.iter().copied()) {
        let escaped = match unit {
            Ok('"') => "\\\"",
            Ok('\\') => "\\\\",
            Ok('\u{8}') => "\\b",
            Ok('\u{c}') => "\\f",
            Ok('\n') => "\\n",
            Ok('\r') => "\\r",
            Ok('\t') => "\\t",
            Ok(c) if c >= ' ' => {
                out.push(c);
                continue;
            }
            Ok(c) => &format!("\\u{:04x}", u32::from(c)),
            Err(lone) => &format!("\\u{:04x}", lone.unpaired_surrogate()),
        };
        out.push_str(escaped);
    }
    out.push('"');
}

/// The greatest whole number below which every whole number has a double of its own: `Number.MAX_SAFE_INTEGER`.
pub(super) const MAX_SAFE_INTEGER: f64 = 9_007_199_254_740_991.0;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_as_javascript_does() {
        let same = [
            ("", 0.0),
            (" \u{feff}", 0.0),
            ("007", 7.0),
            ("0x1F", 31.0),
            ("1e1", 10.0),
            ("+1.", 1.0),
            (".5", 0.5),
        ];
        for (text, expected) in same {
            assert_eq!(number(text), expected, "{text:?}");
        }
        for text in ["1 2", "-0x1", "0x", "inf", "nan", "infinity", "1_0", "e1", "+-1", "\u{85}", "٣"] {
            assert!(number(text).is_nan(), "{text:?}");
        }
    }

    #[test]
    fn numbers_are_written_without_rounding() {
        let written = |number: f64| {
            let mut out = String::new();
            write_number(number, &mut out);
            out
        };
        assert_eq!(
            [-0.0, 12.0, 0.5, 1e21, 5e-324].map(written),
            ["-0", "12", "#3fe0000000000000", "#444b1ae4d6e2ef50", "#0000000000000001"]
        );
    }
}
