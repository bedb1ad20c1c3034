//! The scenarios: each is a file that says what is done, how much of it, and what the columns mean.
//!
//! ```text
//! for each run, for each scenario, for each peer: a fresh process ──> Stage ──> Outcome
//! ```

mod burst;
mod connect;
mod history;
mod idle;
mod latency;
mod recovery;
mod rounds;
mod slow;
mod store;
mod upgrade;

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use clap::ValueEnum;
use rustix::process::{Resource, getrlimit};

use crate::outcome::Outcome;
use crate::peer::{Peer, Place, Role};
use crate::server::Server;

/// One of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
pub enum Scenario {
    /// 1,000 clients, the next message when all have the last.
    Rounds,
    /// 1,000 clients, 8 messages on their way.
    Burst,
    /// 500 clients, 50 messages a second, come what may.
    Latency,
    /// 4,000 clients come and go.
    Connect,
    /// 10,000 clients do nothing, then hear 1,000 messages.
    Idle,
    /// The cost of a message with 10, 100, 500 in the history.
    History,
    /// One of 200 clients does not read.
    Slow,
    /// 1,000 clients poll and move to a WebSocket.
    Upgrade,
    /// 1 to 256 writers wait until their message is stored; memory and disk.
    Store,
    /// 1,000 clients are cut off and come back at once as who they were.
    Recovery,
}

/// What a figure is called, and how it is shown.
#[derive(Clone, Copy, Debug)]
pub struct Column {
    /// In an [`Outcome`].
    pub key: &'static str,
    /// Above the column.
    pub heading: &'static str,
    /// Behind the point.
    pub digits: usize,
    /// Whose figures it is divided by in the columns beside it.
    pub by: &'static [&'static str],
}

impl Column {
    /// Gives the key of its figure in a row.
    pub fn key_in(self, row: Row) -> String {
        format!("{}{}", self.key, row.suffix)
    }
}

/// One of several measurements of the same kind.
#[derive(Clone, Copy, Debug)]
pub struct Row {
    /// Behind the keys of the columns.
    pub suffix: &'static str,
    /// Behind the peer's name.
    pub label: &'static str,
}

/// Where a scenario runs.
#[derive(Clone, Copy, Debug)]
pub struct Stage<'a> {
    /// The peer that is measured.
    pub peer: &'a Peer,
    /// Where it is.
    pub place: &'a Place,
    /// Takes what the peer prints.
    pub log: &'a Path,
    /// Small sizes, to try it out.
    pub quick: bool,
}

impl Scenario {
    /// Runs it.
    ///
    /// # Errors
    ///
    /// The peer did not start, ended, or said what is not the protocol.
    pub fn run(self, stage: Stage<'_>) -> io::Result<Outcome> {
        match self {
            Self::Rounds => rounds::run(stage),
            Self::Burst => burst::run(stage),
            Self::Latency => latency::run(stage),
            Self::Connect => connect::run(stage),
            Self::Idle => idle::run(stage),
            Self::History => history::run(stage),
            Self::Slow => slow::run(stage),
            Self::Upgrade => upgrade::run(stage),
            Self::Store => store::run(stage),
            Self::Recovery => recovery::run(stage),
        }
    }

    /// Gives the columns of its table.
    pub fn columns(self) -> &'static [Column] {
        match self {
            Self::Rounds => rounds::COLUMNS,
            Self::Burst => burst::COLUMNS,
            Self::Latency => latency::COLUMNS,
            Self::Connect => connect::COLUMNS,
            Self::Idle => idle::COLUMNS,
            Self::History => history::COLUMNS,
            Self::Slow => slow::COLUMNS,
            Self::Upgrade => upgrade::COLUMNS,
            Self::Store => store::COLUMNS,
            Self::Recovery => recovery::COLUMNS,
        }
    }

    /// Gives the rows that each peer has in it.
    pub fn rows(self) -> &'static [Row] {
        match self {
            Self::Store => store::ROWS,
            _ => &[Row { suffix: "", label: "" }],
        }
    }

    /// Says in a sentence what is done.
    pub fn sentence(self) -> &'static str {
        match self {
            Self::Rounds => rounds::SENTENCE,
            Self::Burst => burst::SENTENCE,
            Self::Latency => latency::SENTENCE,
            Self::Connect => connect::SENTENCE,
            Self::Idle => idle::SENTENCE,
            Self::History => history::SENTENCE,
            Self::Slow => slow::SENTENCE,
            Self::Upgrade => upgrade::SENTENCE,
            Self::Store => store::SENTENCE,
            Self::Recovery => recovery::SENTENCE,
        }
    }

    /// Gives the word for it on the command line.
    pub fn name(self) -> String {
        self.to_possible_value().map_or_else(String::new, |value| value.get_name().to_owned())
    }

    /// Says whether a peer is measured in it.
    pub fn suits(self, peer: &Peer) -> bool {
        match self {
            Self::Store | Self::Recovery => matches!(peer.role, Role::Recovering | Role::Durable),
            // Who knows no polling cannot upgrade from it.
            Self::Upgrade => peer.polls() && peer.role != Role::Durable,
            _ => peer.role != Role::Durable,
        }
    }
}

impl Stage<'_> {
    /// Starts the peer; it keeps this many messages.
    fn serve(self, history: u32) -> io::Result<Server> {
        Server::start(self.peer.start_command(self.place), history, self.log)
    }

    /// The same with some of what only few scenarios set, and a store that is empty.
    fn serve_with(self, history: u32, settings: &[(&str, &str)]) -> io::Result<Server> {
        let directory = self.empty_store()?;
        let mut command = self.peer.start_command(self.place);
        command.env("STORE", directory.join("history.db")).envs(settings.iter().copied());
        Server::start(command, history, self.log)
    }

    /// Where the store is: on the disk on which everything is built.
    fn store(self) -> PathBuf {
        self.place.build.join("bench/store")
    }

    fn empty_store(self) -> io::Result<PathBuf> {
        let directory = self.store();
        match fs::remove_dir_all(&directory) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        fs::create_dir_all(&directory)?;
        Ok(directory)
    }

    fn size<T>(self, full: T, quick: T) -> T {
        if self.quick { quick } else { full }
    }
}

/// Counts the clients that this process has descriptors for, with some to spare; the server needs as many.
fn clients_at_most() -> usize {
    let limit = getrlimit(Resource::Nofile).current.unwrap_or(u64::MAX);
    usize::try_from(limit).unwrap_or(usize::MAX).saturating_sub(SPARE_DESCRIPTORS)
}

/// Listeners, logs, libraries, /proc.
const SPARE_DESCRIPTORS: usize = 100;

/// As much as people write in a chat.
const TEXT_LEN: usize = 40;

const fn plain(key: &'static str, heading: &'static str, digits: usize) -> Column {
    Column { key, heading, digits, by: &[] }
}

/// What the floor has, too.
const fn compared(key: &'static str, heading: &'static str, digits: usize) -> Column {
    Column { key, heading, digits, by: &["wire42", "floor"] }
}

/// What the floor has not.
const fn compared_to_ours(key: &'static str, heading: &'static str, digits: usize) -> Column {
    Column { key, heading, digits, by: &["wire42"] }
}
