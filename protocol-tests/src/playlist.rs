//! Plays many runs at once, each on a target of its own, and draws the conclusions that need more than one of them.
//!
//! ```text
//! beside ──(jobs threads)──┬─> judged
//!                          └─> suspects: the server died meanwhile ──(one by one)──> judged, CRASH if it dies again
//! alone  ──(one by one)───────> judged
//! ```

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use std::time::Duration;

use crate::case::{Case, Need};
use crate::player::Played;
use crate::report::Judged;
use crate::setting::Setting;
use crate::suite::Run;
use crate::transcript::Transcript;
use crate::venue::Venue;
use crate::verdict::Verdict;

/// What is to be played, where and how.
#[derive(Clone, Copy)]
pub struct Playlist<'p, 'a> {
    /// The runs, in the order of the report.
    pub runs: &'p [Run<'a>],
    /// How many at once.
    pub jobs: usize,
    /// How often each.
    pub repeat: usize,
    /// What is known of the target.
    pub setting: &'p Setting,
    /// Where the target is.
    pub venue: &'p dyn Venue,
}

impl<'a> Playlist<'_, 'a> {
    /// Plays everything; `heard` is told of each run when it is judged.
    pub fn play(&self, heard: &mut dyn FnMut(&Judged<'a>)) -> Vec<Judged<'a>> {
        let numbered = self.runs.iter().copied().enumerate();
        let (alone, beside): (Vec<_>, Vec<_>) = numbered.partition(|(_, run)| self.is_alone(run));
        let mut judged: BTreeMap<usize, Judged<'a>> = BTreeMap::new();
        let mut suspects: BTreeMap<usize, Vec<(usize, Judged<'a>)>> = BTreeMap::new();
        self.perform(&beside, self.jobs, &mut |i, take| match take.death.filter(|_| self.venue.revives()) {
            Some(death) => suspects.entry(death).or_default().push((i, (self.runs[i], take.played))),
            None => {
                let one = (self.runs[i], take.played);
                heard(&one);
                judged.insert(i, one);
            }
        });
        for suspects in suspects.into_values() {
            for (i, one) in self.confront(suspects) {
                heard(&one);
                judged.insert(i, one);
            }
        }
        self.perform(&alone, 1, &mut |i, take| {
            let one = (self.runs[i], take.played);
            heard(&one);
            judged.insert(i, one);
        });
        let mut judged: Vec<Judged<'a>> = judged.into_values().collect();
        block(&mut judged);
        judged
    }

    /// Plays a list in so many threads.
    fn perform(&self, list: &[(usize, Run<'a>)], jobs: usize, heard: &mut dyn FnMut(usize, Take)) {
        let next = AtomicUsize::new(0);
        let (tell, told) = mpsc::channel();
        std::thread::scope(|scope| {
            for _ in 0..jobs.clamp(1, list.len().max(1)) {
                let (tell, next) = (tell.clone(), &next);
                scope.spawn(move || {
                    while let Some((i, run)) = list.get(next.fetch_add(1, Ordering::Relaxed)) {
                        // The receiver outlives every thread of this scope.
                        let _received = tell.send((*i, self.take(run)));
                    }
                });
            }
            drop(tell);
            for (i, take) in told {
                heard(i, take);
            }
        });
    }

    /// Plays those during which the server died once more, each for itself: the one that does it again is named.
    pub(crate) fn confront(&self, suspects: Vec<(usize, Judged<'a>)>) -> Vec<(usize, Judged<'a>)> {
        if let [(_, (_, played))] = &suspects[..]
            && matches!(played.verdict, Verdict::Crash(_))
        {
            return suspects;
        }
        let names: Vec<String> = suspects.iter().map(|(_, (run, _))| run.id()).collect();
        let mut before = String::new();
        let mut judged = Vec::new();
        for (i, (run, played)) in suspects {
            before = played.verdict.to_string();
            judged.push((i, (run, self.take(&run).played)));
        }
        if !judged.iter().any(|(_, (_, played))| matches!(played.verdict, Verdict::Crash(_)))
            && let Some((_, (_, played))) = judged.first_mut()
        {
            let why =
                format!("{before}, while these were played at once: {}; none does it alone", names.join(" "));
            played.verdict = Verdict::Crash(why);
        }
        judged
    }

    /// Plays a run as often as it shall be played.
    fn take(&self, run: &Run<'_>) -> Take {
        let mut takes: Vec<Take> = Vec::new();
        for _ in 0..self.repeat.max(1) {
            let take = self.once(run);
            let is_last = take.death.is_some() || !take.played.verdict.was_played();
            takes.push(take);
            if is_last {
                break;
            }
        }
        let of = takes.len();
        let held = takes.iter().filter(|take| take.played.verdict.holds()).count();
        let class = |take: &Take| if take.played.verdict.holds() { "" } else { take.played.verdict.word() };
        let is_flaky = takes.iter().any(|take| class(take) != class(&takes[0]));
        // The worst tells most: the server's death, then a failure.
        let worst = takes.iter().position(|take| take.death.is_some());
        let worst = worst.or_else(|| takes.iter().position(|take| !take.played.verdict.holds())).unwrap_or(0);
        let mut take = takes.swap_remove(worst);
        if is_flaky && take.death.is_none() {
            let why = take.played.verdict.to_string();
            take.played.verdict = Verdict::Flaky { held, of, why };
        }
        take
    }

    /// Plays a run once; once more when this machine, not the server, may have been late.
    fn once(&self, run: &Run<'_>) -> Take {
        let mut take = self.attempt(run);
        for _ in 0..RETAKES {
            if !matches!(take.played.verdict, Verdict::Inconclusive(_)) {
                break;
            }
            take = self.attempt(run);
        }
        take
    }

    fn attempt(&self, run: &Run<'_>) -> Take {
        let deaths = self.venue.deaths();
        let mut target = match self.venue.target() {
            Ok(target) => target,
            Err(why) => return Take::unplayed(Verdict::Blocked(why)),
        };
        if let Some(verdict) = self.setting.hinders(run.case, run.over, target.is_live()) {
            return Take::unplayed(verdict);
        }
        if self.setting.wants_fresh_server(run.case) {
            match self.venue.renew().and_then(|()| self.venue.target()) {
                Ok(fresh) => target = fresh,
                Err(why) => return Take::unplayed(Verdict::Blocked(why)),
            }
        }
        let mut played = run.play(&mut *target, self.setting);
        if self.ends_server(run.case) {
            // It was asked to end: that is no crash of this run, and nothing for the next one to find.
            if let Err(why) = self.venue.renew() {
                played.verdict = Verdict::Blocked(why);
            }
            return Take { played, death: None };
        }
        let suspect = !played.verdict.holds();
        let death = self.venue.death_after(deaths, suspect);
        if let Some(how) = &death {
            played.verdict = Verdict::Crash(how.clone());
        } else if suspect && target.lag() > self.setting.intervals.tolerance {
            let (late, verdict) = (target.lag().as_millis(), &played.verdict);
            played.verdict = Verdict::Inconclusive(format!("this machine woke {late} ms late; {verdict}"));
        }
        Take { played, death: death.map(|_| deaths) }
    }

    /// Tells whether a run is played beside no other: it shares state, ends the server, or has it started anew.
    fn is_alone(&self, run: &Run<'_>) -> bool {
        run.case.header.alone || self.setting.wants_fresh_server(run.case) || self.ends_server(run.case)
    }

    /// Tells whether a case ends a server that can be started again.
    fn ends_server(&self, case: &Case) -> bool {
        let shuts_down = |need: &Need| matches!(need, Need::Capability(word) if word == "shut-down");
        self.venue.revives() && case.header.needs.iter().any(shuts_down)
    }
}

/// What playing a run came to, and which of the server's deaths, counted from 0, happened meanwhile.
struct Take {
    played: Played,
    death: Option<usize>,
}

impl Take {
    fn unplayed(verdict: Verdict) -> Take {
        Take { played: unplayed(verdict), death: None }
    }
}

/// A run of which no step was played.
pub(crate) fn unplayed(verdict: Verdict) -> Played {
    Played { verdict, step: None, transcript: Transcript::default(), took: Duration::ZERO }
}

/// A case that failed because one that it needs failed is not counted against the server a second time.
fn block(judged: &mut [Judged<'_>]) {
    let failed: BTreeSet<String> = judged
        .iter()
        .filter(|(_, played)| played.verdict.is_bad())
        .map(|(run, _)| run.case.header.id.clone())
        .collect();
    let bad = |verdict: &Verdict| verdict.is_bad() && !matches!(verdict, Verdict::Crash(_));
    for (run, played) in judged.iter_mut().filter(|(_, played)| bad(&played.verdict)) {
        let needed = run.case.header.needs.iter().find_map(|need| match need {
            Need::Case(id) if failed.contains(id) => Some(id.clone()),
            _ => None,
        });
        if let Some(id) = needed {
            played.verdict = Verdict::Blocked(id);
        }
    }
}

/// A machine that lags three times in a row is too busy to judge anybody.
const RETAKES: usize = 2;
