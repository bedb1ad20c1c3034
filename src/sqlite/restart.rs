//! The end of a process, as those see it who may come back: they are gone since then.

use std::time::Duration;

use rusqlite::{Connection, params};

use crate::planted::planted;
use crate::store::Recoverable;

/// When the process began again, and how long a socket may be gone.
#[derive(Clone, Copy, Debug)]
pub(super) struct Restart {
    unix: i64,
    /// Who is gone since before this second does not come back.
    since: i64,
}

impl Restart {
    pub(super) fn new(unix: i64, keep: Duration) -> Self {
        let keep = i64::try_from(keep.as_secs()).unwrap_or(i64::MAX);
        Self { unix, since: unix.saturating_sub(keep) }
    }

    /// Writes it down.
    pub(super) fn write(self, connection: &Connection) -> rusqlite::Result<()> {
        if planted("restart-is-for-good") {
            return connection.execute_batch("DELETE FROM sockets WHERE gone_at IS NULL");
        }
        connection
            .prepare_cached("UPDATE sockets SET gone_at = ? WHERE gone_at IS NULL")?
            .execute(params![self.unix])?;
        connection.prepare_cached("DELETE FROM sockets WHERE gone_at < ?")?.execute(params![self.since])?;
        Ok(())
    }

    /// Sees a socket as it will be once this is written down.
    pub(super) fn seen(self, socket: Recoverable) -> Option<Recoverable> {
        let gone_at = socket.gone_at.unwrap_or(self.unix);
        (gone_at >= self.since).then_some(Recoverable { gone_at: Some(gone_at), ..socket })
    }
}
