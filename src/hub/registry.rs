//! Which sockets of a room may come back, and which of them are there.
//!
//! ```text
//!             seat                    part
//!   (none) ─────────> There, seat 7 ────────> Gone ── window ──> forgotten
//!                          │     ^             │
//!        seat, by another  └─────┴─────────────┘ seat
//!        connection: seat 9, and seat 7 is displaced
//! ```

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use crate::app::SocketId;
use crate::now::Now;
use crate::planted::planted;
use crate::store::{Pid, Position, Recoverable};

/// Everyone who may come back to one room.
#[derive(Debug)]
pub(super) struct Registry {
    window: Duration,
    entries: HashMap<Pid, Entry>,
    /// Who went, and until when it may come back; those who did come back are passed over.
    gone: VecDeque<(Until, Pid)>,
}

#[derive(Debug)]
struct Entry {
    socket: SocketId,
    since: Position,
    presence: Presence,
    enrolled: Enrolled,
}

#[derive(Debug)]
enum Presence {
    There { seat: u64, is_displaced: Arc<AtomicBool> },
    Gone(Until),
}

/// The last moment: of this process's own time, or, for what was read from a log, of everyone's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Until {
    Mono(Duration),
    Unix(i64),
}

/// What the log says about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Enrolled {
    /// Nothing yet.
    Asked,
    /// It is known for good.
    Yes,
    /// It could not be had.
    No,
}

/// A seat's own end of its entry.
#[derive(Clone, Debug)]
pub(super) struct Place {
    pub(super) pid: Pid,
    is_displaced: Arc<AtomicBool>,
}

impl Place {
    /// Says whether the socket has come back on another connection.
    pub(super) fn is_displaced(&self) -> bool {
        self.is_displaced.load(Ordering::Acquire)
    }
}

impl Registry {
    pub(super) fn new(window: Duration) -> Self {
        Self { window, entries: HashMap::new(), gone: VecDeque::new() }
    }

    /// Takes over what a log knows.
    pub(super) fn load(&mut self, sockets: Vec<Recoverable>) {
        let window = i64::try_from(self.window.as_secs()).unwrap_or(i64::MAX);
        for Recoverable { pid, socket, since, gone_at } in sockets {
            let until = Until::Unix(gone_at.unwrap_or_default().saturating_add(window));
            let presence = Presence::Gone(until);
            self.entries.insert(pid.clone(), Entry { socket, since, presence, enrolled: Enrolled::Yes });
            self.gone.push_back((until, pid));
        }
    }

    /// Gives a socket its seat. If it has another one, that one is displaced.
    pub(super) fn seat(&mut self, pid: &Pid, socket: &SocketId, since: Position, seat: u64) -> Place {
        let is_displaced = Arc::new(AtomicBool::new(false));
        let presence = Presence::There { seat, is_displaced: is_displaced.clone() };
        let entry = Entry { socket: socket.clone(), since, presence, enrolled: Enrolled::Asked };
        if let Some(Entry { presence: Presence::There { is_displaced, .. }, .. }) =
            self.entries.insert(pid.clone(), entry)
            && !planted("two-sockets-one-pid")
        {
            is_displaced.store(true, Ordering::Release);
        }
        Place { pid: pid.clone(), is_displaced }
    }

    /// Says that a socket is gone. Nothing happens if it is on another seat by now.
    pub(super) fn part(&mut self, pid: &Pid, seat: u64, now: Now) -> bool {
        let window = if planted("window-halved") { self.window / 2 } else { self.window };
        let until = Until::Mono(now.mono + window);
        let Some(entry) = self.entries.get_mut(pid).filter(|entry| entry.is_on(seat)) else { return false };
        entry.presence = Presence::Gone(until);
        self.gone.push_back((until, pid.clone()));
        true
    }

    /// Forgets a socket, unless it is on another seat by now.
    pub(super) fn forget(&mut self, pid: &Pid, seat: u64) -> Option<SocketId> {
        let is_its_own = |entry: &&Entry| entry.is_on(seat) || planted("old-end-ends-the-new");
        self.entries.get(pid).filter(is_its_own)?;
        self.entries.remove(pid).map(|entry| entry.socket)
    }

    /// Forgets one of those who may not come back any more, or of whom there are too many.
    pub(super) fn forget_next(&mut self, now: Now) -> Option<(Pid, SocketId)> {
        while let Some((until, pid)) = self.gone.front() {
            let is_gone = self.entries.get(pid).is_some_and(|entry| entry.is_gone(*until));
            if is_gone && until.is_ahead(now) && self.gone.len() <= MAX_GONE {
                return None;
            }
            let (_, pid) = self.gone.pop_front().expect("it was looked at just now");
            if is_gone {
                return self.entries.remove(&pid).map(|entry| (pid, entry.socket));
            }
        }
        None
    }

    /// Remembers what the log says about a socket.
    pub(super) fn enroll(&mut self, pid: &Pid, enrolled: Enrolled) {
        if let Some(entry) = self.entries.get_mut(pid) {
            entry.enrolled = enrolled;
        }
    }

