//! How much is too much: a token bucket, as a function of the time.
//!
//! ```text
//!   rate 20 a second, burst 400                       full_at
//!   ──────────┬───────────────────────────────────────┬──────────> time
//!            now   every take moves full_at 1/20 s on; │
//!                  it may be at most 400/20 s away  <──┘
//! ```
//!
//! Tokens are not counted: what is kept is the moment at which the bucket will be full again, so nothing has to be done
//! while time passes.
//!
//! ```
//! use std::time::Duration;
//! use wire42::bucket::{Bucket, Rate};
//!
//! let (rate, mut bucket) = (Rate { per_second: 1, burst: 2 }, Bucket::default());
//! let taken = [0, 0, 0, 1].map(|second| bucket.take(rate, Duration::from_secs(second)));
//! assert_eq!(taken, [true, true, false, true]);
//! ```

use std::time::Duration;

use crate::planted::planted;

/// What may be had of a bucket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    /// So many in the long run; at least one.
    pub per_second: u32,
    /// So many at once, of a bucket that is full; at least one.
    pub burst: u32,
}

impl Default for Rate {
    /// What nobody types: 20 a second is a held key, and 400 at once a client that was cut off for long.
    fn default() -> Self {
        Self { per_second: 20, burst: 400 }
    }
}

/// One bucket; it begins full.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Bucket {
    full_at: Duration,
}

impl Bucket {
    /// Takes one, unless there is none.
    pub fn take(&mut self, rate: Rate, now: Duration) -> bool {
        let one = Duration::from_secs(1) / rate.per_second;
        let full_at = self.full_at.max(now) + one;
        let fits = full_at - now <= one * rate.burst;
        if fits || planted("refused-counts") {
            self.full_at = full_at;
        }
        fits
    }

    /// Says whether nothing was taken, or all of it has come back.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use wire42::bucket::{Bucket, Rate};
    /// let mut bucket = Bucket::default();
    /// bucket.take(Rate { per_second: 20, burst: 400 }, Duration::ZERO);
    /// assert!(!bucket.is_full(Duration::from_millis(49)));
    /// assert!(bucket.is_full(Duration::from_millis(50)));
    /// ```
    pub fn is_full(&self, now: Duration) -> bool {
        self.full_at <= now
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RATE: Rate = Rate { per_second: 20, burst: 400 };

    fn taken(bucket: &mut Bucket, at: Duration) -> usize {
        std::iter::from_fn(|| bucket.take(RATE, at).then_some(())).count()
    }

    #[test]
    fn a_burst_is_given_and_then_the_rate() {
        let mut bucket = Bucket::default();
        let start = Duration::from_secs(7);
        assert_eq!(taken(&mut bucket, start), 400);
        assert_eq!(taken(&mut bucket, start + Duration::from_millis(49)), 0);
        assert_eq!(taken(&mut bucket, start + Duration::from_millis(50)), 1);
        assert_eq!(taken(&mut bucket, start + Duration::from_secs(10)), 199);
    }

    #[test]
    fn it_never_holds_more_than_a_burst() {
        let mut bucket = Bucket::default();
        assert!(bucket.take(RATE, Duration::ZERO));
        assert!(!bucket.is_full(Duration::from_millis(49)));
        assert!(bucket.is_full(Duration::from_millis(50)));
        assert_eq!(taken(&mut bucket, Duration::from_secs(86_400)), 400);
    }

    #[test]
    fn the_longest_burst_does_not_overflow() {
        let rate = Rate { per_second: 1, burst: u32::MAX };
        assert!(Bucket::default().take(rate, Duration::from_secs(1 << 40)));
    }
}
