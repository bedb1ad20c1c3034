//! Compares wire42's decoders with the reference's own, on wires by the thousand, and explains every difference.
//!
//! ```text
//! grammar ──> wire ──┬──> wire42's decoder ─────────────> reading ──┐
//! mutation           ├──> the reference, in a child ────> reading ──┼──> the same, or classes of the ledger,
//!                    └──> a model of both, with habits ─> readings ─┘    or a finding
//! ```
//!
//! A third reader, the model, has a switch for each class of difference: with all of them off it must read every wire as
//! wire42 does, with all of them on as the reference does. The classes of a wire are the switches that it takes to get
//! from one to the other. `differential.md` is the ledger of the classes.
//!
//! ```no_run
//! use protocol_tests::{codec, differential, suite::Suite};
//!
//! let adapter = "node protocol-tests/adapters/node/adapter.js".to_owned();
//! let options = differential::Options {
//!     adapter: Some(codec::Options { adapter, ..codec::Options::default() }),
//!     wires: 100_000,
//!     seed: 1,
//! };
//! let results = differential::run(&Suite::embedded().0, &options);
//! print!("{}", results.text());
//! std::process::exit(results.exit_code().into());
//! ```

mod class;
mod decoders;
mod grammar;
mod javascript;
mod judge;
mod ledger;
mod model;
mod mutation;
mod notation;
mod reading;
mod reference;
mod results;
mod shrink;
mod value;

use crate::codec::{self, Fault};
use crate::fuzz::Dice;
use crate::packet::Content;
use crate::suite::Suite;
use crate::vector::Kind;
use judge::{Judged, judge};
use ledger::Ledger;
use reference::Reference;
use results::Finding;
use shrink::shrink;

pub use results::Results;

/// What to compare.
#[derive(Clone, Debug)]
pub struct Options {
    /// The reference's parsers, and how long to wait for them; without, the model stands for them, which judges wire42 alone.
    pub adapter: Option<codec::Options>,
    /// How many wires to make.
    pub wires: usize,
    /// What determines them.
    pub seed: u64,
}

/// How a wire was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Family {
    /// By the grammar.
    Valid,
    /// By the grammar, then changed in a few places.
    Mutated,
    /// Of random letters.
    Broken,
}

/// A wire that is compared.
#[derive(Clone, Debug)]
struct Sample {
    kind: Kind,
    family: Family,
    wire: Vec<Content>,
}

/// Compares as many wires as the options say; the suite is where the ledger says that its classes are pinned.
pub fn run(suite: &Suite, options: &Options) -> Results {
    let mut results = Results { seed: options.seed, wires: options.wires, ..Results::default() };
    let compared = Reference::start(options.adapter.as_ref()).and_then(|mut reference| {
        reference.name().clone_into(&mut results.name);
        compare(&mut reference, suite, options, &mut results)
    });
    results.trouble = compared.err().map(|fault| fault.to_string());
    results
}

fn compare(
    reference: &mut Reference,
    suite: &Suite,
    options: &Options,
    results: &mut Results,
) -> Result<(), Fault> {
    let ledger = Ledger::ours();
    results.faults = ledger.faults(suite);
    for entry in &ledger.entries {
        let theirs = reference.readings(entry.kind, std::slice::from_ref(&entry.wire))?;
        results.faults.extend(entry.fault(&theirs[0]));
    }
    let mut dice = Dice::new(options.seed);
    for start in (0..options.wires).step_by(BATCH) {
        let batch = start..options.wires.min(start + BATCH);
        let samples: Vec<Sample> = batch.map(|index| sample(&mut dice, index)).collect();
        for kind in Kind::ALL {
            let samples: Vec<&Sample> = samples.iter().filter(|sample| sample.kind == kind).collect();
            compare_batch(reference, kind, &samples, results)?;
        }
    }
    Ok(())
}

/// Makes the wire of this number: half of all are Socket.IO's.
fn sample(dice: &mut Dice, index: usize) -> Sample {
    let kind = [Kind::SocketPacket, Kind::EnginePacket, Kind::SocketPacket, Kind::Payload][index % 4];
    let family = [Family::Valid, Family::Mutated, Family::Broken][index / 4 % 3];
    let wire = match family {
        Family::Valid => grammar::wire(dice, kind),
        Family::Mutated => {
            let (wire, other) = (grammar::wire(dice, kind), grammar::wire(dice, kind));
            mutation::mutate(dice, kind, wire, &other)
        }
        Family::Broken => mutation::broken(dice, kind),
    };
    Sample { kind, family, wire }
}

fn compare_batch(
    reference: &mut Reference,
    kind: Kind,
    samples: &[&Sample],
    results: &mut Results,
) -> Result<(), Fault> {
    let ours: Vec<_> = samples.iter().map(|sample| decoders::read(kind, &sample.wire)).collect();
    let again = ours.iter().filter_map(|read| read.again.clone());
    let wires: Vec<Vec<Content>> = samples.iter().map(|sample| sample.wire.clone()).chain(again).collect();
    let theirs = reference.readings(kind, &wires)?;
    let mut again = theirs[samples.len()..].iter();
    for ((sample, ours), theirs) in samples.iter().zip(ours).zip(&theirs) {
        let judged = judge(kind, &sample.wire, &ours.reading, theirs);
        results.count(sample, &ours.reading, theirs, &judged);
        if let Judged::Unexplained(why) = judged {
            let finding = Finding { kind, wire: sample.wire.clone(), why };
            let is_one_of_few = results.findings.len() < SHRUNK;
            results.findings.push(if is_one_of_few { shrink(reference, finding)? } else { finding });
        }
        if let Some(wire) = ours.again {
            let read = again.next().expect("each was asked for");
            if *read != ours.reading {
                let why = format!(
                    "wire42 reads    {}\n    and writes      {}\n    which the reference reads as {read}",
                    ours.reading,
                    notation::show(&wire)
                );
                results.findings.push(Finding { kind, wire: sample.wire.clone(), why });
            }
        }
    }
    Ok(())
}

/// Wires a round: few enough for a line of the adapter, enough that waiting for it costs nothing.
const BATCH: usize = 256;

/// So many findings are made smaller before they are told; one bug shows itself in thousands.
const SHRUNK: usize = 5;

#[cfg(test)]
mod tests;
