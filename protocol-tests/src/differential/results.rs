//! What a comparison came to: counts, classes with an example each, and findings.

use std::collections::BTreeMap;

use super::class::Class;
use super::judge::Judged;
use super::notation;
use super::reading::Reading;
use super::{Family, Sample};
use crate::packet::Content;
use crate::vector::Kind;

/// What a comparison came to.
#[derive(Debug, Default)]
pub struct Results {
    /// What the adapter calls itself.
    pub name: String,
    /// What determined the wires.
    pub seed: u64,
    /// How many were asked for.
    pub wires: usize,
    /// Why the comparison ended early.
    pub trouble: Option<String>,
    pub(super) faults: Vec<String>,
    pub(super) findings: Vec<Finding>,
    pub(super) tallies: BTreeMap<(&'static str, Family), Tally>,
    pub(super) classes: BTreeMap<Class, Seen>,
}

/// A difference that no class explains.
#[derive(Debug)]
pub(super) struct Finding {
    pub(super) kind: Kind,
    pub(super) wire: Vec<Content>,
    pub(super) why: String,
}

#[derive(Debug, Default)]
pub(super) struct Tally {
    pub(super) both_read: usize,
    both_refuse: usize,
    differ: usize,
    unexplained: usize,
}

/// How often a class was seen, and the shortest wire that differs by nothing else.
#[derive(Debug, Default)]
pub(super) struct Seen {
    times: usize,
    shortest: Option<String>,
}

impl Results {
    pub(super) fn count(&mut self, sample: &Sample, ours: &Reading, theirs: &Reading, judged: &Judged) {
        let tally = self.tallies.entry((sample.kind.group(), sample.family)).or_default();
        match judged {
            Judged::Same if ours.is_accepted() && theirs.is_accepted() => tally.both_read += 1,
            Judged::Same => tally.both_refuse += 1,
            Judged::Explained(_) => tally.differ += 1,
            Judged::Unexplained(_) => tally.unexplained += 1,
        }
        let Judged::Explained(classes) = judged else { return };
        for class in classes {
            let seen = self.classes.entry(*class).or_default();
            seen.times += 1;
            if classes.len() == 1 {
                let wire = notation::show(&sample.wire);
                if seen.shortest.as_ref().is_none_or(|shortest| wire.len() < shortest.len()) {
                    seen.shortest = Some(wire);
                }
            }
        }
    }

    /// Tells everything that a reader may act on.
    pub fn text(&self) -> String {
        let mut out = format!("{}, {} wires, seed {}\n\n", self.name, self.wires, self.seed);
        let mut line = |text: &str| {
            out.push_str(text);
            out.push('\n');
        };
        line("                      both read  both refuse  explained  unexplained");
        for ((kind, family), tally) in &self.tallies {
            let Tally { both_read, both_refuse, differ, unexplained } = tally;
            let family = family.name();
            line(&format!(
                "{kind:11} {family:8} {both_read:11} {both_refuse:12} {differ:10} {unexplained:12}"
            ));
        }
        line("\nclass                            wires  the shortest of this class alone");
        for (class, Seen { times, shortest }) in &self.classes {
            line(&format!("{:30} {times:7}  {}", class.name(), shortest.as_deref().unwrap_or("none")));
        }
        for Finding { kind, wire, why } in self.findings.iter().take(MOST_TOLD) {
            line(&format!("\nUNEXPLAINED {}  {}\n    {why}", kind.group(), notation::show(wire)));
        }
        if self.findings.len() > MOST_TOLD {
            line(&format!("\nand {} more that no class explains", self.findings.len() - MOST_TOLD));
        }
        for fault in self.faults.iter().chain(&self.unseen()).chain(&self.trouble) {
            line(&format!("\nerror: {fault}"));
        }
        out
    }

    /// The exit code: 0 the ledger explains every difference, 1 it does not, 3 the adapter did not hold out.
    pub fn exit_code(&self) -> u8 {
        if self.trouble.is_some() {
            return 3;
        }
        u8::from(!(self.findings.is_empty() && self.faults.is_empty() && self.unseen().is_empty()))
    }

    /// Names the classes that never occurred; in a short run that means nothing.
    fn unseen(&self) -> Vec<String> {
        let is_unseen = |class: &Class| self.wires >= ENOUGH && !self.classes.contains_key(class);
        let unseen = Class::ALL.into_iter().filter(is_unseen);
        unseen.map(|class| format!("{} stands in the ledger, and never occurred", class.name())).collect()
    }
}

impl Family {
    fn name(self) -> &'static str {
        match self {
            Family::Valid => "valid",
            Family::Mutated => "mutated",
            Family::Broken => "broken",
        }
    }
}

/// With so many wires every class must occur.
const ENOUGH: usize = 100_000;

/// A bug shows itself in thousands of wires; a few are enough to find it.
const MOST_TOLD: usize = 20;
