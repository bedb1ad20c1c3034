//! What one scenario gave for one peer: figures by name, and what has to be said about them.
//!
//! ```
//! use wire42_bench::flight::Count;
//! use wire42_bench::outcome::Outcome;
//!
//! let mut outcome = Outcome::default();
//! outcome.set("p50_ms", 5.7);
//! outcome.blemish(Count { delivered: 9, lost: 1, ..Count::default() });
//! assert_eq!(outcome.notes, ["1 of 10 deliveries lost"]);
//! ```

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::flight::Count;
use crate::quantiles::median;
use crate::rush::Arrivals;

/// The figures of one run, or the medians of several.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Outcome {
    /// By the key of their column.
    pub figures: BTreeMap<String, f64>,
    /// What a reader has to know: what was lost, what was cut short.
    pub notes: Vec<String>,
    /// The figures do not stand for what was asked: something was lost, or it did not run at all.
    pub flawed: bool,
}

impl Outcome {
    /// Makes the outcome of a scenario that could not be finished.
    pub fn failed(why: &str) -> Self {
        Self { notes: vec![format!("failed: {why}")], flawed: true, ..Self::default() }
    }

    /// Puts a figure under its key.
    pub fn set(&mut self, key: &str, figure: impl Into<Option<f64>>) {
        if let Some(figure) = figure.into().filter(|figure| figure.is_finite()) {
            self.figures.insert(key.to_owned(), figure);
        }
    }

    /// Says what should not have happened.
    pub fn blemish(&mut self, count: Count) {
        let Count { delivered, late, repeated, lost, closed } = count;
        let said = [
            (lost, format!("{lost} of {} deliveries lost", delivered + lost)),
            (late, format!("{late} of {delivered} deliveries came after a later one")),
            (repeated, format!("{repeated} came again")),
            (closed, format!("{closed} clients let go")),
        ];
        for (count, note) in said {
            if count > 0 {
                self.notes.push(note);
                self.flawed = true;
            }
        }
    }

    /// Says who did not come through.
    pub fn absent(&mut self, transport: &str, clients: usize, arrivals: &Arrivals) {
        if arrivals.arrived < clients {
            let why = arrivals.failure.as_deref().unwrap_or("in the time");
            self.notes.push(format!("{transport}: {} of {clients} clients came in: {why}", arrivals.arrived));
            self.flawed = true;
        }
    }

    /// Takes the median of each figure, and all notes, with the number of the run if there are several.
    pub fn median_of(runs: &[&Self]) -> Self {
        let mut figures: BTreeMap<String, Vec<f64>> = BTreeMap::new();
        let mut notes = Vec::new();
        for (number, run) in (1..).zip(runs) {
            for (key, figure) in &run.figures {
                figures.entry(key.clone()).or_default().push(*figure);
            }
            let prefix = if runs.len() > 1 { format!("run {number}: ") } else { String::new() };
            notes.extend(run.notes.iter().map(|note| format!("{prefix}{note}")));
        }
        let figures = figures.into_iter().filter_map(|(key, values)| Some((key, median(&values)?))).collect();
        Self { figures, notes, flawed: runs.iter().any(|run| run.flawed) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_median_leaves_out_runs_that_failed_but_says_so() {
        let run = |figure: f64| Outcome { figures: [("a".to_owned(), figure)].into(), ..Outcome::default() };

        let median = Outcome::median_of(&[&run(3.0), &Outcome::failed("it died"), &run(1.0), &run(8.0)]);

        assert_eq!((median.figures["a"], median.flawed), (3.0, true));
        assert_eq!(median.notes, ["run 2: failed: it died"]);
    }

    #[test]
    fn what_is_no_number_is_no_figure() {
        let mut outcome = Outcome::default();

        outcome.set("a", f64::NAN);
        outcome.set("b", None);

        assert_eq!(outcome.figures.len(), 0);
    }
}
