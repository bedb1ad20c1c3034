//! The tables, version by version.
//!
//! ```text
//! user_version 0 ── MIGRATIONS[0] ──> 1 ── MIGRATIONS[1] ──> 2        in one transaction
//! ```

use rusqlite::{Connection, Transaction, TransactionBehavior};

/// Marks a file as one of ours, where `file` and SQLite look for such a thing: "wi42".
pub(super) const APPLICATION_ID: i32 = i32::from_be_bytes(*b"wi42");

/// The version that this program writes.
pub(super) const VERSION: i32 = MIGRATIONS.len() as i32;

/// Brings a file to [`VERSION`]; an empty one begins at 0.
pub(super) fn migrate(connection: &mut Connection) -> rusqlite::Result<()> {
    migrate_to(VERSION, connection)
}

/// What stands in `sqlite_schema` of a file of this version.
pub(super) fn expected(version: i32) -> rusqlite::Result<Vec<(String, String)>> {
    let mut empty = Connection::open_in_memory()?;
    migrate_to(version, &mut empty)?;
    found(&empty)
}

/// What stands in `sqlite_schema` of this file; what SQLite makes by itself has no text.
pub(super) fn found(connection: &Connection) -> rusqlite::Result<Vec<(String, String)>> {
    let mut statement =
        connection.prepare("SELECT name, sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY name")?;
    statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?.collect()
}

pub(super) fn migrate_to(version: i32, connection: &mut Connection) -> rusqlite::Result<()> {
    let transaction = Transaction::new(connection, TransactionBehavior::Immediate)?;
    let from: i32 = transaction.pragma_query_value(None, "user_version", |row| row.get(0))?;
    let missing = MIGRATIONS.iter().take(version as usize).skip(from as usize);
    if missing.len() == 0 {
        return Ok(());
    }
    missing.into_iter().try_for_each(|migration| transaction.execute_batch(migration))?;
    // Both are in the header of the file, and so in the transaction.
    transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
    transaction.pragma_update(None, "user_version", version)?;
    transaction.commit()
}

/// Never changed once released: a file is recognized by these very texts.
const MIGRATIONS: [&str; 2] = [
    // A message is found by its room and its position, and is nowhere else. Whoever deletes messages by hand leaves a mark:
    // positions must go on where they were, as clients count by them.
    "CREATE TABLE rooms (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, deleted_to INTEGER NOT NULL DEFAULT 0);
     CREATE TABLE messages (
       room INTEGER NOT NULL REFERENCES rooms, position INTEGER NOT NULL, time INTEGER NOT NULL, message TEXT NOT NULL,
       PRIMARY KEY (room, position)
     ) WITHOUT ROWID;
     CREATE TRIGGER mark_deleted AFTER DELETE ON messages BEGIN
       UPDATE rooms SET deleted_to = max(deleted_to, OLD.position) WHERE id = OLD.room;
     END;
     CREATE VIEW history AS
       SELECT name AS room, position, datetime(time, 'unixepoch') AS time, message
       FROM messages JOIN rooms ON rooms.id = messages.room;",
    // Sockets that may come back; and a place to write to when nobody has anything to say.
    "CREATE TABLE sockets (
       room INTEGER NOT NULL REFERENCES rooms, pid TEXT NOT NULL, socket TEXT NOT NULL, since INTEGER NOT NULL, gone_at INTEGER,
       PRIMARY KEY (room, pid)
     ) WITHOUT ROWID;
     CREATE TABLE probe (id INTEGER PRIMARY KEY, reserve BLOB NOT NULL);",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_version_is_reached_from_every_earlier_one() {
        for from in 0..VERSION {
            let mut connection = Connection::open_in_memory().unwrap();
            migrate_to(from, &mut connection).unwrap();
            migrate(&mut connection).unwrap();
            assert_eq!(found(&connection), expected(VERSION), "from {from}");
        }
    }
}
