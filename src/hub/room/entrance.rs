//! How a socket gets its seat in a room, and how it gives it back.
//!
//! ```text
//! Opening ── the log is open ──> who is it? ─┬─ a pid that may come back ──> Enrolling ── known for good ──> what it missed
//!    │                                       └─ anyone else ──────────────>     │                            or a greeting
//!    └─ it cannot be read: 44                                                   └─ it cannot be: without a pid
//! ```

use tokio::sync::broadcast;

use super::super::NoEntry;
use super::super::delivery::{Said, Told};
use super::super::registry::{Enrolled, Place};
use super::{Cause, Room, Stage, State};
use crate::app::SocketId;
use crate::app::json::last_members;
use crate::now::Now;
use crate::planted::planted;
use crate::store::{Pid, Position, Recoverable, Request};

/// How a socket begins: what it is told, and from which position on it listens.
pub(in super::super) struct Joined {
    pub(in super::super) socket: SocketId,
    pub(in super::super) seat: u64,
    pub(in super::super) place: Option<Place>,
    /// It was there before, and is told only what it missed.
    pub(in super::super) is_recovered: bool,
    pub(in super::super) told: Vec<Told>,
    pub(in super::super) position: Position,
    pub(in super::super) receiver: broadcast::Receiver<Said>,
}

/// What a socket is called that was never there before.
pub(in super::super) struct Names {
    pub(in super::super) socket: SocketId,
    pub(in super::super) pid: Option<Pid>,
}

/// How far someone who asks to come in has got.
pub(in super::super) enum Step {
    /// The log must be open.
    Opening { has_waited: bool },
    /// The log must know it for good.
    Enrolling(Candidate),
}

/// Somebody for whom a seat is kept.
pub(in super::super) struct Candidate {
    socket: SocketId,
    seat: u64,
    place: Option<Place>,
    /// How much it has heard, if it was there before.
    heard: Option<Heard>,
}

/// How much someone has heard who comes back.
#[derive(Clone, Copy)]
struct Heard {
    /// The position behind which it began to listen.
    since: Position,
    /// The last event that it was told; none if it was told nothing, not even its greeting.
    last: Option<Position>,
}

impl Room {
    /// Lets a socket in, or says why not; nothing while it must wait for the log.
    pub(in super::super) fn admit(
        &self,
        step: &mut Step,
        names: &Names,
        auth: Option<&str>,
        now: Now,
    ) -> Option<Result<Joined, NoEntry>> {
        let mut state = self.state();
        self.forget_expired(&mut state, now);
        loop {
            *step = match step {
                Step::Opening { has_waited } => match self.wait_for_log(&mut state, has_waited)? {
                    Ok(()) => Step::Enrolling(self.choose(&mut state, names, auth, now)),
                    Err(reason) => return Some(Err(reason)),
                },
                Step::Enrolling(candidate) => match self.seat(&mut state, candidate, auth, now)? {
                    Ok(joined) => return Some(Ok(joined)),
                    Err(Out::NoEntry(reason)) => return Some(Err(reason)),
                    Err(Out::Lost) => Step::Enrolling(self.enroll(&mut state, names, None)),
                },
            };
        }
    }

    /// Takes a seat back.
    pub(in super::super) fn part(&self, seat: u64, place: Option<&Place>, for_good: bool, now: Now) {
        let mut state = self.state();
        state.answers.remove(&seat);
        state.pending.iter_mut().filter(|owed| owed.seat == seat).for_each(|owed| owed.answer = None);
        if let Some(Place { pid, .. }) = place {
            self.part_with(&mut state, pid, seat, for_good, now);
        }
        self.forget_expired(&mut state, now);
    }

    /// Sees to it that the log is open; nothing while it is not. Whoever has waited for one that could not be read is turned away,
    /// and the next one lets it be tried again.
    fn wait_for_log(&self, state: &mut State, has_waited: &mut bool) -> Option<Result<(), NoEntry>> {
        if state.stage == Stage::Failed {
            if *has_waited {
                return Some(Err(NoEntry::Unreadable));
            }
            self.open(state);
        }
        *has_waited = true;
        (state.stage == Stage::Open).then_some(Ok(()))
    }

