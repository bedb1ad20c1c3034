//! One transaction: a group of requests is in the file, or nothing of it.

use std::collections::BTreeMap;

use rusqlite::{Connection, ErrorCode, Transaction, TransactionBehavior};

use super::restart::Restart;
use super::rows::{Done, Rows};
use super::{Sqlite, open};
use crate::planted::planted;
use crate::socket_io::Namespace;
use crate::store::{Fault, Pid, Request};

/// Why a transaction came to nothing.
pub(super) struct Failed {
    pub(super) fault: Fault,
    /// The same, in SQLite's words.
    pub(super) sentence: String,
    /// What was done, if it may be in the file after all.
    pub(super) perhaps: Option<Vec<Done>>,
}

impl Sqlite {
    /// Does a group, or nothing of it.
    pub(super) fn transact(&mut self, group: &[(Namespace, Request)]) -> Result<Vec<Done>, Failed> {
        let result = self.try_to_transact(group);
        if let Err(Failed { sentence, .. }) = &result {
            self.trouble.clone_from(sentence);
        }
        result
    }

    fn try_to_transact(&mut self, group: &[(Namespace, Request)]) -> Result<Vec<Done>, Failed> {
        self.connection()?;
        let Some(connection) = &mut self.connection else { return Err(Failed::closed()) };
        let is_read = self.owed.is_empty() && self.restart.is_none() && group.iter().all(is_open);
        let behavior = if is_read { TransactionBehavior::Deferred } else { TransactionBehavior::Immediate };
        let result = Transaction::new(connection, behavior)
            .and_then(|all| Ok((write(&all, self.restart, &self.owed, group)?, all)))
            .map_err(|error| Failed::before_the_end(&error))
            .and_then(|(done, all)| {
                #[cfg(test)]
                if let Some(mishap) = self.mishaps.pop() {
                    return Err(Failed::at_the_end(&mishap.end(all), done));
                }
                match all.commit() {
                    Ok(()) => Ok(done),
                    Err(error) => Err(Failed::at_the_end(&error, done)),
                }
            });
        if result.is_ok() {
            self.has_written |= !is_read;
            self.owed.clear();
            self.restart = None;
        } else if !connection.is_autocommit() {
            // It could not even be rolled back.
            self.connection = None;
        }
        result
    }

    /// Writes something, and takes it away: what it leaves is space for a message.
    pub(super) fn probe(&mut self) -> Result<(), Failed> {
        let connection = self.connection()?;
        for sql in ["REPLACE INTO probe (id, reserve) VALUES (1, zeroblob(65536))", "DELETE FROM probe"] {
            connection.execute(sql, []).map_err(|error| Failed::before_the_end(&error))?;
        }
        Ok(())
    }

    /// Gives the connection; opens it again if it broke. What the log holds is merged into the file then, and synced: whether it
    /// was before is unknown.
    pub(super) fn connection(&mut self) -> Result<&Connection, Failed> {
        if self.connection.is_none() {
            let connection = self
                .place
                .open()
                .map_err(|error| Failed { sentence: error.to_string(), ..Failed::closed() })?;
            let is_merged = open::checkpoint(&connection).map_err(|error| Failed::before_the_end(&error))?;
            self.connection = is_merged.then_some(connection);
        }
        self.connection.as_ref().ok_or_else(Failed::closed)
    }
}

impl Failed {
    fn closed() -> Self {
        Self {
            fault: Fault::Broken,
            sentence: "the file cannot be opened again yet".to_owned(),
            perhaps: None,
        }
    }

    /// Nothing is in the file for good before the transaction ends.
    pub(super) fn before_the_end(error: &rusqlite::Error) -> Self {
        Self { fault: fault(error), sentence: open::one_line(error), perhaps: None }
    }

    /// The last thing that is written is what makes the transaction valid: if there was no space for it, it is not.
    fn at_the_end(error: &rusqlite::Error, done: Vec<Done>) -> Self {
        let is_certain = matches!(
            error.sqlite_error_code(),
            Some(ErrorCode::DiskFull | ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked)
        );
        let is_certain = is_certain || planted("uncertain-is-refused");
        Self { perhaps: (!is_certain).then_some(done), ..Self::before_the_end(error) }
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

fn is_open((_, request): &(Namespace, Request)) -> bool {
    matches!(request, Request::Open(_))
}

fn fault(error: &rusqlite::Error) -> Fault {
    match error.sqlite_error_code() {
        Some(ErrorCode::DiskFull) => Fault::Full,
        _ => Fault::Broken,
    }
}
