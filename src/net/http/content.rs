//! What follows an answer's head: bytes of its own, or bytes that many answers share.
//!
//! ```text
//! Own      4hello            written once, for one client
//! Shared   <!doctype html>…  a file: each answer counts one more reference, and none of them copies it
//! ```
//!
//! ```
//! use std::sync::Arc;
//! use wire42::net::http::Content;
//!
//! let file: Arc<[u8]> = Arc::from(&b"body {}"[..]);
//! let (first, second) = (Content::from(file.clone()), Content::from(file));
//! assert_eq!(first, second);
//! assert_eq!(&first[..4], b"body");
//! ```

use std::ops::Deref;
use std::sync::Arc;

/// The content of an answer.
#[derive(Clone, Debug)]
pub enum Content {
    /// This answer's alone.
    Own(Vec<u8>),
    /// That of every answer that carries it: a client that reads slowly holds none of it.
    Shared(Arc<[u8]>),
}

impl Deref for Content {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        match self {
            Content::Own(bytes) => bytes,
            Content::Shared(bytes) => bytes,
        }
    }
}

/// Who owns the bytes makes no difference to whoever reads them.
impl PartialEq for Content {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

impl Eq for Content {}

impl From<Vec<u8>> for Content {
    fn from(bytes: Vec<u8>) -> Self {
        Content::Own(bytes)
    }
}

impl From<String> for Content {
    fn from(text: String) -> Self {
        Content::Own(text.into_bytes())
    }
}

impl From<&str> for Content {
    fn from(text: &str) -> Self {
        Content::Own(text.into())
    }
}

impl From<Arc<[u8]>> for Content {
    fn from(bytes: Arc<[u8]>) -> Self {
        Content::Shared(bytes)
    }
}

impl From<Content> for Vec<u8> {
    fn from(content: Content) -> Self {
        match content {
            Content::Own(bytes) => bytes,
            Content::Shared(bytes) => bytes.to_vec(),
        }
    }
}
