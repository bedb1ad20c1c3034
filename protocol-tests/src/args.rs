//! The command line.

use std::path::PathBuf;

use clap::{Args as Group, Parser, Subcommand};
use protocol_tests::case::{Level, Profile};
use protocol_tests::notation::Transport;

/// Plays the fixtures of Socket.IO v5 and Engine.IO v4 against a server, and judges it.
#[derive(Debug, Parser)]
#[command(version)]
pub(crate) struct Args {
    /// The directory of the chapters
    #[arg(long, global = true, value_name = "DIR", default_value = concat!(env!("CARGO_MANIFEST_DIR"), "/../fixtures"))]
    pub(crate) fixtures: PathBuf,
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
#[expect(clippy::large_enum_variant, reason = "there is one of it")]
pub(crate) enum Command {
    /// Plays the cases against a server
    Run(RunArgs),
    /// Lists the runs
    List(Filter),
    /// Prints a case
    Show {
        /// Its id; `*` stands for anything
        id: String,
    },
    /// Checks the chapters
    Lint,
}

/// Which runs.
#[derive(Debug, Group)]
pub(crate) struct Filter {
    /// Only these ids; `*` stands for anything
    #[arg(long, value_name = "GLOB", value_delimiter = ',')]
    pub(crate) only: Vec<String>,
    /// Not these ids
    #[arg(long, value_name = "GLOB", value_delimiter = ',')]
    pub(crate) skip: Vec<String>,
    /// Only these levels [default: must,should,info]
    #[arg(long, value_delimiter = ',', value_parser = level)]
    pub(crate) level: Vec<Level>,
    /// Only these transports, of cases that run over several
    #[arg(long, value_delimiter = ',', value_parser = transport)]
    pub(crate) transport: Vec<Transport>,
}

/// The target, and how to play.
#[derive(Debug, Group)]
pub(crate) struct RunArgs {
    /// Where the server is, such as http://127.0.0.1:3030
    #[arg(long)]
    url: String,
    /// The server's path
    #[arg(long, default_value = "/socket.io/")]
    pub(crate) path: String,
    /// The contracts that its application keeps
    #[arg(long, value_delimiter = ',', default_value = "core", value_parser = profile)]
    pub(crate) profile: Vec<Profile>,
    #[command(flatten)]
    pub(crate) filter: Filter,
    /// How many cases at once
    #[arg(long, default_value_t = 8)]
    pub(crate) jobs: usize,
    /// What the target has, in the words of `needs`
    #[arg(long, value_name = "WORD", value_delimiter = ',')]
    pub(crate) has: Vec<String>,
    /// The shape of namespaces that nobody used before, such as /kit-*
    #[arg(long, value_name = "SHAPE")]
    pub(crate) rooms: Option<String>,
    /// A header line of every request
    #[arg(long, value_name = "NAME: VALUE", value_parser = header)]
    pub(crate) header: Vec<(String, String)>,
    /// How long a case may take, in seconds; longer ones are TOO SLOW
    #[arg(long, default_value_t = 20)]
    pub(crate) budget: u64,
    /// How long an answer may take, in milliseconds
    #[arg(long, default_value_t = 3000)]
    pub(crate) patience: u64,
    /// How late a deadline may be, in milliseconds
    #[arg(long, default_value_t = 250)]
    pub(crate) tolerance: u64,
    /// The server's connectTimeout, in milliseconds
    #[arg(long, default_value_t = 45_000)]
    pub(crate) connect_timeout: u64,
    /// The server's upgradeTimeout, in milliseconds
    #[arg(long, default_value_t = 10_000)]
    pub(crate) upgrade_timeout: u64,
    /// How many lines of the wire to print for a failure
    #[arg(long, default_value_t = 12)]
    pub(crate) trace: usize,
    /// Tells of each run when it ends
    #[arg(long, short)]
    pub(crate) verbose: bool,
}

impl RunArgs {
    /// The host and the port of the URL.
    pub(crate) fn host(&self) -> Result<String, String> {
        let rest = self.url.strip_prefix("http://").or_else(|| self.url.strip_prefix("ws://"));
        let rest = rest.ok_or_else(|| format!("{} is no http:// URL", self.url))?;
        let authority = rest.split('/').next().unwrap_or("");
        let has_port = authority.rsplit_once(':').is_some_and(|(_, port)| port.parse::<u16>().is_ok());
        Ok(if has_port { authority.to_owned() } else { format!("{authority}:80") })
    }
}

fn level(name: &str) -> Result<Level, String> {
    Level::named(name).ok_or_else(|| "must, should, info, ours or reference".to_owned())
}

fn profile(name: &str) -> Result<Profile, String> {
    Profile::named(name).ok_or_else(|| "core, echo, engine-echo, plus, chat or recovery".to_owned())
}

fn transport(name: &str) -> Result<Transport, String> {
    Transport::named(name).ok_or_else(|| "websocket, polling or upgrade".to_owned())
}

fn header(line: &str) -> Result<(String, String), String> {
    let (name, value) = line.split_once(':').ok_or("NAME: VALUE")?;
    Ok((name.trim().to_owned(), value.trim().to_owned()))
}
