//! The log: lines to standard error, written by a thread of its own.
//!
//! ```text
//! task ── line ──> [ 1024 lines ] ──> thread ──> standard error
//!                  full: dropped, and counted
//! ```
//!
//! A pipe that nobody reads is full after 64 KiB, and a write to it waits for ever: a task that did that would take a part
//! of the server with it.

use std::io::{self, IsTerminal as _, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{self, Receiver, SyncSender, TrySendError};
use std::thread;
use std::time::Duration;

use tracing_subscriber::filter::Targets;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

/// The log, for as long as the process runs.
pub(crate) struct Log {
    lines: SyncSender<Line>,
}

enum Line {
    Text(Vec<u8>),
    /// Everything before it was written: tell whoever waits.
    End(SyncSender<()>),
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
        let (lines, written) = mpsc::sync_channel(WAITING);
        let dropped = Arc::new(AtomicU64::new(0));
        let writer = Lines { lines: lines.clone(), dropped: dropped.clone() };
        thread::spawn(move || write(&written, &dropped));
        let layer =
            tracing_subscriber::fmt::layer().with_writer(writer).with_ansi(io::stderr().is_terminal());
        tracing_subscriber::registry().with(targets).with(layer).init();
        Ok(Log { lines })
    }

    /// Waits a moment for what was logged last.
    pub(crate) fn finish(self) {
        let (told, is_done) = mpsc::sync_channel(1);
        if self.lines.try_send(Line::End(told)).is_ok() {
            // If standard error is stuck, the last lines are lost.
            let _ = is_done.recv_timeout(LAST_LINES);
        }
    }
}

fn write(lines: &Receiver<Line>, dropped: &AtomicU64) {
    let mut out = io::stderr();
    for line in lines {
        // If standard error is closed, there is nobody to be told.
        let _ = match line {
            Line::Text(text) => out.write_all(&text),
            Line::End(told) => told.try_send(()).map_err(io::Error::other),
        };
        let lost = dropped.swap(0, Ordering::Relaxed);
        if lost > 0 {
            let _ = writeln!(out, "{lost} lines of the log were dropped: nobody read them in time");
        }
    }
}

/// Makes a writer for each line.
struct Lines {
    lines: SyncSender<Line>,
    dropped: Arc<AtomicU64>,
}

impl<'a> MakeWriter<'a> for Lines {
    type Writer = LineWriter<'a>;

    fn make_writer(&'a self) -> LineWriter<'a> {
        LineWriter { lines: self, text: Vec::new() }
    }
}

/// Gathers one line, and hands it on when it is dropped.
struct LineWriter<'a> {
    lines: &'a Lines,
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
        let line = Line::Text(std::mem::take(&mut self.text));
        if let Err(TrySendError::Full(_)) = self.lines.lines.try_send(line) {
            self.lines.dropped.fetch_add(1, Ordering::Relaxed);
        }
    }
}

/// Lines that may wait to be written.
const WAITING: usize = 1024;

/// For the last lines when the process ends.
const LAST_LINES: Duration = Duration::from_millis(100);
