//! Which sockets there are and were, which of them may come back, and whether the server agrees.
//!
//! ```text
//! seated ──> There ── its session ends ──> Gone ── window ──> nobody's
//!              │          comes back <──────┘
//!              └── 41, 1, told to go ──> Dead
//! ```
//!
//! Some of it nobody can know from outside: what the store did not take before a crash, or to which second a moment belongs.

use std::collections::BTreeMap;
use std::time::Duration;

use super::terms::Terms;

/// All sockets that ever had a seat.
#[derive(Debug, Default)]
pub(super) struct Sockets {
    known: BTreeMap<String, Known>,
    /// Sessions that may have to make way: somebody else wants to be a socket of theirs.
    pub(super) rivals: Vec<usize>,
}

#[derive(Debug)]
pub(super) struct Known {
    /// In which room it sits or sat.
    pub(super) room: usize,
    /// On which sessions it was, and how much had been said that counts when it came there.
    seats: Vec<(usize, usize)>,
    presence: Presence,
    /// Since when it was gone before it came back: a disk that failed then knows nothing newer.
    was_gone: Option<Duration>,
    /// How often it was asked for.
    claims: u32,
    /// How many of these the server has not answered.
    unanswered: u32,
    /// More than one client is it, one after the other, or wants to be.
    is_shared: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Presence {
    There {
        session: usize,
    },
    /// Since when; at the earliest, and at the latest.
    Gone {
        since: Duration,
        until: Duration,
    },
    /// It does not come back; but a server that ended before it was written down may not know that, and counts from here.
    Dead {
        until: Option<Duration>,
    },
}

/// What a client shows to have its socket again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Claim {
    /// Whose secret it shows.
    pub(super) socket: String,
    /// It is of this namespace, and the offset is one that the client was told, or none.
    pub(super) is_sound: bool,
}

/// A claim, as it stood when the server looked at it.
#[derive(Clone, Debug)]
pub(super) struct Asked {
    claim: Claim,
    verdict: Verdict,
    claims: u32,
    /// Others had asked for the same socket and had no answer yet. When the store is there, who waits is looked at in any order.
    has_rival: bool,
}

/// Whether the socket must come back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    Must,
    May,
    MustNot,
}

impl Sockets {
    /// Gives the room of a socket, and how much had been said there when it came on this session.
    pub(super) fn of(&self, socket: &str, session: usize) -> Option<(usize, usize)> {
        let known = self.known.get(socket)?;
        let seat = known.seats.iter().rev().find(|(on, _)| *on == session)?;
        Some((known.room, seat.1))
    }

    /// Another client knows the secret, too.
    pub(super) fn share(&mut self, socket: &str) {
        if let Some(known) = self.known.get_mut(socket) {
            known.is_shared = true;
        }
    }

    /// Says whether more than one client was a socket, or wanted to be.
    pub(super) fn is_shared(&self, socket: &str) -> bool {
        self.known.get(socket).is_some_and(|known| known.is_shared)
    }

    /// The server looks at a claim.
    pub(super) fn ask(&mut self, claim: Claim, terms: &Terms, now: Duration) -> Asked {
        let verdict = self.verdict(&claim, terms, now);
        let known = self.known.get_mut(&claim.socket).filter(|_| verdict != Verdict::MustNot);
        let (claims, has_rival) = known.map_or((0, false), |known| {
            known.claims += 1;
            known.unanswered += 1;
            if let Presence::There { session } = known.presence {
                known.is_shared = true;
                self.rivals.push(session);
            }
            (known.claims, known.unanswered > 1)
        });
        Asked { claim, verdict, claims, has_rival }
    }

    /// Whoever asked is gone, and was not let in.
    pub(super) fn give_up(&mut self, asked: &Asked, now: Duration) {
        self.answer(asked);
        let known = self.known.get_mut(&asked.claim.socket).filter(|known| known.claims == asked.claims);
        if let Some(known) = known.filter(|_| asked.verdict != Verdict::MustNot) {
            // The server may have begun to let it in, and gone back.
            known.presence = Presence::Dead { until: Some(now) };
        }
    }

