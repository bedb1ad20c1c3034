//! What each request is in SQL, inside a transaction that somebody else ends.

use std::collections::HashMap;

use rusqlite::{Connection, OptionalExtension as _, params};

use super::restart::Restart;
use crate::app::SocketId;
use crate::socket_io::Namespace;
use crate::store::{Fault, Pid, Position, Record, Recoverable, Request, Tail};

/// What came of a request, if the transaction ends well.
#[derive(Debug)]
pub(super) enum Done {
    Opened {
        position: Position,
        records: Vec<Record>,
        sockets: Vec<Recoverable>,
    },
    Appended(Position),
    Enrolled,
    Unasked,
    /// This one alone could not be done.
    Refused(Fault),
}

/// The rows of one transaction.
pub(super) struct Rows<'c> {
    connection: &'c Connection,
    /// The restart that is not in the file yet.
    restart: Option<Restart>,
    /// Where the rooms of this transaction stand.
    rooms: HashMap<Namespace, Room>,
}

#[derive(Clone, Copy)]
struct Room {
    id: i64,
    last: Position,
}

impl<'c> Rows<'c> {
    pub(super) fn new(connection: &'c Connection, restart: Option<Restart>) -> Self {
        Self { connection, restart, rooms: HashMap::new() }
    }

    /// Does one request. An error is one of all: what is wrong with this request alone is `Refused`.
    pub(super) fn run(&mut self, room: &Namespace, request: &Request) -> rusqlite::Result<Done> {
        let done = match request {
            Request::Open(tail) => self.open(room, *tail),
            Request::Append { json, unix, .. } => self.append(room, json, *unix).map(Done::Appended),
            Request::Enroll(socket) => self.enroll(room, socket).map(|()| Done::Enrolled),
            Request::Part { pid, unix } => self.leave(room, pid, Some(*unix)).map(|()| Done::Unasked),
            Request::Forget { pid } => self.leave(room, pid, None).map(|()| Done::Unasked),
        };
        match done {
            Err(error) if is_of_this_request(&error) => Ok(Done::Refused(Fault::Broken)),
            done => done,
        }
    }

    /// Adds a message behind the last one.
    fn append(&mut self, name: &Namespace, json: &str, unix: i64) -> rusqlite::Result<Position> {
        let position = self.room(name)?.last + 1;
        self.insert(name, position, json, unix)?;
        Ok(position)
    }

    /// Adds a message at its position, which must be above the last one's.
    pub(super) fn insert(
        &mut self,
        name: &Namespace,
        position: Position,
        json: &str,
        unix: i64,
    ) -> rusqlite::Result<()> {
        let room = self.room(name)?;
        self.connection
            .prepare_cached("INSERT INTO messages (room, position, time, message) VALUES (?, ?, ?, ?)")?
            .execute(params![room.id, number(position), unix, json])?;
        self.rooms.insert(name.clone(), Room { last: position, ..room });
        Ok(())
    }

    /// Says at which position the room stands.
    pub(super) fn last(&self, name: &Namespace) -> rusqlite::Result<Position> {
        Ok(self.find(name)?.map_or(0, |room| room.last))
    }

    /// Finds the message at this position.
    pub(super) fn message(&self, name: &Namespace, position: Position) -> rusqlite::Result<Option<Record>> {
        let Some(room) = self.find(name)? else { return Ok(None) };
        self.connection
            .prepare_cached("SELECT position, time, message FROM messages WHERE room = ? AND position = ?")?
            .query_row(params![room.id, number(position)], record)
            .optional()
    }

    fn open(&self, name: &Namespace, tail: Tail) -> rusqlite::Result<Done> {
        let Some(room) = self.find(name)? else {
            return Ok(Done::Opened { position: 0, records: vec![], sockets: vec![] });
        };
        let (records, sockets) = (self.tail(room, tail)?, self.sockets(room)?);
        Ok(Done::Opened { position: room.last, records, sockets })
    }

    fn tail(&self, room: Room, tail: Tail) -> rusqlite::Result<Vec<Record>> {
        let mut statement = self.connection.prepare_cached(
            "SELECT position, time, message FROM messages WHERE room = ? ORDER BY position DESC LIMIT ?",
        )?;
        let limit = i64::try_from(tail.records).unwrap_or(i64::MAX);
        let mut records: Vec<Record> = Vec::new();
        let mut bytes = 0;
        for record in statement.query_map(params![room.id, limit], record)? {
            let record = record?;
            bytes += record.json.len() + 1;
            if bytes > tail.bytes && !records.is_empty() {
                break;
            }
            records.push(record);
        }
        records.reverse();
        Ok(records)
    }

