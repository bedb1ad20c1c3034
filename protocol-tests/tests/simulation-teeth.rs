//! Plants one bug after the other in our server's core and fails for each that the simulation does not find.
//!
//! ```text
//! | bug               | seeds | found by                                           |
//! |-------------------|------:|----------------------------------------------------|
//! | `membership-kept` |     1 | the hub counts 12 members, and there are 11 seats  |
//! ```
//!
//! It has no more seeds for each than `tests/simulation.rs` has for the server as it is. Names behind `--` choose. Bugs in the
//! store itself are planted only where it is built in (cargo feature `sqlite`).

use std::num::NonZero;
use std::panic;
use std::process::ExitCode;
use std::thread::available_parallelism;

use protocol_tests::simulation::{Plan, sweep};
use wire42::planted::{RARE, plant};

fn main() -> ExitCode {
    // A planted bug may panic: that is one way of being found.
    panic::set_hook(Box::new(|_| {}));
    let plan = Plan { clients: 40, steps: 400 };
    let threads = available_parallelism().map_or(1, NonZero::get);
    let wanted: Vec<String> = std::env::args().skip(1).collect();
    let is_built = |bug: &&&str| cfg!(feature = "sqlite") || !OF_SQLITE.contains(bug);
    let is_wanted = |bug: &&&str| wanted.is_empty() || wanted.iter().any(|name| name == **bug);
    let mut survivors = 0;
    println!("| bug | seeds | found by |\n|---|---:|---|");
    for bug in RARE.iter().chain(&ALSO).filter(is_built).filter(is_wanted) {
        match sweep(0, SEEDS, &plan, threads, || plant(Some(bug))).failure {
            Some(failure) => println!("| `{bug}` | {} | {} |", failure.seed + 1, failure.sentence),
            None => {
                survivors += 1;
                println!("| `{bug}` | | it survives {SEEDS} seeds |");
            }
        }
    }
    ExitCode::from(survivors)
}

/// Bugs in the store that people use.
const OF_SQLITE: [&str; 3] = ["commits-not-synced", "restart-is-for-good", "uncertain-is-refused"];

/// Bugs that fixtures find too.
const ALSO: [&str; 28] = [
    "ack-before-broadcast",
    "bad-offset-taken",
    "broadcast-skips-slow",
    "broadcast-twice",
    "displaced-loses-all",
    "expired-pid-taken",
    "history-again",
    "history-kept-back",
    "history-never-shrinks",
    "leaving-erases-history",
    "left-pid-taken",
    "no-offset-no-recovery",
    "no-ping-timeout",
    "no-upgrade-timeout",
    "outbox-of-any-size",
    "offset-missing",
    "payload-reverse",
    "pid-works-once",
    "ping-once",
    "recovery-new-sid",
    "recovery-replays-again",
    "recovery-skips-one",
    "replayed-to-everyone",
    "session-leak",
    "timeout-half",
    "two-sockets-one-pid",
    "upgrade-drops-buffer",
    "who-left-may-idle",
];

/// As many as the server as it is must hold in.
const SEEDS: u64 = 2_000;
