//! What the log is told of refusals, and of sessions that a limit ended: a line for each class, and not more than one in ten
//! seconds.
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

use super::meter::{Head, Kind, Label, Shown};
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
    let series = reading
        .families()
        .flat_map(|family| family.series.into_iter().map(move |series| (family.head, series)))
        .filter(|(head, (labels, _))| head.kind == Kind::Refusals || is_end_by_limit(*head, labels));
    for (index, (head, (labels, sum))) in series.enumerate() {
        // The series are always the same, in the same order.
        if index == classes.len() {
            classes.push(Class::default());
        }
        if let Some(count) = classes[index].news(sum, now) {
            let what = if head.kind == Kind::Refusals { "refused" } else { "ended" };
            warn!(count, "{what}: {}{}", head.name, Shown(&labels));
        }
    }
}

/// Says whether a series counts sessions that ended for a reason that is ours.
fn is_end_by_limit(head: Head, labels: &[Label]) -> bool {
    head.name == "wire42_sessions_closed_total" && labels.iter().any(|(_, reason)| OURS.contains(reason))
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

/// Reasons of [`Reason::is_a_limit`](crate::engine_io::Reason::is_a_limit), and bugs.
const OURS: [&str; 5] = ["backlog", "lagged", "flooding", "max_incomplete", "panic"];

/// Between two looks at the counters.
const LOOK: Duration = Duration::from_secs(1);

/// Between two lines about the same class.
const QUIET: Duration = Duration::from_secs(10);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hub::Totals;
    use crate::net::meter::{Reading, Sums};

    #[test]
    fn the_first_refusal_is_told_at_once_and_later_ones_together() {
        let mut class = Class::default();
        let counted = [(0, 0), (1, 3), (2, 3), (3, 19), (10, 20), (11, 20), (12, 20), (21, 21), (60, 21)];
        let told = counted.map(|(second, sum)| class.news(sum, Duration::from_secs(second)));
        assert_eq!(told, [None, Some(3), None, None, None, Some(17), None, Some(1), None]);
    }

    #[test]
    fn every_reason_of_ours_is_in_the_table() {
        let reading = Reading { sums: Sums::default(), totals: Totals::default() };
        let families = reading.families().map(|family| (family.head, family.series));
        let told = families.flat_map(|(head, series)| {
            series.into_iter().filter(move |(labels, _)| is_end_by_limit(head, labels))
        });
        assert_eq!(told.count(), OURS.len());
    }
}
