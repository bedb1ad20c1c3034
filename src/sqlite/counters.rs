//! What the writer did, for whoever looks at it from another thread.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::time::Duration;

use crate::socket_io::Namespace;
use crate::store::{Fault, Outcome};

/// Counts what the writer does.
///
/// ```
/// use wire42::sqlite::{Counters, Counts};
///
/// let counters = Counters::default();
/// let Counts { commits: 0, messages: 0, .. } = counters.read() else { panic!("nothing was done") };
/// assert!(!counters.is_failing());
/// ```
#[derive(Clone, Debug, Default)]
pub struct Counters(Arc<Cells>);

#[derive(Debug, Default)]
struct Cells {
    commits: AtomicU64,
    messages: AtomicU64,
    full: AtomicU64,
    broken: AtomicU64,
    owed: AtomicU64,
    microseconds: AtomicU64,
    within: [AtomicU64; BOUNDS.len()],
    is_failing: AtomicBool,
}

/// What was counted since the start.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Counts {
    /// Groups that were taken from the queue and done, well or not.
    pub commits: u64,
    /// Messages that are in the file.
    pub messages: u64,
    /// Requests that failed for want of space.
    pub full: u64,
    /// Requests that failed as the disk does not work.
    pub broken: u64,
    /// Sockets of whose end the file does not know yet; those left at the end are taken for gone since the next start.
    pub owed: u64,
    /// Time spent in commits.
    pub commit_time: Duration,
    /// How many commits took at most this long, each with the shorter ones; those that took longer are in `commits` alone.
    pub commits_within: [(Duration, u64); BOUNDS.len()],
}

impl Counters {
    /// Gives the counts.
    pub fn read(&self) -> Counts {
        let cells = &*self.0;
        let mut within = 0;
        let commits_within = std::array::from_fn(|index| {
            within += cells.within[index].load(Relaxed);
            (BOUNDS[index], within)
        });
        Counts {
            commits: cells.commits.load(Relaxed),
            messages: cells.messages.load(Relaxed),
            full: cells.full.load(Relaxed),
            broken: cells.broken.load(Relaxed),
            owed: cells.owed.load(Relaxed),
            commit_time: Duration::from_micros(cells.microseconds.load(Relaxed)),
            commits_within,
        }
    }

    /// Says whether what was written last could not be written.
    pub fn is_failing(&self) -> bool {
        self.0.is_failing.load(Relaxed)
    }

    pub(super) fn count_commit(&self, time: Duration) {
        let cells = &*self.0;
        cells.commits.fetch_add(1, Relaxed);
        cells.microseconds.fetch_add(u64::try_from(time.as_micros()).unwrap_or(u64::MAX), Relaxed);
        if let Some(index) = BOUNDS.iter().position(|bound| time <= *bound) {
            cells.within[index].fetch_add(1, Relaxed);
        }
    }

    pub(super) fn count_outcomes(&self, outcomes: &[(Namespace, Outcome)]) {
        let cells = &*self.0;
        for (_, outcome) in outcomes {
            match outcome {
                Outcome::Appended { .. } => cells.messages.fetch_add(1, Relaxed),
                Outcome::Failed { fault: Fault::Full, .. } => cells.full.fetch_add(1, Relaxed),
                Outcome::Failed { fault: Fault::Busy | Fault::Broken, .. } => {
                    cells.broken.fetch_add(1, Relaxed)
                }
                Outcome::Opened { .. } | Outcome::Enrolled { .. } => continue,
            };
        }
    }

    pub(super) fn see(&self, is_failing: bool, owed: usize) {
        self.0.is_failing.store(is_failing, Relaxed);
        self.0.owed.store(owed as u64, Relaxed);
    }
}

/// From a disk with a cache that survives a power cut, to one that does nothing else for a second.
const BOUNDS: [Duration; 6] = [
    Duration::from_millis(1),
    Duration::from_millis(4),
    Duration::from_millis(16),
    Duration::from_millis(64),
    Duration::from_millis(256),
    Duration::from_millis(1024),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_commit_counts_with_those_that_took_longer() {
        let counters = Counters::default();
        [1, 5, 2_000].map(Duration::from_millis).into_iter().for_each(|time| counters.count_commit(time));
        let counts = counters.read();
        assert_eq!(counts.commits_within.map(|(_, count)| count), [1, 1, 2, 2, 2, 2]);
        assert_eq!((counts.commits, counts.commit_time), (3, Duration::from_millis(2_006)));
    }
}