    fn sockets(&self, room: Room) -> rusqlite::Result<Vec<Recoverable>> {
        let mut statement = self.connection.prepare_cached(
            "SELECT pid, socket, since, gone_at FROM sockets WHERE room = ? ORDER BY gone_at, pid",
        )?;
        let sockets = statement.query_map([room.id], |row| {
            Ok(Recoverable {
                pid: Pid::from(row.get_ref(0)?.as_str()?),
                socket: SocketId::from(row.get_ref(1)?.as_str()?),
                since: position(row.get(2)?),
                gone_at: row.get(3)?,
            })
        })?;
        let sockets: Vec<Recoverable> = sockets.collect::<Result<_, _>>()?;
        let Some(restart) = self.restart else { return Ok(sockets) };
        let mut seen: Vec<_> = sockets.into_iter().filter_map(|socket| restart.seen(socket)).collect();
        // Those who were there came first, and went last.
        seen.sort_by_key(|socket| socket.gone_at);
        Ok(seen)
    }

    fn enroll(&mut self, name: &Namespace, socket: &Recoverable) -> rusqlite::Result<()> {
        let room = self.room(name)?;
        self.connection
            .prepare_cached(
                "REPLACE INTO sockets (room, pid, socket, since, gone_at) VALUES (?, ?, ?, ?, ?)",
            )?
            .execute(params![
                room.id,
                socket.pid.as_str(),
                socket.socket.as_str(),
                number(socket.since),
                socket.gone_at
            ])?;
        Ok(())
    }

    /// Lets a socket be gone since this second, or for good.
    pub(super) fn leave(&self, name: &Namespace, pid: &Pid, gone_at: Option<i64>) -> rusqlite::Result<()> {
        let Some(room) = self.find(name)? else { return Ok(()) };
        let pid = pid.as_str();
        match gone_at {
            Some(unix) => self
                .connection
                .prepare_cached("UPDATE sockets SET gone_at = ? WHERE room = ? AND pid = ?")?
                .execute(params![unix, room.id, pid])?,
            None => self
                .connection
                .prepare_cached("DELETE FROM sockets WHERE room = ? AND pid = ?")?
                .execute(params![room.id, pid])?,
        };
        Ok(())
    }

    /// Finds a room, or makes it: one in which nothing was said has no row.
    fn room(&mut self, name: &Namespace) -> rusqlite::Result<Room> {
        if let Some(room) = self.find(name)? {
            self.rooms.insert(name.clone(), room);
            return Ok(room);
        }
        self.connection.prepare_cached("INSERT INTO rooms (name) VALUES (?)")?.execute([name.as_str()])?;
        let room = Room { id: self.connection.last_insert_rowid(), last: 0 };
        self.rooms.insert(name.clone(), room);
        Ok(room)
    }

    fn find(&self, name: &Namespace) -> rusqlite::Result<Option<Room>> {
        if let Some(room) = self.rooms.get(name) {
            return Ok(Some(*room));
        }
        self.connection
            .prepare_cached(
                "SELECT id, max(deleted_to, coalesce((SELECT max(position) FROM messages WHERE room = id), 0))
                 FROM rooms WHERE name = ?",
            )?
            .query_row([name.as_str()], |row| Ok(Room { id: row.get(0)?, last: position(row.get(1)?) }))
            .optional()
    }
}

/// Says whether a request cannot be done whatever the disk does: it is too large, or against what the tables demand.
fn is_of_this_request(error: &rusqlite::Error) -> bool {
    use rusqlite::ErrorCode::{ConstraintViolation, TooBig};
    matches!(error.sqlite_error_code(), Some(ConstraintViolation | TooBig))
}

pub(super) fn record(row: &rusqlite::Row<'_>) -> rusqlite::Result<Record> {
    let json = row.get_ref(2)?.as_str()?.into();
    Ok(Record { position: position(row.get(0)?), unix: row.get(1)?, json })
}

/// SQLite's integers have a sign, and positions none: what is below 0 was not written by us.
pub(super) fn position(number: i64) -> Position {
    u64::try_from(number).unwrap_or(0)
}

/// No log comes near 2^63 messages.
pub(super) fn number(position: Position) -> i64 {
    i64::try_from(position).unwrap_or(i64::MAX)
}
