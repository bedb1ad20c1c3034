//! One session at the server, and what it may be and do: the bounds of its queues, of its life, and of its reasons to end.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use wire42::engine_io::{Input, OUTBOX_EVENTS, Reason, Transport, Unsent};
use wire42::hub::{Guest, HAPPENINGS_A_TURN, MAX_WAITING, Seat};

use super::broken::Broken;
use super::link::{LinkId, Meaning};
use super::room::{Rooms, Wishes};
use super::server::at;
use super::sockets::Asked;
use super::terms::Terms;

/// A guest, and what is known of it from outside.
pub(super) struct Session {
    pub(super) guest: Guest,
    /// The first connection that it had.
    pub(super) link: Option<LinkId>,
    /// The GET that is held, and since when.
    pub(super) held: Option<(LinkId, Duration)>,
    /// Since when nobody is behind the GET that was held.
    lost_get_at: Option<Duration>,
    pub(super) posting: bool,
    /// The WebSocket, and since when.
    pub(super) websocket: Option<(LinkId, Duration)>,
    /// Its seats: the room, the name, the socket.
    pub(super) seats: Vec<(usize, String, String)>,
    /// The ears by which it listens, where it sits or waits to be let in.
    pub(super) places: Vec<usize>,
    /// What it showed where it asked to be let in.
    pub(super) asked: BTreeMap<String, Asked>,
    /// Sockets that have come back on other sessions, and by when they must be gone from here.
    pub(super) displaced: Vec<(String, Duration)>,
    /// For when its timer is set.
    pub(super) timer: Option<Duration>,
    /// Why it ended.
    pub(super) closed: Option<Reason>,
    /// What was given to the guest and may not have been looked at.
    pending: VecDeque<Meaning>,
    /// How many of them came last.
    fresh: usize,
    heard_at: Duration,
    /// The same before this moment: a pong that comes at the deadline comes too late.
    heard_before: Duration,
    is_upgraded: bool,
    /// Without a seat since.
    idle_since: Option<Duration>,
    /// By when it must be gone, and why.
    doom: Option<(Duration, &'static str)>,
    sins: Vec<Reason>,
    /// Somebody else wants to be one of its sockets.
    pub(super) has_rival: bool,
    /// Sockets that their client has taken out of their rooms.
    left: Vec<String>,
    unsent: Unsent,
}

impl Session {
    pub(super) fn new(guest: Guest, now: Duration) -> Session {
        Session {
            guest,
            link: None,
            held: None,
            lost_get_at: None,
            posting: false,
            websocket: None,
            seats: Vec::new(),
            places: Vec::new(),
            asked: BTreeMap::new(),
            displaced: Vec::new(),
            timer: None,
            closed: None,
            pending: VecDeque::new(),
            fresh: 0,
            heard_at: now,
            heard_before: now,
            is_upgraded: false,
            idle_since: Some(now),
            doom: None,
            sins: Vec::new(),
            has_rival: false,
            left: Vec::new(),
            unsent: Unsent::default(),
        }
    }

    /// The guest is about to be given packets of these meanings.
    pub(super) fn give(&mut self, means: impl IntoIterator<Item = Meaning>, now: Duration) {
        for meaning in means {
            match meaning {
                Meaning::Pong if self.heard_at < now => {
                    (self.heard_before, self.heard_at) = (self.heard_at, now);
                }
                Meaning::Bye => {
                    self.sin(Reason::TransportClose);
                    self.doom(now + LATE_GET, "its client said goodbye");
                }
                Meaning::Upgrade => self.is_upgraded = true,
                Meaning::Sin(reason) => {
                    self.sin(reason);
                    let grace = if reason == Reason::Kicked { PARTING } else { Duration::ZERO };
                    self.doom(now + grace, "its client broke the rules, or asked to be closed");
                }
                _ => {}
            }
            if meaning.happens() {
                self.pending.push_back(meaning);
                self.fresh += 1;
            }
        }
    }

    /// The client gave this reason to close.
    pub(super) fn sin(&mut self, reason: Reason) {
        self.sins.push(reason);
    }

    pub(super) fn lose_get(&mut self, now: Duration) {
        self.held = None;
        self.lost_get_at = Some(now);
        self.sin(Reason::TransportError);
        self.doom(now, "its client hung up on a GET");
        self.guest.handle_input(Input::GetAborted, at(now)).unwrap_or_default();
    }

    /// Says whether an answer comes to a GET that was given up at this very moment: there was something to be said first.
    pub(super) fn is_too_late(&self, now: Duration) -> bool {
        self.lost_get_at == Some(now)
    }

    pub(super) fn lose_post(&mut self, now: Duration) {
        self.posting = false;
        self.sin(Reason::TransportError);
        // Who is over already is kept for its last words.
        let grace = if self.guest.is_over() { PARTING } else { Duration::ZERO };
        self.doom(now + grace, "its client hung up on a POST");
        self.guest.handle_input(Input::PostAborted, at(now)).unwrap_or_default();
    }

