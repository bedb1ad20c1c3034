//! The heartbeat: the server pings, the client must answer in time.
//!
//! ```text
//!           ping_at: send 2
//!   Quiet ───────────────────> Awaiting ──── pong_by: dead
//!     ^                           │
//!     └──────────── 3 ────────────┘
//! ```
//!
//! ```
//! use std::time::Duration;
//! use wire42::engine_io::Heartbeat;
//!
//! let heartbeat = Heartbeat::Quiet { ping_at: Duration::from_secs(25) };
//! assert_eq!(heartbeat.deadline(), Duration::from_secs(25));
//! ```

use std::time::Duration;

use crate::planted::planted;

/// Whether the client owes an answer, and until when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Heartbeat {
    /// Nothing is owed; the next ping goes out at this time.
    Quiet {
        /// Time since the server's start.
        ping_at: Duration,
    },
    /// A ping is out; without a pong by this time the session is dead.
    Awaiting {
        /// Time since the server's start.
        pong_by: Duration,
    },
}

/// What a deadline of the heartbeat asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Beat {
    /// Send `2`.
    Ping,
    /// Nothing: it was the server that was late.
    Forgive,
    /// Close the session.
    Dead,
}

impl Heartbeat {
    /// Moves on at a deadline that has passed.
    pub(super) fn expire(&mut self, now: Duration, timeout: Duration) -> Beat {
        let timeout = if planted("timeout-double") { timeout * 2 } else { timeout };
        let timeout = if planted("timeout-half") { timeout / 2 } else { timeout };
        let overslept = now.saturating_sub(self.deadline()) > FORGIVEN_ABOVE.min(timeout / 2);
        match *self {
            // Engine.IO v4, Heartbeat: the time for the pong counts from when the ping was due, so that a server under
            // load does not grant more than it said.
            Heartbeat::Quiet { ping_at } => {
                let sent_at = if overslept { now } else { ping_at };
                *self = Heartbeat::Awaiting { pong_by: sent_at + timeout };
                Beat::Ping
            }
            Heartbeat::Awaiting { .. } if overslept || planted("no-ping-timeout") => {
                *self = Heartbeat::Awaiting { pong_by: now + timeout };
                Beat::Forgive
            }
            Heartbeat::Awaiting { .. } => Beat::Dead,
        }
    }

    /// Takes a pong, asked for or not (Reference: both restart the interval).
    ///
    /// Ours: nothing else counts as one. The reference lets the first other packet behind a ping put off the deadline once.
    ///
    /// Says how long it took since the ping was due, if one was.
    pub(super) fn pong(&mut self, now: Duration, interval: Duration, timeout: Duration) -> Option<Duration> {
        let took = match *self {
            Heartbeat::Quiet { .. } => None,
            Heartbeat::Awaiting { pong_by } => Some((now + timeout).saturating_sub(pong_by)),
        };
        let interval = if planted("ping-once") { interval * 1_000 } else { interval };
        *self = Heartbeat::Quiet { ping_at: now + interval };
        took
    }

    /// Says when something is due.
    pub fn deadline(self) -> Duration {
        match self {
            Heartbeat::Quiet { ping_at } => ping_at,
            Heartbeat::Awaiting { pong_by } => pong_by,
        }
    }
}

/// A server that wakes this late was stopped, or starved: nobody could have answered it, so nobody is closed for it.
const FORGIVEN_ABOVE: Duration = Duration::from_millis(100);

#[cfg(test)]
mod tests {
    use super::*;

    const TIMEOUT: Duration = Duration::from_millis(200);

    fn ms(ms: u64) -> Duration {
        Duration::from_millis(ms)
    }

    #[test]
    fn the_time_for_the_pong_counts_from_when_the_ping_was_due() {
        let mut heartbeat = Heartbeat::Quiet { ping_at: ms(300) };
        assert_eq!(heartbeat.expire(ms(340), TIMEOUT), Beat::Ping);
        assert_eq!(heartbeat.deadline(), ms(500));
    }

    #[test]
    fn a_server_that_overslept_kills_nobody() {
        let mut heartbeat = Heartbeat::Quiet { ping_at: ms(300) };
        assert_eq!(heartbeat.expire(ms(9_000), TIMEOUT), Beat::Ping);
        assert_eq!(heartbeat.deadline(), ms(9_200));
        assert_eq!(heartbeat.expire(ms(60_000), TIMEOUT), Beat::Forgive);
        assert_eq!(heartbeat.deadline(), ms(60_200));
    }

    #[test]
    fn a_late_server_grants_a_short_timeout_whole() {
        let mut heartbeat = Heartbeat::Quiet { ping_at: ms(300) };
        assert_eq!(heartbeat.expire(ms(360), ms(50)), Beat::Ping);
        assert_eq!(heartbeat.deadline(), ms(410));
    }

    #[test]
    fn a_pong_that_was_asked_for_tells_how_long_it_took() {
        let mut heartbeat = Heartbeat::Quiet { ping_at: ms(300) };
        assert_eq!(heartbeat.pong(ms(200), ms(300), TIMEOUT), None);
        assert_eq!(heartbeat.expire(ms(510), TIMEOUT), Beat::Ping);
        assert_eq!(heartbeat.pong(ms(580), ms(300), TIMEOUT), Some(ms(80)));
        assert_eq!(heartbeat.pong(ms(581), ms(300), TIMEOUT), None);
    }

    #[test]
    fn silence_is_death() {
        let mut heartbeat = Heartbeat::Awaiting { pong_by: ms(500) };
        assert_eq!(heartbeat.expire(ms(500), TIMEOUT), Beat::Dead);
    }
}
