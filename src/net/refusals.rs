//! What the log is told of refusals: a line for each class, and not more than one in ten seconds.
//!
//! ```text
//! counted   3 ─── 3 ─── 19 ─── 20 ─ … ─ 20 ──────> time, in looks a second apart
//! logged    3                        17
//! ```
//!
//! Who is refused ten thousand times a second must not fill the log, so nothing is logged where it happens: from time to
//! time someone looks at the counters. What a peer sent is in none of them.

use std::time::Duration;

use tracing::warn;

use super::meter::{Kind, Shown};
use super::server::Shared;

/// Logs what was refused; to be dropped when the server ends.
pub(super) async fn report(shared: &Shared) {
    let mut classes = Vec::new();
    loop {
        tokio::time::sleep(LOOK).await;
        look(shared, &mut classes);
    }
}

fn look(shared: &Shared, classes: &mut Vec<Class>) {
    let now = shared.clock.now().mono;
    let reading = shared.read();
    let families = reading.families().filter(|family| family.head.kind == Kind::Refusals);
    let series =
        families.flat_map(|family| family.series.into_iter().map(move |series| (family.head, series)));
    for (index, (head, (labels, sum))) in series.enumerate() {
        // The series are always the same, in the same order.
        if index == classes.len() {
            classes.push(Class::default());
        }
        if let Some(count) = classes[index].news(sum, now) {
            warn!(count, "refused: {}{}", head.name, Shown(&labels));
        }
    }
}

/// One class of refusals, as far as the log knows of it.
#[derive(Default)]
struct Class {
    told: u64,
    quiet_until: Duration,
}

impl Class {
    /// Says how many the log should be told of, now that there are so many in all.
    fn news(&mut self, sum: u64, now: Duration) -> Option<u64> {
        if sum == self.told || now < self.quiet_until {
            return None;
        }
        let news = sum - self.told;
        *self = Self { told: sum, quiet_until: now + QUIET };
        Some(news)
    }
}

/// Between two looks at the counters.
const LOOK: Duration = Duration::from_secs(1);

/// Between two lines about the same class.
const QUIET: Duration = Duration::from_secs(10);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_refusal_is_told_at_once_and_later_ones_together() {
        let mut class = Class::default();
        let counted = [(0, 0), (1, 3), (2, 3), (3, 19), (10, 20), (11, 20), (12, 20), (21, 21), (60, 21)];
        let told = counted.map(|(second, sum)| class.news(sum, Duration::from_secs(second)));
        assert_eq!(told, [None, Some(3), None, None, None, Some(17), None, Some(1), None]);
    }
}
