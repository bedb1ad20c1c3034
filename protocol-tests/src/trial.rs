//! A trial of one server: the positive control, the runs, the control again, the list of known failures; and what to exit with.
//!
//! ```text
//! greet ─> control ─> play ─> control ─> known ─> Finding ─> 0 all selected MUST hold
//!    └───────┴─ fails: all BLOCKED, 3 ─────┘                 1 one failed, or a known failure passed
//!                                                            2 bad fixture          3 nothing was run
//!                                                            4 only flaky, inconclusive or blocked runs are left
//! ```
//!
//! ```no_run
//! use protocol_tests::guise::Guise;
//! use protocol_tests::known::Known;
//! use protocol_tests::setting::Setting;
//! use protocol_tests::spawn::{Outfit, Spawned};
//! use protocol_tests::suite::Suite;
//! use protocol_tests::trial::Trial;
//!
//! let (suite, _) = Suite::embedded();
//! let venue = Spawned::start("node echo.js $PORT", Outfit::default(), Guise::default())?;
//! let (runs, known) = (suite.runs(), Known::default());
//! let trial = Trial { runs: &runs, jobs: 8, repeat: 1, venue: &venue, known: &known };
//! let finding = trial.hold(&mut Setting::default(), &mut |(run, played)| println!("{} {}", run.id(), played.verdict));
//! std::process::exit(finding.exit_code().into());
//! # #[allow(unreachable_code)]
//! # Ok::<(), String>(())
//! ```

use std::collections::BTreeSet;

use crate::case::Level;
use crate::control;
use crate::known::Known;
use crate::playlist::{Playlist, unplayed};
use crate::report::{Judged, is_disputed};
use crate::setting::Setting;
use crate::suite::Run;
use crate::venue::Venue;
use crate::verdict::Verdict;

/// What is to be tried, and how.
pub struct Trial<'t, 'a> {
    /// The runs.
    pub runs: &'t [Run<'a>],
    /// How many at once.
    pub jobs: usize,
    /// How often each.
    pub repeat: usize,
    /// Where the server is.
    pub venue: &'t dyn Venue,
    /// What is known to fail.
    pub known: &'t Known,
}

/// What a trial came to.
pub struct Finding<'a> {
    /// Every run, with its verdict.
    pub judged: Vec<Judged<'a>>,
    /// Why nothing of it can be trusted, if so.
    pub trouble: Option<String>,
}

impl<'a> Trial<'_, 'a> {
    /// Holds the trial; the server's handshake completes the setting.
    pub fn hold(&self, setting: &mut Setting, heard: &mut dyn FnMut(&Judged<'a>)) -> Finding<'a> {
        let greeted = self.venue.target().and_then(|mut target| {
            control::greet(&mut *target, setting)?;
            control::control(&mut *target, setting)
        });
        if let Err(why) = greeted {
            return Finding::blocked(self.runs, format!("the positive control failed: {why}"));
        }
        let Trial { runs, jobs, repeat, venue, .. } = *self;
        let mut judged = Playlist { runs, jobs, repeat, setting, venue }.play(heard);
        let after = self.venue.target().and_then(|mut target| control::control(&mut *target, setting));
        let trouble = after.err().map(|why| format!("after the last run the positive control failed: {why}"));
        if trouble.is_some() && !judged.iter().any(|(_, played)| is_crash(&played.verdict)) {
            for (_, played) in &mut judged {
                played.verdict = Verdict::Blocked("the positive control after the last run".to_owned());
            }
        }
        self.known.apply(&mut judged);
        Finding { judged, trouble }
    }
}

impl<'a> Finding<'a> {
    /// The finding on a server that could not be tried.
    pub fn blocked(runs: &[Run<'a>], trouble: String) -> Finding<'a> {
        let blocked = |run: &Run<'a>| (*run, unplayed(Verdict::Blocked("the positive control".to_owned())));
        Finding { judged: runs.iter().map(blocked).collect(), trouble: Some(trouble) }
    }

    /// The exit code: see the picture above.
    pub fn exit_code(&self) -> u8 {
        let any = |what: &dyn Fn(&Judged<'_>) -> bool| self.judged.iter().any(what);
        if any(&|(_, played)| matches!(played.verdict, Verdict::BadFixture(_))) {
            BAD_FIXTURE
        } else if any(&is_red) {
            FAILED
        } else if self.trouble.is_some() || !any(&|(_, played)| played.verdict.was_played()) {
            NOTHING_RAN
        } else if any(&|judged| self.is_open(judged)) {
            OPEN
        } else {
            HOLDS
        }
    }

    /// Tells whether nobody can say what became of a run.
    fn is_open(&self, (_, played): &Judged<'_>) -> bool {
        match &played.verdict {
            Verdict::Flaky { .. } | Verdict::Inconclusive(_) => true,
            // One that another case blocks is counted there.
            Verdict::Blocked(by) => !self.ids().contains(by.as_str()),
            _ => false,
        }
    }

    fn ids(&self) -> BTreeSet<&str> {
        self.judged.iter().map(|(run, _)| run.case.header.id.as_str()).collect()
    }
}

/// Tells whether a verdict makes the whole run fail: what is only a SHOULD, only recorded, or disputed does not.
fn is_red(judged: &Judged<'_>) -> bool {
    let (run, played) = judged;
    let binds = matches!(run.case.header.level, Level::Must | Level::Ours | Level::Reference);
    match played.verdict {
        Verdict::Unexpected(_) => true,
        // Whatever its level: a server that anybody can end holds nothing.
        Verdict::Crash(_) => !is_disputed(judged),
        Verdict::Fail(_) | Verdict::Setup(_) => binds && !is_disputed(judged),
        _ => false,
    }
}

fn is_crash(verdict: &Verdict) -> bool {
    matches!(verdict, Verdict::Crash(_))
}

/// All selected MUST hold.
pub const HOLDS: u8 = 0;

/// A MUST failed, the server died, or a known failure passed.
pub const FAILED: u8 = 1;

/// A fixture that cannot be read or played, or arguments that make no sense.
pub const BAD_FIXTURE: u8 = 2;

/// The filters matched nothing, the control failed, or the target cannot be reached.
pub const NOTHING_RAN: u8 = 3;

/// Nothing failed, but of some runs nobody can say what became of them.
pub const OPEN: u8 = 4;

#[cfg(test)]
mod tests;
