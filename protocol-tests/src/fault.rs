//! A mistake in a fixture, told so that the author's editor can jump to it.
//!
//! ```text
//! fixtures/engine.io/03-polling.md:41: read `alice silnt 2s`, expected a verb after `alice`
//! ```

use std::fmt;
use std::path::{Path, PathBuf};

/// A place in a fixture where something else was expected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The chapter's file.
    pub file: PathBuf,
    /// The line, counted from 1.
    pub line: usize,
    /// What stood there.
    pub read: String,
    /// What should have stood there.
    pub expected: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Fault { file, line, read, expected } = self;
        write!(f, "{}:{line}: read `{read}`, expected {expected}", file.display())
    }
}

impl std::error::Error for Fault {}

/// What a reader of a part of a line found missing, before it is known where that line stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unread {
    /// What stood there.
    pub read: String,
    /// What should have stood there.
    pub expected: String,
}

impl Unread {
    /// Makes the complaint that `read` stands where `expected` should.
    pub fn new(read: impl Into<String>, expected: impl Into<String>) -> Unread {
        let read: String = read.into();
        let short = if read.chars().count() > 120 {
            read.chars().take(117).collect::<String>() + "..."
        } else {
            read
        };
        Unread { read: short, expected: expected.into() }
    }

    /// Adds the place.
    pub fn at(self, file: &Path, line: usize) -> Fault {
        Fault { file: file.to_path_buf(), line, read: self.read, expected: self.expected }
    }
}
