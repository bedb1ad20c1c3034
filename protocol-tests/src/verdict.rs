//! What became of a run, and how it is counted.

use std::fmt;
use std::time::Duration;

use crate::case::Level;

/// What became of a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It holds.
    Ok,
    /// It holds in a way that the protocol allows but nobody should rely on.
    Lax(String),
    /// A SHOULD does not hold.
    Warn(String),
    /// It does not hold.
    Fail(String),
    /// Recorded: what the server does where the protocol says nothing.
    Info(String),
    /// What the case begins with does not work.
    Setup(String),
    /// The target cannot do, or was not said to do, what the case needs.
    NotApplicable(String),
    /// The case cannot be played here.
    Skip(String),
    /// It would take longer than the budget, at the server's own intervals.
    TooSlow(Duration),
    /// The server's intervals are too short for what it measures.
    TooShort(String),
    /// Another case, or the positive control, failed before.
    Blocked(String),
}

impl Verdict {
    /// The word in the reports.
    pub fn word(&self) -> &'static str {
        match self {
            Verdict::Ok => "OK",
            Verdict::Lax(_) => "LAX",
            Verdict::Warn(_) => "WARN",
            Verdict::Fail(_) => "FAIL",
            Verdict::Info(_) => "INFO",
            Verdict::Setup(_) => "SETUP",
            Verdict::NotApplicable(_) => "N/A",
            Verdict::Skip(_) => "SKIP",
            Verdict::TooSlow(_) => "TOO SLOW",
            Verdict::TooShort(_) => "TOO SHORT",
            Verdict::Blocked(_) => "BLOCKED",
        }
    }

    /// All words, in the order of the summary.
    pub const WORDS: [&'static str; 11] =
        ["OK", "LAX", "WARN", "FAIL", "INFO", "SETUP", "N/A", "SKIP", "TOO SLOW", "TOO SHORT", "BLOCKED"];

    /// Tells whether the server was found wanting: FAIL or SETUP.
    pub fn is_bad(&self) -> bool {
        matches!(self, Verdict::Fail(_) | Verdict::Setup(_))
    }

    /// Tells whether steps were played.
    pub fn was_played(&self) -> bool {
        matches!(
            self,
            Verdict::Ok
                | Verdict::Lax(_)
                | Verdict::Warn(_)
                | Verdict::Fail(_)
                | Verdict::Info(_)
                | Verdict::Setup(_)
        )
    }

    /// Grades a failure by the level of its case.
    pub(crate) fn of_failure(level: Level, why: String) -> Verdict {
        match level {
            Level::Must | Level::Ours | Level::Reference => Verdict::Fail(why),
            Level::Should => Verdict::Warn(why),
            Level::Info => Verdict::Info(why),
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())?;
        match self {
            Verdict::Ok => Ok(()),
            Verdict::TooSlow(takes) => write!(f, " (about {:.0} s)", takes.as_secs_f64()),
            Verdict::Lax(why)
            | Verdict::Warn(why)
            | Verdict::Fail(why)
            | Verdict::Info(why)
            | Verdict::Setup(why)
            | Verdict::NotApplicable(why)
            | Verdict::Skip(why)
            | Verdict::TooShort(why)
            | Verdict::Blocked(why) => write!(f, " ({why})"),
        }
    }
}
