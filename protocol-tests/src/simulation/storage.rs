//! The store of a world: what waits for it, what is being written, and what must be there after every end of the server.
//!
//! ```text
//! rooms ──> Queue ── taken, at some moment ──> batch ── done, some time later ──> outcomes ──> Hub
//!                                                │
//!                          the server ends: not begun, or broken off at some write, or done and nobody told
//! ```
//!
//! With the cargo feature `sqlite` it is wire42's own store on a virtual disk; without, a list that stands in for it.

#[cfg(feature = "sqlite")]
mod file;
#[cfg(not(feature = "sqlite"))]
mod plain;

use std::collections::BTreeMap;
use std::time::Duration;

use wire42::socket_io::Namespace;
use wire42::store::{Asked, Outcome, Queue, Record, Request, Store, Tail, Ticket};

use crate::fuzz::Dice;
#[cfg(feature = "sqlite")]
use file::Log;
#[cfg(not(feature = "sqlite"))]
use plain::Log;

/// What is asked of a log, and what it answers.
pub(super) type Requests = Vec<(Namespace, Request)>;
pub(super) type Outcomes = Vec<(Namespace, Outcome)>;

/// What became of a message: it is stored, or it is not and never will be.
#[derive(Debug)]
pub(super) struct Fate {
    pub(super) namespace: Namespace,
    pub(super) token: u32,
    pub(super) is_stored: bool,
}

/// The queue, the log, and what is known of it.
pub(super) struct Storage {
    queue: Queue,
    log: Log,
    /// What was taken and is not done.
    batch: Option<Requests>,
    /// Messages that were taken and are not answered, in their order.
    asked: BTreeMap<Namespace, Vec<(Ticket, Box<str>)>>,
    /// What must be in the log.
    book: BTreeMap<Namespace, Vec<Record>>,
}

impl Storage {
    pub(super) fn new(dice: &mut Dice) -> Result<Storage, String> {
        let log = Log::new(dice.number())?;
        let queue = Queue::new(MAX_WAITING);
        Ok(Storage { queue, log, batch: None, asked: BTreeMap::new(), book: BTreeMap::new() })
    }

    /// What the rooms get.
    pub(super) fn store(&self) -> Box<dyn Store> {
        Box::new(self.queue.clone())
    }

    /// Says whether something waits, and nothing is being written.
    pub(super) fn is_wanted(&self) -> bool {
        self.batch.is_none() && self.queue.bytes() > 0
    }

    /// Says whether something could not be written, and should be tried again.
    pub(super) fn is_failing(&self) -> bool {
        self.log.is_failing()
    }

    /// Takes all that waits.
    pub(super) fn take(&mut self) {
        let batch = self.queue.take();
        for (namespace, request) in &batch {
            if let Request::Append { ticket, json, .. } = request {
                self.asked.entry(namespace.clone()).or_default().push((*ticket, json.clone()));
            }
        }
        self.batch = Some(batch);
    }

    /// Does what was taken; if the disk is to fail, somewhere on the way.
    pub(super) fn commit(&mut self, fails: Option<&mut Dice>) -> Result<(Outcomes, Vec<Fate>), String> {
        let batch = self.batch.take().unwrap_or_default();
        let outcomes = match batch.is_empty() {
            false => self.log.commit(batch, fails),
            true => self.log.retry(fails),
        };
        let fates = self.compare(&outcomes)?;
        Ok((outcomes, fates))
    }

    /// The server ends, in whatever it is doing.
    pub(super) fn crash(&mut self, dice: &mut Dice) {
        self.log.crash(self.batch.take(), dice);
        self.queue = Queue::new(MAX_WAITING);
    }

    /// The server ends in order: what waits is done.
    pub(super) fn end(&mut self) -> Result<Vec<Fate>, String> {
        let (_, mut fates) = self.commit(None)?;
        self.take();
        fates.extend(self.commit(None)?.1);
        self.queue = Queue::new(MAX_WAITING);
        self.log.close();
        Ok(fates)
    }

    /// The server begins again: all that counts must be there, and nothing else but what was being written.
    pub(super) fn open(&mut self, unix: i64, keep: Duration, dice: &mut Dice) -> Result<Vec<Fate>, String> {
        self.log.open(unix, keep, dice)?;
        let mut asked = std::mem::take(&mut self.asked);
        let rooms: Vec<Namespace> = self.book.keys().chain(asked.keys()).cloned().collect();
        let mut fates = Vec::new();
        for namespace in rooms {
            let records = self.read(&namespace)?;
            let book = self.book.entry(namespace.clone()).or_default();
            if let Some(lost) = book.iter().find(|record| !records.contains(record)) {
                return Err(format!("{namespace:?}: {} was stored, and is gone", lost.json));
            }
            if !records.starts_with(book) {
                return Err(format!("{namespace:?}: what was stored stands in another order"));
            }
            let mut asked = asked.remove(&namespace).unwrap_or_default().into_iter();
            for record in &records[book.len()..] {
                asked
                    .find(|(_, json)| *json == record.json)
                    .ok_or_else(|| format!("{namespace:?}: {} is stored, and may not be", record.json))?;
                fates.push(Fate::new(&namespace, &record.json, true));
            }
            *book = records;
        }
        Ok(fates)
    }

    fn read(&mut self, namespace: &Namespace) -> Result<Vec<Record>, String> {
        let all = Request::Open(Tail { records: usize::MAX, bytes: usize::MAX });
        let outcomes = self.log.commit(vec![(namespace.clone(), all)], None);
        match <[_; 1]>::try_from(outcomes) {
            Ok([(_, Outcome::Opened { records, .. })]) => Ok(records),
            other => Err(format!("{namespace:?} cannot be read: {other:?}")),
        }
    }

    /// Holds what the log says against what it must hold.
    fn compare(&mut self, outcomes: &Outcomes) -> Result<Vec<Fate>, String> {
        let mut fates = Vec::new();
        for (namespace, outcome) in outcomes {
            let book = self.book.entry(namespace.clone()).or_default();
            let asked = self.asked.entry(namespace.clone()).or_default();
            let mut answer = |ticket: &Ticket| {
                let index = asked.iter().position(|(asked, _)| asked == ticket);
                index.map(|index| asked.remove(index).1).ok_or("the store answers what nobody asked")
            };
            match outcome {
                Outcome::Appended { ticket, record } => {
                    let json = answer(&ticket.ok_or("a message comes from nowhere")?)?;
                    if json != record.json || record.position != book.len() as u64 + 1 {
                        return Err(format!("{namespace:?}: {record:?} is stored at the wrong place"));
                    }
                    fates.push(Fate::new(namespace, &json, true));
                    book.push(record.clone());
                }
                Outcome::Failed { what: Asked::Append(ticket), .. } => {
                    fates.push(Fate::new(namespace, &answer(ticket)?, false));
                }
                Outcome::Opened { position, records, .. } => {
                    if *position != book.len() as u64 || !book.ends_with(records) {
                        return Err(format!("{namespace:?}: the store gives another history"));
                    }
                }
                Outcome::Enrolled { .. } | Outcome::Failed { .. } => {}
            }
        }
        Ok(fates)
    }
}

impl Fate {
    fn new(namespace: &Namespace, json: &str, is_stored: bool) -> Fate {
        let number =
            json.split_once(r#""message":"m"#).map(|(_, rest)| rest.split(' ').next().unwrap_or(rest));
        let token = number.and_then(|number| number.parse().ok());
        Fate { namespace: namespace.clone(), token: token.expect("the clients say numbers"), is_stored }
    }
}

/// More than any world lets wait.
const MAX_WAITING: usize = 64 * 1024 * 1024;
