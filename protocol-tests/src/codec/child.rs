//! A child process that answers lines: everything it may do to us is bounded in time and in size.
//!
//! ```text
//!            thread: writes              thread: reads lines            thread: keeps the last lines
//! send ──────────────────────> stdin ─ child ─ stdout ──────────> line        stderr ──────────> last words
//! ```
//!
//! The child is a shell with a process group of its own: stopping it stops what the shell has started.

use std::collections::VecDeque;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::process::{Command, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::thread;
use std::time::{Duration, Instant};

/// The process and the threads that speak with it.
pub(super) struct Child {
    process: std::process::Child,
    is_gone: bool,
    requests: Sender<String>,
    answers: Receiver<Result<String, String>>,
    last_words: Receiver<String>,
}

/// Why there is no line.
#[derive(Debug)]
pub(super) enum Silence {
    TooLate,
    Ended,
    Unreadable(String),
}

/// How a child ended.
#[derive(Debug)]
pub(super) struct End {
    /// `exit status: 1`
    pub(super) status: String,
    /// What it wrote to standard error at last, behind a colon; or nothing.
    pub(super) last_words: String,
}

impl Child {
    pub(super) fn start(command: &str) -> io::Result<Child> {
        let mut shell = Command::new("sh");
        shell.args(["-c", command]).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(&mut shell, 0);
        let mut process = shell.spawn()?;
        let taken = "the pipe was asked for and is taken once";
        let mut stdin = process.stdin.take().expect(taken);
        let stdout = process.stdout.take().expect(taken);
        let stderr = process.stderr.take().expect(taken);
        let (requests, to_write) = mpsc::channel::<String>();
        // Writing may block when nobody reads; the thread ends with the sender, or with the pipe.
        thread::spawn(move || {
            while let Ok(line) = to_write.recv()
                && stdin.write_all(line.as_bytes()).and_then(|()| stdin.flush()).is_ok()
            {}
        });
        let (read, answers) = mpsc::sync_channel(LINES_AHEAD);
        thread::spawn(move || {
            let mut stdout = BufReader::new(stdout);
            while let Some(line) = read_line(&mut stdout)
                && read.send(line).is_ok()
            {}
        });
        let (spoken, last_words) = mpsc::channel();
        thread::spawn(move || spoken.send(tail(BufReader::new(stderr))));
        Ok(Child { process, is_gone: false, requests, answers, last_words })
    }

    /// Writes a line some time; whether it arrives shows in the answer.
    pub(super) fn send(&mut self, line: String) {
        // A child that has closed its input is found out when no answer comes.
        let _closed = self.requests.send(line);
    }

    /// Awaits a line.
    pub(super) fn line(&mut self, until: Instant) -> Result<String, Silence> {
        match self.answers.recv_timeout(until.saturating_duration_since(Instant::now())) {
            Ok(line) => line.map_err(Silence::Unreadable),
            Err(RecvTimeoutError::Timeout) => Err(Silence::TooLate),
            Err(RecvTimeoutError::Disconnected) => Err(Silence::Ended),
        }
    }

    /// Ends it, if it has not ended by itself a moment after its output, and says how it ended.
    pub(super) fn stop(mut self) -> End {
        let until = Instant::now() + FAREWELL;
        let mut status = None;
        // Only a child that has closed its output is about to end by itself; the others need no time for it.
        while matches!(self.answers.try_recv(), Err(mpsc::TryRecvError::Disconnected))
            && status.is_none()
            && Instant::now() < until
        {
            status = self.process.try_wait().ok().flatten();
            thread::sleep(Duration::from_millis(2));
        }
        self.kill();
        let status = status
            .map_or_else(|| "its output ended, but not the process".to_owned(), |status| status.to_string());
        let words = self.last_words.recv_timeout(FAREWELL).unwrap_or_default();
        let last_words = if words.is_empty() { words } else { format!(": {words}") };
        End { status, last_words }
    }

    /// Kills the child with all that it has started, and takes its exit status, so that no zombie stays.
    fn kill(&mut self) {
        if std::mem::replace(&mut self.is_gone, true) {
            return;
        }
        #[cfg(unix)]
        {
            let group = format!("kill -KILL -{}", self.process.id());
            // Without a group left to kill it fails, and that is well.
            let _gone = Command::new("sh").args(["-c", &group]).stderr(Stdio::null()).status();
        }
        let _gone = self.process.kill();
        let _reaped = self.process.wait();
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        self.kill();
    }
}

/// Reads a line of bounded length; none at the end, or when the pipe breaks.
fn read_line(from: &mut impl BufRead) -> Option<Result<String, String>> {
    let mut line = Vec::new();
    from.take(LINE_LIMIT).read_until(b'\n', &mut line).ok()?;
    if line.is_empty() {
        return None;
    }
    if line.last() != Some(&b'\n') && line.len() as u64 == LINE_LIMIT {
        return Some(Err(format!("a line of more than {LINE_LIMIT} bytes")));
    }
    Some(String::from_utf8(line).map(|line| line.trim_end().to_owned()).map_err(|_| "no UTF-8".to_owned()))
}

/// Reads to the end and keeps the last lines.
fn tail(mut from: impl BufRead) -> String {
    let mut kept: VecDeque<String> = VecDeque::new();
    while let Some(line) = read_line(&mut from) {
        kept.push_back(line.unwrap_or_else(|why| why));
        if kept.len() > LAST_WORDS {
            kept.pop_front();
        }
    }
    let lines: Vec<&str> = kept.iter().map(|line| line.trim()).filter(|line| !line.is_empty()).collect();
    crate::pattern::shorten(&lines.join(" / "))
}

/// A line of an answer; the longest that the fixtures ask for has some 40 kB.
const LINE_LIMIT: u64 = 1 << 20;

/// Lines that nobody asked for wait in the pipe, not here.
const LINES_AHEAD: usize = 4;

/// How long an ending process may take to be gone.
const FAREWELL: Duration = Duration::from_millis(500);

/// A stack trace says what matters in its last lines, or in its first ones; a few are enough to find it.
const LAST_WORDS: usize = 6;

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use super::*;

    fn soon() -> Instant {
        Instant::now() + Duration::from_secs(20)
    }

    #[test]
    fn what_the_shell_has_started_is_stopped_with_it() {
        let mut child = Child::start("sleep 600 & echo started; sleep 600; true").unwrap();
        assert_eq!(child.line(soon()).unwrap(), "started");
        child.kill();
        // The output ends when the last process that could write to it is gone.
        assert!(matches!(child.line(soon()), Err(Silence::Ended)));
    }

    #[test]
    fn an_end_is_told_with_its_status_and_its_last_words() {
        let mut child = Child::start("seq 100 >&2; echo 'no such thing' >&2; exit 3").unwrap();
        assert!(matches!(child.line(soon()), Err(Silence::Ended)));
        let end = child.stop();
        assert_eq!(
            (end.status.as_str(), end.last_words.as_str()),
            ("exit status: 3", ": 96 / 97 / 98 / 99 / 100 / no such thing")
        );
    }

    #[test]
    fn an_endless_line_is_cut() {
        let mut child = Child::start("yes | tr -d '\\n'").unwrap();
        assert!(matches!(child.line(soon()), Err(Silence::Unreadable(why)) if why.contains("bytes")));
    }

    #[test]
    fn bytes_that_are_no_text_are_told() {
        let mut child = Child::start("printf '\\377\\n'; read -r line; echo \"$line\"").unwrap();
        assert!(matches!(child.line(soon()), Err(Silence::Unreadable(why)) if why.contains("UTF-8")));
        child.send("heard\n".to_owned());
        assert_eq!(child.line(soon()).unwrap(), "heard");
    }
}
