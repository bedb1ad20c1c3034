//! Open files: each connection is one, and a shell gives a process 1,024 of them.

use tracing::warn;

/// Raises the limit of this process as far as it may by itself, and says for how many of these connections that is enough.
pub(crate) fn provide(connections: usize) -> usize {
    let wanted = connections.saturating_add(BESIDE) as u64;
    let limit = match rlimit::increase_nofile_limit(wanted) {
        Ok(limit) => limit,
        Err(error) => {
            warn!(%error, "cannot ask for more open files");
            return connections;
        }
    };
    if limit >= wanted {
        return connections;
    }
    let room = usize::try_from(limit).unwrap_or(usize::MAX).saturating_sub(BESIDE).max(1);
    warn!(
        limit,
        wanted,
        "the limit of open files makes --max-connections {room}: raise `ulimit -Hn` (systemd: LimitNOFILE)"
    );
    room
}

/// Listeners, timers, the log and what else is no connection.
const BESIDE: usize = 64;
