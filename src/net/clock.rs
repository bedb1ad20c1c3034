//! The one place that reads the time.
//!
//! ```text
//! Instant     ──┬──────────────────┬──────────>
//!             start               now()          mono: the time between; unix: the wall clock's seconds
//! ```

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use tokio::time::Instant;

use crate::now::Now;

/// Time since the server started.
#[derive(Clone, Copy, Debug)]
pub(super) struct Clock {
    start: Instant,
}

impl Clock {
    #[expect(clippy::disallowed_methods, reason = "this is the one place")]
    pub(super) fn start() -> Self {
        Self { start: Instant::now() }
    }

    pub(super) fn now(&self) -> Now {
        Now { mono: self.mono(), unix: self.unix() }
    }

    /// Time since the start alone, for what happens with every request: the wall clock is read for nothing there.
    #[expect(clippy::disallowed_methods, reason = "this is the one place")]
    pub(super) fn mono(&self) -> Duration {
        Instant::now() - self.start
    }

    /// Seconds since 1970, for what people read.
    pub(super) fn unix(&self) -> i64 {
        i64::try_from(self.since_1970().as_secs()).unwrap_or(i64::MAX)
    }

    /// The same, with what there is below a second.
    #[expect(clippy::disallowed_methods, reason = "this is the one place")]
    pub(super) fn since_1970(&self) -> Duration {
        SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default()
    }

    /// Gives the instant at which the core's clock shows `mono`.
    pub(super) fn instant(&self, mono: Duration) -> Instant {
        self.start + mono
    }
}
