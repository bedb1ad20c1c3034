//! The server of the simulation: the core, and in place of its tasks what they do, one thing after another.
//!
//! ```text
//! Up ──> bytes ──> wire42's HTTP parser ──> Site::route ──> Guest ──> Down        on the same connection, or the held one
//!                                                             │
//!                        bell of a room ──> an ear, later ──> every guest of the room
//! ```
//!
//! A WebSocket whose reader stopped takes what its queue holds; then no more is asked of the guest until he reads on.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use wire42::app::SocketId;
use wire42::engine_io::{Input, Reason, Refusal};
use wire42::hub::{Hub, Keeping, Output};
use wire42::net::Config;
use wire42::net::http::{Request, Response};
use wire42::now::Now;

use super::broken::{Broken, Check};
use super::link::{Down, LinkId, Meaning};
use super::room::{Rooms, Wishes};
use super::session::Session;
use super::storage::{Outcomes, Storage};
use super::terms::Terms;
use super::wire::Wire;

/// The core, its sessions, and the server's ends of all connections.
pub(super) struct Server {
    pub(super) terms: Arc<Terms>,
    pub(super) hub: Arc<Hub>,
    pub(super) sessions: Vec<Option<Session>>,
    /// Those that are there.
    pub(super) alive: BTreeSet<usize>,
    pub(super) names: BTreeMap<String, usize>,
    /// What a connection is to the server.
    pub(super) roles: BTreeMap<LinkId, Role>,
    pub(super) wires: BTreeMap<LinkId, Wire>,
    pub(super) rooms: Rooms,
    /// Where what is said is stored, in a world that stores it.
    pub(super) storage: Option<Storage>,
    /// How often it ended.
    pub(super) age: u32,
    /// It has ended, and not begun again.
    pub(super) is_down: bool,
    /// How many sockets there ever were.
    ids: Arc<AtomicU64>,
    /// Places in rooms that were counted.
    places: usize,
    pub(super) wishes: Wishes,
    pub(super) now: Duration,
}

/// What a connection is to the server.
#[derive(Debug)]
pub(super) enum Role {
    /// A GET that is held.
    Held(usize),
    /// A POST whose body has not come.
    Posting(usize, Request),
    /// A WebSocket.
    Socket(usize),
}

impl Server {
    pub(super) fn new(terms: Arc<Terms>, storage: Option<Storage>) -> Server {
        let ids = Arc::new(AtomicU64::new(0));
        Server {
            hub: hub(&terms, storage.as_ref(), &ids),
            terms,
            sessions: Vec::new(),
            alive: BTreeSet::new(),
            names: BTreeMap::new(),
            roles: BTreeMap::new(),
            wires: BTreeMap::new(),
            rooms: Rooms::default(),
            storage,
            age: 0,
            is_down: false,
            ids,
            places: 0,
            wishes: Wishes::default(),
            now: Duration::ZERO,
        }
    }

    /// All that is only in its memory is gone.
    pub(super) fn vanish(&mut self) {
        self.is_down = true;
        self.age += 1;
        self.alive.clear();
        self.sessions.iter_mut().for_each(|session| *session = None);
        self.names.clear();
        self.roles.clear();
        self.wires.clear();
        self.places = 0;
        self.wishes = Wishes::default();
        self.rooms.end(self.terms.is_durable);
        self.hub = hub(&self.terms, None, &self.ids);
    }

    /// It begins again, with what the store has.
    pub(super) fn begin(&mut self) {
        self.is_down = false;
        self.hub = hub(&self.terms, self.storage.as_ref(), &self.ids);
    }

    /// The store has answered.
    pub(super) fn tell(&mut self, outcomes: Outcomes) {
        self.hub.handle_outcomes(outcomes);
        let ears = self.rooms.ears.all();
        self.rooms.ring(ears, &mut self.wishes);
    }

    /// A message has come over a WebSocket.
    pub(super) fn text(&mut self, link: LinkId, text: &str, meaning: Meaning) -> Check {
        let Some(Role::Socket(index)) = self.roles.get(&link) else { return Ok(()) };
        self.with(*index, |session, now| {
            session.give([meaning], now);
            session.guest.handle_input(Input::Text(text), at(now)).unwrap_or_default();
        })
    }

    /// The client's end of a connection is gone.
    pub(super) fn gone(&mut self, link: LinkId) -> Check {
        self.wires.remove(&link);
        match self.roles.remove(&link) {
            None => Ok(()),
            Some(Role::Held(index)) => self.with(index, Session::lose_get),
            Some(Role::Posting(index, _)) => self.with(index, Session::lose_post),
            Some(Role::Socket(index)) => self.with(index, Session::lose_websocket),
        }
    }

