//! Who on this thread listens to a room: one ear a room, which goes round its sessions when something was said.
//!
//! ```text
//!                                  ┌─ thread 0: ear ── session, session, session, …     in one loop:
//! room ── broadcast channel ───────┤                                                    take it, write it
//!                                  └─ thread 1: ear ── session, session, …
//! ```
//!
//! To wake a task for each recipient costs a third to a half of what the kernel takes for the write itself; a loop costs
//! next to nothing. A session whose socket does not take all at once is woken, and goes on by itself.

use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::{Rc, Weak};

use tokio::task::{AbortHandle, spawn_local, yield_now};

use super::clock::Clock;
use super::session_task::SessionTask;
use crate::hub::{Bell, Membership, RoomId};

/// The ears of one thread.
#[derive(Clone)]
pub(super) struct Ears {
    rooms: Rc<RefCell<HashMap<RoomId, Ear>>>,
    clock: Clock,
}

/// The sessions of this thread that are in one room, in the order in which they came.
struct Ear {
    sessions: BTreeMap<u64, Weak<RefCell<SessionTask>>>,
    next: u64,
    attending: AbortHandle,
}

/// A session's place on the list of a room, until it is dropped.
pub(super) struct Listening {
    ears: Ears,
    room: RoomId,
    place: u64,
}

impl Ears {
    pub(super) fn new(clock: Clock) -> Self {
        Self { rooms: Rc::default(), clock }
    }

    /// Puts a session on the list of a room where it has a place. What was said before, it must hear by itself.
    pub(super) fn listen(&self, place: &Membership, session: Weak<RefCell<SessionTask>>) -> Listening {
        let room = place.room();
        let mut rooms = self.rooms.borrow_mut();
        let ear = rooms.entry(room).or_insert_with(|| {
            let attending = spawn_local(self.clone().attend(room, place.bell())).abort_handle();
            Ear { sessions: BTreeMap::new(), next: 0, attending }
        });
        let place = ear.next;
        ear.next += 1;
        ear.sessions.insert(place, session);
        Listening { ears: self.clone(), room, place }
    }

    async fn attend(self, room: RoomId, mut bell: Bell) {
        while bell.rung().await {
            let mut next = 0;
            loop {
                let some = self.some_of(room, next);
                let Some((last, _)) = some.last() else { break };
                next = last + 1;
                self.tell(some.into_iter().filter_map(|(_, session)| session.upgrade()));
                yield_now().await;
            }
        }
    }

    fn tell(&self, sessions: impl Iterator<Item = Rc<RefCell<SessionTask>>>) {
        let now = self.clock.now();
        for session in sessions {
            // A panic is a bug, and costs the session in which it happened. In a task of its own the runtime would see to
            // that; here it would deafen all others of the room.
            if catch_unwind(AssertUnwindSafe(|| session.borrow_mut().hear(now))).is_err() {
                session.borrow_mut().abandon();
            }
        }
    }

    /// Copies a part of the list, which may change while its sessions are told.
    fn some_of(&self, room: RoomId, from: u64) -> Vec<(u64, Weak<RefCell<SessionTask>>)> {
        let rooms = self.rooms.borrow();
        let sessions = rooms.get(&room).into_iter().flat_map(|ear| ear.sessions.range(from..));
        sessions.take(AT_ONCE).map(|(place, session)| (*place, session.clone())).collect()
    }
}

impl Listening {
    pub(super) fn room(&self) -> RoomId {
        self.room
    }
}

impl Drop for Listening {
    fn drop(&mut self) {
        let mut rooms = self.ears.rooms.borrow_mut();
        let Some(ear) = rooms.get_mut(&self.room) else { return };
        ear.sessions.remove(&self.place);
        if ear.sessions.is_empty() {
            ear.attending.abort();
            rooms.remove(&self.room);
        }
    }
}

/// Sessions that are told between two turns of everyone else: half a millisecond's work.
const AT_ONCE: usize = 64;