    /// Says what the log said about the socket on this seat; nothing, if it is on another one by now.
    pub(super) fn enrolled(&self, pid: &Pid, seat: u64) -> Option<Enrolled> {
        self.entries.get(pid).filter(|entry| entry.is_on(seat)).map(|entry| entry.enrolled)
    }

    /// Says whose secret this is, and from which position on it has listened, if it may come back.
    pub(super) fn find(&self, pid: &Pid, now: Now) -> Option<(SocketId, Position)> {
        let entry = self.entries.get(pid)?;
        let is_in_time = match entry.presence {
            Presence::There { .. } => true,
            Presence::Gone(until) => until.is_ahead(now),
        };
        is_in_time.then(|| (entry.socket.clone(), entry.since))
    }

    /// Counts who may come back and is not there.
    pub(super) fn away(&self) -> usize {
        self.entries.values().filter(|entry| matches!(entry.presence, Presence::Gone(_))).count()
    }
}

impl Entry {
    fn is_on(&self, number: u64) -> bool {
        matches!(self.presence, Presence::There { seat, .. } if seat == number)
    }

    fn is_gone(&self, until: Until) -> bool {
        matches!(self.presence, Presence::Gone(moment) if moment == until)
    }
}

impl Until {
    fn is_ahead(self, now: Now) -> bool {
        match self {
            _ if planted("expired-pid-taken") => true,
            Until::Mono(mono) => now.mono < mono,
            Until::Unix(unix) => now.unix < unix,
        }
    }
}

/// Sockets of a room that are gone and may come back; the one that has been gone longest is forgotten for another.
const MAX_GONE: usize = 10_000;

/// Bytes that they take, in a table that may be half empty, a list that may be, too, and as two names each.
pub const MAX_GONE_BYTES: usize =
    MAX_GONE * (2 * size_of::<(Pid, Entry)>() + 2 * size_of::<(Until, Pid)>() + 2 * NAME_BYTES);

/// Of a name on the heap, with the counts in front of it and what the allocator rounds up.
const NAME_BYTES: usize = 48;

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> Now {
        Now { mono: Duration::from_secs(seconds), unix: 1_000 + seconds as i64 }
    }

    fn registry() -> (Registry, Pid, Place) {
        let mut registry = Registry::new(Duration::from_secs(10));
        let pid = Pid::from("secret");
        let place = registry.seat(&pid, &SocketId::from("John"), 3, 1);
        (registry, pid, place)
    }

    #[test]
    fn who_is_gone_may_come_back_until_the_window_has_passed() {
        let (mut registry, pid, _) = registry();
        assert!(registry.part(&pid, 1, at(5)));
        assert_eq!(registry.find(&pid, at(14)), Some((SocketId::from("John"), 3)));
        assert_eq!(registry.find(&pid, at(15)), None);
        assert_eq!(registry.forget_next(at(14)), None);
        assert_eq!(registry.forget_next(at(15)), Some((pid, SocketId::from("John"))));
    }

    #[test]
    fn the_newest_seat_displaces_the_one_before_whose_end_then_means_nothing() {
        let (mut registry, pid, old) = registry();
        let new = registry.seat(&pid, &SocketId::from("John"), 3, 2);
        assert!(old.is_displaced() && !new.is_displaced());
        assert!(!registry.part(&pid, 1, at(5)));
        assert_eq!(registry.forget(&pid, 1), None);
        assert_eq!(registry.forget(&pid, 2), Some(SocketId::from("John")));
    }

    #[test]
    fn who_came_back_and_went_again_has_a_whole_window_more() {
        let (mut registry, pid, _) = registry();
        registry.part(&pid, 1, at(5));
        registry.seat(&pid, &SocketId::from("John"), 3, 2);
        assert_eq!(registry.forget_next(at(20)), None);
        registry.part(&pid, 2, at(20));
        assert!(registry.find(&pid, at(29)).is_some());
        assert_eq!((registry.away(), registry.forget_next(at(29))), (1, None));
    }

    #[test]
    fn what_a_log_knows_is_counted_by_the_clock_on_the_wall() {
        let mut registry = Registry::new(Duration::from_secs(10));
        let (socket, pid) = (SocketId::from("John"), Pid::from("secret"));
        let recoverable = Recoverable { pid: pid.clone(), socket, since: 3, gone_at: Some(1_000) };
        registry.load(vec![recoverable]);
        assert!(registry.find(&pid, at(9)).is_some());
        assert!(registry.find(&pid, at(10)).is_none());
    }

    #[test]
    fn of_too_many_the_one_that_has_been_gone_longest_is_forgotten() {
        let mut registry = Registry::new(Duration::from_secs(10));
        let pids: Vec<Pid> = (0..=MAX_GONE).map(|number| Pid::from(number.to_string().as_str())).collect();
        for (seat, pid) in (0..).zip(&pids) {
            registry.seat(pid, &SocketId::from("x"), 0, seat);
            registry.part(pid, seat, at(1));
        }
        assert_eq!(registry.forget_next(at(1)).map(|(pid, _)| pid), Some(pids[0].clone()));
        assert_eq!(registry.forget_next(at(1)), None);
    }
}
