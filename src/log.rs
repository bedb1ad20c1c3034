//! The log: what `RUST_LOG` asks for, as [lines](crate::lines) to standard error.

use std::io::{self, IsTerminal as _, Write};

use tracing_subscriber::filter::Targets;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

use crate::lines::{Kind, Lines};

/// The log, for as long as the process runs.
pub(crate) struct Log {
    lines: Lines<Vec<u8>>,
}

impl Log {
    /// Logs what `RUST_LOG` asks for: `level` or `target=level`, with commas between; without it, `info`.
    ///
    /// # Errors
    ///
    /// One sentence, when `RUST_LOG` makes no sense.
    pub(crate) fn start() -> Result<Log, String> {
        let wanted = std::env::var("RUST_LOG").unwrap_or_else(|_| "info".to_owned());
        let targets: Targets = wanted.parse().map_err(|error| format!("RUST_LOG={wanted}: {error}"))?;
        let lines = Lines::start(Kind { name: "log", most: WAITING, text: |line| line }, io::stderr());
        let writer = Writers(lines.clone());
        let layer =
            tracing_subscriber::fmt::layer().with_writer(writer).with_ansi(io::stderr().is_terminal());
        tracing_subscriber::registry().with(targets).with(layer).init();
        Ok(Log { lines })
    }

    /// Waits a moment for what was logged last.
    pub(crate) fn finish(self) {
        self.lines.finish();
    }
}

/// Makes a writer for each line.
struct Writers(Lines<Vec<u8>>);

impl<'a> MakeWriter<'a> for Writers {
    type Writer = LineWriter<'a>;

    fn make_writer(&'a self) -> LineWriter<'a> {
        LineWriter { lines: &self.0, text: Vec::new() }
    }
}

/// Gathers one line, and hands it on when it is dropped.
struct LineWriter<'a> {
    lines: &'a Lines<Vec<u8>>,
    text: Vec<u8>,
}

impl Write for LineWriter<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.text.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Drop for LineWriter<'_> {
    fn drop(&mut self) {
        let line = std::mem::take(&mut self.text);
        self.lines.push(line.len(), || line);
    }
}

/// Lines that may wait to be written.
const WAITING: usize = 1024;
