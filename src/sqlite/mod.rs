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
//! assert!(!log.is_failing() && log.owed() == 0 && log.retry().is_empty());
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

mod counters;
mod open;
mod restart;
mod rows;
mod schema;
mod writer;

use std::collections::BTreeMap;
use std::fs::File;
use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, ErrorCode, Transaction, TransactionBehavior};

pub use counters::{Counters, Counts};
pub use open::{OpenError, Options};
pub use writer::Writer;

use crate::socket_io::Namespace;
use crate::store::{Fault, Outcome, Pid, Record, Request, Ticket};
use open::Place;
use restart::Restart;
use rows::{Done, Rows};

/// The log of all rooms, in one file.
pub struct Sqlite {
    /// None when it broke: it is opened again when it is needed.
    connection: Option<Connection>,
    place: Place,
    /// Messages of which nobody knows whether they are in the file.
    held: Vec<(Namespace, Ticket, Record)>,
    /// What was not asked for an answer, and is not in the file yet: who is gone, and since when, or for good.
    owed: BTreeMap<(Namespace, Pid), Option<i64>>,
    restart: Option<Restart>,
    is_failing: bool,
    /// Held while the connection is there.
    _lock: Option<File>,
}

/// Why a transaction came to nothing.
struct Failed {
    fault: Fault,
    /// What was done, if it may be in the file after all.
    perhaps: Option<Vec<Done>>,
}

type Group = Vec<(Namespace, Request)>;
type Outcomes = Vec<(Namespace, Outcome)>;

impl Sqlite {
    /// Opens a history; makes one if there is no file, or an empty one.
    ///
    /// # Errors
    ///
    /// Says why not; the file is as it was.
    pub fn open(path: &Path, options: Options<'_>) -> Result<Self, OpenError> {
        let (place, lock) = Place::take(path, options)?;
        let connection = Some(place.open()?);
        let (held, owed) = (Vec::new(), BTreeMap::new());
        Ok(Self { connection, place, held, owed, restart: None, is_failing: false, _lock: lock })
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
        match self.settle(&mut outcomes) {
            Ok(()) => self.commit_group(requests, was_failing, &mut outcomes),
            Err(fault) => self.refuse(requests, fault, &mut outcomes),
        }
        outcomes
    }

    /// Tries what failed before, and whether there is space again.
    pub fn retry(&mut self) -> Vec<(Namespace, Outcome)> {
        let outcomes = self.commit(vec![]);
        if !self.is_failing {
            self.is_failing = self.probe().is_err();
        }
        outcomes
    }

    /// Says whether something could not be written the last time.
    pub fn is_failing(&self) -> bool {
        self.is_failing
    }

    /// Counts the sockets of whose end the file does not know yet.
    pub fn owed(&self) -> usize {
        self.owed.len()
    }

    fn commit_group(&mut self, mut group: Group, was_failing: bool, outcomes: &mut Outcomes) {
        if group.is_empty() && self.owed.is_empty() && self.restart.is_none() {
            return;
        }
        if !self.held.is_empty() {
            return self.refuse(group, Fault::Broken, outcomes);
        }
        match self.transact(&group) {
            Ok(done) => outcomes.extend(group.into_iter().zip(done).filter_map(outcome)),
            // Perhaps one is too large, and there is space for the others. While the disk stays full, one attempt tells enough.
            Err(Failed { fault: Fault::Full, .. }) if group.len() > 1 && !was_failing => {
                let rest = group.split_off(group.len() / 2);
                self.commit_group(group, was_failing, outcomes);
                self.commit_group(rest, was_failing, outcomes);
            }
            Err(Failed { fault, perhaps }) => {
                let rest = match perhaps {
                    None => group,
                    Some(done) => self.hold(group, done),
                };
                self.refuse(rest, fault, outcomes);
            }
        }
    }

