//! The command line.

use std::path::PathBuf;

use clap::{Args as Group, Parser, Subcommand};
use protocol_tests::case::{Level, Profile};
use protocol_tests::notation::Transport;
use protocol_tests::report::Format;

use crate::help;

/// Plays the fixtures of Socket.IO v5 and Engine.IO v4 against a server in any language, and judges it.
#[derive(Debug, Parser)]
#[command(version, after_help = help::START, after_long_help = help::START)]
pub(crate) struct Args {
    /// A directory of chapters, in place of those in this program
    #[arg(long, global = true, value_name = "DIR")]
    pub(crate) fixtures: Option<PathBuf>,
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
#[expect(clippy::large_enum_variant, reason = "there is one of it")]
pub(crate) enum Command {
    /// Plays the cases against a server
    #[command(after_long_help = help::RUN, after_help = help::MORE)]
    Run(RunArgs),
    /// Looks at a server: is it there, does it greet, what are its times, which contracts does it seem to keep
    Doctor {
        #[command(flatten)]
        place: Place,
        #[command(flatten)]
        times: Times,
    },
    /// Plays the cases on the core of wire42, the server of this project, in virtual time
    Core(CoreArgs),
    /// Lets many clients, a failing network, a disk that forgets and sudden ends loose on the core of wire42, each world decided
    /// by a seed
    Simulate(SimulateArgs),
    /// Judges another implementation's packet codec, through a program that speaks lines of JSON
    Codec(CodecArgs),
    /// Compares our own packet codec with the reference's, on generated wires, and explains every difference
    Differential(DifferentialArgs),
    /// Puts the results of many targets side by side, as one page and as a table in Markdown
    Matrix {
        /// What `run --format json` wrote
        #[arg(required = true)]
        results: Vec<PathBuf>,
        /// A directory with a NAME.md of notes for results/NAME.json
        #[arg(long, value_name = "DIR")]
        notes: Option<PathBuf>,
        /// Where to write
        #[arg(long, short, value_name = "DIR")]
        output: PathBuf,
    },
    /// Lists the runs
    List(Filter),
    /// Prints a case as it stands in its chapter
    Show {
        /// Its id; `*` stands for anything
        id: String,
    },
    /// Checks the chapters
    Lint,
    /// Prints the cases as JSON, for runners in other languages
    Export {
        /// Writes the cases and their schemas into a directory instead
        #[arg(long, short, value_name = "DIR")]
        output: Option<PathBuf>,
    },
}

/// Which runs.
#[derive(Debug, Default, Group)]
#[command(next_help_heading = "Which cases")]
pub(crate) struct Filter {
    /// Only these ids; `*` stands for anything
    #[arg(long, value_name = "GLOB", value_delimiter = ',')]
    pub(crate) only: Vec<String>,
    /// Not these ids
    #[arg(long, value_name = "GLOB", value_delimiter = ',')]
    pub(crate) skip: Vec<String>,
    /// Only these levels: must, should, info, ours, reference [default: must,should,info]
    #[arg(long, value_name = "LEVEL", value_delimiter = ',', value_parser = level)]
    pub(crate) level: Vec<Level>,
    /// Only these transports, of cases that run over several: websocket, polling, upgrade
    #[arg(long, value_name = "TRANSPORT", value_delimiter = ',', value_parser = transport)]
    pub(crate) transport: Vec<Transport>,
}

/// Where the server is, and what it wants to hear.
#[derive(Debug, Default, Group)]
#[command(next_help_heading = "The server")]
pub(crate) struct Place {
    /// Where it is, such as http://127.0.0.1:3030
    #[arg(long, required_unless_present = "spawn", conflicts_with = "spawn")]
    pub(crate) url: Option<String>,
    /// Starts it: a shell command that listens on port $PORT of this machine. It is started again when it died, and before
    /// each case that needs a server without a past; at the end it is killed with all that it started
    #[arg(long, value_name = "COMMAND")]
    pub(crate) spawn: Option<String>,
    /// Its path [default: that of the URL, or /socket.io/]
    #[arg(long)]
    pub(crate) path: Option<String>,
    /// A header line of every request; may be given again
    #[arg(long, value_name = "NAME: VALUE", value_parser = header)]
    pub(crate) header: Vec<(String, String)>,
    /// Something for the query of every request; may be given again
    #[arg(long, value_name = "NAME=VALUE", value_parser = pair)]
    pub(crate) query: Vec<String>,
    /// What is sent along when a case joins the main namespace with nothing of its own
    #[arg(long, value_name = "JSON", value_parser = json)]
    pub(crate) auth: Option<String>,
    /// The namespace to play in where the cases say `/`
    #[arg(long, value_name = "/NAME", value_parser = namespace)]
    pub(crate) namespace: Option<String>,
    /// Takes any certificate
    #[arg(long)]
    pub(crate) insecure: bool,
    /// Plays the cases that attack (robust/*, cve/*) on a server that is not on this machine, too: ask its owner first
    #[arg(long)]
    pub(crate) attack: bool,
}

/// How long things may take.
#[derive(Debug, Default, Group)]
#[command(next_help_heading = "Times")]
pub(crate) struct Times {
    /// How long a case may take, in seconds; longer ones are listed as TOO SLOW
    #[arg(long, value_name = "S", default_value_t = 20)]
    pub(crate) budget: u64,
    /// How long an answer may take where the case does not say, in milliseconds
    #[arg(long, value_name = "MS", default_value_t = 3000)]
    pub(crate) patience: u64,
    /// How late a deadline may be, in milliseconds
    #[arg(long, value_name = "MS", default_value_t = 250)]
    pub(crate) tolerance: u64,
    /// Multiplies all times but the server's own: for a slow machine, or a server far away
    #[arg(long, value_name = "FACTOR", default_value_t = 1.0, value_parser = factor)]
    pub(crate) time_scale: f64,
    /// The server's connectTimeout, in milliseconds
    #[arg(long, value_name = "MS", default_value_t = 45_000)]
    pub(crate) connect_timeout: u64,
    /// The server's upgradeTimeout, in milliseconds
    #[arg(long, value_name = "MS", default_value_t = 10_000)]
    pub(crate) upgrade_timeout: u64,
}

/// The target, and how to play.
#[derive(Debug, Group)]
pub(crate) struct RunArgs {
    #[command(flatten)]
    pub(crate) place: Place,
    /// The contracts that its application keeps: core, echo, engine-echo, plus, chat, recovery
    #[arg(long, help_heading = "The server", value_delimiter = ',', default_value = "core", value_parser = profile)]
    pub(crate) profile: Vec<Profile>,
    /// What it has, in the words of `needs`, such as cors
    #[arg(long, help_heading = "The server", value_name = "WORD", value_delimiter = ',')]
    pub(crate) has: Vec<String>,
    /// The shape of namespaces that nobody used before, such as '/kit-*'
    #[arg(long, help_heading = "The server", value_name = "SHAPE")]
    pub(crate) rooms: Option<String>,
    /// The list of what is known to fail: an id and a reason a line. One that passes is an error
    #[arg(long, help_heading = "The server", value_name = "FILE")]
    pub(crate) known: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) filter: Filter,
    #[command(flatten)]
    pub(crate) times: Times,
    /// How many cases at once
    #[arg(long, default_value_t = 8, value_parser = at_least_one)]
    pub(crate) jobs: usize,
    /// How often each case is played; FLAKY if that does not always come to the same
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = at_least_one)]
    pub(crate) repeat: usize,
    #[command(flatten)]
    pub(crate) reports: Reports,
}

