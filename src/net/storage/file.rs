//! A history in a file, its thread, and its numbers.

use std::io;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tracing::info;

use crate::hub::Hub;
use crate::net::admin::Exposition;
use crate::net::meter::{Head, Kind};
use crate::sqlite::{Counters, Options, Sqlite, Writer};
use crate::store::{self, Queue};

/// A file that is open; one that is written, once it has been started.
pub(in crate::net) struct Store {
    queue: Queue,
    stage: Mutex<Stage>,
}

enum Stage {
    Open(Box<Sqlite>),
    Running(Writer),
    Finished(Counters),
    /// Between two of these.
    Moving,
}

impl Store {
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        let log = Sqlite::open(path, Options::default())
            .map_err(|error| io::Error::other(format!("{}: {error}", path.display())))?;
        info!(file = %path.display(), "histories are kept");
        Ok(Self { queue: Queue::new(MAX_WAITING), stage: Mutex::new(Stage::Open(Box::new(log))) })
    }

    pub(super) fn rooms(&self) -> Box<dyn store::Store> {
        Box::new(self.queue.clone())
    }

    pub(super) fn start(&self, hub: &Arc<Hub>, unix: i64, recovery: Option<Duration>) -> io::Result<()> {
        let mut result = Ok(());
        self.change(|stage| match stage {
            Stage::Open(mut log) => {
                log.mark_restart(unix, recovery.unwrap_or_default());
                let hub = hub.clone();
                let deliver = move |outcomes| hub.handle_outcomes(outcomes);
                match Writer::start(*log, self.queue.clone(), deliver) {
                    Ok(writer) => Stage::Running(writer),
                    Err(error) => {
                        result = Err(error);
                        Stage::Finished(Counters::default())
                    }
                }
            }
            started => started,
        });
        result
    }

    pub(super) fn finish(&self) {
        self.queue.close();
        self.change(|stage| match stage {
            Stage::Running(writer) => {
                let counters = writer.counters().clone();
                writer.join();
                Stage::Finished(counters)
            }
            stage => stage,
        });
    }

    pub(super) fn is_failing(&self) -> bool {
        self.counters().is_some_and(|counters| counters.is_failing())
    }

    pub(super) fn write(&self, page: &mut Exposition) {
        let Some(counters) = self.counters() else { return };
        let counts = counters.read();
        page.single(MESSAGES, counts.messages);
        let mut failures = page.family(FAILURES);
        failures.sample("", &[("reason", "full")], counts.full);
        failures.sample("", &[("reason", "broken")], counts.broken);
        page.single(FAILING, u8::from(counters.is_failing()));
        page.single(WAITING, self.queue.bytes());
        let mut commits = page.family(COMMITS);
        for (bound, count) in counts.commits_within {
            commits.sample("_bucket", &[("le", &bound.as_secs_f64().to_string())], count);
        }
        commits.sample("_bucket", &[("le", "+Inf")], counts.commits);
        commits.sample("_sum", &[], counts.commit_time.as_secs_f64());
        commits.sample("_count", &[], counts.commits);
    }

    fn counters(&self) -> Option<Counters> {
        match &*self.stage.lock().unwrap_or_else(PoisonError::into_inner) {
            Stage::Running(writer) => Some(writer.counters().clone()),
            Stage::Finished(counters) => Some(counters.clone()),
            Stage::Open(_) | Stage::Moving => None,
        }
    }

    fn change(&self, change: impl FnOnce(Stage) -> Stage) {
        let mut stage = self.stage.lock().unwrap_or_else(PoisonError::into_inner);
        *stage = change(std::mem::replace(&mut *stage, Stage::Moving));
    }
}

/// Bytes of messages that wait to be stored; while they are, as many may come. A disk that stalls for longer than it takes to
/// fill this has its messages refused.
pub(super) const MAX_WAITING: usize = 32 * 1024 * 1024;

const MESSAGES: Head = Head {
    kind: Kind::Counter,
    name: "wire42_store_messages_total",
    help: "Messages that were stored for good.",
};

const FAILURES: Head = Head {
    kind: Kind::Counter,
    name: "wire42_store_failures_total",
    help: "Requests to the store that failed, by the reason.",
};

const FAILING: Head = Head {
    kind: Kind::Gauge,
    name: "wire42_store_failing",
    help: "1 while messages cannot be stored, and the server is not ready.",
};

const WAITING: Head =
    Head { kind: Kind::Gauge, name: "wire42_store_waiting_bytes", help: "Bytes that wait to be stored." };

const COMMITS: Head = Head {
    kind: Kind::Histogram,
    name: "wire42_store_commit_seconds",
    help: "How long commits took; each is for all that waited.",
};
