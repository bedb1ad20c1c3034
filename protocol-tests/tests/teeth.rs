//! Plants one bug after the other in our server and fails for each that no fixture notices.
//!
//! ```text
//! teeth/no-ping ── plant ──> core in virtual time ── every case that is not live ──> a verdict got worse: killed
//! teeth/sid-constant ──────> a server of its own, over TCP ── the cases of some groups ──> killed
//! teeth/no-id-limit[codec] ── plant ──> its codec ── generated packets ──> it reads or writes one otherwise than its model
//! ```
//!
//! A kill is a verdict that is worse than without the bug; a panic, and a core that goes round and round, are kills too.
//! One kill is enough, and those that the table names are tried first. With `TEETH_TABLE=1` every case is tried, and what
//! came of it is written to `TEETH.md`: which cases kill each bug, and which kill none.

#[path = "teeth/hunt.rs"]
mod hunt;
#[path = "teeth/server.rs"]
mod server;
#[path = "teeth/stage.rs"]
mod stage;
#[path = "teeth/table.rs"]
mod table;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use libtest_mimic::{Arguments, Failed, Trial};
use protocol_tests::differential;
use protocol_tests::glob;
use protocol_tests::suite::{Run, Suite};
use wire42::planted;

use hunt::{Kill, hunt};
use stage::{Core, Stage, Wire};
use table::Table;

fn main() {
    if server::is_wanted() {
        return server::serve();
    }
    let mut arguments = Arguments::from_args();
    arguments.test_threads.get_or_insert(THREADS);
    hunt::silence_panics();
    let (suite, faults) = Suite::load(&kit().join("../fixtures"));
    assert!(faults.is_empty(), "{faults:#?}");
    // The tests end with the process, and so does what they refer to.
    let suite: &'static Suite = Box::leak(Box::new(suite));
    let table = Table::read(&kit().join("TEETH.md"));
    let is_thorough = std::env::var_os("TEETH_TABLE").is_some();
    let found: Arc<Mutex<BTreeMap<&str, Vec<Kill>>>> = Arc::default();
    let mut trials = vec![Trial::test("teeth/every-bug-stands-somewhere", every_bug_stands_somewhere)];
    for bug in planted::ALL {
        let (runs, found) = (table.known_killers_first(bug, prey(suite, bug)), found.clone());
        trials.push(Trial::test(format!("teeth/{bug}"), move || {
            let tried = runs.len();
            let kills = hunt(stage(bug), &runs, is_thorough);
            let verdict = survives(&kills, tried);
            found.lock().unwrap_or_else(PoisonError::into_inner).insert(bug, kills);
            verdict
        }));
    }
    for bug in OF_THE_CODEC {
        trials.push(Trial::test(format!("teeth/{bug}[codec]"), move || differs(suite, bug)));
    }
    let conclusion = libtest_mimic::run(&arguments, trials);
    let found = std::mem::take(&mut *found.lock().unwrap_or_else(PoisonError::into_inner));
    if is_thorough && found.len() == planted::ALL.len() {
        let text = table.write(suite, &found);
        fs::write(kit().join("TEETH.md"), text).expect("the table can be written");
    }
    conclusion.exit();
}

/// The runs that may find a bug: what only a wire shows is looked for in a few groups, or it would take too long.
fn prey(suite: &'static Suite, bug: &str) -> Vec<Run<'static>> {
    let runs = suite.runs().into_iter().filter(|run| stage::is_ours(run.case));
    match stage::on_wire(bug) {
        None => runs.filter(|run| run.case.header.live.is_none()).collect(),
        Some(globs) => {
            let fits =
                |run: &Run<'_>| run.case.header.ids().any(|id| globs.iter().any(|g| glob::matches(g, id)));
            runs.filter(fits).collect()
        }
    }
}

fn stage(bug: &'static str) -> Box<dyn Stage> {
    match stage::on_wire(bug) {
        None => Box::new(Core { bug }),
        Some(_) => Box::new(Wire::new(bug)),
    }
}

fn survives(kills: &[Kill], tried: usize) -> Result<(), Failed> {
    if kills.is_empty() {
        return Err(Failed::from(format!(
            "it survives: {tried} runs came to the same with it as without it"
        )));
    }
    Ok(())
}

/// Compares the codec with its model, as `protocol-tests differential` does before it asks the reference.
fn differs(suite: &Suite, bug: &'static str) -> Result<(), Failed> {
    hunt::MAY_PANIC.set(true);
    planted::plant(Some(bug));
    let results = differential::run(suite, &differential::Options { adapter: None, wires: 4_000, seed: 1 });
    planted::plant(None);
    if results.exit_code() == 0 {
        Err(Failed::from("no packet is read or written otherwise"))
    } else {
        Ok(())
    }
}

/// A bug that is listed and not planted would be killed by nothing, and one that is planted and not listed never tried.
fn every_bug_stands_somewhere() -> Result<(), Failed> {
    let mut planted = Vec::new();
    names(&kit().join("../src"), &mut planted);
    let listed = || planted::ALL.iter().chain(planted::RARE);
    let missing = listed().filter(|bug| !planted.iter().any(|name| name == *bug));
    let missing: Vec<_> = missing.map(|bug| format!("{bug} is listed, and planted nowhere")).collect();
    let unknown = planted.iter().filter(|name| !listed().any(|bug| bug == name));
    let unknown: Vec<_> = unknown.map(|name| format!("{name} is planted, and not listed")).collect();
    match [missing, unknown].concat() {
        faults if faults.is_empty() => Ok(()),
        faults => Err(Failed::from(faults.join("\n"))),
    }
}

/// Collects what stands in `planted("…")` below a directory.
fn names(directory: &Path, found: &mut Vec<String>) {
    for entry in fs::read_dir(directory).expect("src/ can be listed") {
        let path = entry.expect("an entry can be read").path();
        if path.is_dir() {
            names(&path, found);
        } else if !path.ends_with("planted.rs") {
            let text = fs::read_to_string(&path).expect("a source file is UTF-8");
            let behind = text.split("planted(\"").skip(1).filter_map(|rest| rest.split('"').next());
            found.extend(behind.map(str::to_owned));
        }
    }
}

fn kit() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// The core needs a processor, and a server over TCP patience.
const THREADS: usize = 4;

/// The bugs of the packets' readers and writers. One more is not seen there: a namespace of its own for `/` reads and writes
/// the same.
const OF_THE_CODEC: [&str; 16] = [
    "message-cut-at-non-ascii",
    "broken-base64-skipped",
    "sep-newline",
    "b64-raw",
    "lone-surrogate-replaced",
    "zero-attachments-refused",
    "no-attachment-limit",
    "no-id-limit",
    "event-shape-unchecked",
    "reserved-events-ok",
    "placeholders-unchecked",
    "nsp-dropped",
    "placeholder-num-zero",
    "text-mid-binary-ok",
    "stray-binary-ignored",
    "attachments-swapped",
];
