//! A client that has asked to come into a room and must wait: for the room's history, or until it is known for good.

use super::room::{Joined, Names, Step};
use super::{MAX_WAITING, Membership, NoEntry};
use crate::frame::FRAME_OVERHEAD;
use crate::now::Now;
use crate::socket_io::{Args, Namespace};

/// A CONNECT that is not answered yet.
pub(super) struct Asking {
    membership: Membership,
    names: Names,
    auth: Option<String>,
    step: Step,
    /// What the client sent behind its CONNECT, without waiting for the answer.
    held: Vec<Sent>,
    held_bytes: usize,
}

/// An event from a client.
pub(super) struct Sent {
    pub(super) id: Option<u64>,
    pub(super) args: Args,
    /// It is not for the room, and its sender is told so.
    pub(super) is_over_rate: bool,
}

impl Asking {
    pub(super) fn new(membership: Membership, names: Names, auth: Option<String>) -> Self {
        let step = Step::Opening { has_waited: false };
        Self { membership, names, auth, step, held: Vec::new(), held_bytes: 0 }
    }

    /// Tries whether the room lets it in by now; nothing while it does not say.
    pub(super) fn admit(&mut self, now: Now) -> Option<Result<Joined, NoEntry>> {
        let Self { membership, names, auth, step, .. } = self;
        membership.room.admit(step, names, auth.as_deref(), now)
    }

    /// Keeps an event for when its client is let in; says no when that is too much.
    pub(super) fn hold(&mut self, sent: Sent) -> bool {
        self.held_bytes += FRAME_OVERHEAD + sent.args.json().len();
        self.held_bytes += sent.args.attachments().iter().map(Vec::len).sum::<usize>();
        self.held.push(sent);
        self.held_bytes <= MAX_WAITING
    }

    /// Says whether the client did not wait for the answer.
    pub(super) fn holds_any(&self) -> bool {
        !self.held.is_empty()
    }

    /// Stops waiting.
    pub(super) fn give_up(self, for_good: bool, now: Now) {
        self.membership.room.abandon(self.step, for_good, now);
    }

    pub(super) fn namespace(&self) -> &Namespace {
        self.membership.room.namespace()
    }

    pub(super) fn membership(&self) -> &Membership {
        &self.membership
    }

    /// Gives the place, and what was kept.
    pub(super) fn into_parts(self) -> (Membership, Vec<Sent>) {
        (self.membership, self.held)
    }
}
