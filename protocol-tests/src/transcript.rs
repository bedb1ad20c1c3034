//! What went over the wire in a run, for whoever has to find out why it failed.

use std::collections::VecDeque;
use std::fmt;
use std::time::Duration;

/// The last lines of a conversation.
#[derive(Clone, Debug, Default)]
pub struct Transcript {
    lines: VecDeque<Line>,
    dropped: usize,
}

#[derive(Clone, Debug)]
struct Line {
    at: Duration,
    direction: char,
    who: String,
    what: String,
}

impl Transcript {
    /// Adds a line; `>` is what the client did, `<` what came, `-` a step.
    pub(crate) fn note(&mut self, at: Duration, direction: char, who: &str, what: String) {
        if self.lines.len() == KEPT {
            self.lines.pop_front();
            self.dropped += 1;
        }
        self.lines.push_back(Line { at, direction, who: who.to_owned(), what });
    }

    /// Tells whether nothing was written down.
    pub fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }

    /// The last `count` lines.
    pub fn tail(&self, count: usize) -> Vec<String> {
        self.lines.iter().skip(self.lines.len().saturating_sub(count)).map(Line::to_string).collect()
    }
}

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Line { at, direction, who, what } = self;
        write!(f, "{:8.3}s {direction} {who:<8} {what}", at.as_secs_f64())
    }
}

/// More than anyone reads; a case with hundreds of events must not fill the memory.
const KEPT: usize = 200;
