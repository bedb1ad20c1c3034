//! The end of the server: tasks are told, and those with something to finish are waited for.
//!
//! ```text
//! serving ── SIGTERM ──> draining ── all gone, or --drain is over ──> ending ── all said, or 1.2 s ──> the end
//!    │                      │  sessions leave one after the other        ^
//!    └── Ctrl-C ────────────┴── Ctrl-C, a second SIGTERM ────────────────┘  the rest leaves at once
//! ```

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::timeout;

use super::sid::draw_lot;

/// Shared by the server and its tasks.
#[derive(Clone)]
pub(super) struct Shutdown {
    phase: Arc<watch::Sender<Phase>>,
    busy: Arc<watch::Sender<usize>>,
    drain: Duration,
}

/// How far the end is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Phase {
    /// Everyone is served.
    Serving,
    /// Nobody new is let in, and sessions leave one after the other.
    Draining,
    /// Everyone leaves now.
    Ending,
}

/// Held by a task for as long as it has something to finish.
pub(super) struct Busy(Arc<watch::Sender<usize>>);

impl Shutdown {
    pub(super) fn new(drain: Duration) -> Self {
        Self {
            phase: Arc::new(watch::Sender::new(Phase::Serving)),
            busy: Arc::new(watch::Sender::new(0)),
            drain,
        }
    }

    pub(super) fn enter(&self, phase: Phase) {
        self.phase.send_replace(phase);
    }

    pub(super) fn phase(&self) -> Phase {
        *self.phase.borrow()
    }

    pub(super) fn busy(&self) -> Busy {
        self.busy.send_modify(|tasks| *tasks += 1);
        Busy(self.busy.clone())
    }

    /// Completes when the end is this far, or further.
    pub(super) async fn reaches(self, phase: Phase) {
        // The sender lives in this very value.
        let _ = self.phase.subscribe().wait_for(|now| *now >= phase).await;
    }

    /// Draws how long a session stays from the beginning of draining on. Clients come back when they are let go, so all at
    /// once would be a storm for whoever takes them in.
    pub(super) fn draw_stay(&self) -> Duration {
        self.drain.mul_f64(draw_lot() * (1.0 - FOR_THE_LAST))
    }

    /// Completes when everyone is gone, or has had the time to.
    pub(super) async fn drained(&self) {
        // Whoever is left is told to go at once.
        let _ = timeout(self.drain, self.finished()).await;
    }

    /// Completes when no task is busy.
    pub(super) async fn finished(&self) {
        let _ = self.busy.subscribe().wait_for(|tasks| *tasks == 0).await;
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        self.0.send_modify(|tasks| *tasks -= 1);
    }
}

/// A part of the time, for the last ones to leave as calmly as the others.
const FOR_THE_LAST: f64 = 0.1;