    /// Takes back what was kept for someone who stopped waiting.
    pub(in super::super) fn abandon(&self, step: Step, for_good: bool, now: Now) {
        if let Step::Enrolling(Candidate { seat, place: Some(place), .. }) = step {
            self.part(seat, Some(&place), for_good, now);
        }
    }

    fn part_with(&self, state: &mut State, pid: &Pid, seat: u64, for_good: bool, now: Now) {
        let Some(registry) = &mut state.registry else { return };
        if planted("groups-left-when-cut")
            && let Some((socket, _)) = registry.find(pid, now)
        {
            state.app.leave(&socket);
        }
        if for_good && !planted("left-pid-taken") {
            if let Some(socket) = registry.forget(pid, seat) {
                self.forget(state, pid.clone(), &socket);
            }
        } else if registry.part(pid, seat, now) {
            self.submit(state, Request::Part { pid: pid.clone(), unix: now.unix });
        }
    }

    fn forget_expired(&self, state: &mut State, now: Now) {
        while let Some((pid, socket)) = state.registry.as_mut().and_then(|registry| registry.forget_next(now))
        {
            self.forget(state, pid, &socket);
        }
    }

    fn forget(&self, state: &mut State, pid: Pid, socket: &SocketId) {
        state.app.leave(socket);
        if let Some(recent) = &mut state.recent {
            recent.forget(socket);
        }
        self.submit(state, Request::Forget { pid });
    }

    /// Finds out whether it is someone who comes back.
    fn choose(&self, state: &mut State, names: &Names, auth: Option<&str>, now: Now) -> Candidate {
        let Some([Some(pid), offset]) = auth.and_then(|auth| last_members(auth, ["pid", "offset"])) else {
            return self.enroll(state, names, None);
        };
        match claim(state, pid, offset, now) {
            Some((mut known, heard)) => {
                if planted("recovery-new-sid") {
                    known.socket = names.socket.clone();
                }
                self.enroll(state, &known, Some(heard))
            }
            None if planted("pid-of-the-clients-choice") => {
                let pid = serde_json::from_str::<String>(pid).ok().map(|pid| Pid::from(pid.as_str()));
                self.enroll(state, &Names { socket: names.socket.clone(), pid }, None)
            }
            None => {
                state.counts.unrecovered += u64::from(state.registry.is_some());
                self.enroll(state, names, None)
            }
        }
    }

    /// Keeps a seat for someone, and asks the log to know whoever may come back.
    fn enroll(&self, state: &mut State, names: &Names, heard: Option<Heard>) -> Candidate {
        state.seats += 1;
        let (seat, socket) = (state.seats, names.socket.clone());
        let since = heard.map_or(state.position, |heard| heard.since);
        let registry = state.registry.as_mut().zip(names.pid.as_ref());
        let place = registry.map(|(registry, pid)| registry.seat(pid, &socket, since, seat));
        if let Some(Place { pid, .. }) = &place {
            let recoverable = Recoverable { pid: pid.clone(), socket: socket.clone(), since, gone_at: None };
            self.submit(state, Request::Enroll(recoverable));
            if heard.is_some() {
                // Whoever is displaced is to look.
                self.ring();
            }
        }
        Candidate { socket, seat, place, heard }
    }

