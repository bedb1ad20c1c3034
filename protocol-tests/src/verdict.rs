//! What became of a run, and how it is counted.
//!
//! ```text
//! played ── OK  LAX  WARN  FAIL  INFO  SETUP  CRASH  BAD FIXTURE
//!   │         └ played again, or our own machine lagged ──> FLAKY  INCONCLUSIVE
//!   │         └ on the target's own list ─────────────────> KNOWN  UNEXPECTED
//! not played ── N/A  SKIP  TOO SLOW  TOO SHORT  BLOCKED
//! ```
//!
//! ```
//! use protocol_tests::verdict::Verdict;
//! let verdict = Verdict::Fail("nothing came".to_owned());
//! assert!(verdict.is_bad() && verdict.was_played());
//! assert_eq!(verdict.to_string(), "FAIL (nothing came)");
//! ```

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
    /// The target died of it.
    Crash(String),
    /// Played several times, it did not always come to the same.
    Flaky {
        /// How often it held.
        held: usize,
        /// How often it was played.
        of: usize,
        /// What it came to when it did not hold.
        why: String,
    },
    /// It failed while our own machine lagged, so that nobody can tell whose fault it was.
    Inconclusive(String),
    /// It failed, as the target's own list of known failures says.
    Known(String),
    /// It holds although the target's own list says that it fails.
    Unexpected(String),
    /// The fixture is wrong: a step refers to what no step has made.
    BadFixture(String),
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
            Verdict::Crash(_) => "CRASH",
            Verdict::Flaky { .. } => "FLAKY",
            Verdict::Inconclusive(_) => "INCONCLUSIVE",
            Verdict::Known(_) => "KNOWN",
            Verdict::Unexpected(_) => "UNEXPECTED",
            Verdict::BadFixture(_) => "BAD FIXTURE",
        }
    }

    /// All words, in the order of the summary.
    pub const WORDS: [&'static str; 17] = [
        "OK",
        "LAX",
        "WARN",
        "FAIL",
        "CRASH",
        "UNEXPECTED",
        "KNOWN",
        "FLAKY",
        "INCONCLUSIVE",
        "INFO",
        "SETUP",
        "N/A",
        "SKIP",
        "TOO SLOW",
        "TOO SHORT",
        "BLOCKED",
        "BAD FIXTURE",
    ];

    /// Tells whether the server was found wanting: FAIL, SETUP or CRASH.
    pub fn is_bad(&self) -> bool {
        matches!(self, Verdict::Fail(_) | Verdict::Setup(_) | Verdict::Crash(_))
    }

    /// Tells whether the case holds, perhaps with a remark.
    pub fn holds(&self) -> bool {
        matches!(self, Verdict::Ok | Verdict::Lax(_) | Verdict::Info(_))
    }

    /// Tells whether steps were played.
    pub fn was_played(&self) -> bool {
        match self {
            Verdict::Ok
            | Verdict::Lax(_)
            | Verdict::Warn(_)
            | Verdict::Fail(_)
            | Verdict::Info(_)
            | Verdict::Setup(_)
            | Verdict::Crash(_)
            | Verdict::Flaky { .. }
            | Verdict::Inconclusive(_)
            | Verdict::Known(_)
            | Verdict::Unexpected(_)
            | Verdict::BadFixture(_) => true,
            Verdict::NotApplicable(_)
            | Verdict::Skip(_)
            | Verdict::TooSlow(_)
            | Verdict::TooShort(_)
            | Verdict::Blocked(_) => false,
        }
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
            Verdict::Flaky { held, of, why } => write!(f, " (held {held} of {of} times; else {why})"),
            Verdict::Lax(why)
            | Verdict::Warn(why)
            | Verdict::Fail(why)
            | Verdict::Info(why)
            | Verdict::Setup(why)
            | Verdict::NotApplicable(why)
            | Verdict::Skip(why)
            | Verdict::TooShort(why)
            | Verdict::Blocked(why)
            | Verdict::Crash(why)
            | Verdict::Inconclusive(why)
            | Verdict::Known(why)
            | Verdict::Unexpected(why)
            | Verdict::BadFixture(why) => write!(f, " ({why})"),
        }
    }
}
