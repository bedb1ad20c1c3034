//! `wire42 explain`: from where inputs come, and how what they mean is printed.
//!
//! ```text
//! arguments, a file, or standard input ──> Reader ──> a picture each, or a line of JSON each
//! ```

use std::fs::File;
use std::io::{self, BufRead, BufReader, IsTerminal as _, Read as _, Write};
use std::path::PathBuf;

use clap::{ArgAction, Args};
use wire42::explain::{Explanation, Reader};

use super::picture::{Ink, Picture};

/// What to explain.
#[derive(Args)]
pub(crate) struct Explain {
    /// Print this help
    #[arg(short, long, action = ArgAction::Help)]
    help: Option<bool>,
    /// Packets, polling bodies, or request lines
    ///
    /// Without any, they are read from standard input, one a line. In a body, ␞ may stand for the separator 0x1e.
    #[arg(value_name = "PACKET", conflicts_with = "file")]
    pub(super) packets: Vec<String>,
    /// File with one packet, body or request a line; - for standard input
    #[arg(long, value_name = "FILE")]
    pub(super) file: Option<PathBuf>,
    /// Print one line of JSON for each
    #[arg(long)]
    pub(super) json: bool,
}

/// What came of it.
pub(crate) enum Outcome {
    /// All inputs are in order.
    InOrder,
    /// One is broken.
    Broken,
}

impl Explain {
    /// Explains each input; an error is one sentence.
    pub(crate) fn run(&self) -> Result<Outcome, String> {
        let mut printer = Printer::new(self.json);
        let printed = match self.packets.is_empty() {
            true => printer.print_lines(self.file.as_ref()),
            false => self.packets.iter().try_for_each(|packet| printer.print(packet.as_bytes())),
        };
        match printed {
            Err(Stop::Failed(sentence)) => Err(sentence),
            Ok(()) | Err(Stop::Unread) if printer.is_broken => Ok(Outcome::Broken),
            Ok(()) | Err(Stop::Unread) => Ok(Outcome::InOrder),
        }
    }
}

/// Why nothing more is printed.
enum Stop {
    /// Whoever reads has read enough.
    Unread,
    /// Something failed, and so says the sentence.
    Failed(String),
}

/// Prints explanations to standard output.
struct Printer {
    reader: Reader,
    as_json: bool,
    ink: Ink,
    width: usize,
    is_first: bool,
    is_broken: bool,
}

impl Printer {
    fn new(as_json: bool) -> Self {
        let out = io::stdout();
        let is_terminal = out.is_terminal();
        // https://no-color.org
        let is_plain = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        let columns = terminal_size::terminal_size_of(out).map(|(columns, _)| usize::from(columns.0));
        Self {
            reader: Reader::default(),
            as_json,
            ink: if is_terminal && !is_plain { Ink::Colours } else { Ink::None },
            width: columns.unwrap_or(WIDTH).clamp(NARROWEST, WIDEST),
            is_first: true,
            is_broken: false,
        }
    }

    fn print_lines(&mut self, file: Option<&PathBuf>) -> Result<(), Stop> {
        let (name, lines): (_, Box<dyn BufRead>) = match file.filter(|file| file.as_os_str() != "-") {
            None => ("standard input".to_owned(), Box::new(io::stdin().lock())),
            Some(file) => {
                let name = file.display().to_string();
                let opened = File::open(file).map_err(|error| Stop::Failed(format!("{name}: {error}")))?;
                (name, Box::new(BufReader::new(opened)))
            }
        };
        let mut lines = lines;
        for number in 1.. {
            let mut line = Vec::new();
            let read = lines.by_ref().take(LONGEST + 1).read_until(b'\n', &mut line);
            match read.map_err(|error| Stop::Failed(format!("{name}: {error}")))? {
                0 => break,
                length if length as u64 > LONGEST => {
                    return Err(Stop::Failed(format!(
                        "{name}: line {number} is longer than {LONGEST} bytes"
                    )));
                }
                _ => {}
            }
            let line = line.strip_suffix(b"\n").unwrap_or(&line);
            let line = line.strip_suffix(b"\r").unwrap_or(line);
            // What is between two packets is not one.
            if !line.is_empty() {
                self.print(line)?;
            }
        }
        Ok(())
    }

    fn print(&mut self, input: &[u8]) -> Result<(), Stop> {
        let explanation = self.reader.explain_bytes(input);
        self.is_broken |= explanation.packets.iter().any(|packet| packet.error.is_some());
        let text = match self.as_json {
            true => serde_json::to_string(&explanation).expect("an explanation always serializes") + "\n",
            false => self.draw(&explanation),
        };
        io::stdout().write_all(text.as_bytes()).map_err(|error| match error.kind() {
            io::ErrorKind::BrokenPipe => Stop::Unread,
            _ => Stop::Failed(format!("standard output: {error}")),
        })
    }

    fn draw(&mut self, explanation: &Explanation) -> String {
        let count = explanation.packets.len() + explanation.omitted;
        let mut text = String::new();
        for (index, packet) in explanation.packets.iter().enumerate() {
            if !std::mem::take(&mut self.is_first) {
                text.push('\n');
            }
            let of = if count > 1 { Some((index + 1, count)) } else { None };
            Picture { packet, of, ink: self.ink, width: self.width }.draw(&mut text);
        }
        if explanation.omitted > 0 {
            text.push_str(&format!("\n{} packets behind these are left out\n", explanation.omitted));
        }
        text
    }
}

/// Bytes of a line: more than any packet that a server takes, unless it was told to.
const LONGEST: u64 = 16 * 1024 * 1024;

/// Columns where there is no terminal.
const WIDTH: usize = 100;

/// Columns in which words still fit, and those in which they can still be read.
const NARROWEST: usize = 60;
const WIDEST: usize = 140;
