//! The rooms that there are or were, who listens in each, and the bell that tells when something was said.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use wire42::hub::{Bell, RoomId, Seat};

use super::broken::Broken;
use super::link::{Down, LinkId};
use super::order::Order;
use super::session::Session;

/// What the server wants of the world.
#[derive(Debug, Default)]
pub(super) struct Wishes {
    /// To be sent.
    pub(super) said: Vec<(LinkId, Down)>,
    /// Sessions, and when they want to be woken.
    pub(super) timers: Vec<(usize, Duration)>,
    /// Rooms in which something was said.
    pub(super) rings: Vec<usize>,
    /// Sessions that are not through with a body.
    pub(super) rests: Vec<usize>,
}

/// All rooms that ever were.
#[derive(Default)]
pub(super) struct Rooms {
    rooms: Vec<Room>,
    numbers: HashMap<RoomId, usize>,
    /// The latest room of each name.
    latest: BTreeMap<String, usize>,
    /// In which room each socket sits or sat, and how much had been said there when it came.
    seated: BTreeMap<String, (usize, usize)>,
}

/// One room, from when it was made until it was forgotten.
struct Room {
    order: Order,
    bell: Bell,
    has_rung: bool,
    /// Sessions.
    listeners: BTreeSet<usize>,
}

impl Rooms {
    /// Someone took a seat.
    pub(super) fn enter(&mut self, seat: &Seat, session: usize) -> Result<usize, Broken> {
        let namespace = seat.namespace().as_str();
        let number = match self.numbers.get(&seat.room()) {
            Some(number) => *number,
            None => self.open(seat, namespace)?,
        };
        if self.latest.get(namespace) != Some(&number) {
            return Err(wrong(namespace, "someone enters a room that was forgotten"));
        }
        let room = &mut self.rooms[number];
        room.listeners.insert(session);
        if self.seated.insert(seat.socket().to_string(), (number, room.order.len())).is_some() {
            return Err(wrong(namespace, "two sockets have one id"));
        }
        Ok(number)
    }

    /// Someone gave a seat back.
    pub(super) fn leave(&mut self, number: usize, session: usize) {
        self.rooms[number].listeners.remove(&session);
    }

    /// A session is gone, with its seats.
    pub(super) fn forget(&mut self, session: usize, seats: &[(usize, String, String)]) {
        seats.iter().for_each(|(number, ..)| self.leave(*number, session));
    }

    /// Gives the room of a socket, and how much had been said there when it came.
    pub(super) fn of(&self, socket: &str) -> Option<(usize, usize)> {
        self.seated.get(socket).copied()
    }

    pub(super) fn order(&mut self, number: usize) -> &mut Order {
        &mut self.rooms[number].order
    }

    /// Rings for the rooms of a session in which something was said.
    pub(super) fn ring(&mut self, session: &Session, wishes: &mut Wishes) {
        for (number, ..) in &session.seats {
            let room = &mut self.rooms[*number];
            if is_rung(&mut room.bell) && !room.has_rung {
                room.has_rung = true;
                wishes.rings.push(*number);
            }
        }
    }

    /// Gives those who are to look at what was said.
    pub(super) fn listen(&mut self, number: usize) -> Vec<usize> {
        let room = &mut self.rooms[number];
        is_rung(&mut room.bell);
        room.has_rung = false;
        room.listeners.iter().copied().collect()
    }

    fn open(&mut self, seat: &Seat, namespace: &str) -> Result<usize, Broken> {
        let before = self.latest.get(namespace).map(|number| &self.rooms[*number]);
        // Only names behind patterns pass away, and only when nobody is there.
        let is_passing = ["/team-", "/kit-"].iter().any(|prefix| namespace.starts_with(prefix));
        if before.is_some_and(|room| !is_passing || !room.listeners.is_empty()) {
            return Err(wrong(namespace, "the room was made anew, and the one of that name is in use"));
        }
        let number = self.rooms.len();
        let (order, listeners) = (Order::default(), BTreeSet::new());
        self.rooms.push(Room { order, bell: seat.bell(), has_rung: false, listeners });
        self.numbers.insert(seat.room(), number);
        self.latest.insert(namespace.to_owned(), number);
        Ok(number)
    }
}

fn wrong(namespace: &str, sentence: &str) -> Broken {
    Broken { namespace: Some(namespace.to_owned()), ..Broken::new(format!("{namespace}: {sentence}")) }
}

fn is_rung(bell: &mut Bell) -> bool {
    matches!(pin!(bell.rung()).poll(&mut Context::from_waker(Waker::noop())), Poll::Ready(true))
}
