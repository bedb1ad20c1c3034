//! What only we can see of the file.

mod committing;
mod opening;

use std::fs;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};

use rusqlite::{Connection, Transaction, ffi};

use super::*;
use crate::app::SocketId;
use crate::store::{Asked, Fault, Position, Recoverable, Tail};

impl Mishap {
    pub(super) fn end(self, all: Transaction<'_>) -> rusqlite::Error {
        match self {
            Mishap::Lost => all.rollback().unwrap(),
            Mishap::Reached => all.commit().unwrap(),
        }
        rusqlite::Error::SqliteFailure(ffi::Error::new(ffi::SQLITE_IOERR_FSYNC), None)
    }
}

/// A directory that goes with the test.
struct Scratch(PathBuf);

impl Scratch {
    fn new() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let name = format!("wire42-sqlite-{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        let directory = std::env::temp_dir().join(name);
        fs::create_dir(&directory).unwrap();
        Self(directory)
    }

    fn file(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    /// Opens `chat.db`.
    fn open(&self) -> Sqlite {
        Sqlite::open(&self.file("chat.db"), Options::default()).unwrap()
    }

    /// What a disk has of `chat.db` when the process is killed now, as a file of this name.
    fn killed(&self, name: &str) -> PathBuf {
        for suffix in ["", "-wal"] {
            let from = self.file(&format!("chat.db{suffix}"));
            if from.exists() {
                fs::copy(from, self.file(&format!("{name}{suffix}"))).unwrap();
            }
        }
        self.file(name)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn room(name: &str) -> Namespace {
    Namespace::parse(name).unwrap()
}

fn append(name: &str, ticket: u64, json: &str) -> (Namespace, Request) {
    (room(name), Request::Append { ticket: Ticket(ticket), json: json.into(), unix: 1_000 })
}

fn enroll(name: &str, pid: &str) -> (Namespace, Request) {
    let socket = SocketId::from(&*pid.to_uppercase());
    (room(name), Request::Enroll(Recoverable { pid: pid.into(), socket, since: 3, gone_at: None }))
}

fn part(name: &str, pid: &str, unix: i64) -> (Namespace, Request) {
    (room(name), Request::Part { pid: pid.into(), unix })
}

fn forget(name: &str, pid: &str) -> (Namespace, Request) {
    (room(name), Request::Forget { pid: pid.into() })
}

fn appended(name: &str, ticket: u64, position: Position, json: &str) -> (Namespace, Outcome) {
    let record = Record { position, unix: 1_000, json: json.into() };
    (room(name), Outcome::Appended { ticket: Some(Ticket(ticket)), record })
}

fn failed(name: &str, ticket: u64, fault: Fault) -> (Namespace, Outcome) {
    (room(name), Outcome::Failed { what: Asked::Append(Ticket(ticket)), fault })
}

type Seen = (Position, Vec<String>, Vec<(String, Option<i64>)>);

/// What is in a room: the position of the last message, the messages, and who may come back, with since when they are gone.
fn seen(log: &mut Sqlite, name: &str) -> Seen {
    let open = Request::Open(Tail { records: 1_000, bytes: 1_000_000 });
    let outcomes = log.commit(vec![(room(name), open)]);
    let [(_, Outcome::Opened { position, records, sockets })] = &outcomes[..] else { panic!("{outcomes:?}") };
    let messages = records.iter().map(|record| record.json.to_string()).collect();
    let sockets = sockets.iter().map(|socket| (socket.pid.as_str().to_owned(), socket.gone_at)).collect();
    (*position, messages, sockets)
}

/// Lets the file have room for so many more pages.
fn limit(log: &Sqlite, pages: i64) {
    let connection = log.connection.as_ref().unwrap();
    let count: i64 = connection.pragma_query_value(None, "page_count", |row| row.get(0)).unwrap();
    connection.pragma_update_and_check(None, "max_page_count", count + pages, |_| Ok(())).unwrap();
}

/// Another program.
fn other(log: &Scratch) -> Connection {
    Connection::open(log.file("chat.db")).unwrap()
}