/// What is told, and where.
#[derive(Debug, Group)]
#[command(next_help_heading = "Reports")]
pub(crate) struct Reports {
    /// text, junit, json, html; several with -o
    #[arg(long, value_delimiter = ',', default_value = "text", value_parser = format)]
    pub(crate) format: Vec<Format>,
    /// Writes report.txt, report.xml, report.json, report.html into a directory; the text goes to the terminal, too
    #[arg(long, short, value_name = "DIR")]
    pub(crate) output: Option<PathBuf>,
    /// The server's name in the reports [default: the URL or the command]
    #[arg(long)]
    pub(crate) name: Option<String>,
    /// Whose wire to print in the text: failures, all
    #[arg(long, default_value = "failures", value_parser = ["failures", "all"])]
    pub(crate) trace: String,
    /// How many last lines of a wire
    #[arg(long, value_name = "N", default_value_t = 12)]
    pub(crate) lines: usize,
    /// Tells of each run when it ends
    #[arg(long, short)]
    pub(crate) verbose: bool,
}

/// What to play on our own core.
#[derive(Debug, Group)]
pub(crate) struct CoreArgs {
    #[command(flatten)]
    pub(crate) filter: Filter,
    #[command(flatten)]
    pub(crate) reports: Reports,
}

/// Which worlds to live through.
#[derive(Debug, Group)]
pub(crate) struct SimulateArgs {
    /// How many
    #[arg(long, value_name = "N", default_value_t = 1_000)]
    pub(crate) seeds: u64,
    /// The first seed
    #[arg(long, value_name = "SEED", default_value_t = 0)]
    pub(crate) from: u64,
    /// Clients in each
    #[arg(long, value_name = "N", default_value_t = 40, value_parser = at_least_one)]
    pub(crate) clients: usize,
    /// What clients do of their own accord; what that causes comes on top
    #[arg(long, value_name = "N", default_value_t = 400)]
    pub(crate) steps: usize,
    /// Prints the whole transcript of the first one instead
    #[arg(long)]
    pub(crate) transcript: bool,
}

