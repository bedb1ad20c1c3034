//! The time, as an argument.
//!
//! ```text
//! mono  0 ────────────┬──────────────┬───────────>   deadlines are points on this line
//!       start         ping_at        pong_by
//! unix  1 795 345 598 s since 1970               ->   only what people read: "19:03"
//! ```
//!
//! ```
//! use std::time::Duration;
//! use wire42::now::Now;
//!
//! let now = Now { mono: Duration::from_secs(7), unix: 1_795_345_598 };
//! assert!(now.mono < Duration::from_secs(8));
//! ```

use std::time::Duration;

/// A moment on both clocks. Outside `net/` nobody reads a clock: whoever calls the core says what time it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Now {
    /// Time since the server started; it never goes back. (`std`'s `Instant` cannot be made without reading a clock.)
    pub mono: Duration,
    /// Seconds since 1970, as the wall clock has it.
    pub unix: i64,
}
