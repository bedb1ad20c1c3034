//! Finds the classes of a difference: the habits that a model needs to read as the reference does.

use super::class::{Class, Direction, Habits};
use super::model;
use super::reading::Reading;
use crate::packet::Content;
use crate::vector::Kind;

/// What two readings of one wire come to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Judged {
    /// They are the same.
    Same,
    /// They differ by these classes, and would not without any of them.
    Explained(Vec<Class>),
    /// No classes explain it; this is what was read.
    Unexplained(String),
}

/// Judges the readings of a wire.
pub(super) fn judge(kind: Kind, wire: &[Content], ours: &Reading, theirs: &Reading) -> Judged {
    let all = Habits::of(&Class::ALL);
    let (as_ours, as_theirs) = (model::read(kind, wire, &Habits::of(&[])), model::read(kind, wire, &all));
    let unexplained = |why: &str| {
        let read = |who, reading: &Reading, model| format!("{who} {reading}\n      by the model  {model}");
        let ours = read("wire42 reads    ", ours, &as_ours);
        let theirs = read("    the reference   ", theirs, &as_theirs);
        Judged::Unexplained(format!("{ours}\n{theirs}{why}"))
    };
    if as_ours != *ours || as_theirs != *theirs {
        return unexplained("");
    }
    let Some(direction) = Direction::between(ours, theirs) else { return Judged::Same };
    let mut needed = all.asked();
    for class in needed.clone() {
        let fewer: Vec<Class> = needed.iter().copied().filter(|other| *other != class).collect();
        if model::read(kind, wire, &Habits::of(&fewer)) == *theirs {
            needed = fewer;
        }
    }
    if needed.iter().any(|class| class.direction() == direction) {
        return Judged::Explained(needed);
    }
    let names: Vec<&str> = needed.iter().map(|class| class.name()).collect();
    unexplained(&format!("\n    {direction}, which is not what {} does", names.join(", ")))
}
