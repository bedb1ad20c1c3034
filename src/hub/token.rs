//! The secret that lets clients in.
//!
//! ```text
//! GET /socket.io/?EIO=4&transport=polling&token=open-sesame     shown once: every CONNECT of the session is let in
//! 40{"token":"open-sesame"}                                     shown with a CONNECT: this one is
//! 40                                                            44{"message":"unauthorized"}
//! ```
//!
//! ```
//! use wire42::hub::Token;
//!
//! let token = Token::new("open-sesame")?;
//! assert!(token.is("open-sesame"));
//! assert!(token.is_shown_by(Some(r#"{"token":"open-sesame"}"#)));
//! assert!(!token.is_shown_by(None));
//! assert_eq!(format!("{token:?}"), "Token");
//! # Ok::<(), String>(())
//! ```

use std::fmt;
use std::sync::Arc;

use subtle::ConstantTimeEq as _;

use crate::app::json::last_members;

/// A secret that all clients of a server share.
#[derive(Clone)]
pub struct Token(Arc<str>);

impl Token {
    /// Takes a secret.
    ///
    /// # Errors
    ///
    /// One sentence, which does not name it, when it is none.
    pub fn new(secret: &str) -> Result<Self, String> {
        match secret.len() {
            0 => Err("an empty token would let everyone in; without one everyone is".to_owned()),
            1..=MAX_BYTES => Ok(Token(secret.into())),
            _ => Err(format!("a token has at most {MAX_BYTES} bytes")),
        }
    }

    /// Says whether this is the secret. How long it takes tells how long the secret is, and nothing else.
    pub fn is(&self, given: &str) -> bool {
        self.0.as_bytes().ct_eq(given.as_bytes()).into()
    }

    /// Says whether a CONNECT's payload, a JSON object, shows it as its `token`.
    pub fn is_shown_by(&self, auth: Option<&str>) -> bool {
        let shown = auth.and_then(|auth| last_members(auth, ["token"])).and_then(|[token]| token);
        shown.and_then(|json| serde_json::from_str::<String>(json).ok()).is_some_and(|given| self.is(&given))
    }
}

impl fmt::Debug for Token {
    /// Writes nothing that a log should not hold.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token")
    }
}

/// Most of a request's head may be something else.
const MAX_BYTES: usize = 1024;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_whole_secret_is_it() {
        let token = Token::new("sésame").unwrap();
        for auth in [r#"{"token":"sésame"}"#, r#"{"token":1,"a":[],"\u0074oken":"s\u00e9same"}"#] {
            assert!(token.is_shown_by(Some(auth)), "{auth}");
        }
        for auth in [
            "{}",
            r#"{"token":"sésam"}"#,
            r#"{"token":"sésame "}"#,
            r#"{"token":["sésame"]}"#,
            r#"{"token":null}"#,
            r#"{"token":"\ud800"}"#,
            r#"{"token":"sésame","token":""}"#,
        ] {
            assert!(!token.is_shown_by(Some(auth)), "{auth}");
        }
    }

    #[test]
    fn what_lets_everyone_in_is_no_secret() {
        assert!(Token::new("").is_err());
        assert!(Token::new(&"x".repeat(MAX_BYTES + 1)).is_err_and(|sentence| !sentence.contains("xx")));
    }
}
