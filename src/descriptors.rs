//! Open files: each connection is one, and a shell gives a process 1,024 of them.

use tracing::warn;

/// Raises the limit of this process as far as it may by itself, and says so in the log if that is not enough.
pub(crate) fn provide(connections: usize) {
    let wanted = connections.saturating_add(BESIDE) as u64;
    match rlimit::increase_nofile_limit(wanted) {
        Ok(limit) if limit >= wanted => {}
        Ok(limit) => warn!(
            limit,
            wanted, "fewer open files than --max-connections needs: raise `ulimit -n` (systemd: LimitNOFILE)"
        ),
        Err(error) => warn!(%error, "cannot ask for more open files"),
    }
}

/// Listeners, timers, the log and what else is no connection.
const BESIDE: usize = 64;
