//! Everything that was measured, as it is kept: raw, by run, scenario and peer.
//!
//! ```text
//! { "date": …, "machine": …, "peers": [ … ], "left_out": [ … ],
//!   "runs": [ { "rounds": { "wire42": { "figures": { "cpu_us": 6.9, … }, "notes": [] } } } ] }
//! ```

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::machine::Machine;
use crate::outcome::Outcome;

/// The results of one call of the referee.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Results {
    /// When it began.
    pub date: String,
    /// Sizes were small: no figure stands for anything.
    pub quick: bool,
    /// Where.
    pub machine: Machine,
    /// Who took part, in the order of the tables.
    pub peers: Vec<Entrant>,
    /// Who did not.
    pub left_out: Vec<LeftOut>,
    /// By scenario, then by peer.
    pub runs: Vec<BTreeMap<String, BTreeMap<String, Outcome>>>,
}

/// A peer that took part.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entrant {
    /// Its name in the tables.
    pub name: String,
    /// What is installed, as it says itself.
    pub version: String,
}

/// A peer that did not.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeftOut {
    /// Its name.
    pub name: String,
    /// Why not.
    pub reason: String,
}

impl Results {
    /// Reads what was kept.
    ///
    /// # Errors
    ///
    /// The file is not there, or is something else.
    pub fn read(path: &Path) -> io::Result<Self> {
        Ok(serde_json::from_str(&fs::read_to_string(path)?)?)
    }

    /// Gives itself, if what is measured now may stand beside it.
    ///
    /// # Errors
    ///
    /// It was measured on another machine, with other peers, or another number of times.
    pub fn fit_for(self, now: &Results, runs: usize) -> io::Result<Self> {
        let fits =
            self.machine == now.machine && self.peers == now.peers && self.runs.len() == runs && !self.quick;
        let why =
            "what was measured before is of another machine, of other peers, or of another number of runs";
        if fits { Ok(self) } else { Err(io::Error::other(why)) }
    }

    /// Keeps it.
    ///
    /// # Errors
    ///
    /// The file cannot be written.
    pub fn write(&self, path: &Path) -> io::Result<()> {
        fs::write(path, serde_json::to_string_pretty(self)?)
    }

    /// Gives the medians of one peer over all runs of a scenario; nothing if it did not run.
    pub fn median(&self, scenario: &str, peer: &str) -> Option<Outcome> {
        let runs: Vec<&Outcome> = self.runs.iter().filter_map(|run| run.get(scenario)?.get(peer)).collect();
        (!runs.is_empty()).then(|| Outcome::median_of(&runs))
    }

    /// Gives each run alone.
    pub fn each_run(&self) -> impl Iterator<Item = Results> {
        self.runs.iter().map(|run| Self { runs: vec![run.clone()], ..self.clone() })
    }

    /// Gives one figure of them.
    pub fn figure(&self, scenario: &str, peer: &str, key: &str) -> Option<f64> {
        self.median(scenario, peer)?.figures.get(key).copied()
    }
}

/// Made by hand, for the tests of what is made from results.
#[cfg(test)]
pub(crate) fn sample(figures: &[(&str, &str, &str, f64)]) -> Results {
    let mut run: BTreeMap<String, BTreeMap<String, Outcome>> = BTreeMap::new();
    for &(scenario, peer, key, figure) in figures {
        run.entry(scenario.into()).or_default().entry(peer.into()).or_default().set(key, figure);
    }
    let entrant = |name: &str| Entrant { name: name.into(), version: format!("{name} 1.0") };
    let machine = Machine { cpu: "A CPU".into(), cores: 2, memory_gib: 16, kernel: "6.1".into() };
    let peers = ["floor", "wire42", "socketioxide"].map(entrant).into();
    Results { date: "2026-01-31".into(), quick: false, machine, peers, left_out: Vec::new(), runs: vec![run] }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_is_what_was_measured() {
        let results = sample(&[("rounds", "wire42", "cpu_us", 6.9)]);

        let again: Results = serde_json::from_str(&serde_json::to_string(&results).unwrap()).unwrap();

        assert_eq!(again, results);
    }

    #[test]
    fn figures_of_two_machines_do_not_stand_side_by_side() {
        let before = sample(&[("rounds", "wire42", "cpu_us", 6.0)]);
        let mut now = before.clone();

        assert_eq!(before.clone().fit_for(&now, 1).unwrap(), before);
        assert!(before.clone().fit_for(&now, 2).is_err());
        now.machine.cores = 4;
        assert!(before.fit_for(&now, 1).is_err());
    }

    #[test]
    fn a_figure_is_the_median_of_the_runs_in_which_it_is() {
        let mut results = sample(&[("rounds", "wire42", "cpu_us", 6.0)]);
        results.runs.extend(sample(&[("rounds", "wire42", "cpu_us", 9.0)]).runs);
        results.runs.extend(sample(&[("burst", "wire42", "per_s", 1.0)]).runs);

        assert_eq!(results.figure("rounds", "wire42", "cpu_us"), Some(7.5));
        assert_eq!(results.figure("rounds", "node", "cpu_us"), None);
    }
}
