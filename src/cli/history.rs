//! `wire42 history`: what is in a file of `--store sqlite:FILE`, for people and as lines of JSON; and such lines into a file.
//!
//! ```text
//! FILE ─┬─> / 1 2026-11-22 10:35:12Z John: Hello
//!       └─> {"room":"/","position":1,"time":1795345598,"message":{…}} ──> FILE
//! ```

mod line;

use std::collections::HashMap;
use std::io::{self, BufRead, BufWriter, Read as _, Write};
use std::ops::ControlFlow;
use std::path::PathBuf;

use clap::{ArgAction, Args};
use wire42::socket_io::Namespace;
use wire42::sqlite::{self, OpenError, Options, Sqlite};
use wire42::store::{Position, Record};

/// What to read, and how to show it.
#[derive(Args)]
pub(crate) struct History {
    /// Print this help
    #[arg(short, long, action = ArgAction::Help)]
    help: Option<bool>,
    /// The file of --store sqlite:FILE
    ///
    /// It may be read while a server has it, and is not changed.
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Print lines of JSON, with each message as it is stored
    ///
    /// {"room":"/","position":1,"time":1795345598,"message":{…}}; the time is in seconds since 1970. Who may come back is not
    /// in them.
    #[arg(long, conflicts_with = "import")]
    export: bool,
    /// Read such lines from standard input into the file
    ///
    /// All of them, or none if one is wrong. The file is made if there is none; no server may have it. In a room in which
    /// something was said already they go on behind it; else they keep their positions.
    #[arg(long, conflicts_with_all = ["room", "last"])]
    import: bool,
    /// One room alone
    #[arg(long, value_name = "NAME")]
    room: Option<String>,
    /// The last messages of each room alone
    #[arg(long, value_name = "N")]
    last: Option<u64>,
}

impl History {
    /// Finds nothing wrong: this build can do it.
    pub(crate) fn check(&self) -> Result<(), String> {
        Ok(())
    }

    /// Prints or imports; an error is one sentence.
    pub(crate) fn run(&self) -> Result<(), String> {
        let result = match self.import {
            true => self.import(io::stdin().lock()).map(|count| println!("{count} messages")),
            false => self.print(&mut BufWriter::new(io::stdout().lock())),
        };
        match result {
            Ok(()) | Err(Stop::Unread) => Ok(()),
            Err(Stop::Failed(sentence)) => Err(sentence),
            Err(Stop::File(error)) => Err(format!("{}: {error}", self.file.display())),
        }
    }

    fn print(&self, out: &mut impl Write) -> Result<(), Stop> {
        let history = sqlite::History::open(&self.file)?;
        let mut rooms = history.rooms()?;
        if let Some(name) = &self.room {
            rooms.retain(|room| room.as_str() == name);
            if rooms.is_empty() {
                return Err(Stop::Failed(format!("{}: nobody spoke in {name}", self.file.display())));
            }
        }
        let mut damage = None;
        for room in &rooms {
            let mut printed = Ok(());
            let read = history.read(room, self.last, |record| {
                printed = match self.export {
                    true => writeln!(out, "{}", line::write(room, &record)),
                    false => writeln!(out, "{}", line::show(room, &record)),
                };
                if printed.is_ok() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
            });
            printed?;
            // The rooms behind it may be whole.
            damage = damage.or(read.err());
        }
        out.flush()?;
        damage.map_or(Ok(()), |error| Err(error.into()))
    }

    fn import(&self, input: impl BufRead) -> Result<u64, Stop> {
        Sqlite::open(&self.file, Options::default())?.import(lines(input))
    }
}

/// Why it ends.
enum Stop {
    /// Whoever reads has read enough.
    Unread,
    /// The file is not as it should be.
    File(OpenError),
    /// Something else, and so says the sentence.
    Failed(String),
}

impl From<OpenError> for Stop {
    fn from(error: OpenError) -> Self {
        Stop::File(error)
    }
}

impl From<io::Error> for Stop {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::BrokenPipe => Stop::Unread,
            _ => Stop::Failed(format!("standard output: {error}")),
        }
    }
}

/// Reads lines until one is wrong.
fn lines(mut input: impl BufRead) -> impl Iterator<Item = Result<(Namespace, Record), Stop>> {
    let mut seen: HashMap<Namespace, Position> = HashMap::new();
    let mut number = 0u64;
    std::iter::from_fn(move || {
        number += 1;
        let mut text = Vec::new();
        let read = input.by_ref().take(LONGEST + 1).read_until(b'\n', &mut text);
        match read {
            Ok(0) => return None,
            Err(error) => return Some(Err(Stop::Failed(format!("standard input: {error}")))),
            Ok(_) => {}
        }
        let text = text.strip_suffix(b"\n").unwrap_or(&text);
        let message =
            line::parse(text).and_then(|(room, record)| match seen.insert(room.clone(), record.position) {
                Some(before) if before >= record.position => {
                    Err(format!("position {} comes behind {before}", record.position))
                }
                _ => Ok((room, record)),
            });
        Some(message.map_err(|sentence| Stop::Failed(format!("standard input, line {number}: {sentence}"))))
    })
}

/// Bytes of a line: more than any message that a server takes, unless it was told to.
const LONGEST: u64 = 16 * 1024 * 1024;

#[cfg(test)]
mod tests;
