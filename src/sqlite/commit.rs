//! What becomes of a group, of which perhaps nothing, not all, or nobody knows what can be done.
//!
//! ```text
//! group ── transaction ─┬─ done ───────> Appended, Enrolled, …
//!                       ├─ full ───────> each half on its own
//!                       ├─ failed ─────> Failed; to open a room is done all the same; what is not answered is owed
//!                       └─ uncertain ──> messages are held, without an answer; the rest as if it failed
//! held ── again ────────┬─ done ───────> Appended
//!                       ├─ something else is in their place ──> Failed
//!                       └─ failed ─────> held
//! ```

use super::rows::{Done, Rows};
use super::transaction::Failed;
use super::{Held, Sqlite};
use crate::socket_io::Namespace;
use crate::store::{Fault, Outcome, Record, Request};

type Group = Vec<(Namespace, Request)>;
type Outcomes = Vec<(Namespace, Outcome)>;

impl Sqlite {
    pub(super) fn commit_group(&mut self, mut group: Group, was_failing: bool, outcomes: &mut Outcomes) {
        if group.is_empty() && self.owed.is_empty() && self.restart.is_none() {
            return;
        }
        if !self.held.is_empty() {
            return self.refuse(group, Fault::Broken, outcomes);
        }
        match self.transact(&group) {
            Ok(done) => outcomes.extend(group.into_iter().zip(done).filter_map(outcome)),
            // Perhaps one is too large, and there is space for the others. While the disk stays full, one attempt tells enough.
            Err(Failed { fault: Fault::Full, .. }) if group.len() > 1 && !was_failing => {
                let rest = group.split_off(group.len() / 2);
                self.commit_group(group, was_failing, outcomes);
                self.commit_group(rest, was_failing, outcomes);
            }
            Err(Failed { fault, perhaps, .. }) => {
                let rest = match perhaps {
                    None => group,
                    Some(done) => self.hold(group, done),
                };
                self.refuse(rest, fault, outcomes);
            }
        }
    }

    /// Finds out what became of the messages that may be in the file.
    pub(super) fn settle(&mut self, outcomes: &mut Outcomes) -> Result<(), Fault> {
        if self.held.is_empty() {
            return Ok(());
        }
        match self.finds_held() {
            Ok(true) => {
                outcomes.extend(std::mem::take(&mut self.held).into_iter().map(appended));
                return Ok(());
            }
            Ok(false) => {}
            Err(Failed { fault, sentence, .. }) => {
                (self.is_failing, self.trouble) = (true, sentence);
                return Err(fault);
            }
        }
        let held = std::mem::take(&mut self.held);
        let group: Group = held.iter().map(append).collect();
        match self.transact(&group) {
            Ok(done) => outcomes.extend(group.into_iter().zip(done).filter_map(outcome)),
            // What is written now, by the same connection, takes their place.
            Err(Failed { fault, .. }) if self.connection.is_some() && self.probe().is_ok() => {
                self.refuse(group, fault, outcomes);
            }
            Err(Failed { fault, .. }) => {
                (self.held, self.is_failing) = (held, true);
                return Err(fault);
            }
        }
        Ok(())
    }

    /// Says whether the held messages are in the file: they all are, or none. The connection that failed does not see them; one
    /// that is opened anew does, if they are there.
    fn finds_held(&mut self) -> Result<bool, Failed> {
        let Some((room, _, record)) = self.held.first().cloned() else { return Ok(false) };
        if self.connection.is_some() {
            return Ok(false);
        }
        let found = Rows::new(self.connection()?, None).message(&room, record.position);
        found.map(|found| found == Some(record)).map_err(|error| {
            // So that it is asked again.
            self.connection = None;
            Failed::before_the_end(&error)
        })
    }

    /// Keeps the messages of a group of which nobody knows whether it was done, and gives the rest back.
    fn hold(&mut self, group: Group, done: Vec<Done>) -> Group {
        let mut rest = Group::new();
        for (pair, done) in group.into_iter().zip(done) {
            match (pair, done) {
                ((room, Request::Append { ticket, json, unix }), Done::Appended(position)) => {
                    self.held.push((room, ticket, Record { position, unix, json }));
                }
                (pair, _) => rest.push(pair),
            }
        }
        rest
    }

    /// Answers what could not be done. To open a room takes no space, and is done all the same; what nobody waits for is owed.
    pub(super) fn refuse(&mut self, group: Group, fault: Fault, outcomes: &mut Outcomes) {
        self.is_failing = true;
        for (room, request) in group {
            let done = match &request {
                Request::Open(_) => self.read(&room, &request).unwrap_or(Done::Refused(fault)),
                Request::Append { .. } | Request::Enroll(_) => Done::Refused(fault),
                Request::Part { pid, unix } => {
                    self.owed.insert((room, pid.clone()), Some(*unix));
                    continue;
                }
                Request::Forget { pid } => {
                    self.owed.insert((room, pid.clone()), None);
                    continue;
                }
            };
            outcomes.extend(outcome(((room, request), done)));
        }
    }

    fn read(&self, room: &Namespace, request: &Request) -> rusqlite::Result<Done> {
        let connection = self.connection.as_ref().ok_or(rusqlite::Error::InvalidQuery)?;
        let all = connection.unchecked_transaction()?;
        Rows::new(&all, self.restart).run(room, request)
    }
}

/// Says what became of a request, if it is to be answered.
fn outcome(((room, request), done): ((Namespace, Request), Done)) -> Option<(Namespace, Outcome)> {
    let outcome = match (request, done) {
        (request, Done::Refused(fault)) => Outcome::Failed { what: request.asked()?, fault },
        (Request::Append { ticket, json, unix }, Done::Appended(position)) => {
            return Some(appended((room, ticket, Record { position, unix, json })));
        }
        (Request::Enroll(socket), _) => Outcome::Enrolled { pid: socket.pid },
        (_, Done::Opened { position, records, sockets }) => Outcome::Opened { position, records, sockets },
        (Request::Open(_) | Request::Append { .. } | Request::Part { .. } | Request::Forget { .. }, _) => {
            return None;
        }
    };
    Some((room, outcome))
}

fn appended((room, ticket, record): Held) -> (Namespace, Outcome) {
    (room, Outcome::Appended { ticket: Some(ticket), record })
}

fn append((room, ticket, record): &Held) -> (Namespace, Request) {
    let (ticket, json, unix) = (*ticket, record.json.clone(), record.unix);
    (room.clone(), Request::Append { ticket, json, unix })
}
