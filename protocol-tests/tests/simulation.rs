//! Lives through some thousand worlds of the simulation. A failure prints its seed, and how to see it again.

use std::num::NonZero;
use std::thread::available_parallelism;

use protocol_tests::notation;
use protocol_tests::simulation::{Plan, Sweep, sweep, transcript};

#[test]
fn two_thousand_worlds_of_forty_clients_hold() {
    live_through(2_000, Plan { clients: 40, steps: 400 });
}

#[test]
fn twenty_worlds_of_four_hundred_clients_hold() {
    live_through(20, Plan { clients: 400, steps: 1_000 });
}

#[test]
fn a_seed_decides_every_word() {
    let plan = Plan { clients: 40, steps: 400 };
    let first = transcript(7, &plan);
    assert!(first.lines().count() > 1_000, "much was said");
    assert!(first == transcript(7, &plan), "the same seed tells the same story");
    assert!(first != transcript(8, &plan), "and another seed another one");
}

#[test]
fn a_transcript_is_in_the_notation_of_the_fixtures() {
    for seed in 0..5 {
        let transcript = transcript(seed, &Plan { clients: 40, steps: 400 });
        let lines: Vec<(usize, &str)> =
            transcript.lines().enumerate().map(|(at, line)| (at + 1, line)).collect();
        if let Err(faults) = notation::read("transcript".as_ref(), &lines) {
            panic!("seed {seed}: {faults:#?}");
        }
    }
}

fn live_through(seeds: u64, plan: Plan) {
    let threads = available_parallelism().map_or(1, NonZero::get);
    let Sweep { worlds, failure, .. } = sweep(0, seeds, &plan, threads, || ());
    if let Some(failure) = failure {
        panic!("{failure}");
    }
    assert_eq!(worlds, seeds);
}