    /// Finds out what became of the messages that may be in the file.
    fn settle(&mut self, outcomes: &mut Outcomes) -> Result<(), Fault> {
        if self.held.is_empty() {
            return Ok(());
        }
        let was_closed = self.connection.is_none();
        let is_there = self.connection().is_ok() && was_closed && self.finds_held();
        let held = std::mem::take(&mut self.held);
        if is_there {
            outcomes.extend(held.into_iter().map(appended));
            return Ok(());
        }
        let group: Group = held.iter().map(append).collect();
        match self.transact(&group) {
            Ok(done) => outcomes.extend(group.into_iter().zip(done).filter_map(outcome)),
            // What is written now takes their place.
            Err(Failed { fault, .. }) if self.probe().is_ok() => self.refuse(group, fault, outcomes),
            Err(Failed { fault, .. }) => {
                (self.held, self.is_failing) = (held, true);
                return Err(fault);
            }
        }
        Ok(())
    }

    /// Does a group, or nothing of it.
    fn transact(&mut self, group: &[(Namespace, Request)]) -> Result<Vec<Done>, Failed> {
        self.connection()?;
        let Some(connection) = &mut self.connection else { return Err(Failed::certain(Fault::Broken)) };
        let is_read = self.owed.is_empty() && self.restart.is_none() && group.iter().all(is_open);
        let behavior = if is_read { TransactionBehavior::Deferred } else { TransactionBehavior::Immediate };
        let result = Transaction::new(connection, behavior)
            .map_err(|error| Failed::before_the_end(&error))
            .and_then(|all| {
                let done = write(&all, self.restart, &self.owed, group)
                    .map_err(|error| Failed::before_the_end(&error))?;
                match all.commit() {
                    Ok(()) => Ok(done),
                    Err(error) => Err(Failed::at_the_end(&error, done)),
                }
            });
        if result.is_ok() {
            self.owed.clear();
            self.restart = None;
        } else if !connection.is_autocommit() {
            // It could not even be rolled back.
            self.connection = None;
        }
        result
    }

    /// Writes something, and takes it away: what it leaves is space for a message.
    fn probe(&mut self) -> Result<(), Failed> {
        let connection = self.connection()?;
        for sql in ["REPLACE INTO probe (id, reserve) VALUES (1, zeroblob(65536))", "DELETE FROM probe"] {
            connection.execute(sql, []).map_err(|error| Failed::before_the_end(&error))?;
        }
        Ok(())
    }

    /// Gives the connection; opens it again if it broke. What the log holds is merged into the file then, and synced: whether it
    /// was before is unknown.
    fn connection(&mut self) -> Result<&Connection, Failed> {
        if self.connection.is_none() {
            let connection = self.place.open().map_err(|_| Failed::certain(Fault::Broken))?;
            match open::checkpoint(&connection) {
                Ok(true) => self.connection = Some(connection),
                _ => return Err(Failed::certain(Fault::Broken)),
            }
        }
        self.connection.as_ref().ok_or(Failed::certain(Fault::Broken))
    }

    /// Says whether the held messages are in the file: they all are, or none.
    fn finds_held(&self) -> bool {
        let (Some(connection), Some((room, _, record))) = (&self.connection, self.held.first()) else {
            return false;
        };
        let found = Rows::new(connection, None).message(room, record.position);
        found.is_ok_and(|found| found.as_ref() == Some(record))
    }

    /// Keeps the messages of a group of which nobody knows whether it was done, and gives the rest back.
    fn hold(&mut self, group: Group, done: Vec<Done>) -> Group {
        let mut rest = Group::new();
        for (pair, done) in group.into_iter().zip(done) {
            match (pair, done) {
                ((room, Request::Append { ticket, json, unix }), Done::Appended(position)) => {
                    self.held.push((room, ticket, Record { position, unix, json }));
                }
                (pair, _) => rest.push(pair),
            }
        }
        rest
    }

