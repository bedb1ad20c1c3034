//! Lines to standard error, written by a thread of their own.
//!
//! ```text
//! task ── line ──> [ so many lines, so many bytes ] ──> thread ──> standard error
//!                    full: dropped, and counted
//! ```
//!
//! A pipe that nobody reads is full after 64 KiB, and a write to it waits for ever: a task that did that would take a part
//! of the server with it.

use std::io::{self, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::mpsc::{self, Receiver, SyncSender, TrySendError};
use std::thread;
use std::time::Duration;

/// The way to the thread, for any who has a line: a `T`, of which the thread makes the text.
pub(crate) struct Lines<T> {
    waiting: SyncSender<Waiting<T>>,
    backlog: Arc<Backlog>,
}

/// Lines of one kind.
pub(crate) struct Kind<T> {
    /// What they are lines of.
    pub(crate) name: &'static str,
    /// As many may wait to be written.
    pub(crate) most: usize,
    /// Makes the text of a line, with its end.
    pub(crate) text: fn(T) -> Vec<u8>,
}

enum Waiting<T> {
    /// A line, and how many bytes it is counted as.
    Line(T, usize),
    /// Everything before it was written: tell whoever waits.
    End(SyncSender<()>),
}

#[derive(Default)]
struct Backlog {
    bytes: AtomicUsize,
    dropped: AtomicU64,
}

impl<T: Send + 'static> Lines<T> {
    /// Starts the thread.
    pub(crate) fn start(kind: Kind<T>, out: impl Write + Send + 'static) -> Self {
        let (waiting, lines) = mpsc::sync_channel(kind.most);
        let backlog = Arc::new(Backlog::default());
        let written = backlog.clone();
        thread::spawn(move || write(&lines, &written, &kind, out));
        Self { waiting, backlog }
    }

    /// Hands a line on, which is made only if there is room for as many bytes as it holds.
    pub(crate) fn push(&self, bytes: usize, line: impl FnOnce() -> T) {
        if self.backlog.bytes.fetch_add(bytes, Ordering::Relaxed) < MOST_BYTES {
            match self.waiting.try_send(Waiting::Line(line(), bytes)) {
                Ok(()) | Err(TrySendError::Disconnected(_)) => return,
                Err(TrySendError::Full(_)) => {}
            }
        }
        self.backlog.bytes.fetch_sub(bytes, Ordering::Relaxed);
        self.backlog.dropped.fetch_add(1, Ordering::Relaxed);
    }

    /// Waits a moment for what was handed on last.
    pub(crate) fn finish(self) {
        let (told, is_done) = mpsc::sync_channel(1);
        if self.waiting.try_send(Waiting::End(told)).is_ok() {
            // If standard error is stuck, the last lines are lost.
            let _ = is_done.recv_timeout(LAST_LINES);
        }
    }
}

impl<T> Clone for Lines<T> {
    fn clone(&self) -> Self {
        Self { waiting: self.waiting.clone(), backlog: self.backlog.clone() }
    }
}

fn write<T>(lines: &Receiver<Waiting<T>>, backlog: &Backlog, kind: &Kind<T>, mut out: impl Write) {
    for line in lines {
        // If standard error is closed, there is nobody to be told.
        let _ = match line {
            Waiting::Line(line, bytes) => {
                backlog.bytes.fetch_sub(bytes, Ordering::Relaxed);
                out.write_all(&(kind.text)(line))
            }
            Waiting::End(told) => told.try_send(()).map_err(io::Error::other),
        };
        let lost = backlog.dropped.swap(0, Ordering::Relaxed);
        if lost > 0 {
            let _ = out.write_all(sentence(lost, kind.name).as_bytes());
        }
    }
}

fn sentence(lost: u64, name: &str) -> String {
    format!("lines of the {name} that were dropped, as more came than were read in time: {lost}\n")
}

/// Bytes that may wait to be written, and one line more.
const MOST_BYTES: usize = 4 * 1024 * 1024;

/// For the last lines when the process ends.
const LAST_LINES: Duration = Duration::from_millis(100);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_written_in_order() {
        let (lines, reader) = start(8);
        ["a\n", "b\n"].iter().for_each(|line| push(&lines, line));
        assert_eq!([reader.read(), reader.read()], ["a\n", "b\n"]);
    }

    #[test]
    fn lines_for_which_there_is_no_room_are_dropped_and_told() {
        let (lines, reader) = start(2);
        push(&lines, "first\n");
        reader.sees_one();
        // The first is on its way out, two wait, and three are too many.
        ["a\n", "b\n", "c\n", "d\n", "e\n"].iter().for_each(|line| push(&lines, line));
        assert_eq!(reader.read(), "first\n");
        assert_eq!(reader.read(), sentence(3, "test"));
        assert_eq!([reader.read(), reader.read()], ["a\n", "b\n"]);
    }

    #[test]
    fn a_line_is_not_made_when_too_many_bytes_wait() {
        let (lines, reader) = start(8);
        push(&lines, "first\n");
        reader.sees_one();
        lines.push(MOST_BYTES, || "large\n");
        lines.push(1, || panic!("there is no room for it"));
        assert_eq!(reader.read(), "first\n");
        assert_eq!(reader.read(), sentence(1, "test"));
        assert_eq!(reader.read(), "large\n");
        push(&lines, "small again\n");
        assert_eq!(reader.read(), "small again\n");
    }

    fn start(most: usize) -> (Lines<&'static str>, Reader) {
        let ((begun, begins), (written, writes)) = (mpsc::channel(), mpsc::sync_channel(0));
        let kind = Kind { name: "test", most, text: |line: &str| line.as_bytes().to_owned() };
        (Lines::start(kind, Pipe { begun, written }), Reader { begins, writes })
    }

    fn push(lines: &Lines<&'static str>, line: &'static str) {
        lines.push(line.len(), || line);
    }

    /// Takes a write when somebody reads, and holds it until then.
    struct Pipe {
        begun: mpsc::Sender<()>,
        written: SyncSender<String>,
    }

    impl Write for Pipe {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            let text = String::from_utf8_lossy(bytes).into_owned();
            // A test that is over reads no more.
            let _ = self.begun.send(());
            self.written.send(text).map_err(io::Error::other)?;
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    struct Reader {
        begins: Receiver<()>,
        writes: Receiver<String>,
    }

    impl Reader {
        /// Waits until a write has begun.
        fn sees_one(&self) {
            self.begins.recv().unwrap();
        }

        fn read(&self) -> String {
            self.writes.recv().unwrap()
        }
    }
}
