//! Reads the ledger, `differential.md`: the classes, each with an example that must be of this class alone.
//!
//! ```text
//! | class | wire | wire42 | reference | why | pinned by |
//! | `count-of-zero` | `50-["a"]` | `event "/" ["a"]` | refused | nothing is missing | `sio-packet/binary-zero` |
//! ```

use super::class::Class;
use super::decoders;
use super::judge::{Judged, judge};
use super::reading::Reading;
use crate::packet::Content;
use crate::suite::Suite;
use crate::vector::{self, Kind};

/// The rows of the ledger, and what is wrong with it.
pub(super) struct Ledger {
    pub(super) entries: Vec<Entry>,
    unread: Vec<String>,
}

/// A class as the ledger tells it.
pub(super) struct Entry {
    class: Class,
    pub(super) kind: Kind,
    pub(super) wire: Vec<Content>,
    ours: Reading,
    theirs: Reading,
    /// The vectors and cases in which wire42's side stands.
    pins: Vec<String>,
}

impl Ledger {
    /// Reads the one in this program.
    pub(super) fn ours() -> Ledger {
        Ledger::read(include_str!("../../differential.md"))
    }

    pub(super) fn read(text: &str) -> Ledger {
        let mut ledger = Ledger { entries: Vec::new(), unread: Vec::new() };
        for row in text.lines().filter(|line| line.starts_with("| `")) {
            match Entry::read(row) {
                Ok(entry) => ledger.entries.push(entry),
                Err(why) => ledger.unread.push(format!("{why}, in the ledger's row {row}")),
            }
        }
        ledger
    }

    /// Says what does not fit: classes that the ledger and the program do not share, and fixtures that nobody finds.
    pub(super) fn faults(&self, suite: &Suite) -> Vec<String> {
        let mut faults = self.unread.clone();
        for class in Class::ALL {
            let rows = self.entries.iter().filter(|entry| entry.class == class).count();
            if rows != 1 {
                faults.push(format!("the ledger has {rows} rows for {}", class.name()));
            }
        }
        let exists = |pin: &str| {
            let is_case = suite.cases().any(|case| case.header.ids().any(|id| id == pin));
            is_case || suite.vectors().any(|vector| vector.id == pin)
        };
        for (entry, pin) in
            self.entries.iter().flat_map(|entry| entry.pins.iter().map(move |pin| (entry, pin)))
        {
            if !exists(pin) {
                faults.push(format!("{} is pinned by {pin}, which is no fixture", entry.class.name()));
            }
        }
        faults
    }
}

impl Entry {
    fn read(row: &str) -> Result<Entry, String> {
        let cells: Vec<&str> = row.trim_matches('|').split(" | ").map(str::trim).collect();
        let [name, wire, ours, theirs, _why, pins] = cells[..] else {
            return Err("a row has six cells".to_owned());
        };
        let name = code(name)?;
        let class = Class::ALL.into_iter().find(|class| class.name() == name);
        let class = class.ok_or_else(|| format!("the program has no class {name}"))?;
        let (kind, frames) = code(wire)?.split_once("  ").ok_or("a wire begins with its kind")?;
        let kind = Kind::of_group(kind).ok_or_else(|| format!("{kind} is no kind"))?;
        let wire = frames.split("  ").map(vector::content).collect::<Result<_, _>>();
        let reading = |cell: &str| match cell {
            "refused" => Ok(Reading::Refused(String::new())),
            "nothing yet" => Ok(Reading::Packets(String::new())),
            _ => code(cell).map(Reading::of_line),
        };
        Ok(Entry {
            class,
            kind,
            wire: wire.map_err(|unread| unread.expected)?,
            ours: reading(ours)?,
            theirs: reading(theirs)?,
            pins: pins.split(", ").map(|pin| code(pin).map(str::to_owned)).collect::<Result<_, _>>()?,
        })
    }

    /// Says what is wrong with the example, given what the reference reads.
    pub(super) fn fault(&self, theirs: &Reading) -> Option<String> {
        let name = self.class.name();
        let ours = decoders::read(self.kind, &self.wire).reading;
        for (who, said, read) in [("wire42", &self.ours, &ours), ("the reference", &self.theirs, theirs)] {
            if said != read {
                return Some(format!("the ledger's example of {name}: {who} reads {read}, not {said}"));
            }
        }
        match judge(self.kind, &self.wire, &ours, theirs) {
            Judged::Explained(classes) if classes == [self.class] => None,
            other => Some(format!("the ledger's example of {name} is judged as {other:?}")),
        }
    }
}

/// Takes the backticks off.
fn code(cell: &str) -> Result<&str, String> {
    let inside = cell.strip_prefix('`').and_then(|cell| cell.strip_suffix('`'));
    inside.ok_or_else(|| format!("{cell} does not stand in backticks"))
}