    /// A deadline that was set for this moment has come, if it was not moved.
    pub(super) fn timer(&mut self, index: usize, set_for: Duration) -> Check {
        let Some(session) = self.sessions[index].as_mut() else { return Ok(()) };
        if session.timer != Some(set_for) {
            return Ok(());
        }
        session.timer = None;
        // As in the server: who is not through with a body is through with it first.
        while self.sessions[index].as_ref().is_some_and(|session| session.guest.is_busy()) {
            self.rest(index)?;
        }
        let Some(session) = &self.sessions[index] else { return Ok(()) };
        if session.guest.poll_timeout().is_none_or(|due| due > self.now) {
            return self.with(index, |_, _| ());
        }
        self.with(index, |session, now| session.guest.handle_timeout(at(now)))?;
        let due = self.sessions[index].as_ref().and_then(|session| session.guest.poll_timeout());
        match due.is_some_and(|due| due <= self.now) {
            true => Err(self.broken(index, "a deadline that was handled is due still")),
            false => Ok(()),
        }
    }

    /// A session goes on with a long body.
    pub(super) fn rest(&mut self, index: usize) -> Check {
        self.with(index, |session, now| {
            if session.guest.is_busy() {
                session.guest.handle_rest(at(now));
            }
        })
    }

    /// Someone looks at what was said in a room.
    pub(super) fn hear(&mut self, ear: usize) -> Check {
        for index in self.rooms.ears.hear(ear) {
            self.with(index, |session, now| session.guest.handle_broadcasts(at(now)))?;
        }
        Ok(())
    }

    /// The reader of a WebSocket stops when it has taken so many bytes more.
    pub(super) fn stall(&mut self, link: LinkId, window: usize) {
        if let Some(wire) = self.wires.get_mut(&link) {
            wire.stall(window);
        }
    }

    /// He reads on.
    pub(super) fn resume(&mut self, link: LinkId) -> Check {
        let Some(wire) = self.wires.get_mut(&link) else { return Ok(()) };
        self.wishes.said.extend(wire.resume().map(|down| (link, down)));
        match self.roles.get(&link) {
            Some(Role::Socket(index)) => self.with(*index, |_, _| ()),
            _ => Ok(()),
        }
    }

    /// Compares what the hub counts with what there is.
    pub(super) fn take_stock(&self) -> Check {
        let (members, passing) = (self.hub.members(), self.hub.passing_rooms());
        if members != self.places {
            return Err(Broken::new(format!(
                "the hub counts {members} members, and there are {} seats",
                self.places
            )));
        }
        if passing > self.terms.max_namespaces {
            return Err(Broken::new(format!("{passing} rooms exist behind patterns")));
        }
        let overdue = self.alive.iter().find_map(|index| {
            let session = self.sessions[*index].as_ref()?;
            session.overdue(&self.terms, self.now).map(|why| self.broken(*index, &why))
        });
        overdue.map_or(Ok(()), Err)
    }

    /// How many connections, and rooms' listeners, the server still has.
    pub(super) fn leftovers(&self) -> usize {
        self.roles.len() + self.alive.len() + self.places
    }

    /// Tells whether there is a session of this id that is not only kept for its last words.
    pub(super) fn lives(&self, sid: &str) -> bool {
        let session = self.names.get(sid).and_then(|index| self.sessions[*index].as_ref());
        session.is_some_and(|session| !session.guest.is_over())
    }

    /// Tells whether there is a session of this id, be it for its last words.
    pub(super) fn knows(&self, sid: &str) -> bool {
        self.names.contains_key(sid)
    }

    fn broken(&self, index: usize, sentence: &str) -> Broken {
        let link = self.sessions[index].as_ref().and_then(|session| session.link);
        Broken { link, ..Broken::new(format!("session s{index}: {sentence}")) }
    }

    pub(super) fn config(&self) -> &Config {
        &self.terms.config
    }

    /// Lets something happen to a session, and does all that it causes.
    pub(super) fn with(&mut self, index: usize, happen: impl FnOnce(&mut Session, Duration)) -> Check {
        let Some(mut session) = self.sessions[index].take() else { return Ok(()) };
        happen(&mut session, self.now);
        let result = self.settle(index, &mut session);
        self.sessions[index] = Some(session);
        if result? {
            self.bury(index);
        }
        Ok(())
    }

    /// Does what a guest decided until there is nothing more; tells whether that was the end of it.
    fn settle(&mut self, index: usize, session: &mut Session) -> Result<bool, Broken> {
        let mut is_over = false;
        loop {
            session.account(&mut self.rooms, &self.terms, self.now);
            is_over |= self.say(session)?;
            let before = session.places.len();
            let is_new = session.listen(index, &mut self.rooms);
            self.places = self.places + session.places.len() - before;
            session.sit(index, &mut self.rooms, &mut self.wishes, (&self.terms, self.now))?;
            if !is_new {
                break;
            }
            // Whoever begins to listen looks for what was said meanwhile.
            session.guest.handle_broadcasts(at(self.now));
        }
        self.rooms.ring(session.places.iter().copied(), &mut self.wishes);
        self.displace(index, session);
        let held = session.check_bounds(&self.terms, self.now, is_over);
        held.map_err(|why| Broken { link: session.link, ..Broken::new(format!("session s{index}: {why}")) })?;
        if !is_over {
            session.ask(index, &mut self.wishes);
        }
        Ok(is_over)
    }