    pub(super) fn lose_websocket(&mut self, now: Duration) {
        self.websocket = None;
        if self.guest.transport() == Transport::WebSocket {
            self.sin(Reason::TransportClose);
            self.doom(now, "its WebSocket is gone");
        }
        self.guest.handle_input(Input::WebSocketClosed, at(now)).unwrap_or_default();
    }

    /// Takes down in the orders of the rooms what the guest has looked at: of what came last so much at a time, and
    /// before that all that was left.
    pub(super) fn account(&mut self, rooms: &mut Rooms, terms: &Terms, now: Duration) {
        let fresh = std::mem::take(&mut self.fresh);
        let left = if fresh > 0 { self.pending.len() - fresh } else { 0 };
        let most = if self.guest.is_busy() { left + HAPPENINGS_A_TURN } else { usize::MAX };
        let count = most.min(self.pending.len());
        for meaning in self.pending.drain(..count) {
            let namespace = match &meaning {
                Meaning::Says { namespace, .. } | Meaning::Leaves { namespace } => namespace,
                Meaning::Claims { namespace, claim } => {
                    let asked = rooms.sockets.ask(claim.clone(), terms, now);
                    self.asked.insert(namespace.clone(), asked);
                    continue;
                }
                _ => continue,
            };
            let seat = self.seats.iter().find(|(_, name, _)| name == namespace);
            match (seat, &meaning) {
                (Some((room, _, socket)), Meaning::Says { token, .. }) => {
                    rooms.order(*room).give(*token, socket);
                }
                (Some((.., socket)), _) => self.left.push(socket.clone()),
                (None, _) => {}
            }
        }
    }

    /// Compares its places with those it had; tells whether there is a new one.
    pub(super) fn listen(&mut self, index: usize, rooms: &mut Rooms) -> bool {
        let before = std::mem::take(&mut self.places);
        self.places = self.guest.rooms().map(|place| rooms.ears.listen(place, index)).collect();
        let is_gone = |ear: &&usize| !self.places.contains(ear);
        before.iter().filter(is_gone).for_each(|ear| rooms.ears.leave(*ear, index));
        self.places.iter().any(|ear| !before.contains(ear))
    }

    /// Compares the seats with those it had.
    pub(super) fn sit(
        &mut self,
        index: usize,
        rooms: &mut Rooms,
        wishes: &mut Wishes,
        (terms, now): (&Terms, Duration),
    ) -> Result<(), Broken> {
        let seats = self.guest.seats();
        let is_same =
            |(_, _, socket): &(usize, String, String), seat: &Seat| seat.socket().as_str() == socket;
        if seats.len() == self.seats.len()
            && self.seats.iter().zip(seats).all(|(known, seat)| is_same(known, seat))
        {
            return Ok(());
        }
        let (kept, gone): (Vec<_>, Vec<_>) = std::mem::take(&mut self.seats)
            .into_iter()
            .partition(|known| seats.iter().any(|seat| is_same(known, seat)));
        for (.., socket) in &gone {
            let for_good = match self.left.contains(socket) {
                // Behind what ended the session, it was not heard any more.
                true => self.sins.is_empty().then_some(true),
                false => self.ends_for_good(),
            };
            rooms.sockets.leave(socket, index, for_good, now);
            self.displaced.retain(|(displaced, _)| displaced != socket);
        }
        self.seats = kept;
        self.left.retain(|left| !gone.iter().any(|(.., socket)| socket == left));
        for seat in self.guest.seats() {
            if !self.seats.iter().any(|known| is_same(known, seat)) {
                let namespace = seat.namespace().as_str().to_owned();
                let asked = self.asked.remove(&namespace);
                let (room, displaced) = rooms.enter(seat, index, asked.as_ref(), (terms, now))?;
                let socket = seat.socket().to_string();
                wishes.displaced.extend(displaced.map(|session| (session, socket.clone())));
                self.seats.push((room, namespace, socket));
            }
        }
        Ok(())
    }

    /// Says whether its sockets are gone for good when it ends; nothing, if there is more than one reason for that.
    fn ends_for_good(&self) -> Option<bool> {
        let is_for_good = |reason: &Reason| reason.is_for_good();
        match self.sins.iter().any(is_for_good) {
            true if self.sins.iter().all(is_for_good) => Some(true),
            true => None,
            false => Some(false),
        }
    }

    /// Wishes to be woken, and to go on.
    pub(super) fn ask(&mut self, index: usize, wishes: &mut Wishes) {
        if let Some(due) = self.guest.poll_timeout()
            && self.timer.is_none_or(|timer| due < timer)
        {
            self.timer = Some(due);
            wishes.timers.push((index, due));
        }
        if self.guest.is_busy() {
            wishes.rests.push(index);
        }
    }

