//! How a client gets into a room, and out of it.
//!
//! ```text
//! 40/team-a,{…} ──> rate ──> token ──> 16 seats ──> door ──> room ──> application ──> 40/team-a,{"sid":…}
//!                    │         │          │          │        │           │           and a seat
//!                    └─────────┴──────────┴──────────┴────────┴───────────┴─────────> 44/team-a,{"message":…}
//! ```
//!
//! A room may have to wait for its log first; then the answer comes when its bell rings.

use tracing::{debug, info};

use super::super::NoEntry;
use super::super::asking::Asking;
use super::super::room::Joined;
use super::super::seat::Seat;
use super::{Guest, MAX_SEATS};
use crate::engine_io::Reason;
use crate::now::Now;
use crate::planted::planted;
use crate::socket_io::Namespace;
use crate::store::Pid;

impl Guest {
    pub(super) fn join(&mut self, namespace: &Namespace, auth: Option<String>, now: Now) {
        match self.enter(namespace, auth) {
            Ok(asking) => self.ask(asking, now),
            Err(reason) => self.turn_away(namespace, reason),
        }
    }

    pub(super) fn turn_away(&mut self, namespace: &Namespace, reason: NoEntry) {
        debug!(namespace = ?namespace.as_str(), %reason, "not let in");
        self.hub.turn_away(reason);
        self.client.refuse(namespace, reason.to_json());
    }

    /// Asks the rooms that had to wait.
    pub(super) fn ask_again(&mut self, now: Now) {
        for asking in std::mem::take(&mut self.asking) {
            self.ask(asking, now);
        }
    }

    /// Stops waiting for rooms: the session is over.
    pub(super) fn stop_asking(&mut self, for_good: bool, now: Now) {
        self.asking.drain(..).for_each(|asking| asking.give_up(for_good, now));
    }

    /// Leaves the rooms where its sockets have come back on another connection. If that is all it had, it is let go.
    ///
    /// Reference: there both connections go on under one socket id, and what is for it reaches one of them.
    pub(super) fn make_way(&mut self) {
        let displaced: Vec<Namespace> = self
            .seats
            .iter()
            .filter(|seat| seat.is_displaced())
            .map(|seat| seat.namespace().clone())
            .collect();
        if displaced.is_empty() || planted("displaced-stays") {
            return;
        }
        displaced.iter().for_each(|namespace| self.client.disconnect(namespace));
        let is_all = displaced.len() == self.seats.len() && self.asking.is_empty();
        if is_all || planted("displaced-loses-all") {
            self.client.close(Reason::Kicked);
        }
    }

    pub(super) fn leave(&mut self, namespace: &Namespace, for_good: bool, now: Now) {
        if let Some(index) = self.seats.iter().position(|seat| seat.namespace() == namespace) {
            let seat = self.seats.remove(index);
            match self.joins {
                ..=LOGGED_JOINS => info!(namespace = ?namespace.as_str(), socket = %seat.socket(), "left"),
                _ => debug!(namespace = ?namespace.as_str(), socket = %seat.socket(), "left"),
            }
            seat.leave(for_good, now);
        }
    }

    /// Finds the room, or says why the client may not even ask there.
    fn enter(&self, namespace: &Namespace, auth: Option<String>) -> Result<Asking, NoEntry> {
        let is_missing = self.token.as_ref().is_some_and(|token| !token.is_shown_by(auth.as_deref()));
        if is_missing && !planted("token-not-asked") {
            return Err(NoEntry::Unauthorized);
        }
        if self.seats.len() + self.asking.len() >= MAX_SEATS {
            return Err(NoEntry::TooMany);
        }
        let (membership, names) = self.hub.enter(namespace)?;
        Ok(Asking::new(membership, names, auth))
    }

    fn ask(&mut self, mut asking: Asking, now: Now) {
        match asking.admit(now) {
            Some(Ok(joined)) => self.sit_down(asking, joined, now),
            Some(Err(reason)) => {
                self.turn_away(&asking.namespace().clone(), reason);
                // Socket.IO v5, Connection to a namespace: whoever sends anything where it was not let in is let go.
                if asking.holds_any() {
                    self.client.close(Reason::ForcedClose);
                }
            }
            None => self.asking.push(asking),
        }
    }

    fn sit_down(&mut self, asking: Asking, joined: Joined, now: Now) {
        // Most clients take one, and it is large: a vector that grows by itself would begin with four.
        self.seats.reserve_exact(1);
        self.joins = self.joins.saturating_add(1);
        let (namespace, socket) = (asking.namespace().clone(), joined.socket.clone());
        let (is_recovered, pid) = (joined.is_recovered, joined.place.as_ref().map(|place| place.pid.clone()));
        let pid = pid.as_ref().map(Pid::as_str);
        match self.joins {
            ..=LOGGED_JOINS => info!(namespace = ?namespace.as_str(), %socket, is_recovered, "joined"),
            _ => debug!(namespace = ?namespace.as_str(), %socket, is_recovered, "joined"),
        }
        let (membership, held) = asking.into_parts();
        // Reference: who comes back is told what it missed, and then that it is in. Ours: the other way round. A stock client keeps
        // what comes before the answer for when it has that, also over a cut; sent again, it would be shown twice.
        let missed_first = is_recovered && planted("recovery-answer-last");
        if missed_first || planted("app-before-connect-packet") {
            self.seats.push(Seat::take(membership, joined, &mut self.client, now));
            self.client.accept(&namespace, socket.as_str(), pid);
        } else {
            self.client.accept(&namespace, socket.as_str(), pid);
            self.seats.push(Seat::take(membership, joined, &mut self.client, now));
        }
        held.into_iter().for_each(|sent| self.pass(&namespace, sent, now));
    }
}

/// A client that joins and leaves without end must not fill the log.
const LOGGED_JOINS: u32 = 64;
