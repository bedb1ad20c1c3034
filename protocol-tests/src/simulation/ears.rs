//! Who at the server listens in which room, and the bells that tell when there is something to be heard.

use std::collections::{BTreeSet, HashMap};
use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use wire42::hub::{Bell, Membership, RoomId};

/// One ear for each room that the hub has, or had.
#[derive(Default)]
pub(super) struct Ears {
    ears: Vec<Ear>,
    numbers: HashMap<RoomId, usize>,
}

struct Ear {
    bell: Bell,
    has_rung: bool,
    /// Sessions, by how many places they have there.
    listeners: BTreeSet<usize>,
}

impl Ears {
    /// A session listens in a room from now on; gives the ear.
    pub(super) fn listen(&mut self, place: &Membership, session: usize) -> usize {
        let number = *self.numbers.entry(place.room()).or_insert_with(|| {
            self.ears.push(Ear { bell: place.bell(), has_rung: false, listeners: BTreeSet::new() });
            self.ears.len() - 1
        });
        self.ears[number].listeners.insert(session);
        number
    }

    /// A session has no place in the room any more.
    pub(super) fn leave(&mut self, ear: usize, session: usize) {
        self.ears[ear].listeners.remove(&session);
    }

    /// The server is gone, with all its rooms.
    pub(super) fn end(&mut self) {
        self.numbers.clear();
        self.ears.iter_mut().for_each(|ear| ear.listeners.clear());
    }

    /// Says whether a bell has rung that had not before.
    pub(super) fn is_rung(&mut self, ear: usize) -> bool {
        let ear = &mut self.ears[ear];
        let rings = is_rung(&mut ear.bell) && !ear.has_rung;
        ear.has_rung |= rings;
        rings
    }

    /// The rooms in which someone listens.
    pub(super) fn all(&self) -> impl Iterator<Item = usize> + use<> {
        let all = self.ears.iter().enumerate().filter(|(_, ear)| !ear.listeners.is_empty());
        all.map(|(number, _)| number).collect::<Vec<_>>().into_iter()
    }

    /// Gives those who are to look at what was said.
    pub(super) fn hear(&mut self, ear: usize) -> Vec<usize> {
        let ear = &mut self.ears[ear];
        is_rung(&mut ear.bell);
        ear.has_rung = false;
        ear.listeners.iter().copied().collect()
    }

    /// Says whether anybody listens in a room.
    pub(super) fn is_heard(&self, room: RoomId) -> bool {
        self.numbers.get(&room).is_some_and(|ear| !self.ears[*ear].listeners.is_empty())
    }
}

fn is_rung(bell: &mut Bell) -> bool {
    matches!(pin!(bell.rung()).poll(&mut Context::from_waker(Waker::noop())), Poll::Ready(true))
}