    /// Gives the seat that was kept; nothing while the log does not know whoever it was kept for.
    fn seat(
        &self,
        state: &mut State,
        candidate: &mut Candidate,
        auth: Option<&str>,
        now: Now,
    ) -> Option<Result<Joined, Out>> {
        if let (Some(registry), Some(place)) = (&mut state.registry, &candidate.place) {
            match registry.enrolled(&place.pid, candidate.seat) {
                // It has come back on yet another connection.
                None => return Some(Err(Out::Lost)),
                Some(Enrolled::Asked) if planted("pid-before-durable") => {}
                Some(Enrolled::Asked) => return None,
                Some(Enrolled::Yes) => {}
                // Whoever was known before still is.
                Some(Enrolled::No) if candidate.heard.is_some() => {}
                Some(Enrolled::No) => {
                    registry.forget(&place.pid, candidate.seat);
                    candidate.place = None;
                }
            }
        }
        let (receiver, position) = (self.channel.subscribe(), state.position);
        let told = match candidate.heard {
            Some(heard) if !planted("recovered-is-greeted") => {
                self.what_was_missed(state, &candidate.socket, heard).ok_or(Out::Lost)
            }
            _ => self.greet(state, candidate, auth, now).map_err(Out::NoEntry),
        };
        let place = candidate.place.take();
        if told.is_err()
            && let Some(place) = &place
        {
            self.part_with(state, &place.pid, candidate.seat, true, now);
        }
        let (socket, seat, is_recovered) =
            (candidate.socket.clone(), candidate.seat, candidate.heard.is_some());
        state.counts.recovered += u64::from(is_recovered && told.is_ok());
        Some(told.map(|told| Joined { socket, seat, place, is_recovered, told, position, receiver }))
    }

    fn greet(
        &self,
        state: &mut State,
        Candidate { socket, seat, .. }: &Candidate,
        auth: Option<&str>,
        now: Now,
    ) -> Result<Vec<Told>, NoEntry> {
        let effects = state.app.join(socket, auth).map_err(NoEntry::Rejected)?;
        Ok(self.apply(state, Cause { socket, seat: *seat }, effects, now))
    }

    /// Gives what someone has not heard; none if not all of it is kept any more.
    fn what_was_missed(&self, state: &mut State, socket: &SocketId, heard: Heard) -> Option<Vec<Told>> {
        let after = state.position;
        match &state.recent {
            Some(recent) => {
                let missed = recent.since(heard.up_to(), socket)?.into_iter();
                Some(missed.map(|delivery| Told::Own { parcel: delivery.parcel, after }).collect())
            }
            None => {
                let is_news = match heard.last {
                    Some(last) => after > last || planted("history-again"),
                    None => !planted("history-kept-back"),
                };
                let news = if is_news { self.current_snapshot(state) } else { None };
                Some(news.map(Told::Snapshot).into_iter().collect())
            }
        }
    }
}

impl Heard {
    fn up_to(self) -> Position {
        self.last.unwrap_or(self.since)
    }
}

/// Why somebody for whom a seat was kept does not get it.
enum Out {
    /// The place is someone else's, or what was missed is gone: it is a new socket.
    Lost,
    NoEntry(NoEntry),
}

/// Finds out who shows this, and how much it has heard, if it may come back.
fn claim(state: &State, pid: &str, offset: Option<&str>, now: Now) -> Option<(Names, Heard)> {
    let pid = Pid::from(serde_json::from_str::<String>(pid).ok()?.as_str());
    let (socket, since) = state.registry.as_ref()?.find(&pid, now)?;
    if planted("pid-works-once") && state.counts.recovered > 0 {
        return None;
    }
    let last = match offset {
        None if planted("no-offset-no-recovery") => return None,
        Some(_) if planted("bad-offset-taken") => Some(since),
        // Reference: without an offset nobody is recovered. Ours: who was told no event yet is told all from its greeting on.
        None => None,
        Some(offset) => Some(offset_position(&serde_json::from_str::<String>(offset).ok()?)?),
    };
    let heard = Heard { since, last };
    // Reference: an offset from before it joined is taken there, and brings what was said before. Ours: that is none of its own.
    let first = if planted("offset-of-any-age") { 0 } else { since };
    let is_its_own = (first..=state.position).contains(&heard.up_to());
    let is_kept = state.recent.as_ref().is_none_or(|recent| recent.since(heard.up_to(), &socket).is_some());
    (is_its_own && is_kept).then_some((Names { socket, pid: Some(pid) }, heard))
}

/// Reads an offset: digits, and nothing else.
fn offset_position(offset: &str) -> Option<Position> {
    if offset.bytes().all(|byte| byte.is_ascii_digit()) { offset.parse().ok() } else { None }
}
