//! How many connections there are, and which of them can be spared.
//!
//! ```text
//!              full?   no ──> in
//! accept ──> ───┬────
//!               yes ──> a connection that waits for a request is let go, and this one is in
//!                       none waits: this one is in for one request, and only for that of a session that there is
//! ```
//!
//! First to go is who has not served a session yet, and has waited longest, for a second at least. A client's request comes
//! at once and whole, while who says nothing, or says it byte by byte, waits: so whoever fills the server with connections
//! fills it with what is let go.

use std::collections::BTreeMap;
use std::future::poll_fn;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Poll, Waker};
use std::time::Duration;

use super::meter;
use crate::planted::planted;

/// All connections of the server.
pub(super) struct Connections {
    max: usize,
    count: Mutex<Count>,
}

#[derive(Default)]
struct Count {
    open: usize,
    /// Those on which no request is under way, in the order in which they are let go.
    waiting: BTreeMap<Turn, Waker>,
    next: u64,
}

/// Whether it has served a session, since when it waits, and a number that no other has.
type Turn = (bool, Duration, u64);

/// A connection's place, until it is dropped.
pub(super) struct Place {
    connections: Arc<Connections>,
    /// There was no room for it.
    is_crowded: bool,
    /// Nobody took it over.
    is_counted: bool,
}

/// A connection that can be spared, until it is dropped.
pub(super) struct Spare<'a> {
    place: &'a mut Place,
    turn: Turn,
}

impl Connections {
    pub(super) fn new(max: usize) -> Self {
        Self { max, count: Mutex::default() }
    }

    /// Finds a place for one more, if need be that of another which is let go.
    pub(super) fn enter(self: &Arc<Self>, now: Duration) -> Place {
        let mut count = self.count();
        count.open += 1;
        let is_one_too_many = count.open > self.max && !planted("connections-without-number");
        let is_crowded = is_one_too_many && !count.let_one_go(false, now) && !count.let_one_go(true, now);
        drop(count);
        Place { connections: self.clone(), is_crowded, is_counted: true }
    }

    fn count(&self) -> MutexGuard<'_, Count> {
        self.count.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Count {
    /// Takes the place of the one that has waited longest, and tells it; says whether there was one.
    fn let_one_go(&mut self, has_served: bool, now: Duration) -> bool {
        let first = self.waiting.range((has_served, Duration::ZERO, 0)..).next().map(|(turn, _)| *turn);
        let first = first.filter(|(served, since, _)| *served == has_served && *since + PATIENCE <= now);
        let Some(waker) = first.and_then(|turn| self.waiting.remove(&turn)) else { return false };
        self.open -= 1;
        meter::count(meter::Count::LetGo);
        waker.wake();
        true
    }
}

impl Place {
    /// Notes that the connection waits for a request.
    pub(super) fn wait(&mut self, has_served: bool, now: Duration) -> Spare<'_> {
        let mut count = self.connections.count();
        let turn = (has_served, now, count.next);
        count.next += 1;
        count.waiting.insert(turn, Waker::noop().clone());
        drop(count);
        Spare { place: self, turn }
    }

    /// Notes that a request came after all in the moment in which it was let go: then there is one too many for a while.
    pub(super) fn take_again(&mut self) {
        if !self.is_counted {
            self.connections.count().open += 1;
            self.is_counted = true;
        }
    }

    /// Says that one request is to be served, and only for a session that there is.
    pub(super) fn is_crowded(&self) -> bool {
        self.is_crowded
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        if self.is_counted {
            self.connections.count().open -= 1;
        }
    }
}

impl Spare<'_> {
    /// Completes when the connection is let go.
    pub(super) async fn let_go(&self) {
        poll_fn(|cx| match self.place.connections.count().waiting.get_mut(&self.turn) {
            None => Poll::Ready(()),
            Some(waker) => {
                waker.clone_from(cx.waker());
                Poll::Pending
            }
        })
        .await;
    }
}

impl Drop for Spare<'_> {
    fn drop(&mut self) {
        self.place.is_counted = self.place.connections.count().waiting.remove(&self.turn).is_some();
    }
}

/// A request is there a round trip after its connection. Who has waited for less may only be slow.
const PATIENCE: Duration = Duration::from_secs(1);

#[cfg(test)]
mod tests {
    use futures_util::FutureExt as _;

    use super::*;

    const EARLY: Duration = Duration::from_secs(6);
    const LATER: Duration = Duration::from_secs(7);

    fn is_let_go(spare: &Spare<'_>) -> bool {
        spare.let_go().now_or_never().is_some()
    }

    #[test]
    fn strangers_go_first_and_of_them_who_has_waited_longest() {
        let connections = Arc::new(Connections::new(3));
        let mut places = [0; 3].map(|_| connections.enter(EARLY));
        let [known, first, second] = &mut places;
        let spares = [known.wait(true, EARLY), first.wait(false, EARLY), second.wait(false, EARLY)];

        let mut newcomers = Vec::new();
        for gone in [[false, true, false], [false, true, true], [true, true, true]] {
            newcomers.push(connections.enter(LATER));
            assert_eq!(spares.each_ref().map(is_let_go), gone);
        }
        newcomers.push(connections.enter(LATER));
        let crowded: Vec<_> = newcomers.iter().map(Place::is_crowded).collect();
        assert_eq!(crowded, [false, false, false, true]);
    }

    #[test]
    fn who_has_just_come_is_not_let_go() {
        let connections = Arc::new(Connections::new(1));
        let mut place = connections.enter(EARLY);
        let spare = place.wait(false, EARLY);
        assert!(connections.enter(LATER - Duration::from_millis(1)).is_crowded());
        assert!(!is_let_go(&spare));
    }

    #[test]
    fn who_is_let_go_leaves_no_second_place_behind() {
        let connections = Arc::new(Connections::new(1));
        let mut first = connections.enter(EARLY);
        let spare = first.wait(false, EARLY);
        let second = connections.enter(LATER);
        drop(spare);
        drop(first);
        assert!(connections.enter(LATER).is_crowded());
        drop(second);
        assert!(!connections.enter(LATER).is_crowded());
    }

    #[test]
    fn whose_request_comes_after_all_is_counted_again() {
        let connections = Arc::new(Connections::new(1));
        let mut first = connections.enter(EARLY);
        let spare = first.wait(false, EARLY);
        let second = connections.enter(LATER);
        drop(spare);
        first.take_again();
        drop(second);
        assert!(connections.enter(LATER).is_crowded());
        drop(first);
        assert!(!connections.enter(LATER).is_crowded());
    }

    #[test]
    fn who_is_served_cannot_be_spared() {
        let connections = Arc::new(Connections::new(1));
        let mut place = connections.enter(EARLY);
        drop(place.wait(false, EARLY));
        assert!(connections.enter(LATER).is_crowded());
        assert!(!place.is_crowded());
    }
}