    /// Takes down from which sessions sockets must be gone soon, as they have come back on another one.
    fn displace(&mut self, index: usize, session: &mut Session) {
        for rival in std::mem::take(&mut self.rooms.sockets.rivals) {
            let rival = if rival == index { Some(&mut *session) } else { self.sessions[rival].as_mut() };
            rival.into_iter().for_each(|rival| rival.has_rival = true);
        }
        let by = self.now + Duration::from_millis(self.terms.deafness) + self.terms.slack();
        for (other, socket) in self.wishes.displaced.drain(..) {
            let other = if other == index { Some(&mut *session) } else { self.sessions[other].as_mut() };
            if let Some(other) = other {
                other.displaced.push((socket, by));
            }
        }
    }

    fn say(&mut self, session: &mut Session) -> Result<bool, Broken> {
        loop {
            while let Some(output) = session.guest.poll_output() {
                match output {
                    Output::Answer(body) => {
                        let Some((link, _)) = session.held.take() else {
                            if session.is_too_late(self.now) {
                                continue;
                            }
                            let sentence = "a GET is answered that nobody sent".to_owned();
                            return Err(Broken { link: session.link, ..Broken::new(sentence) });
                        };
                        self.roles.remove(&link);
                        self.answer(link, Response::payload(body))?;
                    }
                    Output::CloseWebSocket => self.close_websocket(session),
                    Output::Closed(reason) => {
                        session.closed = Some(reason);
                        if let Some((link, _)) = session.held.take() {
                            self.roles.remove(&link);
                            self.refuse(link, Refusal::UnknownSession)?;
                        }
                        return Ok(true);
                    }
                }
            }
            if !self.transmit(session) {
                return Ok(false);
            }
        }
    }

    /// Hands frames to the WebSocket until it is full; tells whether there were any.
    fn transmit(&mut self, session: &mut Session) -> bool {
        let Some((link, _)) = session.websocket else { return false };
        let Some(wire) = self.wires.get_mut(&link) else { return false };
        let mut any = false;
        while !wire.is_full() {
            let Some(slip) = session.guest.poll_transmit() else { break };
            any = true;
            self.wishes.said.extend(wire.send(Down::Frame(slip)).map(|down| (link, down)));
        }
        any
    }

    fn close_websocket(&mut self, session: &mut Session) {
        let Some((link, _)) = session.websocket.take() else { return };
        self.roles.remove(&link);
        if let Some(wire) = self.wires.get_mut(&link) {
            let last: Vec<_> =
                std::iter::from_fn(|| session.guest.poll_transmit()).map(Down::Frame).collect();
            for down in last.into_iter().chain([Down::Closed]) {
                self.wishes.said.extend(wire.send(down).map(|down| (link, down)));
            }
        }
    }

    fn bury(&mut self, index: usize) {
        if let Some(session) = self.sessions[index].take() {
            self.places -= session.places.len();
            session.places.iter().for_each(|ear| self.rooms.ears.leave(*ear, index));
            session.asked.values().for_each(|asked| self.rooms.sockets.give_up(asked, self.now));
            let for_good = session.closed.map(Reason::is_for_good);
            for (.., socket) in &session.seats {
                self.rooms.sockets.leave(socket, index, for_good, self.now);
            }
            if let Some((link, _)) = session.websocket {
                self.roles.remove(&link);
            }
        }
        self.alive.remove(&index);
        self.names.remove(&format!("s{index}"));
        self.roles.retain(|_, role| !matches!(role, Role::Posting(session, _) if *session == index));
    }

    pub(super) fn refuse(&mut self, link: LinkId, refusal: Refusal) -> Check {
        self.answer(link, Response::refusal(refusal.code(), refusal.message()))
    }

    pub(super) fn answer(&mut self, link: LinkId, response: Response) -> Check {
        let body = String::from_utf8(response.body.into())
            .map_err(|_| Broken::new("an answer is not UTF-8".to_owned()))?;
        self.wishes.said.push((link, Down::Answer(response.status, body)));
        Ok(())
    }
}

/// A hub whose sockets have names that nobody ever had.
fn hub(terms: &Terms, storage: Option<&Storage>, ids: &Arc<AtomicU64>) -> Arc<Hub> {
    let ids = ids.clone();
    let next = Box::new(move || {
        let count = ids.fetch_add(1, Ordering::Relaxed) + 1;
        SocketId::from(format!("x{count}").as_str())
    });
    let mut keeping = Keeping { recovery: terms.recovery, ..Keeping::default() };
    if let Some(storage) = storage {
        keeping.store = storage.store();
    }
    terms.config.app.hub_with(keeping, next)
}

/// The moment on both clocks.
pub(super) fn at(now: Duration) -> Now {
    Now { mono: now, unix: 1_795_286_598 + now.as_secs() as i64 }
}