    /// A socket has taken a seat, on which somebody asked for another one, or for none.
    ///
    /// Gives the session that has to make way.
    pub(super) fn sit(
        &mut self,
        socket: &str,
        asked: Option<&Asked>,
        (room, from, session): (usize, usize, usize),
        (terms, now): (&Terms, Duration),
    ) -> Result<Option<usize>, String> {
        let is_back = asked.is_some_and(|asked| asked.claim.socket == socket);
        if let Some(asked) = asked {
            self.answer(asked);
            let of_the_room = self.known.get(&asked.claim.socket).is_some_and(|known| known.room == room);
            let now = if of_the_room { self.verdict(&asked.claim, terms, now) } else { Verdict::MustNot };
            let is_contested = asked.has_rival
                || self.known.get(&asked.claim.socket).is_some_and(|known| known.claims != asked.claims);
            match (asked.verdict, now) {
                (Verdict::Must, Verdict::Must) if !is_back && !is_contested => {
                    return Err(format!("{} may come back, and is {socket} now", asked.claim.socket));
                }
                (Verdict::MustNot, Verdict::MustNot) if is_back => {
                    return Err(format!("{socket} comes back, and may not"));
                }
                _ => {}
            }
        }
        let before = self.known.get(socket);
        if before.is_some() && !is_back {
            return Err(format!("two sockets have the id {socket}"));
        }
        let displaced = match before.map(|known| known.presence) {
            Some(Presence::There { session: before }) if before != session => Some(before),
            _ => None,
        };
        let (claims, unanswered) = before.map_or((0, 0), |known| (known.claims, known.unanswered));
        let is_shared = before.is_some_and(|known| known.is_shared);
        let presence = Presence::There { session };
        let mut seats = before.map_or_else(Vec::new, |known| known.seats.clone());
        seats.push((session, from));
        let was_gone = match before.map(|known| known.presence) {
            Some(Presence::Gone { since, .. }) => Some(since),
            _ => before.and_then(|known| known.was_gone),
        };
        let known = Known { room, seats, presence, was_gone, claims, unanswered, is_shared };
        self.known.insert(socket.to_owned(), known);
        Ok(displaced)
    }

    /// A seat was given back: for good, or not, or nobody knows.
    pub(super) fn leave(&mut self, socket: &str, session: usize, for_good: Option<bool>, now: Duration) {
        let Some(known) = self.known.get_mut(socket) else { return };
        if known.presence == (Presence::There { session }) {
            known.presence = match for_good {
                Some(true) => Presence::Dead { until: None },
                Some(false) => Presence::Gone { since: now, until: now },
                None => Presence::Dead { until: Some(now) },
            };
        }
    }

    /// The server ended at some moment, and begins again.
    pub(super) fn restart(&mut self, ended: Duration, now: Duration, terms: &Terms) {
        if !terms.is_durable {
            self.known.clear();
        }
        for known in self.known.values_mut() {
            known.unanswered = 0;
            let earliest = known.was_gone.filter(|_| terms.decay.is_some()).unwrap_or(ended);
            known.presence = match known.presence {
                Presence::There { .. } => Presence::Gone { since: earliest, until: now },
                Presence::Gone { since, .. } => Presence::Gone { since: since.min(earliest), until: now },
                Presence::Dead { .. } => Presence::Dead { until: Some(now) },
            };
        }
    }

    fn answer(&mut self, asked: &Asked) {
        let known = self.known.get_mut(&asked.claim.socket).filter(|_| asked.verdict != Verdict::MustNot);
        if let Some(known) = known {
            known.unanswered = known.unanswered.saturating_sub(1);
        }
    }

    fn verdict(&self, claim: &Claim, terms: &Terms, now: Duration) -> Verdict {
        let (Some(window), Some(known)) = (terms.recovery, self.known.get(&claim.socket)) else {
            return Verdict::MustNot;
        };
        if !claim.is_sound {
            return Verdict::MustNot;
        }
        // What a store knows, it knows by the second.
        let grain = if terms.is_durable { Duration::from_secs(2) } else { Duration::ZERO };
        match known.presence {
            Presence::There { .. } => Verdict::Must,
            Presence::Gone { since, .. } if now + grain < since + window => Verdict::Must,
            Presence::Gone { until, .. } | Presence::Dead { until: Some(until) }
                if now < until + window + grain =>
            {
                Verdict::May
            }
            Presence::Gone { .. } | Presence::Dead { .. } => Verdict::MustNot,
        }
    }
}
