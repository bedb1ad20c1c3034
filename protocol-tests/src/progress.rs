//! How far a run has come, on a terminal: one line of stderr that is written anew, and gone at the end.
//!
//! ```text
//! [#########---------------------]  123/402  2 failed  upgrade/probe-answered
//! ```

use std::io::{IsTerminal, Write};

use protocol_tests::report::Judged;

/// The line.
pub(crate) struct Progress {
    whole: usize,
    done: usize,
    bad: usize,
    is_shown: bool,
    is_verbose: bool,
}

impl Progress {
    /// Begins with so many runs ahead; verbose, each has a line of its own instead.
    pub(crate) fn new(whole: usize, is_verbose: bool) -> Progress {
        let is_shown = std::io::stderr().is_terminal() && !is_verbose;
        Progress { whole, done: 0, bad: 0, is_shown, is_verbose }
    }

    /// Counts a run.
    pub(crate) fn tell(&mut self, (run, played): &Judged<'_>) {
        self.done += 1;
        self.bad += usize::from(played.verdict.is_bad());
        if self.is_verbose {
            let took = played.took.as_secs_f64();
            eprintln!("{:<56} {} ({took:.1} s)", run.id(), played.verdict);
        }
        if self.is_shown {
            self.write(&self.line(&run.id()));
        }
    }

    fn line(&self, id: &str) -> String {
        let full = CELLS * self.done / self.whole.max(1);
        let bar: String = (0..CELLS).map(|i| if i < full { '#' } else { '-' }).collect();
        let bad = if self.bad > 0 { format!("  {} failed", self.bad) } else { String::new() };
        // A line that wraps could not be written anew: 80 columns are all there may be.
        let line = format!("[{bar}]  {}/{}{bad}  {id}", self.done, self.whole);
        line.chars().take(WIDTH).collect()
    }

    fn write(&self, line: &str) {
        let mut stderr = std::io::stderr().lock();
        // Whoever closes the terminal does not look at it.
        let _unseen = write!(stderr, "\r{line}\x1b[K").and_then(|()| stderr.flush());
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if self.is_shown {
            self.write("");
        }
    }
}

const CELLS: usize = 30;

const WIDTH: usize = 79;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bar_fills_and_never_wraps() {
        let at = |done| Progress { whole: 10, done, bad: 1, is_shown: false, is_verbose: false };
        assert!(at(0).line("a/b").starts_with("[------------------------------]  0/10  1 failed  a/b"));
        assert!(at(5).line("a/b").starts_with("[###############---------------]  5/10"));
        assert!(at(10).line(&"x".repeat(200)).starts_with("[##############################]"));
        assert_eq!(at(10).line(&"x".repeat(200)).len(), WIDTH);
    }
}
