//! What went over the wire in a run, for whoever has to find out why it failed.
//!
//! ```text
//!    0.001s > alice    40                         what the client did
//!    0.002s < alice    40{"sid":"wKYsxWTM"}       what came
//! ```
//!
//! Each line knows the step that was played then, so that a report can show a conversation beside what became of it.

use std::collections::VecDeque;
use std::fmt;
use std::time::Duration;

/// The last lines of a conversation.
#[derive(Clone, Debug, Default)]
pub struct Transcript {
    lines: VecDeque<Line>,
    step: Option<usize>,
    dropped: usize,
}

/// Something that went over the wire.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// When, on the target's clock.
    pub at: Duration,
    /// The line of the step in its chapter; none when the case was over and the runner only cleaned up.
    pub step: Option<usize>,
    /// `>` is what the client did, `<` what came.
    pub direction: char,
    /// The participant, as the case names it.
    pub who: String,
    /// The words, shortened.
    pub what: String,
}

impl Transcript {
    /// Takes down which step is played from now on; none: the case is over.
    pub(crate) fn begin(&mut self, step: Option<usize>) {
        self.step = step;
    }

    /// Adds a line.
    pub(crate) fn note(&mut self, at: Duration, direction: char, who: &str, mut what: String) {
        if self.lines.len() == LINES_KEPT {
            self.lines.pop_front();
            self.dropped += 1;
        }
        if let Some((end, _)) = what.char_indices().nth(LINE_LENGTH) {
            what.truncate(end);
            what.push_str("...");
        }
        self.lines.push_back(Line { at, step: self.step, direction, who: who.to_owned(), what });
    }

    /// Tells whether nothing was written down.
    pub fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }

    /// The lines that were kept, in order.
    pub fn lines(&self) -> impl Iterator<Item = &Line> {
        self.lines.iter()
    }

    /// How many lines came before these and were not kept.
    pub fn dropped(&self) -> usize {
        self.dropped
    }

    /// The last `count` lines.
    pub fn tail(&self, count: usize) -> Vec<String> {
        self.lines.iter().skip(self.lines.len().saturating_sub(count)).map(Line::to_string).collect()
    }
}

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Line { at, direction, who, what, .. } = self;
        write!(f, "{:8.3}s {direction} {who:<8} {what}", at.as_secs_f64())
    }
}

/// More than anyone reads; a case with hundreds of events must not fill the memory.
const LINES_KEPT: usize = 200;

/// Longer lines were shortened before; this is for what nobody thought of, a header of a megabyte for instance.
const LINE_LENGTH: usize = 1_000;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_last_lines_are_kept_and_the_others_counted() {
        let mut transcript = Transcript::default();
        for i in 0..LINES_KEPT + 3 {
            transcript.begin(Some(i));
            transcript.note(Duration::ZERO, '>', "alice", "x".repeat(LINE_LENGTH * 2));
        }
        assert_eq!((transcript.lines().count(), transcript.dropped()), (LINES_KEPT, 3));
        let last = transcript.lines().last().unwrap();
        assert_eq!((last.step, last.what.len()), (Some(LINES_KEPT + 2), LINE_LENGTH + 3));
    }
}