    /// Answers what could not be done. To open a room takes no space, and is done all the same; what nobody waits for is owed.
    fn refuse(&mut self, group: Group, fault: Fault, outcomes: &mut Outcomes) {
        self.is_failing = true;
        for (room, request) in group {
            let done = match &request {
                Request::Open(_) => self.read(&room, &request).unwrap_or(Done::Refused(fault)),
                Request::Append { .. } | Request::Enroll(_) => Done::Refused(fault),
                Request::Part { pid, unix } => {
                    self.owed.insert((room, pid.clone()), Some(*unix));
                    continue;
                }
                Request::Forget { pid } => {
                    self.owed.insert((room, pid.clone()), None);
                    continue;
                }
            };
            outcomes.extend(outcome(((room, request), done)));
        }
    }

    fn read(&self, room: &Namespace, request: &Request) -> rusqlite::Result<Done> {
        let connection = self.connection.as_ref().ok_or(rusqlite::Error::InvalidQuery)?;
        let all = connection.unchecked_transaction()?;
        Rows::new(&all, self.restart).run(room, request)
    }
}

impl Failed {
    fn certain(fault: Fault) -> Self {
        Self { fault, perhaps: None }
    }

    /// Nothing is in the file for good before the transaction ends.
    fn before_the_end(error: &rusqlite::Error) -> Self {
        Self::certain(fault(error))
    }

    /// The last thing that is written is what makes the transaction valid: if there was no space for it, it is not.
    fn at_the_end(error: &rusqlite::Error, done: Vec<Done>) -> Self {
        let is_certain = matches!(
            error.sqlite_error_code(),
            Some(ErrorCode::DiskFull | ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked)
        );
        Self { fault: fault(error), perhaps: (!is_certain).then_some(done) }
    }
}

/// Writes what is owed, then what is asked.
fn write(
    all: &Transaction<'_>,
    restart: Option<Restart>,
    owed: &BTreeMap<(Namespace, Pid), Option<i64>>,
    group: &[(Namespace, Request)],
) -> rusqlite::Result<Vec<Done>> {
    if let Some(restart) = restart {
        restart.write(all)?;
    }
    let mut rows = Rows::new(all, None);
    for ((room, pid), gone_at) in owed {
        rows.leave(room, pid, *gone_at)?;
    }
    group.iter().map(|(room, request)| rows.run(room, request)).collect()
}

/// Says what became of a request, if it is to be answered.
fn outcome(((room, request), done): ((Namespace, Request), Done)) -> Option<(Namespace, Outcome)> {
    let outcome = match (request, done) {
        (request, Done::Refused(fault)) => Outcome::Failed { what: request.asked()?, fault },
        (Request::Append { ticket, json, unix }, Done::Appended(position)) => {
            return Some(appended((room, ticket, Record { position, unix, json })));
        }
        (Request::Enroll(socket), _) => Outcome::Enrolled { pid: socket.pid },
        (_, Done::Opened { position, records, sockets }) => Outcome::Opened { position, records, sockets },
        (Request::Open(_) | Request::Append { .. } | Request::Part { .. } | Request::Forget { .. }, _) => {
            return None;
        }
    };
    Some((room, outcome))
}

fn appended((room, ticket, record): (Namespace, Ticket, Record)) -> (Namespace, Outcome) {
    (room, Outcome::Appended { ticket: Some(ticket), record })
}

fn append((room, ticket, record): &(Namespace, Ticket, Record)) -> (Namespace, Request) {
    let (ticket, json, unix) = (*ticket, record.json.clone(), record.unix);
    (room.clone(), Request::Append { ticket, json, unix })
}

fn is_open((_, request): &(Namespace, Request)) -> bool {
    matches!(request, Request::Open(_))
}

fn fault(error: &rusqlite::Error) -> Fault {
    match error.sqlite_error_code() {
        Some(ErrorCode::DiskFull) => Fault::Full,
        _ => Fault::Broken,
    }
}
