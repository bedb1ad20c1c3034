//! A namespace that can be joined, or a pattern of such.
//!
//! ```text
//! /          exact: always there, never forgotten
//! /team-*    a pattern: /team- and one to 64 bytes more
//! ```
//!
//! ```
//! use wire42::hub::Door;
//!
//! assert!(Door::parse("/team-*")?.admits("/team-a"));
//! assert!(!Door::parse("/team-*")?.admits("/team-"));
//! assert!(Door::parse("/team-*")?.is_pattern() && !Door::parse("/team-a")?.is_pattern());
//! assert!(Door::parse("team").is_err());
//! # Ok::<(), String>(())
//! ```

use crate::socket_io::Namespace;

/// What a `--namespace` names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Door {
    /// One namespace.
    Exact(Namespace),
    /// Every namespace that begins so and goes on for a little.
    Prefix(String),
}

impl Door {
    /// Reads a name, or a pattern that ends in `*`.
    ///
    /// # Errors
    ///
    /// One sentence, when it is neither.
    pub fn parse(text: &str) -> Result<Self, String> {
        let (name, is_pattern) = text.strip_suffix('*').map_or((text, false), |prefix| (prefix, true));
        if !name.starts_with('/') {
            return Err(format!("the namespace {text:?} does not begin with /"));
        }
        if name.contains(['*', ',', '?']) || name.chars().any(char::is_control) {
            return Err(format!(
                "the namespace {text:?} holds a comma, a question mark, a control character, or a * before its end"
            ));
        }
        if is_pattern {
            return Ok(Door::Prefix(name.to_owned()));
        }
        Namespace::parse(name).map(Door::Exact).ok_or_else(|| format!("{text:?} is no namespace"))
    }

    /// Says whether one may enter a namespace of this name here.
    pub fn admits(&self, name: &str) -> bool {
        match self {
            Door::Exact(namespace) => namespace.as_str() == name,
            Door::Prefix(prefix) => name.strip_prefix(prefix.as_str()).is_some_and(is_short_and_plain),
        }
    }

    /// Says whether the namespaces behind the door are made as they are asked for.
    pub fn is_pattern(&self) -> bool {
        matches!(self, Door::Prefix(_))
    }
}

/// A name that anyone may choose is bounded, is fit for a log, and cannot be taken for one with a query.
fn is_short_and_plain(rest: &str) -> bool {
    (1..=64).contains(&rest.len()) && !rest.contains([',', '?']) && !rest.chars().any(char::is_control)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_admits_short_plain_names_only() {
        let door = Door::parse("/team-*").unwrap();
        assert!(door.admits("/team-é"));
        assert!(door.admits(&format!("/team-{}", "x".repeat(64))));
        for name in
            ["/team-", "/team", "/other", "/team-a?b", "/team-\n", &format!("/team-{}", "x".repeat(65))]
        {
            assert!(!door.admits(name), "{name:?}");
        }
    }

    #[test]
    fn what_makes_no_sense_is_refused() {
        for text in ["", "team", "/a*b", "/a,b", "/a?b*", "*"] {
            assert!(Door::parse(text).is_err(), "{text:?}");
        }
    }
}
