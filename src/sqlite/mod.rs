//! The log that outlives the process: a SQLite database, which operators can look into, copy and back up while it is used.
//!
//! ```text
//! Queue ── all that waits ──> Writer ──> BEGIN; …; COMMIT, one fsync for all ──> outcomes
//!                                             │
//!                              fails: nothing of it is done, all are told so
//! ```
//!
//! **What cannot be known.** A commit whose sync failed may have reached the disk, or not: the log file holds it, and would show
//! it after a crash, while SQLite goes on as if it were not there. Whoever waits for such messages is told nothing until it is
//! known. The next commit that succeeds is written over them, so they are tried again first: then they are there, once. If even
//! that finds no space, a small write takes their place: then they are not there, and never will be. If the process ends before,
//! they may be there or not, and nobody was told either.
//!
//! ```
//! use wire42::socket_io::Namespace;
//! use wire42::sqlite::{Options, Sqlite};
//! use wire42::store::{Outcome, Request, Tail, Ticket};
//!
//! # let directory = std::env::temp_dir().join(format!("wire42-doc-sqlite-{}", std::process::id()));
//! # std::fs::create_dir(&directory).expect("there is no such directory yet");
//! # let path = directory.join("chat.db");
//! let room = Namespace::main();
//! let append = Request::Append { ticket: Ticket(7), json: r#"{"name":"John"}"#.into(), unix: 1_795_345_598 };
//!
//! let mut log = Sqlite::open(&path, Options::default())?;
//! log.mark_restart(1_795_345_598, std::time::Duration::from_secs(120));
//! let outcomes = log.commit(vec![(room.clone(), append)]);
//! assert!(matches!(&outcomes[..], [(_, Outcome::Appended { ticket: Some(Ticket(7)), .. })]));
//! assert!(!log.is_failing() && log.trouble().is_empty() && log.owed() == 0 && log.retry().is_empty());
//! drop(log);
//!
//! let mut log = Sqlite::open(&path, Options::default())?;
//! let outcomes = log.commit(vec![(room, Request::Open(Tail { records: 500, bytes: 1_048_576 }))]);
//! let [(_, Outcome::Opened { position: 1, records, .. })] = &outcomes[..] else { panic!("it is there") };
//! assert_eq!(&*records[0].json, r#"{"name":"John"}"#);
//! # drop(log);
//! # std::fs::remove_dir_all(&directory).expect("it is there");
//! # Ok::<(), wire42::sqlite::OpenError>(())
//! ```

mod commit;
mod counters;
mod history;
mod open;
mod restart;
mod rows;
mod schema;
mod transaction;
mod writer;

use std::collections::BTreeMap;
use std::fs::File;
use std::path::Path;
use std::time::Duration;

use rusqlite::Connection;

pub use counters::{Counters, Counts};
pub use history::History;
pub use open::{OpenError, Options};
pub use writer::Writer;

use crate::socket_io::Namespace;
use crate::store::{Outcome, Pid, Record, Request, Ticket};
use open::Place;
use restart::Restart;

/// The log of all rooms, in one file.
pub struct Sqlite {
    /// None when it broke: it is opened again when it is needed.
    connection: Option<Connection>,
    place: Place,
    held: Vec<Held>,
    /// What was not asked for an answer, and is not in the file yet: who is gone, and since when, or for good.
    owed: BTreeMap<(Namespace, Pid), Option<i64>>,
    restart: Option<Restart>,
    is_failing: bool,
    /// Since the last call.
    has_written: bool,
    /// What failed last, in SQLite's words.
    trouble: String,
    /// What the commits to come meet, the last one first.
    #[cfg(test)]
    mishaps: Vec<Mishap>,
    /// Held while the connection is there.
    _lock: Option<File>,
}

/// A message of which nobody knows whether it is in the file.
type Held = (Namespace, Ticket, Record);

impl Sqlite {
    /// Opens a history; makes one if there is no file, or an empty one.
    ///
    /// # Errors
    ///
    /// Says why not; the file is as it was.
    pub fn open(path: &Path, options: Options<'_>) -> Result<Self, OpenError> {
        let (place, lock) = Place::take(path, options)?;
        let connection = Some(place.open()?);
        Ok(Self {
            connection,
            place,
            held: Vec::new(),
            owed: BTreeMap::new(),
            restart: None,
            is_failing: false,
            has_written: false,
            trouble: String::new(),
            #[cfg(test)]
            mishaps: Vec::new(),
            _lock: lock,
        })
    }

    /// Lets those who were there when the process ended be gone since now, and those not come back who are gone for longer than
    /// `keep`. If the disk fails, it counts all the same, and is written later.
    pub fn mark_restart(&mut self, unix: i64, keep: Duration) {
        self.restart = Some(Restart::new(unix, keep));
        self.commit(vec![]);
    }

    /// Does all of it in one transaction, and gives the outcomes in order. If that fails, nothing of it is done; with no space for
    /// all, as much as there is space for.
    ///
    /// What is uncertain comes later, as an outcome of another call.
    pub fn commit(&mut self, requests: Vec<(Namespace, Request)>) -> Vec<(Namespace, Outcome)> {
        let mut outcomes = Vec::new();
        let was_failing = std::mem::take(&mut self.is_failing);
        self.has_written = false;
        match self.settle(&mut outcomes) {
            Ok(()) => self.commit_group(requests, was_failing, &mut outcomes),
            Err(fault) => self.refuse(requests, fault, &mut outcomes),
        }
        // That something could be read says nothing about writing.
        self.is_failing |= was_failing && !self.has_written;
        outcomes
    }

    /// Tries what failed before, and whether there is space again.
    pub fn retry(&mut self) -> Vec<(Namespace, Outcome)> {
        let outcomes = self.commit(vec![]);
        let is_undone = !self.held.is_empty() || !self.owed.is_empty() || self.restart.is_some();
        self.is_failing = is_undone || self.probe().is_err();
        outcomes
    }

    /// Says whether something could not be written the last time.
    pub fn is_failing(&self) -> bool {
        self.is_failing
    }

    /// Says what failed last, in SQLite's words; nothing if nothing did.
    pub fn trouble(&self) -> &str {
        &self.trouble
    }

    /// Counts the sockets of whose end the file does not know yet.
    pub fn owed(&self) -> usize {
        self.owed.len()
    }
}

/// A commit that says it failed; only a disk does this, and tests.
#[cfg(test)]
#[derive(Clone, Copy, Debug, PartialEq)]
enum Mishap {
    /// It is not in the file.
    Lost,
    /// It is in the file, and the connection is broken.
    Reached,
}

#[cfg(test)]
mod tests;
