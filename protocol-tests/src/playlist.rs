//! Plays many runs at once, each on a target of its own, and draws the conclusions that need all of them.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use std::time::Duration;

use crate::case::Need;
use crate::player::Played;
use crate::report::Judged;
use crate::setting::Setting;
use crate::suite::Run;
use crate::target::Target;
use crate::transcript::Transcript;
use crate::verdict::Verdict;

/// Plays the runs in `jobs` threads, then those that must be alone; `heard` is told of each.
pub fn play_all<'a, T: Target>(
    runs: &[Run<'a>],
    jobs: usize,
    setting: &Setting,
    make: &(dyn Fn() -> std::io::Result<T> + Sync),
    heard: &mut dyn FnMut(&Judged<'a>),
) -> Vec<Judged<'a>> {
    let (alone, beside): (Vec<(usize, Run<'a>)>, Vec<_>) =
        runs.iter().copied().enumerate().partition(|(_, run)| run.case.header.alone);
    let mut judged = Vec::new();
    for (list, jobs) in [(beside, jobs.max(1)), (alone, 1)] {
        let next = AtomicUsize::new(0);
        let (tell, told) = mpsc::channel();
        std::thread::scope(|scope| {
            for _ in 0..jobs {
                let (tell, list, next) = (tell.clone(), &list, &next);
                scope.spawn(move || {
                    while let Some((i, run)) = list.get(next.fetch_add(1, Ordering::Relaxed)) {
                        // The receiver outlives every thread of this scope.
                        let _received = tell.send((*i, (*run, play_one(run, setting, make))));
                    }
                });
            }
            drop(tell);
            for (i, one) in told {
                heard(&one);
                judged.push((i, one));
            }
        });
    }
    judged.sort_by_key(|(i, _)| *i);
    let mut judged: Vec<Judged<'a>> = judged.into_iter().map(|(_, one)| one).collect();
    block(&mut judged);
    judged
}

fn play_one<T: Target>(run: &Run<'_>, setting: &Setting, make: &dyn Fn() -> std::io::Result<T>) -> Played {
    match make() {
        Ok(mut target) => run.play(&mut target, setting),
        Err(error) => Played {
            verdict: Verdict::Blocked(error.to_string()),
            step: None,
            transcript: Transcript::default(),
            took: Duration::ZERO,
        },
    }
}

/// A case that failed because one that it needs failed is not counted against the server a second time.
fn block(judged: &mut [Judged<'_>]) {
    let failed: BTreeSet<String> = judged
        .iter()
        .filter(|(_, played)| played.verdict.is_bad())
        .map(|(run, _)| run.case.header.id.clone())
        .collect();
    for (run, played) in judged.iter_mut().filter(|(_, played)| played.verdict.is_bad()) {
        let needed = run.case.header.needs.iter().find_map(|need| match need {
            Need::Case(id) if failed.contains(id) => Some(id.clone()),
            _ => None,
        });
        if let Some(id) = needed {
            played.verdict = Verdict::Blocked(id);
        }
    }
}