/// Another implementation's codec.
#[derive(Debug, Group)]
pub(crate) struct CodecArgs {
    /// The program: a shell command
    #[arg(long, value_name = "COMMAND")]
    pub(crate) adapter: String,
    /// How long one answer may take, in milliseconds
    #[arg(long, value_name = "MS", default_value_t = 3000)]
    pub(crate) patience: u64,
    /// How long the first answer may take, in milliseconds
    #[arg(long, value_name = "MS", default_value_t = 30_000)]
    pub(crate) startup: u64,
    #[command(flatten)]
    pub(crate) filter: Filter,
}

/// How many wires, and who else reads them.
#[derive(Debug, Group)]
pub(crate) struct DifferentialArgs {
    /// The reference: a shell command
    #[arg(long, value_name = "COMMAND")]
    pub(crate) adapter: String,
    /// How many wires to make
    #[arg(long, value_name = "N", default_value_t = 100_000, value_parser = at_least_one)]
    pub(crate) packets: usize,
    /// What determines them
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub(crate) seed: u64,
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

fn format(name: &str) -> Result<Format, String> {
    Format::named(name).ok_or_else(|| "text, junit, json or html".to_owned())
}

fn header(line: &str) -> Result<(String, String), String> {
    let (name, value) = line.split_once(':').ok_or("NAME: VALUE")?;
    if line.contains(['\r', '\n']) {
        return Err("one line".to_owned());
    }
    Ok((name.trim().to_owned(), value.trim().to_owned()))
}

fn pair(text: &str) -> Result<String, String> {
    let is_clean =
        text.contains('=') && !text.contains(|c: char| c.is_whitespace() || c == '#' || !c.is_ascii());
    if is_clean { Ok(text.to_owned()) } else { Err("NAME=VALUE, percent-encoded".to_owned()) }
}

fn json(text: &str) -> Result<String, String> {
    protocol_tests::json::Json::read(text).map(|_| text.to_owned()).map_err(|unread| unread.expected)
}

fn namespace(name: &str) -> Result<String, String> {
    if name == "/" {
        return Ok(String::new());
    }
    let is_name = name.starts_with('/') && !name.contains(',');
    if is_name { Ok(name.to_owned()) } else { Err("a slash, and a name without a comma".to_owned()) }
}

fn factor(text: &str) -> Result<f64, String> {
    text.parse().ok().filter(|factor| (0.1..=100.0).contains(factor)).ok_or_else(|| "0.1 to 100".to_owned())
}

fn at_least_one(text: &str) -> Result<usize, String> {
    text.parse().ok().filter(|count| *count > 0).ok_or_else(|| "a whole number, at least 1".to_owned())
}
