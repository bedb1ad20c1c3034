//! The name of a namespace: one client's connection may carry several, each with a socket of its own.
//!
//! ```text
//! 2/admin,["hello"]          2["hello"]
//!  ^^^^^^                     ^
//!  from '/' up to ','         no '/': the main namespace
//! ```
//!
//! A name is compared as it stands: `/chat?x=1`, `/CHAT` and `/%63hat` are three names, none of which is `/chat`.
//!
//! ```
//! use wire42::socket_io::Namespace;
//!
//! let admin = Namespace::parse("/admin").expect("it begins with a slash and holds no comma");
//! assert_eq!(admin.as_str(), "/admin");
//! assert!(Namespace::parse("/").is_some_and(|namespace| namespace.is_main()));
//! assert!(Namespace::main() < admin);
//! assert_eq!(Namespace::parse("admin"), None);
//! ```

use std::borrow::Borrow;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use crate::planted::planted;

/// A name that begins with `/` and holds no `,`; a clone costs at most a counter.
///
/// `None` is the main namespace, so that its packets, which are most of all, cost neither an allocation nor a counter.
#[derive(Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Namespace(Option<Arc<str>>);

impl Namespace {
    /// Names the main namespace, `/`.
    pub const fn main() -> Self {
        Self(None)
    }

    /// Takes a name, unless it lacks the `/` in front or holds a `,`, with which it could not travel.
    pub fn parse(name: &str) -> Option<Self> {
        match name {
            MAIN if !planted("slash-is-a-namespace-of-its-own") => Some(Self::main()),
            _ if name.starts_with('/') && !name.contains(',') => Some(Self(Some(name.into()))),
            _ => None,
        }
    }

    /// Gives the name, with its `/`.
    pub fn as_str(&self) -> &str {
        self.0.as_deref().unwrap_or(MAIN)
    }

    /// Says whether this is the main namespace, whose name does not travel.
    pub fn is_main(&self) -> bool {
        self.0.is_none()
    }
}

impl fmt::Display for Namespace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for Namespace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Namespace").field(&self.as_str()).finish()
    }
}

// A table keyed by `Namespace` can be asked with a `&str`, so both must hash alike.
impl Borrow<str> for Namespace {
    fn borrow(&self) -> &str {
        self.as_str()
    }
}

impl Hash for Namespace {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.as_str().hash(state);
    }
}

const MAIN: &str = "/";

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::{BTreeMap, HashMap};

    #[test]
    fn a_lone_slash_is_the_main_namespace() {
        let namespace = Namespace::parse("/").unwrap();

        assert!(namespace.is_main());
        assert_eq!(namespace, Namespace::main());
        assert_eq!(namespace.to_string(), "/");
    }

    #[test]
    fn a_name_keeps_every_character() {
        for name in ["/admin", "/a-1/2-b", "/é中", "/chat?x=1", "//", "/ \"\n"] {
            assert_eq!(Namespace::parse(name).unwrap().as_str(), name);
        }
    }

    #[test]
    fn a_name_that_could_not_travel_is_no_name() {
        for name in ["", "admin", " /admin", "/a,b", "/,", ","] {
            assert_eq!(Namespace::parse(name), None, "{name:?}");
        }
    }

    #[test]
    fn a_table_is_asked_by_text() {
        let names = ["/", "/b", "/a"].map(|name| Namespace::parse(name).unwrap());

        let hashed: HashMap<Namespace, usize> = names.clone().into_iter().zip(0..).collect();
        let sorted: BTreeMap<Namespace, usize> = names.into_iter().zip(0..).collect();

        assert_eq!((hashed.get("/"), hashed.get("/a"), hashed.get("/c")), (Some(&0), Some(&2), None));
        assert_eq!((sorted.get("/"), sorted.get("/a"), sorted.get("/c")), (Some(&0), Some(&2), None));
    }
}
