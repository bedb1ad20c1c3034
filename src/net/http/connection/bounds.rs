//! How long a connection waits, and how much it takes in meanwhile.
//!
//! ```text
//! idle 75 s ──> head 10 s ──> body 30 s ──> held poll ──> answer 30 s a stall ──> lingering 1 s
//!               ≤ 16 KiB      ≤ limit       ≤ 16 KiB ahead                        ≤ 64 KiB
//! ```

use std::time::Duration;

use super::super::response::KEEP_ALIVE_SECONDS;

/// How long a request may be on its way.
///
/// ```
/// use std::time::Duration;
/// use wire42::net::http::Deadlines;
///
/// let Deadlines { head, body } = Deadlines::default();
/// assert_eq!((head, body), (Duration::from_secs(10), Duration::from_secs(30)));
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Deadlines {
    /// Its head.
    pub head: Duration,
    /// Its body.
    pub body: Duration,
}

impl Default for Deadlines {
    fn default() -> Self {
        Self { head: HEAD_DEADLINE, body: BODY_DEADLINE }
    }
}

/// A head is one or two segments. Ten seconds allow for two of them lost; a peer that drips bytes is gone
/// after it.
pub const HEAD_DEADLINE: Duration = Duration::from_secs(10);

/// Time enough for a million bytes over 270 kbit/s, which is a bad mobile connection.
pub const BODY_DEADLINE: Duration = Duration::from_secs(30);

/// Between requests a peer may be silent for as long as we announce.
pub const IDLE: Duration = Duration::from_secs(KEEP_ALIVE_SECONDS);

/// A peer that has not made room for one more byte of its answer in this time is not reading it.
pub const WRITE_STALL: Duration = Duration::from_secs(30);

/// What a peer sends ahead while its poll is held is kept up to the size of one head; the rest stays in the
/// kernel.
pub const PIPELINE_LIMIT: usize = 16 * 1024;

/// After an early answer so much of the rest is read and dropped; the peer then has had its answer in the
/// same window.
pub const LINGER_BYTES: usize = 64 * 1024;

/// A peer that closes when it has read its answer does so in one round trip; a second allows for a lost
/// segment.
pub const LINGER: Duration = Duration::from_secs(1);
