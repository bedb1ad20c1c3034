//! The command line.
//!
//! ```text
//! run [SCENARIO...] [--peers floor,wire42,…] [--runs N] [--quick] [--readme] [--json FILE]
//! ```

use std::path::PathBuf;

use clap::{Parser, ValueEnum};

use crate::peer::{PEERS, Peer};
use crate::scenario::Scenario;

/// The same load against each server in turns, on this machine.
#[derive(Debug, Parser)]
#[command(name = "run", max_term_width = 110)]
pub struct Args {
    /// What is measured, in this order [default: everything]
    #[arg(value_enum)]
    scenarios: Vec<Scenario>,

    /// Who is measured, in this order [default: floor,wire42,wire42-sqlite,socketioxide,node,bun,python]
    #[arg(long, value_delimiter = ',', value_name = "LIST", value_parser = peer)]
    peers: Vec<&'static Peer>,

    /// Measure everything so many times and show the medians; `latency` and `slow` need 5 for their targets
    #[arg(long, default_value_t = 1, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub runs: u32,

    /// Small sizes, to try it out
    #[arg(long)]
    pub quick: bool,

    /// Write the part of the project's README, too
    #[arg(long, conflicts_with = "quick")]
    pub readme: bool,

    /// Where the raw figures go [default: target/bench/results.json]
    #[arg(long, value_name = "FILE")]
    pub json: Option<PathBuf>,

    /// Measure nothing: show what such a file holds
    #[arg(long, value_name = "FILE", conflicts_with_all = ["scenarios", "peers", "runs", "quick", "json", "again"])]
    pub from: Option<PathBuf>,

    /// Measure these scenarios again, and put them in the place of those in this file; the rest of it stays
    #[arg(long, value_name = "FILE", conflicts_with_all = ["quick", "json"])]
    pub again: Option<PathBuf>,

    /// The wire42 that is measured, such as one of an earlier state [default: target/release/wire42]
    #[arg(long, value_name = "PATH")]
    pub server_bin: Option<PathBuf>,

    /// The same with the feature `sqlite` [default: target/sqlite/release/wire42, which is built if it is measured]
    #[arg(long, value_name = "PATH")]
    pub sqlite_bin: Option<PathBuf>,

    /// Where the servers are built [default: target]
    #[arg(long, value_name = "DIRECTORY", hide = true)]
    pub build: Option<PathBuf>,
}

impl Args {
    /// Gives what is measured.
    pub fn scenarios(&self) -> &[Scenario] {
        if self.scenarios.is_empty() { Scenario::value_variants() } else { &self.scenarios }
    }

    /// Gives who is measured: whoever can be in one of the scenarios.
    pub fn peers(&self) -> Vec<&'static Peer> {
        let named = if self.peers.is_empty() { PEERS.iter().collect() } else { self.peers.clone() };
        let suits = |peer: &&Peer| self.scenarios().iter().any(|scenario| scenario.suits(peer));
        named.into_iter().filter(suits).collect()
    }
}

fn peer(name: &str) -> Result<&'static Peer, String> {
    let names = || PEERS.iter().map(|peer| peer.name).collect::<Vec<_>>().join(", ");
    Peer::named(name).ok_or_else(|| format!("known are {}", names()))
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Args::command().debug_assert();
    }

    #[test]
    fn without_arguments_everyone_is_measured_in_everything() {
        let args = Args::parse_from(["run"]);

        assert_eq!((args.scenarios().len(), args.peers().len()), (10, PEERS.len()));
    }

    #[test]
    fn who_is_in_no_scenario_is_not_built() {
        let names =
            |line: &[&str]| Args::parse_from(line).peers().iter().map(|peer| peer.name).collect::<Vec<_>>();

        assert_eq!(names(&["run", "rounds", "--peers", "wire42,wire42-sqlite"]), ["wire42"]);
        assert_eq!(names(&["run", "store"]), ["wire42", "wire42-sqlite", "node"]);
    }

    #[test]
    fn small_sizes_never_reach_the_readme() {
        assert!(Args::try_parse_from(["run", "--quick", "--readme"]).is_err());
    }
}
