//! Who is let in, and who is asked to come back later.
//!
//! ```text
//! handshake ──> draining? ──> --max-sessions ──> --handshake-rate ──> a session
//!                  │               │                   │
//!                  └───────────────┴───────────────────┴──> 503, Retry-After
//! ```
//!
//! Only handshakes are asked: whoever has a session is served, however full it is.
//!
//! ```
//! use std::time::Duration;
//! use wire42::net::{Admission, Full, Limits};
//!
//! let mut admission = Admission::new(Limits { max_sessions: 1, ..Limits::default() });
//! assert_eq!(admission.admit(0, Duration::ZERO), Ok(()));
//! assert_eq!(admission.admit(1, Duration::ZERO), Err(Full::Sessions));
//! assert_eq!(Full::Sessions.response().status, 503);
//! ```

use std::time::Duration;

use super::http::Response;
use crate::bucket::{Bucket, Rate};
use crate::planted::planted;

/// How many may be inside.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// TCP connections at once.
    pub max_connections: usize,
    /// Sessions at once.
    pub max_sessions: usize,
    /// Handshakes a second; as many may come at once.
    pub handshake_rate: u32,
    /// Bytes of bodies, messages and packets that are not complete, of all clients together.
    pub max_incomplete: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            max_connections: 10_000,
            max_sessions: 10_000,
            handshake_rate: 10_000,
            max_incomplete: 256 * 1024 * 1024,
        }
    }
}

/// Judges handshakes.
#[derive(Debug)]
pub struct Admission {
    limits: Limits,
    handshakes: Bucket,
}

impl Admission {
    /// Begins with nobody inside.
    pub fn new(limits: Limits) -> Self {
        Self { limits, handshakes: Bucket::default() }
    }

    /// Lets one more in beside so many sessions that there are.
    ///
    /// # Errors
    ///
    /// Says what is full.
    pub fn admit(&mut self, sessions: usize, now: Duration) -> Result<(), Full> {
        if sessions >= self.limits.max_sessions && !planted("sessions-without-number") {
            return Err(Full::Sessions);
        }
        let rate = Rate { per_second: self.limits.handshake_rate, burst: self.limits.handshake_rate };
        match self.handshakes.take(rate, now) || planted("handshakes-at-any-rate") {
            true => Ok(()),
            false => Err(Full::Handshakes),
        }
    }
}

/// Why somebody is to come back later.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Full {
    /// There are as many TCP connections as there may be, and each is in use.
    Connections,
    /// There are as many sessions as there may be.
    Sessions,
    /// Too many come at once.
    Handshakes,
    /// This process ends; the next one takes its place.
    Draining,
}

impl Full {
    /// Gives what the peer is told.
    pub fn response(self) -> Response {
        let (line, seconds) = match self {
            Full::Connections => ("All connections are taken.", "5"),
            Full::Sessions => ("All places are taken.", "5"),
            Full::Handshakes => ("Too many come at once.", "1"),
            Full::Draining => ("This server is shutting down.", "1"),
        };
        Response::unavailable(line, seconds)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_many_as_the_rate_may_come_at_once_and_again_a_second_later() {
        let mut admission = Admission::new(Limits { handshake_rate: 3, ..Limits::default() });
        for second in [5, 6] {
            let now = Duration::from_secs(second);
            let judged: Vec<_> = (0..4).map(|sessions| admission.admit(sessions, now).is_ok()).collect();
            assert_eq!(judged, [true, true, true, false]);
        }
    }

    #[test]
    fn who_finds_no_place_takes_nothing_of_the_rate() {
        let mut admission =
            Admission::new(Limits { max_sessions: 1, handshake_rate: 1, ..Limits::default() });
        assert_eq!(admission.admit(1, Duration::ZERO), Err(Full::Sessions));
        assert_eq!(admission.admit(0, Duration::ZERO), Ok(()));
        assert_eq!(admission.admit(0, Duration::ZERO), Err(Full::Handshakes));
    }
}
