//! Plays every fixture on our own server, twice: on its core in virtual time, and over TCP. With the feature `tls` a share
//! of them a third time, over TLS.
//!
//! One test for each case and transport: `core/upgrade/probe-answered`, `tcp/chat/empty-history-on-connect[polling]`. Cases
//! that need a wire are not played on the core; those of the level `reference` say what ours does otherwise, on purpose, and
//! judge others.

use std::cmp::Reverse;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use libtest_mimic::{Arguments, Failed, Trial};
use protocol_tests::address::Address;
use protocol_tests::budget::estimate;
use protocol_tests::case::Level;
use protocol_tests::lint::lint;
use protocol_tests::live::{Live, Remote};
use protocol_tests::ours::{self, Pace, Setup};
use protocol_tests::player::Played;
use protocol_tests::report;
use protocol_tests::sans_io::SansIo;
use protocol_tests::setting::Setting;
use protocol_tests::span::Intervals;
use protocol_tests::suite::{Run, Suite};
use protocol_tests::target::Target;
use protocol_tests::verdict::Verdict;

fn main() {
    let mut arguments = Arguments::from_args();
    // Nearly all of their time they wait for the server's deadlines.
    arguments.test_threads.get_or_insert(16);
    let (suite, faults) = Suite::load(&fixtures());
    // The tests end with the process, and so does what they refer to.
    let suite: &'static Suite = Box::leak(Box::new(suite));
    let mut trials = vec![Trial::test("fixtures/lint", move || {
        let faults: Vec<String> =
            faults.into_iter().chain(lint(suite)).map(|fault| fault.to_string()).collect();
        if faults.is_empty() { Ok(()) } else { Err(Failed::from(faults.join("\n"))) }
    })];
    let mut runs = suite.runs();
    // Whoever waits longest begins: the others are done meanwhile.
    runs.sort_by_key(|run| Reverse(estimate(run.case, run.over, &Intervals::default())));
    for run in runs {
        if run.case.header.level == Level::Reference {
            continue;
        }
        let setup = Setup::of(run.case);
        let mut push = |play: &str, is_played: bool, test: fn(Run<'_>, Setup) -> Result<(), Failed>| {
            let test = move || test(run, setup.unwrap_or(Setup::Usual));
            let trial = Trial::test(format!("{play}/{}", run.id()), test);
            trials.push(trial.with_ignored_flag(setup.is_none() || !is_played));
        };
        if run.case.header.live.is_none() {
            push("core", true, in_virtual_time);
        }
        let is_short = estimate(run.case, run.over, &Intervals::default()) < PATIENCE;
        push("tcp", is_short, over_tcp);
        let group = run.case.header.id.split('/').next();
        if cfg!(feature = "tls") && group.is_some_and(|group| CARRIED.contains(&group)) {
            push("tls", is_short, over_tls);
        }
    }
    libtest_mimic::run(&arguments, trials).exit();
}

fn in_virtual_time(run: Run<'_>, setup: Setup) -> Result<(), Failed> {
    let config = ours::config_as(run.case.header.profile, Pace::Slow, setup);
    let setting = ours::setting(&config, Pace::Slow);
    judge(run, &mut SansIo::new(config), &setting)
}

fn over_tcp(run: Run<'_>, setup: Setup) -> Result<(), Failed> {
    let pace = Pace::of(run.case);
    let (config, address) = ours::serve(run.case.header.profile, pace, setup);
    let setting = ours::setting(&config, pace);
    judge(run, &mut Live::new(&address.to_string(), &[])?, &setting)
}

fn over_tls(run: Run<'_>, setup: Setup) -> Result<(), Failed> {
    let pace = Pace::of(run.case);
    let (config, address) = ours::serve_tls(run.case.header.profile, pace, setup);
    let setting = ours::setting(&config, pace);
    let remote = Remote::of(Address::parse(&format!("https://{address}"))?, true)?;
    judge(run, &mut Live::to(&Arc::new(remote))?, &setting)
}

/// Of our own server nothing but OK is good enough; what is only recorded cannot be wrong.
fn judge(run: Run<'_>, target: &mut dyn Target, setting: &Setting) -> Result<(), Failed> {
    let played: Played = run.play(target, setting);
    match played.verdict {
        Verdict::Ok | Verdict::Info(_) => Ok(()),
        _ => Err(Failed::from(report::text(&[(run, played)], 20))),
    }
}

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures")
}

/// The groups that say how bytes get there and back, in which order and how many. What they mean is the same over TLS.
const CARRIED: [&str; 10] = [
    "handshake",
    "polling",
    "websocket",
    "upgrade",
    "limits",
    "close",
    "http",
    "files",
    "binary",
    "ordering",
];

/// What would take longer over TCP is played in virtual time alone: our own intervals are shorter than those it is
/// estimated by.
const PATIENCE: Duration = Duration::from_secs(60);
