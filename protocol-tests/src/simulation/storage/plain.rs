//! What stands in for the store where SQLite is not built in: a list of each room's messages, which does all of a batch or nothing.

use std::collections::BTreeMap;
use std::time::Duration;

use wire42::socket_io::Namespace;
use wire42::store::{Fault, Outcome, Pid, Record, Recoverable, Request};

use super::{Outcomes, Requests};
use crate::fuzz::Dice;

#[derive(Default)]
pub(super) struct Log {
    rooms: BTreeMap<Namespace, Room>,
    is_failing: bool,
}

#[derive(Default)]
struct Room {
    records: Vec<Record>,
    sockets: BTreeMap<Pid, Recoverable>,
}

impl Log {
    #[expect(clippy::unnecessary_wraps, reason = "the other kind may not open")]
    pub(super) fn new(_: u64) -> Result<Log, String> {
        Ok(Log::default())
    }

    #[expect(clippy::unnecessary_wraps, reason = "the other kind may not open")]
    pub(super) fn open(&mut self, unix: i64, keep: Duration, _: &mut Dice) -> Result<(), String> {
        for room in self.rooms.values_mut() {
            room.sockets.values_mut().for_each(|socket| _ = socket.gone_at.get_or_insert(unix));
            let since = unix - keep.as_secs() as i64;
            room.sockets.retain(|_, socket| socket.gone_at >= Some(since));
        }
        Ok(())
    }

    pub(super) fn close(&mut self) {}

    pub(super) fn crash(&mut self, batch: Option<Requests>, dice: &mut Dice) {
        if let Some(batch) = batch.filter(|_| dice.one_in(2)) {
            self.commit(batch, None);
        }
        self.is_failing = false;
    }

    pub(super) fn is_failing(&self) -> bool {
        self.is_failing
    }

    pub(super) fn retry(&mut self, fails: Option<&mut Dice>) -> Outcomes {
        self.commit(Vec::new(), fails)
    }

    pub(super) fn commit(&mut self, requests: Requests, fails: Option<&mut Dice>) -> Outcomes {
        self.is_failing = fails.is_some();
        let fault = fails.map(|dice| *dice.one_of(&[Fault::Full, Fault::Broken]));
        let requests = requests.into_iter();
        requests
            .filter_map(|(namespace, request)| {
                Some((namespace.clone(), self.run(namespace, request, fault)?))
            })
            .collect()
    }

    fn run(&mut self, namespace: Namespace, request: Request, fault: Option<Fault>) -> Option<Outcome> {
        let room = self.rooms.entry(namespace).or_default();
        let position = room.records.len() as u64;
        Some(match (request, fault) {
            (Request::Open(tail), _) => {
                let records = room.records[room.records.len().saturating_sub(tail.records)..].to_vec();
                let sockets = room.sockets.values().cloned().collect();
                Outcome::Opened { position, records, sockets }
            }
            // What nobody waits for is done in the end.
            (Request::Part { pid, unix }, _) => {
                room.sockets.get_mut(&pid)?.gone_at = Some(unix);
                return None;
            }
            (Request::Forget { pid }, _) => {
                room.sockets.remove(&pid);
                return None;
            }
            (request, Some(fault)) => Outcome::Failed { what: request.asked()?, fault },
            (Request::Append { ticket, json, unix }, None) => {
                let record = Record { position: position + 1, unix, json };
                room.records.push(record.clone());
                Outcome::Appended { ticket: Some(ticket), record }
            }
            (Request::Enroll(socket), None) => {
                let pid = socket.pid.clone();
                room.sockets.insert(pid.clone(), socket);
                Outcome::Enrolled { pid }
            }
        })
    }
}
