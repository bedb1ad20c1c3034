//! Plays runs on a server with a bug until one comes to a worse verdict than without it.

use std::cell::Cell;
use std::panic::{self, AssertUnwindSafe};
use std::sync::Arc;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use protocol_tests::report::mark::{Class, Mark};
use protocol_tests::suite::Run;
use protocol_tests::verdict::Verdict;

use crate::stage::Stage;

/// A run that noticed a bug.
#[derive(Clone, Debug)]
pub(crate) struct Kill {
    /// The run's case.
    pub(crate) case: String,
    /// What it came to.
    pub(crate) how: How,
}

/// How a bug was noticed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum How {
    /// By a verdict that got worse.
    Verdict,
    /// The server panicked.
    Panic,
    /// It went on and on.
    Hang,
}

/// Plays the runs one after the other; the first kill is enough, unless all are wanted.
pub(crate) fn hunt(stage: Box<dyn Stage>, runs: &[Run<'static>], is_thorough: bool) -> Vec<Kill> {
    let stage: Arc<dyn Stage> = stage.into();
    let patience = if stage.may_lag() { PATIENCE_WIRE } else { PATIENCE_CORE };
    let mut kills = Vec::new();
    let mut next = 0;
    while next < runs.len() && (is_thorough || kills.is_empty()) {
        let (tell, told) = mpsc::channel();
        let (stage, rest) = (stage.clone(), runs[next..].to_vec());
        // A thread that goes round and round cannot be stopped: it is left behind, and another one goes on.
        thread::spawn(move || {
            MAY_PANIC.set(true);
            rest.iter().map(|run| judge(&*stage, run)).all(|how| tell.send(how).is_ok());
        });
        while next < runs.len() && (is_thorough || kills.is_empty()) {
            let (how, is_stuck) = match told.recv_timeout(patience) {
                Ok(how) => (how, false),
                Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => (Some(How::Hang), true),
            };
            let case = &runs[next].case.header.id;
            kills.extend(how.map(|how| Kill { case: case.clone(), how }));
            next += 1;
            if is_stuck {
                break;
            }
        }
    }
    kills
}

/// Keeps the panics of planted bugs from being printed.
pub(crate) fn silence_panics() {
    let usual = panic::take_hook();
    panic::set_hook(Box::new(move |info| {
        if !MAY_PANIC.get() {
            usual(info);
        }
    }));
}

/// Plays a run; tells how it noticed the bug, if it did.
fn judge(stage: &dyn Stage, run: &Run<'_>) -> Option<How> {
    let play = || panic::catch_unwind(AssertUnwindSafe(|| stage.with(run)));
    let Ok(first) = play() else { return Some(How::Panic) };
    let is_worse = |verdict: &Verdict| is_bad(verdict) && !is_bad(&stage.without(run));
    let is_sure = || !stage.may_lag() || play().is_ok_and(|second| is_bad(&second));
    (is_worse(&first) && is_sure()).then_some(How::Verdict)
}

/// What is only recorded is never red, so it kills nothing.
fn is_bad(verdict: &Verdict) -> bool {
    matches!(Mark::of(verdict.word()).class, Class::Lax | Class::Warn | Class::Bad)
}

thread_local! {
    pub(crate) static MAY_PANIC: Cell<bool> = const { Cell::new(false) };
}

/// For one run in virtual time: milliseconds, and some seconds for thousands of sessions on a busy machine.
const PATIENCE_CORE: Duration = Duration::from_secs(60);

/// For one run over TCP: the longest wait for 30 s, for a body that does not come.
const PATIENCE_WIRE: Duration = Duration::from_secs(90);
