//! The one place that draws random numbers: session ids, socket ids, and who leaves first.
//!
//! ```text
//! 15 random bytes -> 20 characters of A-Z a-z 0-9 - _      120 bits: not to be guessed, safe in a URL
//! ```
//!
//! Reference: its last three bytes count up. Ours: all are random, and a session id is never a socket id, because the
//! chat shows every socket id to everyone, and who knows a session id can speak for its client.

use std::fmt;

use data_encoding::BASE64URL_NOPAD;

use crate::planted::planted;
/// The private name of a session.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Sid(String);

impl Sid {
    pub(super) fn random() -> Self {
        if planted("sid-short") {
            return Self(draw()[..4].to_owned());
        }
        if planted("sid-not-url-safe") {
            return Self(draw().replace(|c: char| c.is_ascii_digit(), "+"));
        }
        Self(if planted("sid-constant") { "AAAAAAAAAAAAAAAAAAAA".to_owned() } else { draw() })
    }

    pub(super) fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<String> for Sid {
    fn from(sid: String) -> Self {
        Self(sid)
    }
}

impl fmt::Display for Sid {
    /// Writes as much as tells sessions apart in a log, and not what would let its reader into one.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = self.0.get(..6).unwrap_or(&self.0);
        write!(f, "{shown}…")
    }
}

/// Draws an id.
#[expect(clippy::disallowed_methods, reason = "this is the one place")]
pub(super) fn draw() -> String {
    let mut bytes = [0; 15];
    getrandom::fill(&mut bytes).expect("the operating system has random numbers");
    BASE64URL_NOPAD.encode(&bytes)
}

/// Draws a number from 0 to 1.
#[expect(clippy::disallowed_methods, reason = "this is the one place")]
pub(super) fn draw_lot() -> f64 {
    let number = getrandom::u32().expect("the operating system has random numbers");
    f64::from(number) / f64::from(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_twenty_characters_that_a_url_carries_as_they_are() {
        let id = draw();
        assert_eq!(id.len(), 20);
        assert!(id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_'));
        assert_ne!(id, draw());
    }

    #[test]
    fn a_log_does_not_let_its_reader_in() {
        assert_eq!(Sid::from("abcdefghijklmnopqrst".to_owned()).to_string(), "abcdef…");
    }
}
