//! The rooms that there are or were: what was said in each, and who sat there.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use wire42::hub::{RoomId, Seat};

use super::broken::Broken;
use super::ears::Ears;
use super::link::{Down, LinkId};
use super::order::Order;
use super::sockets::{Asked, Sockets};
use super::storage::Fate;
use super::terms::Terms;

/// What the server wants of the world.
#[derive(Debug, Default)]
pub(super) struct Wishes {
    /// To be sent.
    pub(super) said: Vec<(LinkId, Down)>,
    /// Sessions, and when they want to be woken.
    pub(super) timers: Vec<(usize, Duration)>,
    /// Ears of rooms in which something was said.
    pub(super) rings: Vec<usize>,
    /// Sessions that are not through with a body.
    pub(super) rests: Vec<usize>,
    /// Sessions, and sockets of theirs that have come back on others.
    pub(super) displaced: Vec<(usize, String)>,
}

/// All rooms that ever were.
#[derive(Default)]
pub(super) struct Rooms {
    /// What was said in each.
    orders: Vec<Order>,
    numbers: HashMap<RoomId, usize>,
    /// The latest room of each name.
    latest: BTreeMap<String, (usize, RoomId)>,
    pub(super) sockets: Sockets,
    pub(super) ears: Ears,
}

impl Rooms {
    /// Someone took a seat; gives the room, and the session that must make way.
    pub(super) fn enter(
        &mut self,
        seat: &Seat,
        session: usize,
        asked: Option<&Asked>,
        (terms, now): (&Terms, Duration),
    ) -> Result<(usize, Option<usize>), Broken> {
        let namespace = seat.namespace().as_str();
        let number = match self.numbers.get(&seat.room()) {
            Some(number) => *number,
            None => self.open(seat.room(), namespace, terms)?,
        };
        if self.latest.get(namespace) != Some(&(number, seat.room())) {
            return Err(wrong(namespace, "someone enters a room that was forgotten"));
        }
        let from = self.orders[number].settled();
        let sat = self.sockets.sit(seat.socket().as_str(), asked, (number, from, session), (terms, now));
        sat.map(|displaced| (number, displaced)).map_err(|why| wrong(namespace, &why))
    }

    pub(super) fn order(&mut self, number: usize) -> &mut Order {
        &mut self.orders[number]
    }

    /// Rings for those rooms of which the bell has rung.
    pub(super) fn ring(&mut self, ears: impl IntoIterator<Item = usize>, wishes: &mut Wishes) {
        wishes.rings.extend(ears.into_iter().filter(|ear| self.ears.is_rung(*ear)));
    }

    /// The store has answered.
    pub(super) fn settle(&mut self, fates: Vec<Fate>) -> Result<(), Broken> {
        for Fate { namespace, token, is_stored } in fates {
            let name = namespace.as_str();
            let Some((number, _)) = self.latest.get(name) else { continue };
            let order = &mut self.orders[*number];
            let settled = if is_stored { order.store(token) } else { order.lose(token) };
            settled.map_err(|why| wrong(name, &why))?;
        }
        Ok(())
    }

    /// The server is gone, with all its rooms; what is stored stays.
    pub(super) fn end(&mut self, is_durable: bool) {
        self.ears.end();
        self.numbers.clear();
        if !is_durable {
            self.latest.clear();
        }
    }

    /// What the store did not take before the end, it never will.
    pub(super) fn forget_unstored(&mut self) {
        self.orders.iter_mut().for_each(Order::end);
    }

    fn open(&mut self, room: RoomId, namespace: &str, terms: &Terms) -> Result<usize, Broken> {
        let before = self.latest.get(namespace).copied();
        // Only names behind patterns pass away, and only when nobody is there.
        let is_passing = ["/team-", "/kit-"].iter().any(|prefix| namespace.starts_with(prefix));
        let is_new = |(number, id): &(usize, RoomId)| self.numbers.get(id) == Some(number);
        if before.as_ref().is_some_and(|known| is_new(known) && (!is_passing || self.ears.is_heard(known.1)))
        {
            return Err(wrong(namespace, "the room was made anew, and the one of that name is in use"));
        }
        // A room that is stored is the same one when it is opened again.
        let number = match before.filter(|_| terms.is_durable) {
            Some((number, _)) => number,
            None => {
                self.orders.push(Order::new(terms.is_durable));
                self.orders.len() - 1
            }
        };
        self.numbers.insert(room, number);
        self.latest.insert(namespace.to_owned(), (number, room));
        Ok(number)
    }
}

fn wrong(namespace: &str, sentence: &str) -> Broken {
    Broken { namespace: Some(namespace.to_owned()), ..Broken::new(format!("{namespace}: {sentence}")) }
}
