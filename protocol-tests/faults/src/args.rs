//! The command line.
//!
//! ```text
//! run [--only NAME]... [--seed N] [BINARY]
//! run soak [--minutes 10] [--seed N] [BINARY]
//! ```

use std::path::{Path, PathBuf};

use clap::{Parser, Subcommand};

use crate::faults::FAULTS;
use crate::stage::Fault;

/// Faults and soak over real TCP: each fault once, or all of them for a long time
#[derive(Debug, Parser)]
#[command(name = "run", max_term_width = 110, args_conflicts_with_subcommands = true)]
pub struct Args {
    /// What to do in place of each fault once.
    #[command(subcommand)]
    pub command: Option<Command>,

    /// Only this fault; repeatable
    #[arg(long, value_name = "NAME", value_parser = fault)]
    only: Vec<&'static Fault>,

    /// Where random choices begin
    #[arg(long, value_name = "N", default_value_t = 42)]
    pub seed: u64,

    /// The server [default: target/release/wire42]
    pub binary: Option<PathBuf>,
}

/// What else can be done.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Churn, messages and faults at random; at the end everything must be where it began
    Soak {
        /// How long
        #[arg(long, value_name = "N", default_value_t = 10.0)]
        minutes: f64,
        /// Where random choices begin
        #[arg(long, value_name = "N", default_value_t = 42)]
        seed: u64,
        /// The server [default: target/release/wire42]
        binary: Option<PathBuf>,
    },
    /// Be a process of readers for `stopped-readers`
    #[command(hide = true)]
    Reader {
        /// Of the server.
        port: u16,
        /// Readers.
        count: u32,
    },
}

impl Args {
    /// Gives the faults to be done.
    pub fn faults(&self) -> Vec<&'static Fault> {
        if self.only.is_empty() { FAULTS.iter().collect() } else { self.only.clone() }
    }

    /// Gives the server: the one that was named, or the one of this checkout.
    pub fn binary(given: Option<&Path>) -> PathBuf {
        given.map_or_else(|| root().join("target/release/wire42"), Path::to_owned)
    }

    /// Gives the directory for logs.
    pub fn scratch() -> PathBuf {
        root().join("target/faults")
    }
}

/// This program belongs to the checkout it was built from.
fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.ancestors().nth(2).unwrap_or(here).to_owned()
}

fn fault(name: &str) -> Result<&'static Fault, String> {
    let names = || FAULTS.iter().map(|fault| fault.name).collect::<Vec<_>>().join(", ");
    FAULTS.iter().find(|fault| fault.name == name).ok_or_else(|| format!("known are {}", names()))
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
    fn a_fault_that_is_not_known_is_refused() {
        assert!(Args::try_parse_from(["run", "--only", "stampede"]).is_ok());
        assert!(Args::try_parse_from(["run", "--only", "nothing"]).is_err());
    }
}
