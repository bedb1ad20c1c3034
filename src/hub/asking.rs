//! A client that has asked to come into a room and must wait: for the room's history, or until it is known for good.

use super::room::{Joined, Names, Step};
use super::{Membership, NoEntry};
use crate::now::Now;
use crate::socket_io::Namespace;

/// A CONNECT that is not answered yet.
pub(super) struct Asking {
    membership: Membership,
    names: Names,
    auth: Option<String>,
    step: Step,
}

impl Asking {
    pub(super) fn new(membership: Membership, names: Names, auth: Option<String>) -> Self {
        Self { membership, names, auth, step: Step::Opening { has_waited: false } }
    }

    /// Tries whether the room lets it in by now; nothing while it does not say.
    pub(super) fn admit(&mut self, now: Now) -> Option<Result<Joined, NoEntry>> {
        let Self { membership, names, auth, step } = self;
        membership.room.admit(step, names, auth.as_deref(), now)
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

    pub(super) fn into_membership(self) -> Membership {
        self.membership
    }
}
