//! One session at the server, and what it may be and do: the bounds of its queues, of its life, and of its reasons to end.

use std::collections::VecDeque;
use std::time::Duration;

use wire42::engine_io::{Input, OUTBOX_EVENTS, Reason, Transport, Unsent};
use wire42::hub::{Guest, HAPPENINGS_A_TURN, MAX_WAITING, Seat};

use super::broken::Broken;
use super::link::{LinkId, Meaning};
use super::room::{Rooms, Wishes};
use super::server::at;
use super::terms::Terms;

/// A guest, and what is known of it from outside.
pub(super) struct Session {
    pub(super) guest: Guest,
    /// The first connection that it had.
    pub(super) link: Option<LinkId>,
    /// The GET that is held, and since when.
    pub(super) held: Option<(LinkId, Duration)>,
    pub(super) posting: bool,
    /// The WebSocket, and since when.
    pub(super) websocket: Option<(LinkId, Duration)>,
    /// Its seats: the room, the name, the socket.
    pub(super) seats: Vec<(usize, String, String)>,
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
            posting: false,
            websocket: None,
            seats: Vec::new(),
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
        self.sin(Reason::TransportError);
        self.doom(now, "its client hung up on a GET");
        self.guest.handle_input(Input::GetAborted, at(now)).unwrap_or_default();
    }

    pub(super) fn lose_post(&mut self, now: Duration) {
        self.posting = false;
        self.sin(Reason::TransportError);
        self.doom(now, "its client hung up on a POST");
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
    pub(super) fn account(&mut self, rooms: &mut Rooms) {
        let fresh = std::mem::take(&mut self.fresh);
        let left = if fresh > 0 { self.pending.len() - fresh } else { 0 };
        let most = if self.guest.is_busy() { left + HAPPENINGS_A_TURN } else { usize::MAX };
        let count = most.min(self.pending.len());
        for meaning in self.pending.drain(..count) {
            let (Meaning::Says { namespace, .. } | Meaning::Leaves { namespace }) = &meaning else {
                continue;
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

    /// Compares the seats with those it had; tells whether there is a new one.
    pub(super) fn sit(&mut self, index: usize, rooms: &mut Rooms) -> Result<bool, Broken> {
        let seats = self.guest.seats();
        let is_same =
            |(_, _, socket): &(usize, String, String), seat: &Seat| seat.socket().as_str() == socket;
        if seats.len() == self.seats.len()
            && self.seats.iter().zip(seats).all(|(known, seat)| is_same(known, seat))
        {
            return Ok(false);
        }
        let (kept, gone): (Vec<_>, Vec<_>) = std::mem::take(&mut self.seats)
            .into_iter()
            .partition(|known| seats.iter().any(|seat| is_same(known, seat)));
        gone.iter().for_each(|(room, ..)| rooms.leave(*room, index));
        self.seats = kept;
        self.left.retain(|left| !gone.iter().any(|(.., socket)| socket == left));
        let before = self.seats.len();
        for seat in self.guest.seats() {
            if !self.seats.iter().any(|known| is_same(known, seat)) {
                let room = rooms.enter(seat, index)?;
                self.seats.push((room, seat.namespace().as_str().to_owned(), seat.socket().to_string()));
            }
        }
        Ok(self.seats.len() > before)
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
        if let Some((by, why)) = self.doom.filter(|(by, _)| late(*by)) {
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
                self.sins.contains(&reason) || by.is_some_and(|by| by <= now)
            }
            // It is judged by what waited before the last thing happened.
            Reason::Backlog => before.own_bytes + LARGEST > most,
            Reason::Lagged => !terms.is_chat,
            Reason::TransportClose | Reason::TransportError | Reason::ParseError => {
                self.sins.contains(&reason)
            }
            Reason::Kicked => self.sins.contains(&reason),
            Reason::Flooding | Reason::NoRoom | Reason::Shutdown => false,
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
