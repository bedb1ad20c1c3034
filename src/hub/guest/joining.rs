//! How a client gets into a room, and out of it.
//!
//! ```text
//! 40/team-a,{…} ──> rate ──> token ──> 16 seats ──> door ──> room ──> application ──> 40/team-a,{"sid":…}
//!                    │         │          │          │        │           │           and a seat
//!                    └─────────┴──────────┴──────────┴────────┴───────────┴─────────> 44/team-a,{"message":…}
//! ```

use tracing::{debug, info};

use super::super::room::Joined;
use super::super::seat::Seat;
use super::super::{Membership, NoEntry};
use super::{Guest, MAX_SEATS};
use crate::app::SocketId;
use crate::now::Now;
use crate::planted::planted;
use crate::socket_io::Namespace;

impl Guest {
    pub(super) fn join(&mut self, namespace: &Namespace, auth: Option<&str>, now: Now) {
        match self.enter(namespace, auth) {
            Ok((membership, socket, joined)) => {
                // Most clients take one, and it is large: a vector that grows by itself would begin with four.
                self.seats.reserve_exact(1);
                self.joins = self.joins.saturating_add(1);
                match self.joins {
                    ..=LOGGED_JOINS => info!(namespace = ?namespace.as_str(), %socket, "joined"),
                    _ => debug!(namespace = ?namespace.as_str(), %socket, "joined"),
                }
                if planted("app-before-connect-packet") {
                    let seat = Seat::take(membership, socket.clone(), joined, &mut self.client, now);
                    self.seats.push(seat);
                    return self.client.accept(namespace, socket.as_str());
                }
                self.client.accept(namespace, socket.as_str());
                self.seats.push(Seat::take(membership, socket, joined, &mut self.client, now));
            }
            Err(reason) => self.turn_away(namespace, reason),
        }
    }

    pub(super) fn turn_away(&mut self, namespace: &Namespace, reason: NoEntry) {
        debug!(namespace = ?namespace.as_str(), %reason, "not let in");
        self.hub.turn_away(reason);
        self.client.refuse(namespace, reason.to_json());
    }

    /// Lets the client in, or says why not.
    fn enter(
        &self,
        namespace: &Namespace,
        auth: Option<&str>,
    ) -> Result<(Membership, SocketId, Joined), NoEntry> {
        let is_missing = self.token.as_ref().is_some_and(|token| !token.is_shown_by(auth));
        if is_missing && !planted("token-not-asked") {
            return Err(NoEntry::Unauthorized);
        }
        if self.seats.len() >= MAX_SEATS {
            return Err(NoEntry::TooMany);
        }
        let (membership, socket) = self.hub.enter(namespace)?;
        let joined = membership.room.join(&socket, auth).map_err(NoEntry::Rejected)?;
        Ok((membership, socket, joined))
    }

    pub(super) fn leave(&mut self, namespace: &Namespace) {
        if let Some(index) = self.seats.iter().position(|seat| seat.namespace() == namespace) {
            let seat = self.seats.remove(index);
            match self.joins {
                ..=LOGGED_JOINS => info!(namespace = ?namespace.as_str(), socket = %seat.socket(), "left"),
                _ => debug!(namespace = ?namespace.as_str(), socket = %seat.socket(), "left"),
            }
        }
    }
}

/// A client that joins and leaves without end must not fill the log.
const LOGGED_JOINS: u32 = 64;
