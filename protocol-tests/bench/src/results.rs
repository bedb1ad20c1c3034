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
    /// Says what there is to say when the sizes were small, and it is only to be seen that all works: who is not there, who gave no
    /// figure, and what went wrong with our own servers.
    pub fn failures(&self) -> Vec<String> {
        let left_out = self.left_out.iter().map(|peer| format!("{} is left out", peer.name));
        let outcomes = self.runs.iter().flatten().flat_map(|(scenario, outcomes)| {
            outcomes.iter().map(move |(peer, outcome)| (scenario, peer, outcome))
        });
        let is_bad = |peer: &str, outcome: &Outcome| {
            outcome.figures.is_empty() || (outcome.flawed && peer.starts_with("wire42"))
        };
        let bad = outcomes.filter(|(_, peer, outcome)| is_bad(peer, outcome));
        left_out.chain(bad.map(|(scenario, peer, _)| format!("{peer} in {scenario}"))).collect()
    }

    /// Reads what was kept.
    ///
    /// # Errors
    ///
    /// The file is not there, or is something else.
    pub fn read(path: &Path) -> io::Result<Self> {
        Ok(serde_json::from_str(&fs::read_to_string(path)?)?)
    }

    /// Takes in what was measured before, but for these scenarios, which are measured again.
    ///
    /// # Errors
    ///
    /// That was on another machine, with other versions, or another number of times; or somebody was measured in these
    /// scenarios who would not be again.
    pub fn beside(self, before: Self, again: &[String]) -> io::Result<Self> {
        let fits = self.machine == before.machine
            && self.runs.len() == before.runs.len()
            && !before.quick
            && self
                .peers
                .iter()
                .all(|peer| before.peers.iter().all(|old| old.name != peer.name || old == peer));
        if !fits {
            let why = "what was measured before is of another machine, of other versions, or of another number of runs";
            return Err(io::Error::other(why));
        }
        let measured = before.runs.iter().flatten().filter(|(scenario, _)| again.contains(scenario));
        let mut absent = measured.flat_map(|(_, peers)| peers.keys()).filter(|name| !self.has(name));
        if let Some(name) = absent.next() {
            return Err(io::Error::other(format!("{name} was measured before and would not be again")));
        }
        let mut runs = before.runs;
        runs.iter_mut().for_each(|run| run.retain(|scenario, _| !again.contains(scenario)));
        let mut left_out = self.left_out.clone();
        left_out.extend(
            before
                .left_out
                .into_iter()
                .filter(|old| !self.has(&old.name) && self.left_out.iter().all(|new| new.name != old.name)),
        );
        Ok(Self { peers: merged(before.peers, &self.peers), left_out, runs, ..self })
    }

    fn has(&self, name: &str) -> bool {
        self.peers.iter().any(|peer| peer.name == name)
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

/// Puts who is new behind whom it follows.
fn merged(mut peers: Vec<Entrant>, now: &[Entrant]) -> Vec<Entrant> {
    let mut at = 0;
    for entrant in now {
        let place = peers.iter().position(|peer| peer.name == entrant.name);
        at = 1 + place.unwrap_or_else(|| {
            peers.insert(at, entrant.clone());
            at
        });
    }
    peers
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
        let beside = |now: &Results| now.clone().beside(before.clone(), &[]);
        let mut now = sample(&[]);

        assert_eq!(beside(&now).unwrap(), before);
        now.runs.push(BTreeMap::new());
        assert!(beside(&now).is_err());
        now.runs.pop();
        now.peers[1].version = "wire42 2.0".into();
        assert!(beside(&now).is_err());
        now.peers[1].version = "wire42 1.0".into();
        now.machine.cores = 4;
        assert!(beside(&now).is_err());
    }

    #[test]
    fn what_is_measured_again_is_measured_of_all_and_the_rest_stays() {
        let before = sample(&[("rounds", "wire42", "cpu_us", 6.0), ("burst", "floor", "per_s", 1.0)]);
        let mut now = sample(&[]);
        now.peers = ["wire42", "wire42-sqlite"]
            .map(|name| Entrant { version: format!("{name} 1.0"), name: name.into() })
            .into();

        let results = now.clone().beside(before.clone(), &["rounds".into(), "store".into()]).unwrap();

        let names: Vec<&str> = results.peers.iter().map(|peer| &*peer.name).collect();
        assert_eq!(names, ["floor", "wire42", "wire42-sqlite", "socketioxide"]);
        assert_eq!(results.runs, sample(&[("burst", "floor", "per_s", 1.0)]).runs);
        assert!(now.beside(before, &["burst".into()]).is_err(), "the floor would have no figure any more");
    }

    #[test]
    fn a_figure_is_the_median_of_the_runs_in_which_it_is() {
        let mut results = sample(&[("rounds", "wire42", "cpu_us", 6.0)]);
        results.runs.extend(sample(&[("rounds", "wire42", "cpu_us", 9.0)]).runs);
        results.runs.extend(sample(&[("burst", "wire42", "per_s", 1.0)]).runs);

        assert_eq!(results.figure("rounds", "wire42", "cpu_us"), Some(7.5));
        assert_eq!(results.figure("rounds", "node", "cpu_us"), None);
    }

    #[test]
    fn who_gave_no_figure_failed_and_of_ours_who_is_flawed() {
        let figures = [("burst", "floor", "per_s", 1.0), ("burst", "wire42", "per_s", 1.0)];
        let mut results = sample(&figures);
        assert_eq!(results.failures(), [""; 0]);

        let outcomes = results.runs[0].get_mut("burst").unwrap();
        outcomes.values_mut().for_each(|outcome| outcome.flawed = true);
        outcomes.insert("node".to_owned(), Outcome::failed("it did not start"));
        results.left_out.push(LeftOut { name: "bun".to_owned(), reason: "npm: not found".to_owned() });

        assert_eq!(results.failures(), ["bun is left out", "node in burst", "wire42 in burst"]);
    }
}
