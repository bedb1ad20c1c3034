//! How much one client says, in all its namespaces together.
//!
//! ```text
//!            refused            refused for a minute
//!   quiet ──────────────> over ──────────────────────> flooding: to be let go
//!     ^                    │
//!     └── the bucket is ───┘
//!         full again
//! ```
//!
//! Whoever is refused and then waits has done nothing wrong. Whoever is refused again a minute later, and has not let the
//! bucket fill meanwhile, does not listen.

use std::time::Duration;

use crate::bucket::{Bucket, Rate};
use crate::planted::planted;

/// What one client has left to say, and since when it says more.
#[derive(Debug, Default)]
pub(super) struct Throttle {
    bucket: Bucket,
    over_since: Option<Duration>,
}

/// What becomes of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It may pass.
    Passed,
    /// It is one too many.
    Refused,
    /// It is one too many of a client that has not heeded this for a minute.
    Flooding,
}

impl Throttle {
    /// Judges one message.
    pub(super) fn judge(&mut self, rate: Rate, now: Duration) -> Verdict {
        let rate = if planted("rate-without-burst") { Rate { burst: rate.per_second, ..rate } } else { rate };
        if self.bucket.is_full(now) && !planted("flood-never-forgiven") {
            self.over_since = None;
        }
        if self.bucket.take(rate, now) || planted("no-rate") {
            return Verdict::Passed;
        }
        let since = *self.over_since.get_or_insert(now);
        match now - since < PATIENCE || planted("floods-for-ever") {
            true => Verdict::Refused,
            false => Verdict::Flooding,
        }
    }
}

/// A paste that went wrong is over in seconds; a program that was told for a minute does not listen.
const PATIENCE: Duration = Duration::from_secs(60);

#[cfg(test)]
mod tests {
    use super::*;

    const RATE: Rate = Rate { per_second: 1, burst: 3 };

    fn judge(throttle: &mut Throttle, second: u64) -> Verdict {
        throttle.judge(RATE, Duration::from_secs(second))
    }

    /// Says four things at once, of which the last is too much.
    fn over() -> Throttle {
        let mut throttle = Throttle::default();
        let verdicts = [(); 4].map(|()| judge(&mut throttle, 100));
        assert_eq!(verdicts[2..], [Verdict::Passed, Verdict::Refused]);
        throttle
    }

    #[test]
    fn who_goes_on_for_a_minute_is_flooding() {
        let mut throttle = over();
        for second in 101..160 {
            assert_eq!(judge(&mut throttle, second), Verdict::Passed);
            assert_eq!(judge(&mut throttle, second), Verdict::Refused);
        }
        assert_eq!(judge(&mut throttle, 160), Verdict::Passed);
        assert_eq!(judge(&mut throttle, 160), Verdict::Flooding);
    }

    #[test]
    fn who_waits_until_the_bucket_is_full_begins_anew() {
        let mut throttle = over();
        assert_eq!([(); 4].map(|()| judge(&mut throttle, 103))[3], Verdict::Refused);
        assert_eq!([(); 4].map(|()| judge(&mut throttle, 162))[3], Verdict::Refused);
    }

    #[test]
    fn who_waits_less_has_not_begun_anew() {
        let mut throttle = over();
        assert_eq!(
            [(); 3].map(|()| judge(&mut throttle, 102)),
            [Verdict::Passed, Verdict::Passed, Verdict::Refused]
        );
        for second in 103..=160 {
            assert_eq!(judge(&mut throttle, second), Verdict::Passed);
        }
        assert_eq!(judge(&mut throttle, 160), Verdict::Flooding);
    }

    #[test]
    fn an_idle_client_costs_four_words() {
        assert_eq!(size_of::<Throttle>(), 32);
    }
}
