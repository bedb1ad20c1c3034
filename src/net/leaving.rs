//! When a session is to leave because the server ends: at a time of its own while the server drains, or at once.
//!
//! ```text
//! serving ──> draining                    ending
//!             │ draws its stay            │
//!             └──────────> due at         └──> poll: now
//! ```

use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use super::clock::Clock;
use super::shutdown::{Phase, Shutdown};
use super::websocket::Farewell;

/// One session's part in the end of the server.
pub(super) struct Leaving {
    shutdown: Shutdown,
    /// The next phase.
    told: Pin<Box<dyn Future<Output = ()>>>,
    at: Option<Duration>,
}

impl Leaving {
    pub(super) fn new(shutdown: Shutdown) -> Self {
        let told = Box::pin(shutdown.clone().reaches(Phase::Draining));
        Self { shutdown, told, at: None }
    }

    /// Completes when the session is to leave at once.
    pub(super) fn poll(&mut self, cx: &mut Context<'_>, clock: Clock) -> Poll<()> {
        ready!(self.told.as_mut().poll(cx));
        if self.at.is_some() || self.is_hurried() {
            return Poll::Ready(());
        }
        self.at = Some(clock.now().mono + self.shutdown.draw_stay());
        self.told = Box::pin(self.shutdown.clone().reaches(Phase::Ending));
        // Its timer is to be set anew.
        cx.waker().wake_by_ref();
        self.told.as_mut().poll(cx)
    }

    /// Says when it is to leave, if that is known.
    pub(super) fn poll_timeout(&self) -> Option<Duration> {
        self.at
    }

    /// Says whether its time has come.
    pub(super) fn is_due(&self, now: Duration) -> bool {
        self.at.is_some_and(|at| at <= now)
    }

    /// Says how much time there is for its last words.
    pub(super) fn farewell(&self) -> Farewell {
        if self.is_hurried() { Farewell::Hurried } else { Farewell::Patient }
    }

    /// Lets somebody say last words, for which the end of the server waits.
    pub(super) fn let_finish(&self, last_words: impl Future<Output = ()> + Send + 'static) {
        let busy = self.shutdown.busy();
        tokio::spawn(async move {
            last_words.await;
            drop(busy);
        });
    }

    fn is_hurried(&self) -> bool {
        self.shutdown.phase() == Phase::Ending
    }
}
