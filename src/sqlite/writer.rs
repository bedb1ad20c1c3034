//! The thread that has the file: it takes all that waits, commits it, and hands on what came of it.
//!
//! ```text
//! Queue ── wait ──> commit ──> deliver ──┐      what comes in meanwhile waits together for the next commit
//!   ^                                    │
//!   └────────────────────────────────────┘      while it fails: once a second it tries again by itself
//! ```
//!
//! ```
//! use std::sync::mpsc;
//! use wire42::socket_io::Namespace;
//! use wire42::sqlite::{Options, Sqlite, Writer};
//! use wire42::store::{Outcome, Queue, Request, Store, Ticket};
//!
//! # let directory = std::env::temp_dir().join(format!("wire42-doc-writer-{}", std::process::id()));
//! # std::fs::create_dir(&directory).expect("there is no such directory yet");
//! # let path = directory.join("chat.db");
//! let (queue, (outcomes, done)) = (Queue::new(1_000_000), mpsc::channel());
//! let log = Sqlite::open(&path, Options::default())?;
//! let writer = Writer::start(log, queue.clone(), move |group| outcomes.send(group).expect("somebody waits"))?;
//!
//! let message = Request::Append { ticket: Ticket(7), json: "{}".into(), unix: 0 };
//! queue.log(&Namespace::main()).submit(message);
//! let group = done.recv().expect("the writer is there");
//! assert!(matches!(&group[..], [(_, Outcome::Appended { .. })]));
//!
//! queue.close();
//! let counters = writer.counters().clone();
//! writer.join();
//! assert_eq!(counters.read().messages, 1);
//! # std::fs::remove_dir_all(&directory).expect("it is there");
//! # Ok::<(), wire42::sqlite::OpenError>(())
//! ```

use std::io;
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use tracing::{info, warn};

use super::Sqlite;
use super::counters::Counters;
use crate::socket_io::Namespace;
use crate::store::{Outcome, Queue, Request};

/// A thread that writes until its queue is closed.
pub struct Writer {
    thread: JoinHandle<()>,
    counters: Counters,
}

impl Writer {
    /// Starts it. What came of each group, in the log's order, goes to `deliver`, on this thread.
    ///
    /// # Errors
    ///
    /// If there can be no thread.
    pub fn start(
        log: Sqlite,
        queue: Queue,
        deliver: impl FnMut(Vec<(Namespace, Outcome)>) + Send + 'static,
    ) -> io::Result<Self> {
        let counters = Counters::default();
        counters.see(log.is_failing(), log.owed());
        let mut work = Work { log, counters: counters.clone(), deliver };
        let thread = thread::Builder::new().name("store".to_owned()).spawn(move || work.run(&queue))?;
        Ok(Self { thread, counters })
    }

    /// Waits until it has ended: the queue is closed, and all that was in it is done.
    ///
    /// # Panics
    ///
    /// If `deliver` did.
    pub fn join(self) {
        if let Err(panic) = self.thread.join() {
            std::panic::resume_unwind(panic);
        }
    }

    /// Gives what it counts.
    pub fn counters(&self) -> &Counters {
        &self.counters
    }
}

struct Work<D> {
    log: Sqlite,
    counters: Counters,
    deliver: D,
}

impl<D: FnMut(Vec<(Namespace, Outcome)>)> Work<D> {
    fn run(&mut self, queue: &Queue) {
        loop {
            let taken = match self.log.is_failing() {
                true => queue.wait_at_most(PAUSE),
                false => queue.wait(),
            };
            let Some(requests) = taken else { break };
            let outcomes = match requests.is_empty() {
                true => self.log.retry(),
                false => self.commit(requests),
            };
            self.hand_on(outcomes);
        }
        if self.log.is_failing() {
            let outcomes = self.log.retry();
            self.hand_on(outcomes);
        }
        if self.log.is_failing() {
            warn!(error = self.log.trouble(), sockets = self.log.owed(), "not all could be stored");
        }
    }

    fn hand_on(&mut self, outcomes: Vec<(Namespace, Outcome)>) {
        self.counters.count_outcomes(&outcomes);
        match (self.counters.is_failing(), self.log.is_failing()) {
            (false, true) => warn!(error = self.log.trouble(), "messages cannot be stored"),
            (true, false) => info!("messages are stored again"),
            (false, false) | (true, true) => {}
        }
        // Before it is delivered: whoever hears of a failure may ask at once whether it lasts.
        self.counters.see(self.log.is_failing(), self.log.owed());
        if !outcomes.is_empty() {
            (self.deliver)(outcomes);
        }
    }

    #[expect(clippy::disallowed_methods, reason = "how long the disk takes is no matter of the protocol")]
    fn commit(&mut self, requests: Vec<(Namespace, Request)>) -> Vec<(Namespace, Outcome)> {
        let start = Instant::now();
        let outcomes = self.log.commit(requests);
        self.counters.count_commit(start.elapsed());
        outcomes
    }
}

impl<D> Drop for Work<D> {
    /// A thread that ended by a panic stores nothing more.
    fn drop(&mut self) {
        if thread::panicking() {
            self.counters.see(true, self.log.owed());
        }
    }
}

/// Between two attempts on a disk that fails.
const PAUSE: Duration = Duration::from_secs(1);
