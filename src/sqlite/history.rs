//! What is in a file, for whoever reads it, and from elsewhere into it.

use std::collections::HashMap;
use std::ops::ControlFlow;
use std::path::Path;

use rusqlite::{Connection, OptionalExtension as _, Transaction, TransactionBehavior, params};

use super::open::{OpenError, Place};
use super::rows::{Rows, record};
use super::{Sqlite, open};
use crate::socket_io::Namespace;
use crate::store::{Position, Record};

/// A history that is only read, perhaps while a server writes to it.
///
/// ```
/// use std::ops::ControlFlow;
/// use wire42::socket_io::Namespace;
/// use wire42::sqlite::{History, OpenError, Options, Sqlite};
/// use wire42::store::Record;
///
/// # let directory = std::env::temp_dir().join(format!("wire42-doc-history-{}", std::process::id()));
/// # std::fs::create_dir(&directory).expect("there is no such directory yet");
/// # let path = directory.join("chat.db");
/// let message = Record { position: 7, unix: 1_795_345_598, json: r#"{"name":"John"}"#.into() };
/// let mut log = Sqlite::open(&path, Options::default())?;
/// assert_eq!(log.import([Ok::<_, OpenError>((Namespace::main(), message.clone()))]), Ok(1));
///
/// let history = History::open(&path)?;
/// assert_eq!(history.rooms()?, [Namespace::main()]);
/// let mut messages = Vec::new();
/// history.read(&Namespace::main(), Some(500), |record| {
///     messages.push(record);
///     ControlFlow::Continue(())
/// })?;
/// assert_eq!(messages, [message]);
/// # std::fs::remove_dir_all(&directory).expect("it is there");
/// # Ok::<(), OpenError>(())
/// ```
pub struct History {
    connection: Connection,
}

impl History {
    /// Opens a history, whoever has it.
    ///
    /// # Errors
    ///
    /// Says why not. A damaged one is opened, and read as far as it can be.
    pub fn open(path: &Path) -> Result<Self, OpenError> {
        let connection = Place::read(path)?;
        // What is read is what was there at once: all rooms as they stood together.
        connection.execute_batch("BEGIN")?;
        Ok(Self { connection })
    }

    /// Gives the rooms, by their names.
    ///
    /// # Errors
    ///
    /// If the file is damaged.
    pub fn rooms(&self) -> Result<Vec<Namespace>, OpenError> {
        let mut statement = self.connection.prepare("SELECT name FROM rooms ORDER BY name")?;
        let names = statement.query_map([], |row| row.get::<_, String>(0))?;
        names
            .map(|name| {
                let name = name?;
                Namespace::parse(&name).ok_or_else(|| OpenError::Damaged(format!("{name:?} is no room")))
            })
            .collect()
    }

    /// Gives the messages of a room, or the last of them, the oldest first, until that is enough.
    ///
    /// # Errors
    ///
    /// If the file is damaged; what comes before the damage was given.
    pub fn read(
        &self,
        room: &Namespace,
        last: Option<u64>,
        mut each: impl FnMut(Record) -> ControlFlow<()>,
    ) -> Result<(), OpenError> {
        let behind = last.map_or(Ok(0), |last| self.position_behind_which(room, last))?;
        let mut statement = self.connection.prepare(
            "SELECT position, time, message FROM messages JOIN rooms ON rooms.id = messages.room
             WHERE name = ? AND position > ? ORDER BY position",
        )?;
        for message in statement.query_map(params![room.as_str(), behind], record)? {
            if each(message?).is_break() {
                break;
            }
        }
        Ok(())
    }

    /// Finds the position behind which so many messages are the last; 0 if there are no more.
    fn position_behind_which(&self, room: &Namespace, last: u64) -> rusqlite::Result<i64> {
        let last = i64::try_from(last).unwrap_or(i64::MAX);
        let found = self.connection.query_row(
            "SELECT position FROM messages JOIN rooms ON rooms.id = messages.room
             WHERE name = ? ORDER BY position DESC LIMIT 1 OFFSET ?",
            params![room.as_str(), last],
            |row| row.get(0),
        );
        found.optional().map(Option::unwrap_or_default)
    }
}

impl Sqlite {
    /// Adds messages from elsewhere: all of them, or none. In a room in which something was said already they go on behind it,
    /// with the distances that they had; else they keep their positions. These must go up.
    ///
    /// # Errors
    ///
    /// The first of theirs, or ours. Then nothing was added.
    pub fn import<E: From<OpenError>>(
        &mut self,
        messages: impl IntoIterator<Item = Result<(Namespace, Record), E>>,
    ) -> Result<u64, E> {
        let no_file = || OpenError::Io("the file can no longer be used".to_owned());
        let connection = self.connection.as_mut().ok_or_else(no_file)?;
        let all = Transaction::new(connection, TransactionBehavior::Immediate).map_err(OpenError::from)?;
        let mut rows = Rows::new(&all, None);
        let mut firsts: HashMap<Namespace, (Position, Position)> = HashMap::new();
        let mut count = 0;
        for message in messages {
            let (room, Record { position, unix, json }) = message?;
            let (from, to) = match firsts.get(&room) {
                Some(first) => *first,
                None => {
                    let last = rows.last(&room).map_err(OpenError::from)?;
                    let first = (position, if last == 0 { position } else { last + 1 });
                    firsts.insert(room.clone(), first);
                    first
                }
            };
            let position = position.saturating_sub(from).saturating_add(to);
            rows.insert(&room, position, &json, unix).map_err(OpenError::from)?;
            count += 1;
        }
        all.commit().map_err(OpenError::from)?;
        // It is no matter if somebody reads: it is merged when the file is closed, or opened again.
        let _ = open::checkpoint(connection);
        Ok(count)
    }
}
