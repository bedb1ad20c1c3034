//! What is asked of ours, and whether it holds.
//!
//! ```text
//! | target                 | asked                | median | in each run    | holds |
//! | rounds: CPU a delivery | at most 1.50 × floor | 1.52 × | 1.49 1.52 1.60 | no    |
//! ```

use crate::results::Results;
use crate::table::{aligned, figure, ratio};

/// A bound on one figure of ours.
struct Target {
    scenario: &'static str,
    key: &'static str,
    what: &'static str,
    bound: Bound,
}

#[derive(Clone, Copy)]
enum Bound {
    /// At most this, in the figure's unit.
    Most(f64, &'static str),
    /// At least this.
    Least(f64, &'static str),
    /// At most so many times the figure of a peer.
    MostTimes(f64, &'static str),
    /// At least so many times.
    LeastTimes(f64, &'static str),
}

/// Draws the table of what could be judged; nothing if nothing could.
pub fn target_table(results: &Results) -> Option<String> {
    let mut rows = vec![["target", "asked", "median", "in each run", "holds"].map(str::to_owned).to_vec()];
    rows.extend(TARGETS.iter().filter_map(|target| target.row(results)));
    (rows.len() > 1).then(|| aligned(&rows))
}

impl Target {
    fn row(&self, results: &Results) -> Option<Vec<String>> {
        let (value, holds) = self.judge(results)?;
        let (asked, measured) = match self.bound {
            Bound::Most(bound, unit) => (format!("at most {bound} {unit}"), figure(value, 2)),
            Bound::Least(bound, unit) => (format!("at least {bound} {unit}"), figure(value, 2)),
            Bound::MostTimes(bound, peer) => {
                (format!("at most {bound:.2} × {peer}"), format!("{value:.2} ×"))
            }
            Bound::LeastTimes(bound, peer) => {
                (format!("at least {bound:.2} × {peer}"), format!("{value:.2} ×"))
            }
        };
        let target = format!("{}: {}", self.scenario, self.what);
        let each = results.each_run().filter_map(|run| Some(figure(self.judge(&run)?.0, 2)));
        let holds = if holds { "yes" } else { "**no**" }.to_owned();
        Some(vec![target, asked, measured, each.collect::<Vec<_>>().join(" "), holds])
    }

    /// Gives what is compared with the bound, and whether that holds; nothing if a figure is missing.
    fn judge(&self, results: &Results) -> Option<(f64, bool)> {
        let ours = results.figure(self.scenario, "wire42", self.key)?;
        let times = |peer| ratio(ours, results.figure(self.scenario, peer, self.key));
        Some(match self.bound {
            Bound::Most(bound, _) => (ours, ours <= bound),
            Bound::Least(bound, _) => (ours, ours >= bound),
            Bound::MostTimes(bound, peer) => times(peer).map(|times| (times, times <= bound))?,
            Bound::LeastTimes(bound, peer) => times(peer).map(|times| (times, times >= bound))?,
        })
    }
}

const fn target(scenario: &'static str, key: &'static str, what: &'static str, bound: Bound) -> Target {
    Target { scenario, key, what, bound }
}

use Bound::{Least, LeastTimes, Most, MostTimes};

const TARGETS: &[Target] = &[
    target("rounds", "cpu_us", "CPU a delivery", MostTimes(1.5, "floor")),
    target("rounds", "cpu_us", "CPU a delivery", MostTimes(0.75, "socketioxide")),
    target("rounds", "cpu_us", "the same, with workers that own their sockets", MostTimes(1.25, "floor")),
    target(
        "rounds",
        "cpu_us",
        "the same, with workers that own their sockets",
        MostTimes(0.65, "socketioxide"),
    ),
    target("burst", "per_s", "deliveries a second", LeastTimes(3.0, "socketioxide")),
    target("burst", "per_s", "deliveries a second", LeastTimes(10.0, "node")),
    target("latency", "p99_ms", "p99", MostTimes(1.15, "floor")),
    target("connect", "websocket_per_s", "WebSocket, a second", LeastTimes(1.3, "socketioxide")),
    target("connect", "websocket_per_s", "WebSocket, a second", LeastTimes(6.0, "node")),
    target("connect", "polling_per_s", "polling, a second", LeastTimes(1.3, "socketioxide")),
    target("connect", "polling_per_s", "polling, a second", LeastTimes(6.0, "node")),
    target("idle", "idle_kib", "a client", Most(6.0, "KiB")),
    target("idle", "after_kib", "a client after the broadcasts", Most(6.0, "KiB")),
    // Bounded by memory bandwidth: not much more than the kernel takes to copy the same bytes.
    target("history", "cpu_us_500", "CPU a message at 500", MostTimes(1.5, "floor")),
    // `--max-unsent`.
    target("slow", "growth_mib", "memory", Most(4.0, "MiB")),
    target("slow", "delay", "p99 of the others, to that without a slow one", Most(1.1, "×")),
    target("slow", "newest", "the slow one ends with the newest history", Least(1.0, "(1: yes)")),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::results::sample;

    #[test]
    fn a_target_holds_up_to_its_bound() {
        for (ours, holds) in [(5.9, "yes"), (6.0, "yes"), (6.1, "**no**")] {
            let results = sample(&[("rounds", "wire42", "cpu_us", ours), ("rounds", "floor", "cpu_us", 4.0)]);

            assert_eq!(TARGETS[0].row(&results).unwrap()[4], holds, "{ours}");
        }
    }

    #[test]
    fn more_is_better_where_at_least_is_asked() {
        let results = sample(&[("burst", "wire42", "per_s", 9.0), ("burst", "socketioxide", "per_s", 3.0)]);

        let row = target_table(&results).unwrap();

        assert!(row.contains("at least 3.00 × socketioxide | 3.00 × |        3.00 |   yes |"), "{row}");
    }

    #[test]
    fn a_target_without_figures_is_not_judged() {
        assert_eq!(target_table(&sample(&[("rounds", "wire42", "cpu_us", 1.0)])), None);
    }

    #[test]
    fn every_target_is_a_column_of_its_scenario() {
        use clap::ValueEnum;

        use crate::scenario::Scenario;

        for target in TARGETS {
            let scenario = Scenario::from_str(target.scenario, false).unwrap();
            assert!(scenario.columns().iter().any(|column| column.key == target.key), "{}", target.key);
        }
    }
}
