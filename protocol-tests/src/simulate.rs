//! `protocol-tests simulate`: many worlds on this machine's processors, and how fast they went by.

use std::num::NonZero;
use std::panic;
use std::thread::available_parallelism;

use protocol_tests::simulation::{Plan, Sweep, sweep, transcript};
use protocol_tests::trial::{FAILED, HOLDS};

use crate::args::SimulateArgs;
use crate::say;

/// Lives through the worlds, and prints the first failure.
pub(crate) fn run(args: &SimulateArgs) -> u8 {
    let plan = Plan { clients: args.clients, steps: args.steps };
    if args.transcript {
        say(transcript(args.from, &plan).trim_end());
        return HOLDS;
    }
    let threads = available_parallelism().map_or(1, NonZero::get);
    // A panic is a failure that is printed with all others.
    panic::set_hook(Box::new(|_| {}));
    let Sweep { worlds, tally, failure, took } = sweep(args.from, args.seeds, &plan, threads, || ());
    let _ = panic::take_hook();
    let seconds = took.as_secs_f64();
    say(&format!(
        "{worlds} worlds of {} clients and {} steps: {} events, {} sessions, {} messages, {:.0} s of their time",
        plan.clients,
        plan.steps,
        tally.events,
        tally.sessions,
        tally.messages,
        tally.time.as_secs_f64()
    ));
    say(&format!(
        "{seconds:.1} s on {threads} threads: {:.0} events a second",
        tally.events as f64 / seconds
    ));
    match failure {
        None => HOLDS,
        Some(failure) => {
            say(&format!("\n{failure}"));
            FAILED
        }
    }
}
