//! Who stands for the reference: its own parsers in a child process, or the model of them.

use super::class::{Class, Habits};
use super::model;
use super::reading::Reading;
use crate::codec::{Adapter, Fault, Options};
use crate::packet::Content;
use crate::vector::Kind;

/// The other reader.
pub(super) enum Reference {
    Adapter(Box<Adapter>),
    Model,
}

impl Reference {
    /// Starts the adapter that the options name.
    pub(super) fn start(options: Option<&Options>) -> Result<Reference, Fault> {
        let Some(options) = options else { return Ok(Reference::Model) };
        let mut adapter = Box::new(Adapter::new(options));
        adapter.start().map(|()| Reference::Adapter(adapter))
    }

    /// What it calls itself.
    pub(super) fn name(&self) -> &str {
        match self {
            Reference::Adapter(adapter) => adapter.name(),
            Reference::Model => "the model of the reference",
        }
    }

    /// Says what it makes of each wire.
    pub(super) fn readings(&mut self, kind: Kind, wires: &[Vec<Content>]) -> Result<Vec<Reading>, Fault> {
        match self {
            Reference::Adapter(adapter) => {
                Ok(adapter.readings(kind, wires)?.iter().map(|line| Reading::of_line(line)).collect())
            }
            Reference::Model => {
                let habits = Habits::of(&Class::ALL);
                Ok(wires.iter().map(|wire| model::read(kind, wire, &habits)).collect())
            }
        }
    }
}