    /// Holds queues, and the reason of the end, against what they may be.
    pub(super) fn check_bounds(&mut self, terms: &Terms, now: Duration, is_over: bool) -> Result<(), String> {
        let most = terms.config.session.max_unsent;
        let before = std::mem::replace(&mut self.unsent, self.guest.unsent());
        let Unsent { own_bytes, broadcast_bytes, broadcasts } = self.unsent;
        let waiting: usize = self.guest.seats().iter().map(Seat::waiting).max().unwrap_or_default();
        if broadcasts > OUTBOX_EVENTS || broadcast_bytes > most + LARGEST {
            return Err(format!("{broadcasts} broadcasts of {broadcast_bytes} bytes wait for one client"));
        }
        // A ping is never refused its place.
        if !is_over && (own_bytes > most + PING || waiting > MAX_WAITING) {
            return Err(format!("{own_bytes} and {waiting} bytes wait for one client"));
        }
        match (self.seats.is_empty(), self.idle_since) {
            (true, None) => self.idle_since = Some(now),
            (false, Some(_)) => self.idle_since = None,
            _ => {}
        }
        if let Some((socket, _)) = self.displaced.iter().find(|(_, by)| *by < now) {
            return Err(format!("the socket {socket} is on another session, and still here"));
        }
        if let Some(socket) = self.left.first() {
            return Err(format!("the socket {socket} left its room, and has a seat there still"));
        }
        if !is_over {
            return Ok(());
        }
        if self.guest.poll_timeout().is_some() {
            return Err("it is closed, and wants to be woken".to_owned());
        }
        match self.closed.filter(|reason| !self.deserves(*reason, before, terms, now)) {
            Some(reason) => {
                Err(format!("it is closed for {reason:?}, and its client gave no reason for that"))
            }
            None => Ok(()),
        }
    }

    /// Says what should have happened to it.
    pub(super) fn overdue(&self, terms: &Terms, now: Duration) -> Option<String> {
        let late = |by: Duration| now > by + terms.slack();
        let parting = if self.guest.is_over() { PARTING } else { Duration::ZERO };
        // Who had to make way is kept for its last words, whatever it does.
        let grace = if self.has_rival { parting } else { Duration::ZERO };
        if let Some((by, why)) = self.doom.filter(|(by, _)| late(*by + grace)) {
            return Some(format!("it should be gone since {:.3} s, because {why}", by.as_secs_f64()));
        }
        if late(self.heard_at + terms.patience() + parting) {
            return Some("its client is silent for longer than pingInterval and pingTimeout".to_owned());
        }
        if self.idle_since.is_some_and(|since| late(since + terms.config.terms.connect_timeout + parting)) {
            return Some("it has joined no namespace for longer than the connect timeout".to_owned());
        }
        let is_probing = self.websocket.filter(|_| self.guest.transport() == Transport::Polling);
        if is_probing.is_some_and(|(_, since)| late(since + terms.config.session.upgrade_timeout)) {
            return Some("its WebSocket is on trial for longer than the upgrade timeout".to_owned());
        }
        // Each pong, asked for or not, puts off the ping that would answer it.
        let is_hanging =
            self.held.is_some_and(|(_, since)| late(since.max(self.heard_at) + terms.patience()));
        is_hanging.then(|| "it holds a GET for longer than pingInterval and pingTimeout".to_owned())
    }

    fn doom(&mut self, by: Duration, why: &'static str) {
        self.doom.get_or_insert((by, why));
    }

    fn deserves(&self, reason: Reason, before: Unsent, terms: &Terms, now: Duration) -> bool {
        let most = terms.config.session.max_unsent;
        match reason {
            Reason::PingTimeout => {
                let heard_at = if self.heard_at == now { self.heard_before } else { self.heard_at };
                now >= heard_at + terms.patience()
            }
            Reason::ForcedClose => {
                let by = self.idle_since.map(|since| since + terms.config.terms.connect_timeout);
                // Who does not know yet that it had to make way breaks the rules.
                self.sins.contains(&reason) || self.has_rival || by.is_some_and(|by| by <= now)
            }
            // It is judged by what waited before the last thing happened.
            Reason::Backlog if terms.recovery.is_some() && !terms.is_chat => true,
            Reason::Backlog => before.own_bytes + LARGEST > most,
            Reason::Lagged => !terms.is_chat,
            Reason::TransportClose | Reason::TransportError | Reason::ParseError => {
                self.sins.contains(&reason)
            }
            Reason::Kicked => self.sins.contains(&reason) || self.has_rival,
            Reason::Shutdown => self.sins.contains(&reason),
            Reason::Flooding | Reason::NoRoom => false,
        }
    }
}

/// What a ping takes of the bound.
const PING: usize = 129;

/// More than any one thing that a client of the simulation asks for may cause.
const LARGEST: usize = 16 * 1024;

/// A session whose client said goodbye waits so long for a GET that was overtaken.
const LATE_GET: Duration = Duration::from_millis(20);

/// A session that the application ended waits so long for its client to fetch the last words.
const PARTING: Duration = Duration::from_secs(30);
