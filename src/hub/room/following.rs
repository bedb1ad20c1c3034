//! How a room follows its log.
//!
//! ```text
//! append ──> pending ──> Appended ──> recorded, snapshot to everyone, answer
//!                   └──> Failed   ──> the answer says why, and nobody hears of it
//! ```

use std::sync::atomic::Ordering;

use tracing::warn;

use super::super::delivery::Told;
use super::super::registry::Enrolled;
use super::{Cause, Owed, Room, Stage, State};
use crate::app::Ack;
use crate::now::Now;
use crate::planted::planted;
use crate::socket_io::Args;
use crate::store::{Asked, Fault, Outcome, Record, Request, Tail, Ticket};

impl Room {
    /// Takes what the log did, in its order, and lets everyone know.
    ///
    /// What was appended together is told together: one snapshot stands for all of it.
    pub(in super::super) fn handle_outcomes(&self, outcomes: Vec<Outcome>) {
        let mut state = self.state();
        let is_news = outcomes.iter().any(|outcome| matches!(outcome, Outcome::Appended { .. }));
        for outcome in outcomes {
            // What others appended answers no request.
            if !matches!(outcome, Outcome::Appended { ticket: None, .. }) {
                self.unanswered.fetch_sub(1, Ordering::AcqRel);
            }
            self.settle(&mut state, outcome);
        }
        match is_news {
            true => self.broadcast_snapshot(&mut state),
            false => self.ring(),
        }
    }

    /// Asks the log for its end.
    pub(super) fn open(&self, state: &mut State) {
        let wanted = state.app.wanted();
        state.stage = Stage::Opening;
        self.submit(state, Request::Open(Tail { records: wanted.messages, bytes: wanted.bytes }));
    }

    /// Gives a message to the log. What it says to that at once is told here.
    pub(super) fn append(
        &self,
        state: &mut State,
        cause: Cause<'_>,
        json: String,
        answer: Option<(Ack, Args)>,
        now: Now,
    ) -> Option<Told> {
        state.tickets += 1;
        let ticket = Ticket(state.tickets);
        let json = json.into_boxed_str();
        match state.log.submit(Request::Append { ticket, json, unix: now.unix }) {
            Some(Outcome::Appended { record, .. }) => {
                self.record(state, record);
                self.broadcast_snapshot(state);
                answer.and_then(|(ack, args)| self.answer(ack, args, state.position))
            }
            Some(Outcome::Failed { fault, .. }) => self.refuse(state, answer, fault),
            Some(_) => unreachable!("a log answers what it is asked"),
            None => {
                self.unanswered.fetch_add(1, Ordering::AcqRel);
                if planted("ack-before-durable") {
                    state.pending.push_back(Owed { ticket, seat: cause.seat, answer: None });
                    return answer.and_then(|(ack, args)| self.answer(ack, args, state.position));
                }
                let told = answer.is_some().then_some(Told::Pending);
                state.pending.push_back(Owed { ticket, seat: cause.seat, answer });
                told
            }
        }
    }

    /// Gives the log something whose outcome is settled here, or later.
    pub(super) fn submit(&self, state: &mut State, request: Request) {
        let is_answered = request.asked().is_some();
        match state.log.submit(request) {
            Some(outcome) => self.settle(state, outcome),
            None if is_answered => {
                self.unanswered.fetch_add(1, Ordering::AcqRel);
            }
            None => {}
        }
    }

    fn settle(&self, state: &mut State, outcome: Outcome) {
        match outcome {
            Outcome::Opened { position, records, sockets } => {
                records.into_iter().for_each(|record| state.app.record(record.json));
                state.position = position;
                state.snapshot = None;
                self.latest.store(position, Ordering::Release);
                if let Some(registry) = &mut state.registry {
                    registry.load(sockets);
                }
                state.stage = Stage::Open;
            }
            Outcome::Appended { ticket, record } => {
                self.record(state, record);
                if let Some(Owed { seat, answer, .. }) = ticket.and_then(|ticket| state.redeem(ticket)) {
                    let told = answer.and_then(|(ack, args)| self.answer(ack, args, state.position));
                    keep(state, seat, told);
                }
            }
            Outcome::Enrolled { pid } => {
                if let Some(registry) = &mut state.registry {
                    registry.enroll(&pid, Enrolled::Yes);
                }
            }
            Outcome::Failed { what: Asked::Open, fault } => {
                warn!(namespace = ?self.namespace().as_str(), %fault, "cannot read the history");
                state.stage = Stage::Failed;
            }
            Outcome::Failed { what: Asked::Append(ticket), fault } => {
                if let Some(Owed { seat, answer, .. }) = state.redeem(ticket) {
                    let told = self.refuse(state, answer, fault);
                    keep(state, seat, told);
                }
            }
            Outcome::Failed { what: Asked::Enroll(pid), .. } => {
                if let Some(registry) = &mut state.registry {
                    registry.enroll(&pid, Enrolled::No);
                }
            }
        }
    }

    fn record(&self, state: &mut State, Record { position, json, .. }: Record) {
        state.app.record(json);
        state.position = position;
        state.snapshot = None;
    }

    fn refuse(&self, state: &mut State, answer: Option<(Ack, Args)>, fault: Fault) -> Option<Told> {
        state.counts.unstored += 1;
        if planted("failure-acknowledged") {
            return answer.and_then(|(ack, args)| self.answer(ack, args, state.position));
        }
        let args = Args::written(format!(r#"[{{"error":"{fault}"}}]"#));
        answer.and_then(|(ack, _)| self.answer(ack, args, state.position))
    }
}

impl State {
    /// Takes what is owed for a message. The log has its order from here, so it is most often the first.
    fn redeem(&mut self, ticket: Ticket) -> Option<Owed> {
        let index = self.pending.iter().position(|owed| owed.ticket == ticket)?;
        self.pending.remove(index)
    }
}

fn keep(state: &mut State, seat: u64, told: Option<Told>) {
    if let Some(told) = told {
        state.answers.entry(seat).or_default().push(told);
    }
}
